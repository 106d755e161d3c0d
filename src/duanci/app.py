"""The web chat: a chat, and beside it the report; Gradio, and only here."""

import errno
import logging
import os
import socket
import sys
import threading
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeAlias

# Gradio reads these when it is imported: no analytics over the network, and none for itself, which
# would put all past questions into a table again after each one.
os.environ |= {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "GRADIO_ANALYTICS_MAX_EVENTS": "100",
}

import gradio as gr
import uvicorn
from fastapi import FastAPI

from duanci import page
from duanci.errors import ConfigError, DuanciError
from duanci.watch import Watcher

if TYPE_CHECKING:
    from duanci.assistant import Assistant

log = logging.getLogger(__name__)

Messages: TypeAlias = list[dict[str, Any]]

_TITLE = "段次 duanci"
_LOOK_EVERY_S = 5.0  # how often a page asks whether the build or the reports have changed
_SANS = ["PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
_MONO = ["Menlo", "Consolas", "Noto Sans Mono CJK SC", "monospace"]
_UNEXPECTED = "出了意外的错误，没有得到回答。请再问一次；若仍然如此，请看服务器的日志。"
_PLACEHOLDER = (
    '<div class="welcome"><p class="welcome-title">问一问这份报告</p>'
    "<p>回答是报告的原文，并注明段次；点击段次，即可对照原文。</p></div>"
)


def make_app(assistant: "Assistant", *, is_watching: bool = False) -> FastAPI:
    """Make the web application: the chat at `/`, and how it fares at `/healthz`.

    :param assistant: what answers the questions.
    :param is_watching: whether it rebuilds by itself when the reports are edited.
    :return: an ASGI application.
    """
    app = FastAPI(title=_TITLE, docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz")
    async def healthz() -> dict[str, str | int]:
        build = assistant.build
        return {"status": "ok", "build": build.id, "paragraphs": build.paragraphs}

    mounted: FastAPI = gr.mount_gradio_app(
        app,
        _make_blocks(assistant, is_watching),
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


def serve(
    assistant: "Assistant", host: str = "127.0.0.1", port: int = 7860, *, watch: bool = False
) -> None:
    """Serve the web chat until it is interrupted; print its address once it answers.

    :param port: 0 takes any free port.
    :param watch: rebuild when the reports are edited.
    :raises ConfigError: the address cannot be listened on.
    """
    listener = _listen(host, port)
    watcher = Watcher(assistant) if watch else None
    config = uvicorn.Config(
        make_app(assistant, is_watching=watch),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    if watcher:
        watcher.start()
    try:
        _Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # uvicorn raises it again once it has shut down
    finally:
        listener.close()
        if watcher:
            watcher.stop()


def reply(assistant: "Assistant", question: str, messages: Messages) -> tuple[Messages, str]:
    """Ask a question and write the answer, or what went wrong, below the conversation.

    A question that could not be asked stays in the box, and out of the conversation's history.

    :param messages: the conversation so far, as Gradio hands it over.
    :return: the conversation now, and what is to stand in the box.
    """
    question = question.strip()
    try:
        if len(question) > page.QUESTION_LIMIT:
            return [*messages, _say(page.write_problem(_too_long(question)))], question
        answer = assistant.ask(question, history=_earlier_questions(messages))
    except DuanciError as exc:
        return [*messages, _say(page.write_problem(str(exc)))], question
    except Exception:
        log.exception("a question could not be answered")
        return [*messages, _say(page.write_problem(_UNEXPECTED))], question
    asked = {"role": "user", "content": page.write_question(question)}
    markup = page.write_answer(answer, several=len(assistant.reports) > 1)
    return [*messages, asked, _say(markup)], ""


def _make_blocks(assistant: "Assistant", is_watching: bool) -> gr.Blocks:
    turn = threading.Lock()  # one question at a time: an encoder need not stand two threads

    def look(shown: str) -> tuple[Any, ...]:
        """Tell how the build fares, and bring its reports if it is another than is shown."""
        state = page.write_state(assistant.status(), is_watching=is_watching)
        build = assistant.build.id
        if build == shown:
            return state, gr.skip(), gr.skip()
        return state, page.write_reports(assistant.reports, build), build

    def ask(question: str, messages: Messages, shown: str) -> tuple[Any, ...]:
        if not any(sign.isprintable() and not sign.isspace() for sign in question):
            return gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip()
        with turn:
            return *reply(assistant, question, messages), *look(shown)

    def ask_example(event: gr.SelectData, messages: Messages, shown: str) -> tuple[Any, ...]:
        return ask(event.value["text"], messages, shown)

    blocks: gr.Blocks
    with gr.Blocks(title=_TITLE, analytics_enabled=False, fill_width=True) as blocks:
        shown = gr.State(assistant.build.id)
        _make_html(page.write_masthead(assistant.reports), "masthead")
        state = _make_html("", "state")
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(elem_id="talk"):
                chat = _make_chat(assistant.examples)
                box = _make_box()
            with gr.Column(elem_id="sheet"):
                panel = _make_html(
                    page.write_reports(assistant.reports, assistant.build.id), "panel"
                )
        seen = [state, panel, shown]
        # Not through Gradio's queue: its page loses an answer when it asks again just while the
        # stream of the event before is being closed.
        quiet: dict[str, Any] = {
            "queue": False,
            "show_progress": "hidden",
            "api_visibility": "private",
        }
        options = {**quiet, "show_progress": "minimal", "show_progress_on": [chat]}
        box.submit(ask, [box, chat, shown], [chat, box, *seen], **options)
        chat.example_select(ask_example, [chat, shown], [chat, box, *seen], **options)
        blocks.load(look, shown, seen, **options)
        gr.Timer(_LOOK_EVERY_S).tick(look, shown, seen, **quiet)
        panel.change(lambda messages: mark(assistant, messages), chat, chat, **quiet)
    return blocks


def mark(assistant: "Assistant", messages: Messages) -> Messages:
    """Mark what was cited in a conversation from paragraphs that have been edited since."""
    return [
        {**message, "content": [_mark_part(assistant, part) for part in message["content"]]}
        if message["role"] == "assistant"
        else message
        for message in messages
    ]


def _mark_part(assistant: "Assistant", part: dict[str, Any]) -> dict[str, Any]:
    if part["type"] != "text":
        return part
    return {**part, "text": page.mark_outdated(part["text"], assistant.reports)}


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


def _say(markup: str) -> dict[str, Any]:
    return {"role": "assistant", "content": markup}


def _too_long(question: str) -> str:
    return f"问题有 {len(question):,} 个字符，最多 {page.QUESTION_LIMIT:,} 个。请缩短后再问。"


def _earlier_questions(messages: Messages) -> tuple[str, ...]:
    """Read the reader's questions out of a conversation, oldest first."""
    return tuple(
        page.read_question(part["text"])
        for message in messages
        if message["role"] == "user"
        for part in message["content"]
        if part["type"] == "text"
    )


def _read_web(name: str) -> str:
    return (resources.files("duanci") / "web" / name).read_text(encoding="utf-8")


def _listen(host: str, port: int) -> socket.socket:
    """Bind a listening socket now, so that a port that is taken is told before anything loads."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as exc:
        listener.close()
        if isinstance(exc, OSError) and exc.errno == errno.EADDRINUSE:
            raise ConfigError(
                f"port {port} on {host} is in use by another program: "
                f"stop that one, or serve on a free port with --port {port + 1}"
            ) from exc
        raise ConfigError(
            f"cannot listen on {host}:{port}: {exc}; check --host and --port"
        ) from exc
    return listener


class _Server(uvicorn.Server):
    """A server that prints its address when it has begun to answer."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            sys.stdout.write(f"段次 duanci: http://{shown}:{port}/\n")
            sys.stdout.flush()
