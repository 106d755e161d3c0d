"""The web server: listens, says where, serves until it is interrupted."""

import errno
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from duanci.accounts import check_listening, is_loopback, read_accounts
from duanci.app import make_app
from duanci.errors import ConfigError
from duanci.guard import Guard
from duanci.limits import Limits
from duanci.questions import start_logging
from duanci.resident import keep_few_arenas
from duanci.watch import Watcher

if TYPE_CHECKING:
    from duanci.assistant import Assistant

_WARM_UP_AFTER_S = 10  # so long the first page has the processor to itself


def serve(
    assistant: "Assistant",
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    watch: bool = False,
    edit: bool = False,
    auth_file: Path | None = None,
    no_auth: bool = False,
    log_questions: bool = False,
) -> None:
    """Serve the web chat until it is interrupted; print its address once it answers.

    :param port: 0 takes any free port.
    :param watch: rebuild when the reports are edited.
    :param edit: let readers edit paragraphs in the page.
    :param auth_file: the accounts that may use it; anybody may if None.
    :param no_auth: listen beyond this machine without accounts.
    :param log_questions: log what is asked; otherwise the log has nothing of it.
    :raises ConfigError: the address cannot be listened on.
    """
    keep_few_arenas()
    accounts = read_accounts(auth_file) if auth_file else None
    check_listening(host, accounts is not None, no_auth)
    listener = listen(host, port)
    if log_questions:
        start_logging()
    # Gradio would import it with the first event, where it happens to be installed, and ask it for
    # its settings with each one.
    sys.modules.setdefault("matplotlib", None)  # type: ignore[arg-type]
    watcher = Watcher(assistant) if watch else None
    app = make_app(assistant, is_watching=watch, is_editing=edit)
    config = uvicorn.Config(
        Guard(app, accounts, Limits(), local_only=is_loopback(host) and not no_auth),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    if watcher:
        watcher.start()
    warming = threading.Timer(_WARM_UP_AFTER_S, assistant.warm_up)
    warming.daemon = True
    warming.start()
    try:
        _Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # uvicorn raises it again once it has shut down
    finally:
        warming.cancel()
        listener.close()
        if watcher:
            watcher.stop()


def listen(host: str, port: int) -> socket.socket:
    """Bind a listening socket now, so that a port that is taken is told before anything loads."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Where no protocol is named, asyncio does not know that it is TCP: each answer of more than one
    # piece would then wait 40 ms for the client to say that it has the first (Nagle's algorithm).
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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
