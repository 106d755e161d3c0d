"""What stands before the web server: who is let in, and how much is taken on."""

import asyncio
import base64
import hmac
import ipaddress
import math
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from duanci.accounts import Accounts, is_loopback
from duanci.limits import REMEMBERED, Limits, Window
from duanci.messages import to_chinese
from duanci.phrases import prefer

_READING = ("GET", "HEAD", "OPTIONS")
_PORTS = {"http": "80", "https": "443"}
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="duanci", charset="UTF-8"'}


class Guard:
    """Stands in front of an ASGI application: names, accounts, and limits.

    Everything passes it but the reading of `/healthz`. It logs nothing.
    """

    def __init__(
        self,
        app: ASGIApp,
        accounts: Accounts | None,
        limits: Limits,
        *,
        local_only: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Put the guard in front.

        :param accounts: who may use it; everyone if None.
        :param local_only: without accounts, answer only to the names of this machine, so that no
            web site can have its own name point here (DNS rebinding).
        :param clock: seconds that never go back.
        """
        self._app = app
        self._accounts = accounts
        self._limits = limits
        self._local_only = local_only and accounts is None
        self._posts = Window(limits.posts, clock)
        self._failures = Window(limits.failures, clock)
        self._slots = asyncio.Semaphore(limits.at_once)
        self._turn = asyncio.Lock()  # one password at a time: each takes 64 MB
        self._verified: OrderedDict[tuple[str, bytes], None] = OrderedDict()
        self._key = secrets.token_bytes(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with one line."""
        if scope["type"] not in ("http", "websocket") or _is_health(scope):
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        client = _client_of(scope)
        try:
            self._check_names(scope, headers)
            await self._check_account(client, headers)
            if scope["type"] == "websocket":
                return await self._app(scope, receive, send)
            self._check_post(scope, client)
            receive = await self._read_body(headers, receive)
            await self._take_slot()
        except _Refusal as refusal:
            return await refusal.answer(scope, receive, send)
        except _Gone:
            return
        await self._answer(scope, receive, send)

    def _check_names(self, scope: Scope, headers: Headers) -> None:
        hosts = headers.getlist("host")
        host = hosts[0] if len(hosts) == 1 else ""
        if self._local_only and not is_loopback(_split_host(host)[0]):
            raise _Refusal(
                421,
                f"the Host header is {ascii(host[:80])}, expected localhost, 127.x or [::1]: "
                "use such an address, or serve with --auth-file or --no-auth",
            )
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in _READING
        if changes and origin is not None and not _is_same(origin, host):
            raise _Refusal(
                403,
                f"the request comes from a page of {ascii(origin[:80])}, expected one of "
                f"{ascii(host[:80])}: use this server's own page; a proxy must keep the Host",
            )

    async def _check_account(self, client: str, headers: Headers) -> None:
        if self._accounts is None:
            return
        header = headers.get("authorization", "")
        given = _read_basic(header)
        if given is None:
            raise _Refusal(
                401,
                "no name and password found, expected those of an account: "
                "send them by HTTP Basic authentication (curl -u NAME)",
                _CHALLENGE,
            )
        mark = (given[0], hmac.digest(self._key, header.encode("latin-1"), "sha256"))
        if mark not in self._verified:
            self._check_failures(client)
            async with self._turn:
                if mark not in self._verified:
                    self._check_failures(client)
                    await self._verify(self._accounts, client, given)
                    self._verified[mark] = None
        self._verified.move_to_end(mark)
        if len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)

    async def _verify(self, accounts: Accounts, client: str, given: tuple[str, str]) -> None:
        if not await asyncio.to_thread(accounts.check, *given):
            self._failures.add(client)
            raise _Refusal(
                401,
                "the name or the password is wrong, expected those of an account: "
                "try again, or ask whoever runs this server",
                _CHALLENGE,
            )

    def _check_failures(self, client: str) -> None:
        came = f"{self._limits.failures} wrong passwords came from your address"
        _pause(self._failures.wait_s(client), came)

    def _check_post(self, scope: Scope, client: str) -> None:
        if scope["method"] in _READING:
            return
        came = f"more than {self._limits.posts} POST requests came from your address"
        _pause(self._posts.wait_s(client), came)
        self._posts.add(client)
        if scope["path"].rstrip("/").endswith("/upload"):
            raise _Refusal(
                403, "a file was sent, expected none: uploads are off; ask by a question only"
            )

    async def _read_body(self, headers: Headers, receive: Receive) -> Receive:
        """Read the body before the request takes a slot, so that a slow sender holds up nobody."""
        most = self._limits.body_bytes
        declared = headers.get("content-length", "")
        if declared.isdecimal() and (len(declared) > 15 or int(declared) > most):
            raise _too_large(most)
        body = bytearray()
        more = True
        try:
            async with asyncio.timeout(self._limits.body_s):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Gone
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > most:
                        raise _too_large(most)
        except TimeoutError:
            raise _Refusal(
                408,
                f"the request's body is incomplete after {self._limits.body_s:g} s: send it again",
                {"Connection": "close"},
            ) from None
        rest: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return rest.pop() if rest else await receive()

        return replay

    async def _take_slot(self) -> None:
        try:
            async with asyncio.timeout(self._limits.wait_s):
                await self._slots.acquire()
        except TimeoutError:
            raise _Refusal(
                503,
                f"{self._limits.at_once} requests are being answered, and none ended in "
                f"{self._limits.wait_s:g} s: try again later",
                {"Retry-After": str(math.ceil(self._limits.wait_s))},
            ) from None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in the slot taken; give it back before what a slow reader can draw out."""
        holds = True

        def give_back() -> None:
            nonlocal holds
            if holds:
                self._slots.release()
            holds = False

        async def pass_on(message: Message) -> None:
            ends = message["type"] == "http.response.body" and not message.get("more_body", False)
            if ends or scope["method"] in _READING:
                give_back()
            await send(message)

        try:
            await self._app(scope, receive, pass_on)
        finally:
            give_back()


class _Refusal(Exception):
    """A request is not passed on; the line says why."""

    def __init__(self, status: int, line: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(line)
        self.status = status
        self.headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
        self.headers |= headers or {}

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the line, in Chinese to whoever says that it is wanted.

        A websocket is closed before it opens, which is a 403 to the client.
        """
        if scope["type"] == "websocket":
            await WebSocketClose(1008, str(self))(scope, receive, send)
        else:
            accepted = Headers(scope=scope).get("accept-language", "en")
            line = to_chinese(str(self)) if prefer(accepted) == "zh" else str(self)
            response = PlainTextResponse(f"{line}\n", self.status, self.headers)
            await response(scope, receive, send)


class _Gone(Exception):
    """The client has left."""


def _pause(wait_s: int, came: str) -> None:
    """Refuse a client that has to wait.

    :param wait_s: seconds; 0: not at all.
    :param came: what came from it.
    """
    if wait_s:
        line = f"{came} within a minute: try again in {wait_s} s"
        raise _Refusal(429, line, {"Retry-After": str(wait_s)})


def _too_large(most: int) -> _Refusal:
    return _Refusal(
        413,
        f"the request's body is larger than {most:,} bytes, the most allowed: send a shorter one",
    )


def _is_health(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] in _READING and scope["path"] == "/healthz"


def _client_of(scope: Scope) -> str:
    """Return the client's address; of IPv6 its /64, of which one client has all addresses."""
    host: str = (scope.get("client") or ("",))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(address) >> 64 << 64))


def _split_host(text: str) -> tuple[str, str]:
    """Split `name:port`; a bracketed IPv6 address loses its brackets, what is neither is empty."""
    found = re.fullmatch(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::(\d*))?", text)
    return ((found[1] or found[2]).lower(), found[3] or "") if found else ("", "")


def _is_same(origin: str, host: str) -> bool:
    """Tell whether a page's origin is this host; a port that a proxy left out is not compared."""
    scheme, _, address = origin.partition("://")
    name, port = _split_host(address)
    own, own_port = _split_host(host)
    return name != "" and name == own and own_port in ("", port or _PORTS.get(scheme, ""))


def _read_basic(header: str) -> tuple[str, str] | None:
    """Read name and password out of an Authorization header (RFC 7617)."""
    scheme, _, code = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = (
            base64.b64decode(code.strip(), validate=True).decode().partition(":")
        )
    except ValueError:
        return None
    return (name, password) if colon else None
