"""What the web server answers besides the page: how it fares, reports, conversations to keep."""

import gzip
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request, Response

from duanci.chat import Chat
from duanci.errors import DuanciError
from duanci.export import to_markdown, to_word
from duanci.phrases import Language

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


_KEPT = {"Cache-Control": "private, max-age=31536000, immutable"}
_LOOKED_AT_AGAIN = {"Cache-Control": "private, no-cache"}
_FRAGMENT = {
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",  # it is part of a page, and none itself
}


def add_routes(app: FastAPI, chat: Chat) -> None:
    """Add `/healthz`, `/report`, and `/conversation/TOKEN.md` and `.docx`."""

    @app.get("/healthz")
    async def healthz() -> dict[str, str | int]:
        build = chat.assistant.build
        return {"status": "ok", "build": build.id, "paragraphs": build.paragraphs}

    @app.get("/report")
    def report(
        request: Request,
        symbol: str = "",
        mark: str = "",
        changes: bool = False,
        language: Language = "zh",
    ) -> Response:
        try:
            written = chat.sheets.write(symbol, language, with_changes=changes)
        except DuanciError as exc:
            return Response(f"{exc}\n", 404, media_type="text/plain")
        headers = _FRAGMENT | (_KEPT if mark == written.mark else _LOOKED_AT_AGAIN)
        headers["ETag"] = f'"{written.mark}"'
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(None, 304, headers)
        content = written.packed
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
        else:
            content = gzip.decompress(content)
        return Response(content, 200, headers, "text/html")

    @app.get("/conversation/{token}.{ending}")
    def export(token: str, ending: str) -> Response:
        conversation = chat.conversations.find(token)
        if not conversation or not conversation.turns or ending not in ("md", "docx"):
            return Response("no such conversation: ask something first\n", 404)
        now = datetime.now(UTC)
        with conversation.turn:
            turns = tuple(conversation.turns)
            told: dict[str, Any] = {"forgotten": conversation.forgotten}
        told |= {"language": conversation.language, "exported": now}
        if ending == "md":
            content, kind = to_markdown(turns, **told).encode(), "text/markdown"
        else:
            content, kind = to_word(turns, **told), _WORD
        named = {"Content-Disposition": f'attachment; filename="duanci-{now:%Y%m%d-%H%M}.{ending}"'}
        return Response(content, 200, named, kind)
