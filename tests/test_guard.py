"""The guard in front of a small application, over ASGI and over real sockets."""

import asyncio
import base64
import logging
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher, extract_parameters
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from duanci import accounts as accounts_module
from duanci import guard, limits
from duanci.accounts import Accounts, check_listening, make_line, read_accounts
from duanci.errors import ConfigError
from duanci.guard import Guard
from duanci.limits import Limits

LOCAL = "http://localhost:7860"
ELSEWHERE = "http://evil.example"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "蜂箱:and honey"
HASH = CHEAP.hash(PASSWORD)
ANNA = ("anna", PASSWORD)

NO_ACCOUNT = (
    "no name and password found, expected those of an account: "
    "send them by HTTP Basic authentication (curl -u NAME)\n"
)
WRONG = (
    "the name or the password is wrong, expected those of an account: "
    "try again, or ask whoever runs this server\n"
)
TOO_LARGE = "the request's body is larger than 10 bytes, the most allowed: send a shorter one\n"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class CountingAccounts(Accounts):
    """Real accounts that count how often a password was verified."""

    def __init__(self) -> None:
        super().__init__({"anna": HASH})
        self.checks = 0

    def check(self, name: str, password: str) -> bool:
        self.checks += 1
        return super().check(name, password)


class Site:
    """A page, an echo, a stream of events, a websocket, an upload, and a POST that takes long."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.running = 0
        self.most = 0
        self.go_on = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop
        self.app = Starlette(
            routes=[
                Route("/", self.page),
                Route("/healthz", self.page, methods=["GET", "POST"]),
                Route("/echo", self.echo, methods=["POST", "PUT"]),
                Route("/slow", self.slow, methods=["POST"]),
                Route("/events", self.events, methods=["GET", "POST"]),
                Route("/gradio_api/upload", self.page, methods=["GET", "POST"]),
                WebSocketRoute("/talk", self.talk),
            ]
        )

    async def page(self, request: Request) -> PlainTextResponse:
        self.asked.append(request.url.path)
        return PlainTextResponse("page")

    async def echo(self, request: Request) -> PlainTextResponse:
        return PlainTextResponse(await request.body())

    async def slow(self, request: Request) -> PlainTextResponse:
        self.running += 1
        self.most = max(self.most, self.running)
        await self.go_on.wait()
        self.running -= 1
        return PlainTextResponse("done")

    async def events(self, request: Request) -> StreamingResponse:
        async def write() -> AsyncIterator[str]:
            yield "data: first\n\n"
            await self.go_on.wait()
            yield f"data: {await request.is_disconnected()}\n\n"

        return StreamingResponse(write(), media_type="text/event-stream")

    async def talk(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        await websocket.close()


def make_client(
    accounts: Accounts | None = None,
    limits: Limits | None = None,
    *,
    client: tuple[str, int] = ("127.0.0.1", 5000),
    app: ASGIApp | None = None,
    base_url: str = LOCAL,
    **options: Any,
) -> TestClient:
    guarded = app or Guard(Site().app, accounts, limits or Limits(), **options)
    return TestClient(guarded, base_url=base_url, client=client, follow_redirects=False)


def post(app: ASGIApp, headers: dict[str, bytes]) -> httpx.Response:
    """Post with headers as they are; the test client would make UTF-8 of them."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as client:
            raw = [(name.encode(), value) for name, value in headers.items()]
            return await client.post("/echo", headers=raw)

    return asyncio.run(ask())


@pytest.fixture
def accounts() -> CountingAccounts:
    return CountingAccounts()


@pytest.fixture
def clock() -> Clock:
    return Clock()


# Accounts.


def test_line_of_an_account_is_read_back_and_checked(tmp_path: Path) -> None:
    line = make_line("anna.b-c_d@example.org", PASSWORD)
    assert re.match(r"anna\.b-c_d@example\.org:\$argon2id\$v=19\$m=65536,t=3,p=4\$", line)
    file = tmp_path / "accounts"
    file.write_text(f"\ufeff# who may ask\n\n  {line}  \nbert:{HASH}\n", "utf-8")
    accounts = read_accounts(file)
    assert accounts.check("anna.b-c_d@example.org", PASSWORD)
    assert accounts.check("bert", PASSWORD)
    assert not accounts.check("bert", PASSWORD + "x")
    assert not accounts.check("Bert", PASSWORD)
    assert not accounts.check("", "")


def test_password_is_the_same_however_its_accents_are_composed() -> None:
    name, _, hash_ = make_line("anna", "caf\u00e9 au lait").partition(":")
    assert Accounts({name: hash_}).check("anna", "cafe\u0301 au lait")


@pytest.mark.parametrize("name", ["", "a b", "a:b", "#a", "安娜", "a" * 65, "a\n"])
def test_name_of_other_signs_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a name: expected 1 to 64 letters a-z, digits"):
        make_line(name, PASSWORD)


def test_short_password_is_refused_and_ten_characters_are_enough() -> None:
    told = "^the password has 9 characters, expected at least 10: choose a longer one$"
    with pytest.raises(ConfigError, match=told):
        make_line("anna", "123456789")
    assert make_line("anna", "一二三四五六七八九十").startswith("anna:$argon2id$")


@pytest.mark.parametrize("password", ["1234567890\n", "1234567890\x7f", "1234567890\udcff"])
def test_password_that_no_browser_sends_is_refused(password: str) -> None:
    with pytest.raises(ConfigError, match="^the password has a control character") as caught:
        make_line("anna", password)
    assert "1234567890" not in str(caught.value)


MAKE = "make the line with `duanci password NAME`$"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("secret-word", "no account, expected name:hash: "),
        ("anna:", "no account, expected name:hash: "),
        (f"an na:{HASH}", "no account, expected name:hash: "),
        (f"bert:{HASH}", "bert has a line already, expected one for each name: remove one of them"),
        ("anna:secret-word", "the password of anna is plain text, expected its argon2 hash: "),
        ("anna:$2b$12$abcdefgh", "the password of anna is plain text, expected its argon2 hash: "),
        (f"anna:{HASH[:-2]}", "the hash of anna is damaged or out of bounds, "),
        (f"anna:{HASH[:-24]}", "the hash of anna is damaged or out of bounds, "),
        (f"anna:{HASH}:x", "the hash of anna is damaged or out of bounds, "),
        (f"anna:{HASH.replace('m=8', 'm=1')}", "the hash of anna is damaged or out of bounds, "),
        (f"anna:{HASH.replace('m=8', 'm=1000000')}", "the hash of anna is damaged or out of bou"),
    ],
)
def test_bad_line_is_named_and_the_password_is_not_shown(
    tmp_path: Path, line: str, told: str
) -> None:
    file = tmp_path / "accounts"
    file.write_text(f"# ours\nbert:{HASH}\n{line}\n", "utf-8")
    with pytest.raises(ConfigError, match=f"^{re.escape(f'{file}:3: {told}')}") as caught:
        read_accounts(file)
    assert "secret" not in str(caught.value)
    assert "remove" in told or re.search(MAKE, str(caught.value))


def test_file_without_an_account_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "accounts"
    with pytest.raises(ConfigError, match=f"accounts: cannot be read .No such file.*: {MAKE}"):
        read_accounts(file)
    file.write_bytes("名".encode("gb18030"))
    with pytest.raises(ConfigError, match="accounts: cannot be read .it is not UTF-8"):
        read_accounts(file)
    file.write_text("# nobody\n\n")
    with pytest.raises(ConfigError, match=f"accounts: no account found, expected .*: {MAKE}"):
        read_accounts(file)


def test_unknown_name_costs_what_a_known_one_costs() -> None:
    hash_ = PasswordHasher(time_cost=3, memory_cost=16384, parallelism=1).hash(PASSWORD)
    accounts = Accounts({"anna": hash_})

    def cost(name: str) -> float:
        times = []
        for _ in range(5):
            started = time.process_time()
            assert not accounts.check(name, "another password")
            times.append(time.process_time() - started)
        return min(times)

    assert 0.5 < cost("nobody") / cost("anna") < 2
    dummy = accounts_module._make_dummy(hash_)
    assert extract_parameters(dummy) == extract_parameters(hash_)
    assert dummy != hash_
    accounts._dummies = [hash_]
    assert not accounts.check("nobody", PASSWORD)


# Authentication.


@pytest.mark.parametrize("path", ["/", "/events", "/gradio_api/info", "/gradio_api/mcp/", "/x.js"])
def test_everything_asks_for_name_and_password(accounts: Accounts, path: str) -> None:
    answer = make_client(accounts).get(path)
    assert (answer.status_code, answer.text) == (401, NO_ACCOUNT)
    assert answer.headers["www-authenticate"] == 'Basic realm="duanci", charset="UTF-8"'
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("accepted", "line"),
    [
        ("zh-CN,zh;q=0.9", "没有账号名和口令。请以 HTTP Basic 方式提供（curl -u NAME）。\n"),
        ("fr", NO_ACCOUNT),
    ],
)
def test_refusal_is_in_the_language_that_is_asked_for(
    accounts: Accounts, accepted: str, line: str
) -> None:
    answer = make_client(accounts).get("/", headers={"Accept-Language": accepted})
    assert (answer.status_code, answer.text) == (401, line)


def test_health_is_open_for_reading_only(accounts: Accounts) -> None:
    client = make_client(accounts)
    answer = client.get("/healthz", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.text) == (200, "page")
    assert client.post("/healthz").status_code == 401
    assert client.get("/healthz/").status_code == 401
    assert client.get("/healthzz").status_code == 401


def test_right_password_is_verified_once(accounts: CountingAccounts) -> None:
    client = make_client(accounts)
    answers = [client.get("/", auth=ANNA) for _ in range(3)]
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "page")] * 3
    assert accounts.checks == 1
    answer = client.get("/", auth=("anna", "guess"))
    assert (answer.status_code, answer.text) == (401, WRONG)
    assert accounts.checks == 2


def test_no_password_is_kept_in_memory(accounts: CountingAccounts) -> None:
    guarded = Guard(Site().app, accounts, Limits())
    make_client(app=guarded).get("/", auth=ANNA)
    [(name, digest)] = guarded._verified
    assert (name, len(digest)) == ("anna", 32)


def test_parallel_requests_of_a_page_are_verified_once(accounts: CountingAccounts) -> None:
    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(Guard(Site().app, accounts, Limits()))
        async with httpx.AsyncClient(transport=transport, base_url=LOCAL, auth=ANNA) as client:
            return await asyncio.gather(*(client.get("/") for _ in range(30)))

    assert [answer.status_code for answer in asyncio.run(ask())] == [200] * 30
    assert accounts.checks == 1


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Bearer abc", "Basic ???", "Basic \u00e9", "Basic YW5uYQ==", "Basic /////w=="],
)
def test_header_without_name_and_password_is_no_attempt(
    accounts: CountingAccounts, header: str
) -> None:
    guarded = Guard(Site().app, accounts, Limits(failures=1))
    for _ in range(2):
        answer = post(guarded, {"Authorization": header.encode("latin-1")})
        assert (answer.status_code, answer.text) == (401, NO_ACCOUNT)
    assert accounts.checks == 0


def test_scheme_is_read_in_any_case(accounts: Accounts) -> None:
    header = "bAsIc " + base64.b64encode(f"anna:{PASSWORD}".encode()).decode()
    assert make_client(accounts).get("/", headers={"Authorization": header}).status_code == 200


def test_tenth_failure_of_a_minute_closes_the_door(
    accounts: CountingAccounts, clock: Clock
) -> None:
    guarded = Guard(Site().app, accounts, Limits(), clock=clock)
    client, other = make_client(app=guarded), make_client(app=guarded, client=("10.0.0.2", 1))
    with_account = ("anna", PASSWORD)
    for attempt in range(10):
        clock.now = 1000.0 + attempt
        assert client.get("/", auth=("anna", f"guess {attempt}")).status_code == 401
    answer = client.get("/", auth=with_account)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "51")
    assert answer.text == (
        "10 wrong passwords came from your address within a minute: try again in 51 s\n"
    )
    assert client.get("/").status_code == 401
    assert accounts.checks == 10
    assert other.get("/", auth=with_account).status_code == 200
    # What was verified before goes on, and the door opens as the window slides.
    assert client.get("/", auth=with_account).status_code == 200
    assert client.get("/", auth=("anna", "guess")).status_code == 429
    clock.now = 1060.0
    assert client.get("/", auth=("anna", "guess")).status_code == 401
    assert client.get("/", auth=("anna", "guess")).status_code == 429


def test_parallel_guesses_are_counted_one_by_one(accounts: CountingAccounts) -> None:
    async def guess() -> list[int]:
        transport = httpx.ASGITransport(Guard(Site().app, accounts, Limits()))
        async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as client:
            guesses = (client.get("/", auth=("anna", f"guess {n}")) for n in range(40))
            return [answer.status_code for answer in await asyncio.gather(*guesses)]

    statuses = asyncio.run(guess())
    assert (statuses.count(401), statuses.count(429)) == (10, 30)
    assert accounts.checks == 10


def test_websocket_passes_with_a_password_only(accounts: Accounts) -> None:
    client = make_client(accounts)
    token = base64.b64encode(f"anna:{PASSWORD}".encode()).decode()
    with client.websocket_connect("/talk", headers={"Authorization": f"Basic {token}"}) as talk:
        talk.send_text("你好")
        assert talk.receive_text() == "你好"
    for headers in ({}, {"Authorization": f"Basic {token}", "Origin": ELSEWHERE}):
        with (
            pytest.raises(WebSocketDisconnect) as caught,
            client.websocket_connect("/talk", headers=headers),
        ):
            pass
        assert caught.value.code == 1008


# Names of hosts.


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost:1", "127.0.0.1:7860", "127.8.9.1", "[::1]", "[::1]:80"]
)
def test_names_of_this_machine_are_answered(host: str) -> None:
    assert make_client().get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example:7860", "localhost.evil.example", "10.0.0.1", "",
     "[::2]", "::1", "localhost:1:2", "localhost:x", "[127.0.0.1", "a@localhost"],
)  # fmt: skip
def test_other_names_are_refused(host: str) -> None:
    answer = make_client().get("/", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.text == (
        f"the Host header is '{host}', expected localhost, 127.x or [::1]: "
        "use such an address, or serve with --auth-file or --no-auth\n"
    )


def test_name_of_the_host_is_free_with_accounts_or_when_open(accounts: Accounts) -> None:
    evil = {"Host": "duanci.example"}
    assert make_client(accounts).get("/", headers=evil, auth=ANNA).status_code == 200
    assert make_client(local_only=False).get("/", headers=evil).status_code == 200


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:7860", "localhost:7860"),
        ("https://a.example", "a.example"),
        ("https://a.example", "A.example:443"),
        ("https://a.example:8443", "a.example"),
        ("http://[::1]:7860", "[::1]:7860"),
    ],
)
def test_post_from_the_own_page_passes(origin: str, host: str) -> None:
    client = make_client(local_only=False)
    answer = client.post("/echo", content="问", headers={"Origin": origin, "Host": host})
    assert (answer.status_code, answer.text) == (200, "问")


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://evil.example", "localhost:7860"),
        ("http://localhost:3000", "localhost:7860"),
        ("http://localhost.evil.example:7860", "localhost:7860"),
        ("http://a.example", "a.example:443"),
        ("null", "localhost:7860"),
        ("null", "null"),
        ("", "localhost:7860"),
        ("http://", ""),
    ],
)
def test_post_from_another_page_is_refused(origin: str, host: str) -> None:
    client = make_client(local_only=False)
    headers = {"Origin": origin, "Host": host}
    for method in ("POST", "PUT"):
        answer = client.request(method, "/echo", content="x", headers=headers)
        assert answer.status_code == 403
        assert answer.text == (
            f"the request comes from a page of '{origin}', expected one of '{host}': "
            "use this server's own page; a proxy must keep the Host\n"
        )
    assert client.get("/", headers=headers).status_code == 200


def test_refusal_shows_what_was_found_in_ascii_and_cut() -> None:
    answer = post(Guard(Site().app, None, Limits()), {"Origin": b"<\xe9>" + b"a" * 99})
    shown = f"'<\\xe9>{'a' * 77}'"
    assert answer.text.startswith(f"the request comes from a page of {shown}, expected one of 'lo")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.5.5.5", "::1", "localhost", "LOCALHOST"])
def test_loopback_needs_no_accounts(host: str) -> None:
    check_listening(host, False, False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", ""])
def test_other_addresses_need_accounts_or_a_word(host: str) -> None:
    check_listening(host, True, False)
    check_listening(host, False, True)
    told = (
        f"^listening on {host or 'every address'} opens the server to other machines, and it has "
        "no accounts: give --auth-file FILE, or --no-auth to let everyone in$"
    )
    with pytest.raises(ConfigError, match=told):
        check_listening(host, False, False)


# Limits.


@pytest.mark.parametrize("content", [b"x" * 11, [b"x" * 5, b"", b"y" * 6]], ids=["known", "stream"])
def test_body_over_the_limit_is_refused(content: Any) -> None:
    client = make_client(limits=Limits(body_bytes=10))
    stream = iter(content) if isinstance(content, list) else content
    answer = client.post("/echo", content=stream)
    assert (answer.status_code, answer.text) == (413, TOO_LARGE)


def test_body_at_the_limit_passes() -> None:
    client = make_client(limits=Limits(body_bytes=10))
    assert client.post("/echo", content=b"x" * 10).content == b"x" * 10
    assert client.post("/echo", content=iter([b"x" * 5, b"y" * 5])).content == b"xxxxxyyyyy"
    assert client.post("/echo").content == b""


def test_limits_are_these_unless_said_otherwise() -> None:
    assert Limits() == Limits(
        body_bytes=262_144, body_s=30, posts=6000, failures=10, at_once=16, wait_s=10
    )


def test_body_is_256_kib_at_most_unless_said_otherwise() -> None:
    client = make_client()
    assert len(client.post("/echo", content=b"x" * 262_144).content) == 262_144
    answer = client.post("/echo", content=b"x" * 262_145)
    assert (answer.status_code, answer.text) == (
        413,
        "the request's body is larger than 262,144 bytes, the most allowed: send a shorter one\n",
    )


def test_declared_length_is_believed_before_anything_is_read() -> None:
    guarded = Guard(Site().app, None, Limits(body_bytes=10))
    lengths = (b"11", b"9" * 5000, b"10", b"\xb2", b"-1", b"x")
    answers = [post(guarded, {"Content-Length": length}) for length in lengths]
    assert [answer.status_code for answer in answers] == [413, 413, 200, 200, 200, 200]


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/upload", "/gradio_api/upload/"])
def test_uploads_are_off(path: str) -> None:
    client = make_client()
    answer = client.post(f"{path}?upload_id=1", files={"files": b"x"})
    assert (answer.status_code, answer.text) == (
        403,
        "a file was sent, expected none: uploads are off; ask by a question only\n",
    )
    assert client.get("/gradio_api/upload").status_code == 200


def test_so_many_posts_a_minute_pass_and_readings_are_free(clock: Clock) -> None:
    guarded = Guard(Site().app, None, Limits(posts=60), clock=clock)
    client, other = make_client(app=guarded), make_client(app=guarded, client=("127.0.0.2", 1))
    for n in range(60):
        clock.now = 1000.0 + n / 2
        assert client.post("/echo").status_code == 200
    answer = client.post("/echo")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "31")
    assert answer.text == (
        "more than 60 POST requests came from your address within a minute: try again in 31 s\n"
    )
    assert client.put("/echo").status_code == 429
    assert [client.get("/").status_code for _ in range(99)] == [200] * 99
    assert other.post("/echo").status_code == 200
    clock.now = 1059.9
    assert client.post("/echo").headers["retry-after"] == "1"
    clock.now = 1060.0
    assert [client.post("/echo").status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("unix", "unix", True),
    ],
)
def test_client_is_an_address_or_an_ipv6_network(first: str, second: str, is_one: bool) -> None:
    guarded = Guard(Site().app, None, Limits(posts=1))
    statuses = [
        make_client(app=guarded, client=(host, 1)).post("/echo").status_code
        for host in (first, second)
    ]
    assert statuses == [200, 429 if is_one else 200]


def test_memory_of_clients_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", 3)
    window = limits.Window(2, clock)
    for client in "abcde":
        clock.now += 1
        window.add(client)
        window.add(client)
    assert {client: window.wait_s(client) for client in "abcde"} == {
        "a": 0, "b": 0, "c": 58, "d": 59, "e": 60,
    }  # fmt: skip
    clock.now += 59
    window.add("f")
    assert list(window._times) == ["e", "f"]
    assert all(times.maxlen == 2 for times in window._times.values())


def test_memory_of_verified_headers_is_bounded(
    accounts: CountingAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "REMEMBERED", 2)
    guarded = Guard(Site().app, accounts, Limits())
    client = make_client(app=guarded)
    token = base64.b64encode(f"anna:{PASSWORD}".encode()).decode()
    for scheme in ("basic", "Basic", "basic", "BASIC", "basic"):
        answer = client.get("/", headers={"Authorization": f"{scheme} {token}"})
        assert answer.status_code == 200
    assert accounts.checks == 3
    assert len(guarded._verified) == 2


def test_others_wait_for_a_slot_and_then_are_answered() -> None:
    async def ask() -> None:
        site = Site()
        transport = httpx.ASGITransport(Guard(site.app, None, Limits(at_once=2)))
        async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as client:
            asked = [asyncio.create_task(client.post("/slow")) for _ in range(5)]
            health = asyncio.create_task(client.get("/healthz"))
            await health
            await asyncio.sleep(0.05)
            assert (site.running, health.result().status_code) == (2, 200)
            site.go_on.set()
            answers = await asyncio.gather(*asked)
        assert [answer.text for answer in answers] == ["done"] * 5
        assert site.most == 2

    asyncio.run(ask())


def test_who_waited_too_long_is_told_so() -> None:
    async def ask() -> None:
        site = Site()
        transport = httpx.ASGITransport(Guard(site.app, None, Limits(at_once=1, wait_s=0.05)))
        async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as client:
            first = asyncio.create_task(client.post("/slow"))
            await asyncio.sleep(0.01)
            for answer in (await client.post("/echo"), await client.get("/")):
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
                assert answer.text == (
                    "1 requests are being answered, and none ended in 0.05 s: try again later\n"
                )
            site.go_on.set()
            assert (await first).text == "done"
            assert (await client.post("/echo")).status_code == 200

    asyncio.run(ask())


def make_scope(path: str = "/") -> Scope:
    headers = [(b"host", b"localhost")]
    return {"type": "http", "method": "POST", "path": path, "headers": headers, "client": None}


async def send_nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def test_slot_of_a_request_that_failed_is_free_again() -> None:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    async def ask() -> None:
        guarded = Guard(fail, None, Limits(at_once=1, wait_s=0.05))
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await guarded(make_scope(), send_nothing, never)

    asyncio.run(ask())


async def never(message: Message) -> None:
    raise AssertionError(message)


def test_reader_who_takes_nothing_holds_no_slot() -> None:
    async def ask() -> None:
        guarded = Guard(Site().app, None, Limits(at_once=1, wait_s=0.05))
        stuck = asyncio.Event()

        async def take_no_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                stuck.set()
                await asyncio.Event().wait()

        scope = make_scope("/echo")
        reading = asyncio.create_task(guarded(scope, send_nothing, take_no_body))
        await stuck.wait()
        transport = httpx.ASGITransport(guarded)
        async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as client:
            assert (await client.post("/echo", content="问")).text == "问"
        reading.cancel()

    asyncio.run(ask())


def test_who_left_before_the_end_of_the_body_is_not_answered() -> None:
    async def leave() -> Message:
        return {"type": "http.disconnect"}

    async def unasked(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError(scope)

    asyncio.run(Guard(unasked, None, Limits())(make_scope(), leave, never))


def test_body_that_does_not_come_is_given_up_without_a_slot() -> None:
    async def ask() -> None:
        guarded = Guard(Site().app, None, Limits(at_once=1, body_s=0.1, wait_s=0.01))
        transport = httpx.ASGITransport(guarded)

        async def drip() -> AsyncIterator[bytes]:
            while True:
                yield b"x"
                await asyncio.sleep(0.02)

        async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as client:
            slow = asyncio.create_task(client.post("/echo", content=drip()))
            await asyncio.sleep(0.01)
            assert (await client.post("/echo")).status_code == 200
            answer = await slow
        assert (answer.status_code, answer.headers["connection"]) == (408, "close")
        assert answer.text == "the request's body is incomplete after 0.1 s: send it again\n"

    asyncio.run(ask())


def test_start_and_end_of_the_server_pass() -> None:
    seen: list[str] = []

    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        seen.append("start")
        yield
        seen.append("end")

    app = Starlette(lifespan=asynccontextmanager(lifespan))
    with make_client(app=Guard(app, None, Limits())):
        pass
    assert seen == ["start", "end"]


# Over real sockets.


@contextmanager
def serve(make: Callable[[Site], ASGIApp]) -> Iterator[tuple[str, Site]]:
    """Serve a guarded site in a thread, with uvicorn as the chat has it."""
    listener = socket.create_server(("127.0.0.1", 0))
    ready: list[Site] = []
    servers: list[uvicorn.Server] = []

    async def main() -> None:
        site = Site()
        site.loop = asyncio.get_running_loop()
        config = uvicorn.Config(
            make(site), log_level="warning", access_log=False, timeout_graceful_shutdown=1
        )
        servers.append(uvicorn.Server(config))
        ready.append(site)
        await servers[0].serve(sockets=[listener])

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    while not (servers and servers[0].started):
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", ready[0]
    finally:
        servers[0].should_exit = True
        thread.join()
        listener.close()


def test_stream_passes_at_once_and_holds_no_slot() -> None:
    limits = Limits(at_once=1, wait_s=0.5)
    with (
        serve(lambda site: Guard(site.app, None, limits)) as (url, site),
        httpx.Client(base_url=url) as client,
        client.stream("GET", "/events") as first,
        client.stream("GET", "/events") as second,
    ):
        readers = [first.iter_text(), second.iter_text()]
        assert first.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert [next(reader) for reader in readers] == ["data: first\n\n"] * 2
        assert client.post("/echo", content="问").text == "问"
        with client.stream("POST", "/events") as third:
            readers.append(third.iter_text())
            assert next(readers[2]) == "data: first\n\n"
            assert client.post("/echo").status_code == 503
            site.loop.call_soon_threadsafe(site.go_on.set)
            assert [next(reader) for reader in readers] == ["data: False\n\n"] * 3
        assert client.post("/echo").status_code == 200


def test_refused_sender_of_a_large_body_reads_why() -> None:
    with (
        serve(lambda site: Guard(site.app, None, Limits())) as (url, _),
        httpx.Client(base_url=url) as client,
    ):
        for content in (b"x" * 3_000_000, (b"x" * 10_000 for _ in range(300))):
            answer = client.post("/echo", content=content)
            assert (answer.status_code, answer.text[:36]) == (
                413,
                "the request's body is larger than 26",
            )
            assert client.post("/echo", content=b"y").text == "y"


def test_nothing_typed_is_logged(
    accounts: Accounts, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    typed = ("guess-1", "body-2", "query-3", "host-4", "origin-5", PASSWORD)
    with (
        caplog.at_level(logging.DEBUG, logger="uvicorn"),
        caplog.at_level(logging.DEBUG, logger="duanci"),
        serve(lambda site: Guard(site.app, accounts, Limits(body_bytes=10))) as (url, _),
        httpx.Client(base_url=url) as client,
    ):
        statuses = [
            client.get("/?q=query-3", auth=("anna", "guess-1")).status_code,
            client.post("/echo?q=query-3", content="body-2", auth=ANNA).status_code,
            client.post("/echo", content="body-2body-2", auth=ANNA).status_code,
            client.post("/gradio_api/upload", content="body-2", auth=ANNA).status_code,
            client.get("/", headers={"Host": "host-4"}, auth=ANNA).status_code,
            client.post("/echo", headers={"Origin": "http://origin-5"}, auth=ANNA).status_code,
        ]
    assert statuses == [401, 200, 413, 403, 200, 403]
    logged = caplog.text + "".join(capfd.readouterr())
    assert [word for word in typed if word in logged] == []
