"""What programs may call: endpoints of the page by gradio_client and plain HTTP, and MCP."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

from fake_assistant import FakeAssistant
from test_browser import Server

ORCHIDS = "秘书长谈到兰花的什么"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(FakeAssistant()) as server:
        for _ in range(100):
            if getattr(getattr(server, "server", None), "started", False):
                break
            asyncio.run(asyncio.sleep(0.1))
        yield server


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return Client(server.url, verbose=False)


def test_endpoints_are_three_and_named(server: Server) -> None:
    named = httpx.get(f"{server.url}gradio_api/info").json()["named_endpoints"]
    assert sorted(named) == ["/ask", "/show", "/status"]
    parameters = [p["parameter_name"] for p in named["/ask"]["parameters"]]
    assert parameters == ["question", "history", "report", "limit"]


def test_ask_by_gradio_client(client: Client) -> None:
    answer = client.predict(ORCHIDS, api_name="/ask")
    assert answer["answered"]
    assert answer["build"] == "build-1"
    (citation,) = answer["citations"]
    assert (citation["paragraph"], citation["label"]) == ("附件一/2", "附件一第2段")
    assert citation["quotes"] == ["秘书长谈到兰花的贸易。"]


def test_history_goes_along(client: Client, server: Server) -> None:
    client.predict("花期多长", history=["樱花何时开花"], report="TEST/1", api_name="/ask")
    assert isinstance(server.assistant, FakeAssistant)
    assert server.assistant.histories[-1] == ("樱花何时开花",)


def test_show_and_status_by_gradio_client(client: Client) -> None:
    (paragraph,) = client.predict("附件一/1", api_name="/show")
    assert paragraph["text"] == "主席欢迎各位专家。"
    status = client.predict(api_name="/status")
    assert (status["build"], status["data_changed"]) == ("build-1", False)


def test_error_is_one_line(client: Client) -> None:
    with pytest.raises(AppError, match="no paragraph 99"):
        client.predict("99", api_name="/show")


def test_ask_by_plain_http(server: Server) -> None:
    """As curl does: a call gives an event, and the event its result."""
    call = f"{server.url}gradio_api/call/v2/ask"
    event = httpx.post(call, json={"question": ORCHIDS}).json()["event_id"]
    told = httpx.get(f"{call.replace('/v2', '')}/{event}").text
    assert told.startswith("event: complete\ndata: ")
    (answer,) = json.loads(told.split("data: ")[1])
    assert answer["citations"][0]["label"] == "附件一第2段"


async def _with_session(url: str, name: str = "", **arguments: Any) -> Any:
    async with (
        streamable_http_client(f"{url}mcp") as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        if not name:
            resources, prompts = await session.list_resources(), await session.list_prompts()
            return await session.list_tools(), resources.resources, prompts.prompts
        return await session.call_tool(name, arguments)


GUIDE = (Path(__file__).parents[1] / "docs" / "api.md").read_text("utf-8")


def test_programs_of_the_guide_run(server: Server) -> None:
    programs = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert len(programs) == 2
    for program in programs:
        text = program.replace("http://127.0.0.1:7860/", server.url)
        text = text.replace("http://127.0.0.1:7860", server.url)
        ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout.strip()


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_commands_of_the_guide_run(server: Server) -> None:
    [block] = re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL)
    commands, *said = re.split(r"^(?=event: )", block, maxsplit=1, flags=re.MULTILINE)
    script = re.sub(r"^\$ ", "", commands, flags=re.MULTILINE)
    script = script.replace("http://127.0.0.1:7860/", server.url)
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    event, data = ran.stdout.strip().split("\n")
    assert event == said[0].split("\n")[0] == "event: complete"
    assert (
        json.loads(data.removeprefix("data: "))[0]["question"] == "尼日利亚恩内维生产多少汽车零部件"
    )


def test_mcp_lists_two_tools_and_nothing_else(server: Server) -> None:
    listed, resources, prompts = asyncio.run(_with_session(server.url))
    assert [tool.name for tool in listed.tools] == ["ask_report", "show_paragraphs"]
    assert (resources, prompts) == ([], [])
    ask = listed.tools[0].inputSchema
    assert ask["required"] == ["question"]
    assert ask["properties"]["question"]["description"] == "What to ask, in any language."


def test_mcp_answers(server: Server) -> None:
    told = asyncio.run(_with_session(server.url, "ask_report", question=ORCHIDS))
    assert not told.isError
    assert told.structuredContent["citations"][0]["quotes"] == ["秘书长谈到兰花的贸易。"]
    shown = asyncio.run(_with_session(server.url, "show_paragraphs", reference="附件一/1"))
    assert shown.structuredContent["result"][0]["label"] == "附件一第1段"


def test_mcp_tells_errors(server: Server) -> None:
    told = asyncio.run(_with_session(server.url, "show_paragraphs", reference="99"))
    assert told.isError
    assert isinstance(told.content[0], TextContent)
    assert told.content[0].text == "Error executing tool show_paragraphs: no paragraph 99"
