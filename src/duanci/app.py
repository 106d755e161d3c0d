"""The web chat: a chat, and beside it the report; Gradio, and only here."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
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
from fastapi import FastAPI
from gradio.events import api

from duanci import tools
from duanci.chat import Chat
from duanci.components import (
    Names,
    Places,
    Updates,
    add_editor,
    make_box,
    make_chat,
    make_html,
)
from duanci.errors import DuanciError
from duanci.phrases import PHRASES, Language, prefer
from duanci.routes import add_routes
from duanci.sheets import Shown

if TYPE_CHECKING:
    from duanci.assistant import Assistant

T = TypeVar("T")

# What events of the page may change.
_WORD: Names = ("token", "problem")
_CLEARED: Names = (*_WORD, "exports")
_TALK: Names = (*_CLEARED, "chat")
_SHEET: Names = (*_WORD, "masthead", "state", "build", "pace", "bar", "scope", "panel")
_EDITOR: Names = (*_WORD, "state", "build", "pace", "editor", "draft-problem")

# Gradio keeps a copy of all components for each page that it heard of, and here nothing of it is
# looked at again: a page says itself which conversation is its own. So few are enough.
_PAGES = 16

_TITLE = "段次 duanci"
_SCRIPTS = ("words.js", "report.js", "asking.js", "page.js")  # the first is used by the others
_COOKIE = "duanci-language"  # that page.js sets when a language is chosen
_SANS = ["PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
_MONO = ["Menlo", "Consolas", "Noto Sans Mono CJK SC", "monospace"]


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
    add_routes(app, chat)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        _make_blocks(chat),
        path="/",
        head=f"<style>{_read_web('page.css')}</style>"
        + "".join(f"<script>{_read_web(name)}</script>" for name in _SCRIPTS),
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
    first, phrases = chat.lay_out_first(), PHRASES["zh"]
    places = Places()
    blocks: gr.Blocks
    with gr.Blocks(title=_TITLE, analytics_enabled=False, fill_width=True) as blocks:
        blocks.state_session_capacity = _PAGES
        places.add("token", gr.Textbox(label="token", elem_id="token", elem_classes="offstage"))
        for name in ("masthead", "state"):
            places.add(name, make_html(first.get(name, ""), name))
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(elem_id="talk"):
                places.add("chat", make_chat(chat.assistant.examples, phrases))
                places.add("problem", make_html("", "problem"))
                places.add("scope", make_html(first["scope"], "scope"))
                places.add("box", make_box(phrases))
                places.add("exports", make_html("", "exports"))
            with gr.Column(elem_id="sheet"):
                for name in ("build", "bar", "panel"):
                    places.add(name, make_html(first.get(name, ""), name))
                if chat.is_editing:
                    add_editor(places, phrases)
        wanted = gr.Textbox(label="wanted", elem_classes="offstage")
        act = gr.Button("act", elem_id="act", elem_classes="offstage")
        places.add("pace", gr.Timer(1.0))
        _connect(blocks, chat, places, (act, wanted))
        _offer(chat.assistant)
    return blocks


def _connect(
    blocks: gr.Blocks, chat: Chat, places: Places, acting: tuple[gr.Button, gr.Textbox]
) -> None:
    """Have the events of the page answered; each names only the places that it may change.

    Gradio makes each component anew that an event names and leaves as it is.

    :param acting: the button that page.js presses, and a box that stands for what it asks for.
    """
    at = places.components
    token, log = at["token"], at["chat"]

    def on(
        listen: Callable[..., Any],
        do: Callable[..., Updates],
        inputs: Sequence[Any],
        given: str = "given",
        **more: Any,
    ) -> None:
        # Not through Gradio's queue: its page loses an answer when it asks again just while the
        # stream of the event before is being closed.
        quiet = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        listen(do, inputs, js=_wait(len(inputs), given), **{**quiet, **more})

    def plain(act: Callable[..., Shown], names: Names) -> Callable[..., Updates]:
        def answer(request: gr.Request, token: str, *given: Any) -> Updates:
            return places.put(chat.respond(act, token, _language_of(request), *given), names)

        return answer

    everything = tuple(at)
    asking: dict[str, Any] = {
        "outputs": places.of(_TALK),
        "show_progress": "minimal",
        "show_progress_on": [log],
    }
    on(blocks.load, _start(chat, places), [], **{**asking, "outputs": places.of(everything)})
    each = {"trigger_mode": "multiple"}  # an event is not left out while another is under way
    on(at["box"].submit, plain(chat.answer, _TALK), [token, at["box"]],
       "[window.duanci.asked.shift()]", **each, **asking)  # fmt: skip
    on(log.example_select, _ask_example(plain(chat.answer, _TALK)), [token], **asking)
    on(log.like, _judge(plain(chat.judge, _WORD)), [token], **each, outputs=places.of(_WORD))
    on(log.clear, plain(chat.clear, _CLEARED), [token], outputs=places.of(_CLEARED))
    on(at["pace"].tick, plain(chat.look, _SHEET), [token], outputs=places.of(_SHEET))
    on(at["panel"].change, plain(chat.mark, _TALK), [token], outputs=places.of(_TALK))
    act, wanted = acting
    # What links and lists of the page ask for is in a list of page.js.
    on(act.click, plain(chat.act, everything), [token, wanted],
       "[window.duanci.wanted.shift()]", **each, outputs=places.of(everything))  # fmt: skip
    if chat.is_editing:
        outputs = places.of(_EDITOR)
        on(at["save"].click, plain(chat.save_draft, _EDITOR), [token, at["draft"]], outputs=outputs)
        on(at["cancel"].click, plain(chat.drop_draft, _EDITOR), [token], outputs=outputs)


def _wait(inputs: int, given: str) -> str | None:
    """Write what the page does before it sends an event: it waits until it knows its conversation.

    :param inputs: how many values are sent; the first is the conversation's token.
    :param given: the others, in JavaScript; they are taken when the event happens.
    """
    if not inputs:
        return None
    return (
        f"(token, ...values) => {{ const given = values.slice(0, {inputs - 1});"
        f" const sent = {given};"
        " return window.duanci.begun(token).then((begun) => [begun, ...sent]); }"
    )


def _start(chat: Chat, places: Places) -> Callable[[gr.Request], Updates]:
    def start(request: gr.Request) -> Updates:
        asked = str(request.query_params.get("q") or "")
        return places.put(chat.start(asked, _language_of(request)), tuple(places.components))

    return start


def _ask_example(answer: Callable[..., Updates]) -> Callable[..., Updates]:
    def ask_example(event: gr.SelectData, request: gr.Request, token: str) -> Updates:
        return answer(request, token, event.value["text"])

    return ask_example


def _judge(answer: Callable[..., Updates]) -> Callable[..., Updates]:
    def judge(said: gr.LikeData, request: gr.Request, token: str) -> Updates:
        place = said.index if isinstance(said.index, int) else None
        return answer(request, token, place, said.liked)

    return judge


def _language_of(request: gr.Request) -> Language:
    """Tell the language of a page: the one chosen there, or else the one its browser prefers."""
    chosen = request.cookies.get(_COOKIE, "")
    return prefer(chosen or request.headers.get("accept-language", ""))


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
        return tools.shielded(call)
    except DuanciError as exc:
        raise gr.Error(str(exc), print_exception=False) from exc


def _read_web(name: str) -> str:
    return (resources.files("duanci") / "web" / name).read_text(encoding="utf-8")
