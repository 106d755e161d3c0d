"""What the web server answers besides the page: how it fares, and conversations as documents."""

from datetime import UTC, datetime

from fastapi import FastAPI, Response

from duanci.chat import Chat
from duanci.export import to_markdown, to_word

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def add_routes(app: FastAPI, chat: Chat) -> None:
    """Add `/healthz`, and `/conversation/TOKEN.md` and `.docx`."""

    @app.get("/healthz")
    async def healthz() -> dict[str, str | int]:
        build = chat.assistant.build
        return {"status": "ok", "build": build.id, "paragraphs": build.paragraphs}

    @app.get("/conversation/{token}.{ending}")
    def export(token: str, ending: str) -> Response:
        conversation = chat.conversations.find(token)
        if not conversation or not conversation.turns or ending not in ("md", "docx"):
            return Response("no such conversation: ask something first\n", 404)
        turns, language, now = conversation.turns, conversation.language, datetime.now(UTC)
        if ending == "md":
            kind = "text/markdown"
            content = to_markdown(turns, language=language, exported=now).encode()
        else:
            content, kind = to_word(turns, language=language, exported=now), _WORD
        named = {"Content-Disposition": f'attachment; filename="duanci-{now:%Y%m%d-%H%M}.{ending}"'}
        return Response(content, 200, named, kind)
