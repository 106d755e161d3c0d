"""The web chat: a chat, and beside it the report; Gradio, and only here."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

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
from duanci.errors import DuanciError
from duanci.phrases import PHRASES, Language, Phrases, prefer
from duanci.routes import add_routes
from duanci.sheets import Shown

if TYPE_CHECKING:
    from duanci.assistant import Assistant

T = TypeVar("T")
Updates: TypeAlias = list[dict[str, Any]]  # one for each place of the page

_TITLE = "段次 duanci"
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


class _Places:
    """Where on the page what a `Chat` shows is put: a component of Gradio for each name."""

    def __init__(self) -> None:
        self.components: dict[str, Any] = {}

    def add(self, name: str, component: T) -> T:
        """Give a place its component."""
        self.components[name] = component
        return component

    @property
    def all(self) -> list[Any]:
        """All components that can be shown anew."""
        return list(self.components.values())

    def put(self, shown: Shown) -> Updates:
        """Put what is to be shown anew in its places: an update for each of `all`."""
        updates: dict[str, dict[str, Any]] = {name: {} for name in self.components}
        for name, value in shown.items():
            for place, change in self._changes(name, value).items():
                if place in updates:
                    updates[place].update(change)
        return [gr.update(**change) if change else gr.skip() for change in updates.values()]

    @staticmethod
    def _changes(name: str, value: Any) -> dict[str, dict[str, Any]]:
        if name == "editor":
            return {name: {"visible": value}}
        if name == "phrases":
            return {
                "chat": {"label": value.talk, "placeholder": _welcome(value)},
                "box": {"label": value.box, "placeholder": value.hint, "submit_btn": value.send},
                "draft": {"label": value.draft_text},
                "save": {"value": value.save},
                "cancel": {"value": value.cancel},
            }
        return {name: {"value": value}}


def _make_blocks(chat: Chat) -> gr.Blocks:
    first, phrases = chat.lay_out_first(), PHRASES["zh"]
    places = _Places()
    blocks: gr.Blocks
    with gr.Blocks(title=_TITLE, analytics_enabled=False, fill_width=True) as blocks:
        token = places.add("token", gr.State(""))
        for name in ("masthead", "state"):
            places.add(name, _make_html(first.get(name, ""), name))
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(elem_id="talk"):
                log = places.add("chat", _make_chat(chat.assistant.examples, phrases))
                places.add("problem", _make_html("", "problem"))
                places.add("scope", _make_html(first["scope"], "scope"))
                box = places.add("box", _make_box(phrases))
                places.add("exports", _make_html("", "exports"))
            with gr.Column(elem_id="sheet"):
                for name in ("build", "bar", "panel"):
                    places.add(name, _make_html(first.get(name, ""), name))
                if chat.is_editing:
                    _make_editor(places, phrases)
        wanted = gr.Textbox(label="wanted", elem_classes="offstage")
        act = gr.Button("act", elem_id="act", elem_classes="offstage")
        pace = places.add("pace", gr.Timer(1.0))
        # Not through Gradio's queue: its page loses an answer when it asks again just while the
        # stream of the event before is being closed.
        quiet: dict[str, Any] = {
            "outputs": places.all,
            "queue": False,
            "show_progress": "hidden",
            "api_visibility": "private",
        }
        asking = {**quiet, "show_progress": "minimal", "show_progress_on": [log]}

        def on(do: Callable[..., Shown]) -> Callable[..., Updates]:
            return _answer_event(chat, places, do)

        blocks.load(_start(chat, places), None, **asking)
        box.submit(on(chat.answer), [token, box], trigger_mode="multiple", **asking)
        log.example_select(_ask_example(chat, places), token, **asking)
        log.like(_judge(chat, places), token, **quiet)
        log.clear(on(chat.clear), token, **quiet)
        pace.tick(on(chat.look), token, **quiet)
        places.components["panel"].change(on(chat.mark), token, **quiet)
        # What links and lists of the page ask for is written there by page.js.
        js = "(token, wanted) => [token, document.documentElement.dataset.wanted]"
        act.click(on(chat.act), [token, wanted], js=js, **quiet)
        if chat.is_editing:
            draft, save, cancel = (places.components[name] for name in ("draft", "save", "cancel"))
            save.click(on(chat.save_draft), [token, draft], **quiet)
            cancel.click(on(chat.drop_draft), token, **quiet)
        _offer(chat.assistant)
    return blocks


def _answer_event(chat: Chat, places: _Places, do: Callable[..., Shown]) -> Callable[..., Updates]:
    """Have an event of a page answered by what a chat does in its conversation."""

    def answer(request: gr.Request, token: str, *given: Any) -> Updates:
        return places.put(chat.respond(do, token, _language_of(request), *given))

    return answer


def _start(chat: Chat, places: _Places) -> Callable[[gr.Request], Updates]:
    def start(request: gr.Request) -> Updates:
        asked = str(request.query_params.get("q") or "")
        return places.put(chat.start(asked, _language_of(request)))

    return start


def _ask_example(chat: Chat, places: _Places) -> Callable[..., Updates]:
    def ask_example(event: gr.SelectData, request: gr.Request, token: str) -> Updates:
        return _answer_event(chat, places, chat.answer)(request, token, event.value["text"])

    return ask_example


def _judge(chat: Chat, places: _Places) -> Callable[..., Updates]:
    def judge(said: gr.LikeData, request: gr.Request, token: str) -> Updates:
        if not isinstance(said.index, int) or said.liked is None:
            return places.put({})
        answer = _answer_event(chat, places, chat.judge)
        return answer(request, token, said.index, said.liked is True)

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


def _make_editor(places: _Places, phrases: Phrases) -> None:
    """Make the place where a paragraph is edited."""
    with gr.Column(elem_id="editor", visible=False) as editor:
        places.add("editor", editor)
        places.add("draft-head", _make_html("", "draft-head"))
        text = gr.Textbox(
            elem_id="draft", label=phrases.draft_text, show_label=False, lines=8, max_lines=16
        )
        places.add("draft", text)
        with gr.Row():
            places.add("save", gr.Button(phrases.save, elem_id="save", variant="primary"))
            places.add("cancel", gr.Button(phrases.cancel, elem_id="cancel"))
        places.add("draft-problem", _make_html("", "draft-problem"))


def _welcome(phrases: Phrases) -> str:
    return (
        f'<div class="welcome"><p class="welcome-title">{phrases.welcome_title}</p>'
        f"<p>{phrases.welcome}</p></div>"
    )


def _make_html(markup: str, name: str) -> gr.HTML:
    return gr.HTML(markup, elem_id=name, apply_default_css=False, js_on_load=None)


def _make_chat(examples: tuple[str, ...], phrases: Phrases) -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        label=phrases.talk,
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
        placeholder=_welcome(phrases),
        examples=[{"text": example} for example in examples],
    )


def _make_box(phrases: Phrases) -> gr.Textbox:
    return gr.Textbox(
        elem_id="box",
        label=phrases.box,
        show_label=False,
        container=False,
        lines=1,
        max_lines=6,
        placeholder=phrases.hint,
        submit_btn=phrases.send,
        autofocus=True,
        html_attributes=gr.InputHTMLAttributes(enterkeyhint="send"),
    )


def _read_web(name: str) -> str:
    return (resources.files("duanci") / "web" / name).read_text(encoding="utf-8")
