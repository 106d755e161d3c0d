"""The web chat: a chat, and beside it the report; Gradio, and only here."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar

# Gradio reads these when it is imported: no analytics over the network, and none for itself, which
# would put all past questions into a table again after each one.
os.environ |= {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "GRADIO_ANALYTICS_MAX_EVENTS": "100",
}

import gradio as gr
from fastapi import FastAPI, Response
from gradio.events import api

from duanci import page, panel, tools
from duanci.chat import Chat
from duanci.editing import Draft
from duanci.errors import DuanciError
from duanci.export import to_markdown, to_word

if TYPE_CHECKING:
    from duanci.assistant import Assistant

T = TypeVar("T")

_TITLE = "段次 duanci"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_LOOK_EVERY_S = 5.0  # how often a page asks whether the build or the reports have changed
_SANS = ["PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
_MONO = ["Menlo", "Consolas", "Noto Sans Mono CJK SC", "monospace"]
_PLACEHOLDER = (
    '<div class="welcome"><p class="welcome-title">问一问这份报告</p>'
    "<p>回答是报告的原文，并注明段次；点击段次，即可对照原文。</p></div>"
)


def make_app(
    assistant: "Assistant", *, is_watching: bool = False, is_editing: bool = False
) -> FastAPI:
    """Make the web application: the chat at `/`, and how it fares at `/healthz`.

    :param assistant: what answers the questions.
    :param is_watching: whether it rebuilds by itself when the reports are edited.
    :param is_editing: whether paragraphs can be edited in the page.
    :return: an ASGI application.
    """
    chat = Chat(assistant, is_watching=is_watching, is_editing=is_editing)
    mcp = tools.make_mcp(assistant)
    called = mcp.streamable_http_app()

    @asynccontextmanager
    async def run_mcp(_: FastAPI) -> AsyncIterator[None]:
        async with mcp.session_manager.run():
            yield

    app = FastAPI(title=_TITLE, lifespan=run_mcp, docs_url=None, redoc_url=None, openapi_url=None)
    app.router.routes.extend(called.routes)

    @app.get("/healthz")
    async def healthz() -> dict[str, str | int]:
        build = assistant.build
        return {"status": "ok", "build": build.id, "paragraphs": build.paragraphs}

    @app.get("/conversation/{token}.{ending}")
    def export(token: str, ending: str) -> Response:
        turns = chat.conversations.turns(token)
        if not turns or ending not in ("md", "docx"):
            return Response("no such conversation: ask something first\n", 404)
        now = datetime.now(UTC)
        if ending == "md":
            content, kind = to_markdown(turns, exported=now).encode(), "text/markdown"
        else:
            content, kind = to_word(turns, exported=now), _WORD
        named = {"Content-Disposition": f'attachment; filename="duanci-{now:%Y%m%d-%H%M}.{ending}"'}
        return Response(content, 200, named, kind)

    mounted: FastAPI = gr.mount_gradio_app(
        app,
        _make_blocks(chat),
        path="/",
        head=f"<style>{_read_web('page.css')}</style><script>{_read_web('page.js')}</script>",
        theme=gr.themes.Base(font=_SANS, font_mono=_MONO),
        footer_links=[],
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        show_error=False,
        pwa=False,
    )
    return mounted


def _make_blocks(chat: Chat) -> gr.Blocks:
    assistant = chat.assistant
    blocks: gr.Blocks
    with gr.Blocks(title=_TITLE, analytics_enabled=False, fill_width=True) as blocks:
        index = assistant.index
        shown, told = gr.State(index.build.id), gr.State("")
        token, are_shown = gr.State(""), gr.State(False)
        _make_html(panel.write_masthead(assistant.reports), "masthead")
        state = _make_html("", "state")
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(elem_id="talk"):
                log_ = _make_chat(assistant.examples)
                box = _make_box()
                exports = _make_html("", "exports")
            with gr.Column(elem_id="sheet"):
                build = _make_html("", "build")
                reports = panel.write_reports(
                    index.reports, index.build.id, editable=chat.is_editing
                )
                sheet = _make_html(reports, "panel")
                if chat.is_editing:
                    _make_editor(chat)
        # What links on the page press; see page.js.
        rebuild = gr.Button("重建索引", elem_id="do-rebuild", elem_classes="offstage")
        changes = gr.Button("显示改动", elem_id="do-changes", elem_classes="offstage")
        known = [shown, told]
        seen = [state, build, told, sheet, shown]
        talk = [log_, token, *known]
        said = [log_, box, exports, *seen]
        # Not through Gradio's queue: its page loses an answer when it asks again just while the
        # stream of the event before is being closed.
        quiet: dict[str, Any] = {
            "queue": False,
            "show_progress": "hidden",
            "api_visibility": "private",
        }
        options = {**quiet, "show_progress": "minimal", "show_progress_on": [log_]}
        box.submit(_kept(chat.answer), [box, *talk], said, **options)
        log_.example_select(_answer_example(chat), talk, said, **options)
        log_.like(_judge(chat), token, None, **quiet)
        blocks.load(_start(chat), [log_, *known], [token, *said], **options)
        gr.Timer(_LOOK_EVERY_S).tick(_kept(chat.look), known, seen, **quiet)
        rebuild.click(_kept(chat.rebuild), known, seen, **quiet)
        changes.click(_kept(chat.show_changes), are_shown, [sheet, are_shown], **quiet)
        sheet.change(chat.mark, log_, log_, **quiet)
        _offer(assistant)
    return blocks


def _offer(assistant: "Assistant") -> None:
    """Offer asking, showing and the status as HTTP endpoints of the page."""

    def ask(
        question: str, history: list[str] | None = None, report: str = "", limit: int = 3
    ) -> dict[str, Any]:
        return _told(lambda: tools.ask_report(assistant, question, history, report, limit))

    def show(reference: str, report: str = "") -> list[dict[str, Any]]:
        return _told(lambda: tools.show_paragraphs(assistant, reference, report))

    def status() -> dict[str, Any]:
        return _told(lambda: tools.tell_status(assistant))

    for function, description in (
        (ask, "Answer a question from the reports, or refuse."),
        (show, "Give paragraphs of the reports by number."),
        (status, "Tell which build answers, and whether the reports have changed since."),
    ):
        api(function, api_name=function.__name__, api_description=description, queue=False)


def _told(call: Callable[[], T]) -> T:
    """Call, with what duanci has to say as the endpoint's error."""
    try:
        return call()
    except DuanciError as exc:
        raise gr.Error(str(exc), print_exception=False) from exc


def _make_editor(chat: Chat) -> None:
    """Make the place where a paragraph is edited, and what opens and closes it."""
    target = gr.Textbox(elem_classes="offstage", label="段次")
    start = gr.Button("修改", elem_id="do-edit", elem_classes="offstage")
    draft = gr.State(None)
    with gr.Column(elem_id="editor", visible=False) as editor:
        head = _make_html("", "draft-head")
        text = gr.Textbox(elem_id="draft", label="段落", show_label=False, lines=8, max_lines=16)
        with gr.Row():
            save = gr.Button("存入报告", elem_id="save", variant="primary")
            cancel = gr.Button("不改了", elem_id="cancel")
        problem = _make_html("", "draft-problem")

    def begin(wanted: str) -> tuple[Any, ...]:
        opened, above, lines = _told(lambda: chat.open_draft(wanted))
        return gr.Column(visible=True), opened, above, lines, ""

    def keep(opened: Draft, lines: str) -> tuple[Any, ...]:
        try:
            chat.save_draft(opened, lines)
        except DuanciError as exc:
            return gr.skip(), page.write_problem(str(exc))
        return gr.Column(visible=False), ""

    quiet: dict[str, Any] = {"queue": False, "api_visibility": "private"}
    wanted = "() => [document.documentElement.dataset.edit]"  # page.js writes it there
    start.click(begin, target, [editor, draft, head, text, problem], js=wanted, **quiet)
    save.click(keep, [draft, text], [editor, problem], **quiet)
    cancel.click(lambda: gr.Column(visible=False), None, editor, **quiet)


def _kept(act: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
    """Have what an act leaves as it is, None, left so by Gradio; errors are told on the page."""

    def do(*given: Any) -> tuple[Any, ...]:
        done = _told(lambda: act(*given))
        return tuple(gr.skip() if value is None else value for value in done)

    return do


def _answer_example(chat: Chat) -> Callable[..., tuple[Any, ...]]:
    def answer(event: gr.SelectData, *given: Any) -> tuple[Any, ...]:
        return _kept(chat.answer)(event.value["text"], *given)

    return answer


def _start(chat: Chat) -> Callable[..., tuple[Any, ...]]:
    def start(request: gr.Request, *given: Any) -> tuple[Any, ...]:
        return _kept(chat.start)(str(request.query_params.get("q") or ""), *given)

    return start


def _judge(chat: Chat) -> Callable[..., None]:
    def judge(said: gr.LikeData, token: str) -> None:
        if isinstance(said.index, int) and said.liked is not None:
            place, is_right = said.index, said.liked is True
            _told(lambda: chat.judge(place, is_right, token))

    return judge


def _make_html(markup: str, name: str) -> gr.HTML:
    return gr.HTML(markup, elem_id=name, apply_default_css=False, js_on_load=None)


def _make_chat(examples: tuple[str, ...]) -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        label="问答",
        show_label=False,
        container=False,
        autoscroll=False,
        height="100%",
        layout="bubble",
        buttons=[],
        latex_delimiters=[],
        allow_tags=False,
        line_breaks=False,
        group_consecutive_messages=False,
        placeholder=_PLACEHOLDER,
        examples=[{"text": example} for example in examples],
    )


def _make_box() -> gr.Textbox:
    return gr.Textbox(
        elem_id="box",
        label="问题",
        show_label=False,
        container=False,
        lines=1,
        max_lines=6,
        placeholder="请输入问题，按回车键发问",
        submit_btn="发问",
        autofocus=True,
        html_attributes=gr.InputHTMLAttributes(enterkeyhint="send"),
    )


def _read_web(name: str) -> str:
    return (resources.files("duanci") / "web" / name).read_text(encoding="utf-8")
