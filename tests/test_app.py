"""The web chat without a browser: markup, replies, and the application behind the page."""

import asyncio
import hashlib
import html
import os
import re
import signal
import socket
import string
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from duanci import app, markup, page, panel
from duanci.changes import Changes
from duanci.chat import Chat
from duanci.errors import ConfigError, IndexMismatch
from duanci.rebuild import Rebuilt
from duanci.records import Citation, Footnote, Paragraph
from duanci.server import serve
from fake_assistant import FLOWERS, HOSTILE, TASKS, FakeAssistant, make_report

UNCHANGED = {"__type__": "update"}
UNCHANGED_PANEL = {"__type__": "update", "props": {"__type__": "update"}}


class _Texts(HTMLParser):
    """Collects the text content of every element of one class, as a browser would."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.depth = 0
        self.texts: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("br", "img"):
            return
        if self.depth:
            self.depth += 1
        elif self.name in (dict(attributes).get("class") or "").split():
            self.depth = 1
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= self.depth > 0

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.texts[-1] += data


def texts_of(markup: str, name: str) -> list[str]:
    parser = _Texts(name)
    parser.feed(markup)
    return parser.texts


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture
def client(assistant: FakeAssistant) -> Iterator[TestClient]:
    with TestClient(make_app(assistant)) as client:
        yield client


def make_app(assistant: FakeAssistant) -> FastAPI:
    """Make the application with an event loop running, or Gradio leaves one of its own unclosed."""

    async def make() -> FastAPI:
        return app.make_app(assistant)

    return asyncio.run(make())


def ask_over_http(client: TestClient, question: str) -> list[Any]:
    """Ask as the page does, at the beginning of a conversation."""
    call = {"data": [question, [], None, None, None], "fn_index": 0, "session_hash": "test"}
    answer = client.post("/gradio_api/run/predict", json=call)
    assert answer.status_code == 200, answer.text
    data: list[Any] = answer.json()["data"]
    return data


# Markup.


def test_escape_leaves_no_ascii_punctuation_but_entities() -> None:
    assert markup.escape("a<b>&{c}") == "a&#60;b&#62;&#38;&#123;c&#125;"
    assert re.sub(r"&#\d+;", "", markup.escape(string.punctuation)) == ""
    assert html.unescape(markup.escape(HOSTILE)) == HOSTILE


def test_escape_drops_control_characters() -> None:
    assert markup.escape("一\x00\x1b[31m二\t三\n四\x7f") == "一&#91;31m二&#9;三\n四"


@pytest.mark.parametrize(
    "question",
    ["樱花何时开花？", HOSTILE, "一\n\n二", " 两边有空格 ", "<br>", "</p><p>", "a\tb", "𠮷😀", ""],
)
def test_question_reads_back_from_its_message(question: str) -> None:
    assert page.read_question(page.write_question(question)) == question


def test_link_carries_paragraph_report_spans_and_build() -> None:
    annex = make_report("A/1").paragraphs[-1]
    said = hashlib.sha256("秘书长谈到兰花的贸易。".encode()).hexdigest()[:12]
    assert markup.make_link(annex) == f"#p=%E9%99%84%E4%BB%B6%E4%B8%80/2&h={said}"
    link = markup.make_link(annex, spans=((12, 40), (55, 80)), symbol="A/CONF.1/2+3", build="b&1")
    begin = "#p=%E9%99%84%E4%BB%B6%E4%B8%80/2&r=A/CONF.1/2%2B3&q=12-40,55-80&b=b%261"
    assert link == f"{begin}&h={said}"


def test_answer_is_quotation_then_citation(assistant: FakeAssistant) -> None:
    markup = page.write_answer(assistant.ask("樱在几月开花，花期约几天"))
    assert texts_of(markup, "citation") == [
        f"𠮷野樱😀在三月开花，花期约十天。[第1段] 一、花期 复制整段{FLOWERS}"
    ]
    assert re.search(r'<a href="#p=1&amp;q=8-24&amp;b=build-1&amp;h=\w{12}">\[第1段\]</a>', markup)


def test_answer_over_several_reports_names_the_report(assistant: FakeAssistant) -> None:
    markup = page.write_answer(assistant.ask("秘书长谈到兰花的贸易"), several=True)
    assert texts_of(markup, "source") == ["[附件一第2段] TEST/1 › 附件一 › 发言摘要 复制"]
    assert "&amp;r=TEST/1&amp;" in markup


def test_answer_shows_each_quote_of_a_paragraph(assistant: FakeAssistant) -> None:
    answer = assistant.ask("樱在几月开花")
    first = make_report().paragraphs[0]
    citation = Citation(first, ((0, 8), (24, 32)), 0.5)
    markup = page.write_answer(replace(answer, citations=(citation,)))
    assert "<p>牡丹在四月开花。</p><p>菊花在十月开花。</p>" in markup
    assert 'href="#p=1&amp;q=0-8,24-32&amp;b=build-1&amp;h=' in markup


def test_refusal_shows_its_sentence_then_what_came_nearest(assistant: FakeAssistant) -> None:
    answer = assistant.ask("火星")
    markup = page.write_answer(answer)
    assert texts_of(markup, "refused") == ["报告没有谈到这一点。"]
    assert texts_of(markup, "nearest-heading") == ["以下段落最为接近，但不是答案："]
    assert texts_of(markup, "nearest") == [f"牡丹在四月开花。[第1段] 一、花期 复制整段{FLOWERS}"]
    assert texts_of(markup, "answer") == []
    assert texts_of(page.write_answer(replace(answer, nearest=())), "nearest") == []


def test_text_content_of_each_paragraph_is_its_text() -> None:
    report = make_report()
    markup = panel.write_reports([report], "b")
    assert texts_of(markup, "text") == [paragraph.text for paragraph in report.paragraphs]
    assert texts_of(markup, "number") == [str(n) for n in range(1, 44)] + ["1附件一", "2附件一"]


def test_list_items_and_footnotes_are_shown_as_such() -> None:
    markup = panel.write_reports([make_report()], "b")
    assert texts_of(markup, "item") == TASKS.split("\n")[1:]
    assert texts_of(markup, "marker") == ["- ", "- ", "1. ", "2. "]
    assert texts_of(markup, "footnote") == ["1 见<b>另一份</b>报告。"]


def test_heading_is_shown_once_where_its_section_begins() -> None:
    report = make_report(filler=11)
    markup = panel.write_reports([report], "b")
    assert re.findall(r"<(h\d)[^>]*>(.*?)</\1>", markup) == [
        ("h2", "TEST&#47;1"),
        ("h3", "一、花期"),
        ("h3", "二、其他"),
        ("h4", "1&#46; 分节"),
        ("h4", "2&#46; 分节"),
        ("h3", "三、安全"),
        ("h3", "附件一"),
        ("h4", "发言摘要"),
    ]


def test_report_of_hostile_text_has_no_element_of_its_own() -> None:
    report = make_report(filler=0)
    note = Footnote("<b>", HOSTILE, 1)
    hostile = replace(
        report.paragraphs[0], scope='"><i>', section=(HOSTILE,), text=HOSTILE, footnotes=(note,)
    )
    parser = _Texts("text")
    parser.feed(
        panel.write_reports([replace(report, symbol=HOSTILE, paragraphs=(hostile,))], HOSTILE)
    )
    assert set(parser.tags) == set(
        "a article button details div h2 h3 nav p section span summary".split()
    )
    assert parser.texts == [HOSTILE]


def test_english_report_is_marked_as_english() -> None:
    assert '<article class="report" lang="en">' in panel.write_reports(
        [replace(make_report(), language="en")], "b"
    )


# Replies.


def user(question: str) -> dict[str, Any]:
    """Return a message as Gradio hands it back."""
    content = [{"type": "text", "text": page.write_question(question)}]
    return {"role": "user", "content": content, "metadata": None, "options": None}


def test_reply_adds_question_and_answer_and_empties_the_box(assistant: FakeAssistant) -> None:
    messages, box = Chat(assistant).reply(" 樱在几月开花 ", [], "token")
    assert [message["role"] for message in messages] == ["user", "assistant"]
    assert messages[0]["content"] == '<p class="question">樱在几月开花</p>'
    assert texts_of(messages[1]["content"], "source") == ["[第1段] 一、花期 复制"]
    assert box == ""


def test_earlier_questions_are_the_history(assistant: FakeAssistant) -> None:
    said = {"role": "assistant", "content": [{"type": "text", "text": "<p>答</p>"}]}
    earlier = [user("**樱**花？\n几月"), said, user("菊花呢？"), said]
    Chat(assistant).reply("花期多长", earlier, "token")
    assert assistant.histories == [("**樱**花？\n几月", "菊花呢？")]


def test_question_of_2000_characters_is_asked(assistant: FakeAssistant) -> None:
    messages, box = Chat(assistant).reply("花" * 2000, [], "token")
    assert len(messages) == 2
    assert box == ""


def test_longer_question_gets_a_clear_word_and_stays_in_the_box(assistant: FakeAssistant) -> None:
    messages, box = Chat(assistant).reply("花" * 2001, [], "token")
    assert [texts_of(message["content"], "problem") for message in messages] == [
        ["问题有 2,001 个字符，最多 2,000 个。请缩短后再问。"]
    ]
    assert box == "花" * 2001
    assert assistant.histories == []


def test_error_of_duanci_is_one_line(assistant: FakeAssistant) -> None:
    assistant.failure = IndexMismatch("build <b1> was made by\nanother encoder: rebuild")
    messages, box = Chat(assistant).reply("樱在几月开花", [user("菊花呢？")], "token")
    assert texts_of(messages[-1]["content"], "problem") == [
        "build <b1> was made by another encoder: rebuild"
    ]
    assert len(messages) == 2
    assert box == "樱在几月开花"


def test_unexpected_error_is_one_line_and_logged(
    assistant: FakeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    assistant.failure = ZeroDivisionError("secret detail")
    messages, _ = Chat(assistant).reply("樱在几月开花", [], "token")
    assert texts_of(messages[-1]["content"], "problem") == [
        "出了意外的错误，没有得到回答。请再问一次；若仍然如此，请看服务器的日志。"
    ]
    assert "ZeroDivisionError: secret detail" in caplog.text
    assert "樱" not in caplog.text


# The application.


def test_healthz_tells_build_and_paragraphs(client: TestClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "build": "build-1", "paragraphs": 45}


def test_page_has_its_title_and_the_report(client: TestClient) -> None:
    text = client.get("/").text
    assert '"title":"段次 duanci"' in text.replace('": "', '":"')
    config = client.get("/config").json()
    [panel] = [c for c in config["components"] if c["props"].get("elem_id") == "panel"]
    assert texts_of(panel["props"]["value"], "text")[0] == FLOWERS
    assert config["analytics_enabled"] is False
    assert config["footer_links"] == []


def test_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    loaded = client.get("/").text + client.get("/theme.css").text
    sources = r'(?:<script[^>]*src=|<link[^>]*href=|@import\s|url\()\s*["\']?(https?:[^"\')\s]*)'
    assert re.findall(sources, loaded) == []


def test_interface_has_no_pages_of_its_own(client: TestClient) -> None:
    paths = ("/docs", "/redoc", "/openapi.json")
    assert [client.get(path).status_code for path in paths] == [404, 404, 404]


def test_question_over_http_is_answered(client: TestClient) -> None:
    messages, box, _, state, _, _, sheet, _ = ask_over_http(client, "秘书长谈到兰花的什么")
    assert texts_of(messages[1]["content"][0]["text"], "citation") == [
        "秘书长谈到兰花的贸易。[附件一第2段] 附件一 › 发言摘要 复制"
    ]
    assert (box, state) == ("", "")
    assert sheet == UNCHANGED_PANEL


def test_empty_question_does_nothing(client: TestClient, assistant: FakeAssistant) -> None:
    outcome = ask_over_http(client, " \n\x00\u200b")
    html_ = UNCHANGED_PANEL
    assert outcome == [UNCHANGED, UNCHANGED, html_, html_, html_, None, html_, None]
    assert assistant.histories == []


def test_answer_of_a_new_build_brings_its_report(
    client: TestClient, assistant: FakeAssistant
) -> None:
    assistant.reports = (make_report("NEW/2"),)
    assistant.rebuild("build-2")
    messages, _, _, _, _, _, sheet, _ = ask_over_http(client, "秘书长谈到兰花的什么")
    assert 'data-build="build&#45;2"' in sheet
    assert texts_of(sheet, "symbol") == ["NEW/2"]
    assert "&amp;b=build-2" in messages[1]["content"][0]["text"]


def test_citation_is_marked_when_its_paragraph_was_edited(assistant: FakeAssistant) -> None:
    markup = page.write_answer(assistant.ask("樱在几月开花，花期约几天"))
    (report,) = assistant.reports
    assert page.mark_outdated(markup, [report]) == markup
    first, *rest = report.paragraphs

    def note(*paragraphs: Paragraph) -> list[str]:
        marked = page.mark_outdated(markup, [replace(report, paragraphs=paragraphs)])
        assert page.mark_outdated(marked, [report]) == markup
        return texts_of(marked, "outdated-note")

    assert note(first, *rest) == []
    assert note(replace(first, text="改了。"), *rest) == ["这一段后来改过，以上是修改前的文字。"]
    assert note(*rest) == ["这一段后来删去了。"]
    assert note(replace(rest[0], number="1"), replace(first, number="2")) == ["这一段现在是第2段。"]
    assert note(replace(first, section=("别处",))) == []


def wire(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give messages as Gradio hands them over: their content as parts."""
    return [
        {**m, "content": [{"type": "text", "text": m["content"]}]}
        if isinstance(m["content"], str)
        else m
        for m in messages
    ]


def test_conversation_is_marked_answer_by_answer(assistant: FakeAssistant) -> None:
    messages, _ = Chat(assistant).reply("樱在几月开花", [], "token")  # type: ignore[arg-type]
    messages, _ = Chat(assistant).reply("秘书长谈到兰花的什么", wire(messages), "token")  # type: ignore[arg-type]
    (report,) = assistant.reports
    flowers = replace(report.paragraphs[0], text="改了。")
    assistant.reports = (replace(report, paragraphs=(flowers, *report.paragraphs[1:])),)
    marked = Chat(assistant).mark(wire(messages))  # type: ignore[arg-type]
    notes = [texts_of(m["content"][0]["text"], "outdated-note") for m in marked]
    assert notes == [[], ["这一段后来改过，以上是修改前的文字。"], [], []]


def test_state_tells_what_a_reader_should_know(assistant: FakeAssistant) -> None:
    fine = assistant.status()
    assert page.write_state(fine) == ""
    changed = replace(fine, changed=("a.md", "b.md", "c.md", "d.md"))
    (line,) = texts_of(page.write_state(changed), "state")
    assert line.startswith("有改动，需要重建：a.md、b.md、c.md等。")
    assert line.endswith("重建索引")
    assert "重建索引" not in page.write_state(changed, is_watching=True)
    (line,) = texts_of(
        page.write_state(replace(changed, rebuilding=True, progress=(3, 9))), "state"
    )
    assert line.startswith("正在重建索引（3/9）；")
    changes = (Changes("A/1", edited=("2", "3"), renumbered=(("4", "5"),)), Changes("B/2"))
    last = Rebuilt(fine.build, True, 2, changes)
    assert texts_of(page.write_state(fine, last), "state") == [
        "索引已重建。A/1：修改 2、3，改号 4→5。"
    ]
    assert page.write_state(replace(fine, age_seconds=200), last) == ""
    lines = texts_of(page.write_state(replace(fine, problem="a.md:3: <gap>", notice="旧")), "state")
    assert lines == ["改动未能收入：a.md:3: <gap>", "旧"]


def test_serve_says_when_the_port_is_taken(assistant: FakeAssistant) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = f"^port {port} on 127.0.0.1 is in use by another program: .*--port {port + 1}$"
        with pytest.raises(ConfigError, match=told):
            serve(assistant, port=port)


@pytest.mark.parametrize(("host", "port"), [("not an address", 0), ("127.0.0.1", 70000)])
def test_serve_says_what_it_cannot_listen_on(
    assistant: FakeAssistant, host: str, port: int
) -> None:
    with pytest.raises(ConfigError, match=f"^cannot listen on {host}:{port}: .*check --host"):
        serve(assistant, host=host, port=port, no_auth=True)


def test_making_the_app_looks_up_no_host(
    assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **_: looked_up.append(asked))
    make_app(assistant)
    assert looked_up == []


def test_serve_prints_its_address_once_it_answers_and_ends_when_interrupted() -> None:
    code = (
        "from duanci.server import serve; from fake_assistant import FakeAssistant\n"
        "serve(FakeAssistant(), port=0)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as serving:
        assert serving.stdout
        assert serving.stderr
        line = serving.stdout.readline()
        address = re.fullmatch(r"段次 duanci: (http://127\.0\.0\.1:\d+/)\n", line)
        if address:
            assert httpx.get(f"{address[1]}healthz").json()["status"] == "ok"
        serving.send_signal(signal.SIGINT)
        rest = (serving.stdout.read(), serving.stderr.read(), serving.wait())
    assert address, (line, rest)
    assert rest == ("", "", 0)
