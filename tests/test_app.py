"""The web chat without a browser: markup, replies, and the application behind the page."""

import asyncio
import gzip
import html
import json
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
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from duanci import app, frame, markup, page, panel
from duanci.chat import Chat
from duanci.config import Settings
from duanci.conversation import Conversation, Scope
from duanci.errors import ConfigError, UnknownReport
from duanci.export import Turn
from duanci.manifest import Source
from duanci.phrases import PHRASES, Language, prefer
from duanci.records import Changes, Citation, Finding, Footnote, Paragraph, Rebuilt
from duanci.server import listen, serve
from fake_assistant import FLOWERS, HOSTILE, TASKS, FakeAssistant, make_report

ZH = PHRASES["zh"]
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


def ask_over_http(client: TestClient, question: str, language: str = "zh-CN") -> dict[str, Any]:
    """Ask as the page does, at the beginning of a conversation; give what is shown, by place."""
    headers = {"Accept-Language": language}
    config = client.get("/config").json()
    names = {c["id"]: c["props"].get("elem_id") for c in config["components"]}
    load, submit, *_ = config["dependencies"]
    shown: dict[str, Any] = {}
    for event in (load, submit):
        data = [shown["token"], question] if shown else []
        call = {"data": data, "fn_index": event["id"], "session_hash": "test"}
        answer = client.post("/gradio_api/run/predict", json=call, headers=headers)
        assert answer.status_code == 200, answer.text
        values = zip(event["outputs"], answer.json()["data"], strict=True)
        changed = {names[id_]: value for id_, value in values if not _is_unchanged(value)}
        shown = {name: v.get("value") if isinstance(v, dict) else v for name, v in changed.items()}
    return shown


def _is_unchanged(value: Any) -> bool:
    return value in (UNCHANGED, UNCHANGED_PANEL, None)


def write(assistant: FakeAssistant, question: str, language: Language = "zh", **now: Any) -> str:
    """Write the answer to a question as a message."""
    view = page.View(PHRASES[language], assistant.reports, assistant.build.id)
    return page.write_answer(Turn(question, assistant.ask(question)), replace(view, **now))


def begin(chat: Chat, language: Language = "zh") -> Conversation:
    """Begin a conversation, as a page that is loaded does."""
    found = chat.conversations.find(chat.start("", language)["token"])
    assert found
    return found


def address_in(markup: str) -> str:
    """Return where the place of a report says that its text is."""
    [address] = re.findall(r'<report-text [^>]*data-source="([^"]*)"', markup)
    return html.unescape(address)


def text_at(chat: Chat, markup: str) -> str:
    """Return the text of the report that a place asks for."""
    asked = dict(parse_qsl(urlsplit(address_in(markup)).query))
    language: Language = "en" if asked.get("language") == "en" else "zh"
    symbol = asked.get("symbol", "")
    written = chat.sheets.write(symbol, language, with_changes="changes" in asked)
    assert asked.get("mark", written.mark) == written.mark
    return gzip.decompress(written.packed).decode()


# Markup.


def test_escape_leaves_no_ascii_punctuation_but_entities() -> None:
    assert markup.escape("a<b>&{c}") == "a&#60;b&#62;&#38;&#123;c&#125;"
    assert re.sub(r"&#\d+;", "", markup.escape(string.punctuation)) == ""
    assert html.unescape(markup.escape(HOSTILE)) == HOSTILE


def test_escape_drops_control_characters() -> None:
    assert markup.escape("一\x00\x1b[31m二\t三\n四\x7f") == "一&#91;31m二&#9;三\n四"


def test_link_carries_paragraph_report_spans_and_build() -> None:
    annex = make_report("A/1").paragraphs[-1]
    assert markup.make_link(annex) == "#p=%E9%99%84%E4%BB%B6%E4%B8%80/2"
    link = markup.make_link(annex, spans=((12, 40), (55, 80)), symbol="A/CONF.1/2+3", build="b&1")
    assert link == "#p=%E9%99%84%E4%BB%B6%E4%B8%80/2&r=A/CONF.1/2%2B3&q=12-40,55-80&b=b%261"


def test_answer_is_quotation_then_citation(assistant: FakeAssistant) -> None:
    markup = write(assistant, "樱在几月开花，花期约几天")
    assert texts_of(markup, "citation") == [
        f"𠮷野樱😀在三月开花，花期约十天。第1段 一、花期 复制整段{FLOWERS}"
    ]
    assert '<a href="#p=1&amp;q=8-24&amp;b=build-1">第1段</a>' in markup


def test_answer_in_an_english_page_keeps_its_quotation(assistant: FakeAssistant) -> None:
    markup = write(assistant, "樱在几月开花，花期约几天", "en")
    assert texts_of(markup, "citation") == [
        f"𠮷野樱😀在三月开花，花期约十天。第1段 一、花期 CopyWhole paragraph{FLOWERS}"
    ]
    assert texts_of(markup, "sure") == ["Confidence: fair"]


def test_answer_over_several_reports_names_the_report(assistant: FakeAssistant) -> None:
    assistant.reports = (make_report(), make_report("B/2"))
    markup = write(assistant, "秘书长谈到兰花的贸易")
    assert texts_of(markup, "source") == ["附件一第2段 TEST/1 › 附件一 › 发言摘要 复制"]
    assert "&amp;r=TEST/1&amp;" in markup


def test_answer_shows_each_quote_of_a_paragraph(assistant: FakeAssistant) -> None:
    answer = assistant.ask("樱在几月开花")
    first = make_report().paragraphs[0]
    citation = Citation(first, ((0, 8), (24, 32)), 0.5)
    view = page.View(PHRASES["zh"], assistant.reports, "build-1")
    markup = page.write_answer(Turn("樱", replace(answer, citations=(citation,))), view)
    assert "<p>牡丹在四月开花。</p><p>菊花在十月开花。</p>" in markup
    assert 'href="#p=1&amp;q=0-8,24-32&amp;b=build-1"' in markup
    assert texts_of(markup, "sure") == ["把握：较大"]
    both = replace(answer, citations=(citation, citation))
    markup = page.write_answer(Turn("樱", both, "附件一"), view)
    assert texts_of(markup, "sure") == ["把握：较大", "只在“附件一”中查找。", "复制全部引文"]


def test_footnotes_that_are_quoted_stand_below_the_quotes(assistant: FakeAssistant) -> None:
    answer = assistant.ask("樱在几月开花")
    last = next(p for p in make_report().paragraphs if p.footnotes)
    view = page.View(PHRASES["zh"], assistant.reports, "build-1")
    for notes, shown in ((last.footnotes, 2), ((), 1)):
        citation = Citation(last, ((0, 2),), 0.5, notes)
        markup = page.write_answer(Turn("樱", replace(answer, citations=(citation,))), view)
        assert texts_of(markup, "footnote") == ["1 见<b>另一份</b>报告。"] * shown


def test_refusal_shows_its_sentence_then_what_came_nearest(assistant: FakeAssistant) -> None:
    markup = write(assistant, "火星")
    assert texts_of(markup, "refused") == ["报告没有谈到这一点。"]
    assert texts_of(markup, "nearest-heading") == ["以下段落最为接近，但不是答案："]
    assert texts_of(markup, "nearest") == [f"牡丹在四月开花。第1段 一、花期 复制整段{FLOWERS}"]
    assert texts_of(markup, "answer") == []
    bare = Turn("火星", replace(assistant.ask("火星"), nearest=()))
    view = page.View(PHRASES["zh"], assistant.reports, "build-1")
    assert texts_of(page.write_answer(bare, view), "nearest") == []


def test_text_content_of_each_paragraph_is_its_text() -> None:
    report = make_report()
    markup = panel.write_report(report, "b", ZH)
    assert texts_of(markup, "text") == [paragraph.text for paragraph in report.paragraphs]
    assert texts_of(markup, "number") == [str(n) for n in range(1, 44)] + ["1附件一", "2附件一"]


def test_list_items_and_footnotes_are_shown_as_such() -> None:
    markup = panel.write_report(make_report(), "b", ZH)
    assert texts_of(markup, "item") == TASKS.split("\n")[1:]
    assert texts_of(markup, "marker") == ["- ", "- ", "1. ", "2. "]
    assert texts_of(markup, "footnote") == ["1 见<b>另一份</b>报告。"]


def test_heading_is_shown_once_where_its_section_begins() -> None:
    report = make_report(filler=11)
    markup = panel.write_report(report, "b", ZH)
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
        panel.write_report(replace(report, symbol=HOSTILE, paragraphs=(hostile,)), HOSTILE, ZH)
    )
    assert set(parser.tags) == set("article div h2 h3 p section span".split())
    assert parser.texts == [HOSTILE]


@pytest.mark.parametrize(
    ("language", "marks"),
    [
        ("zh", 'lang="zh&#45;CN"'),
        ("en", 'lang="en"'),
        ("ru", 'lang="ru"'),
        ("ar", 'lang="ar" dir="rtl"'),
    ],
)
def test_report_is_marked_with_its_language(language: str, marks: str) -> None:
    assert f'<article class="report" {marks} data-build=' in panel.write_report(
        replace(make_report(), language=language), "b", ZH
    )


# What stands around.


def test_frame_of_hostile_text_has_no_element_of_its_own() -> None:
    report = replace(make_report(filler=0), symbol=HOSTILE)
    hostile = replace(report.paragraphs[0], report=HOSTILE, section=(HOSTILE,))
    report = replace(report, paragraphs=(hostile,))
    parser = _Texts("masthead")
    for part in (
        frame.write_masthead([report], ZH),
        frame.write_bar([report, make_report()], report, ZH),
        frame.write_scope([report, make_report()], report, Scope(HOSTILE, (HOSTILE,)), ZH),
    ):
        parser.feed(part)
    tags = "a button details div h1 header label nav option p select span summary"
    assert set(parser.tags) == set(tags.split())


def test_scopes_are_reports_and_the_sections_of_the_one_shown() -> None:
    one, other = make_report("A/1", filler=0), make_report("B/2", filler=0)
    markup = frame.write_scope([one, other], one, Scope("A/1", ("附件一",)), ZH)
    values = [html.unescape(value) for value in re.findall(r'value="([^"]*)"', markup)]
    listed = [frame.read_scope(value) for value in values]
    assert listed == [
        Scope(),
        Scope("A/1"),
        Scope("A/1", ("一、花期",)),
        Scope("A/1", ("三、安全",)),
        Scope("A/1", ("附件一",)),
        Scope("A/1", ("附件一", "发言摘要")),
        Scope("B/2"),
    ]
    selected = re.findall(r'value="([^"]*)" selected', markup)
    assert selected == [html.escape(values[4])]
    elsewhere = frame.write_scope([one, other], other, Scope("A/1", ("附件一",)), ZH)
    assert re.findall(r"selected>([^<]*)<", elsewhere) == ["附件一"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9", "en"),
        ("fr;q=0.9, zh-TW", "zh"),
        ("ru-RU,ru;q=0.9,zh;q=0.5", "en"),
        ("zh;q=0.2, es;q=0.3", "en"),
        ("en", "en"),
        (";;,q=x", "zh"),
    ],
)
def test_page_speaks_chinese_to_who_wants_it_and_english_to_all_others(
    accepted: str, language: str
) -> None:
    assert prefer(accepted) == language


# Acts of a page.


def test_answer_is_a_question_and_its_answer(assistant: FakeAssistant) -> None:
    chat = Chat(assistant)  # type: ignore[arg-type]
    shown = chat.answer(begin(chat), " 樱在几月开花 ")
    assert [message["role"] for message in shown["chat"]] == ["user", "assistant"]
    assert shown["chat"][0]["content"] == '<p class="question">樱在几月开花</p>'
    assert texts_of(shown["chat"][1]["content"], "source") == ["第1段 一、花期 复制"]
    assert shown["problem"] == ""


def test_earlier_questions_are_the_history(assistant: FakeAssistant) -> None:
    chat = Chat(assistant)  # type: ignore[arg-type]
    conversation = begin(chat)
    for question in ("**樱**花？\n几月", "菊花呢？", "花期多长"):
        chat.answer(conversation, question)
    assert assistant.histories[-1] == ("**樱**花？\n几月", "菊花呢？")
    assert chat.clear(conversation) == {"exports": "", "problem": ""}
    chat.answer(conversation, "花期多长")
    assert assistant.histories[-1] == ()


def test_long_conversation_shows_its_last_fifty_turns(
    assistant: FakeAssistant, tmp_path: Path
) -> None:
    assistant.settings = Settings(index=tmp_path)
    chat = Chat(assistant)  # type: ignore[arg-type]
    conversation = begin(chat)
    for number in range(52):
        shown = chat.answer(conversation, f"樱在{number}月开花")
    questions = [texts_of(message["content"], "question") for message in shown["chat"][::2]]
    assert questions == [[f"樱在{number}月开花"] for number in range(2, 52)]
    assert texts_of(shown["exports"], "exports")[0].startswith("此前的 2 问不再显示，导出中仍有。")
    chat.judge(conversation, 1, True)
    (line,) = (tmp_path / "feedback.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["question"] == "樱在2月开花"


def test_conversation_keeps_its_last_500_turns_and_says_so(assistant: FakeAssistant) -> None:
    chat = Chat(assistant)  # type: ignore[arg-type]
    conversation = begin(chat)
    answer = assistant.ask("樱在几月开花")
    for number in range(501):
        conversation.add(Turn(f"樱在{number}月开花", answer))
    shown = chat.answer(conversation, "樱在501月开花")
    assert len(shown["chat"]) == 100
    assert texts_of(shown["exports"], "exports")[0].startswith(
        "最早的 2 问已不保留。此前的 450 问不再显示，导出中仍有。"
    )
    assert conversation.questions[0] == "樱在2月开花"
    assert len(assistant.histories[-1]) == 500
    chat.clear(conversation)
    shown = chat.answer(conversation, "樱在几月开花")
    assert texts_of(shown["exports"], "exports")[0].startswith("导出：")


def test_question_of_2000_characters_is_asked(assistant: FakeAssistant) -> None:
    chat = Chat(assistant)  # type: ignore[arg-type]
    assert len(chat.answer(begin(chat), "花" * 2000)["chat"]) == 2


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("花" * 2001, "问题有 2,001 个字符，最多 2,000 个。请缩短后再问。"),
        ("", "没有可问的文字。请输入问题后再发问。"),
        (" \n\x00\u200b\x1b", "没有可问的文字。请输入问题后再发问。"),
    ],
)
def test_question_that_cannot_be_asked_gets_a_clear_word(
    assistant: FakeAssistant, question: str, said: str
) -> None:
    chat = Chat(assistant)  # type: ignore[arg-type]
    shown = chat.answer(begin(chat), question)
    assert {name: texts_of(value, "problem") for name, value in shown.items()} == {
        "problem": [said]
    }
    assert assistant.histories == []


def test_question_is_kept_to_a_section(assistant: FakeAssistant) -> None:
    chat = Chat(assistant)  # type: ignore[arg-type]
    conversation = begin(chat)
    assert chat.act(conversation, "scope=r=TEST%2F1&s=%E9%99%84%E4%BB%B6%E4%B8%80") == {}
    message = chat.answer(conversation, "开花")["chat"][1]["content"]
    assert texts_of(message, "sure") == ["只在“附件一”中查找。"]
    assert assistant.kept == ("TEST/1", ("附件一",))


def test_error_of_duanci_is_one_line_in_the_language_of_the_page(assistant: FakeAssistant) -> None:
    chat = Chat(assistant)  # type: ignore[arg-type]
    assistant.failure = UnknownReport("no report <A\n1>; the build has TEST/1")
    told = []
    for language in ("zh", "en"):
        token = chat.start("", language)["token"]  # type: ignore[arg-type]
        shown = chat.respond(chat.answer, token, "zh", "樱在几月开花")
        assert set(shown) == {"problem"}
        told += texts_of(shown["problem"], "problem")
    assert told == [
        "没有文号为 <A 1> 的报告。现有的报告：TEST/1。",
        "no report <A 1>; the build has TEST/1",
    ]


def test_unexpected_error_is_one_line_and_the_log_has_nothing_of_what_was_typed(
    assistant: FakeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    chat = Chat(assistant)  # type: ignore[arg-type]
    assistant.failure = ZeroDivisionError("cannot divide 樱在几月开花")
    token = chat.start("", "zh")["token"]
    shown = chat.respond(chat.answer, token, "zh", "樱在几月开花")
    assert texts_of(shown["problem"], "problem") == [
        "出了意外的错误，没有得到回答。请再问一次；若仍然如此，请看服务器的日志。"
    ]
    assert "ZeroDivisionError" in caplog.text
    assert "in ask" in caplog.text
    assert "樱" not in caplog.text


def test_forgotten_conversation_begins_anew_and_says_so(assistant: FakeAssistant) -> None:
    chat = Chat(assistant)  # type: ignore[arg-type]
    shown = chat.respond(chat.look, "gone", "en")
    assert texts_of(shown["problem"], "problem") == [
        "The server has not kept what was said before (it may have been restarted); "
        "your next question stands by itself, and takes the place of what was said."
    ]
    assert "chat" not in shown  # what was answered stays to be read
    assert shown["token"] != "gone"
    assert chat.respond(chat.look, shown["token"], "en") == {}


def test_page_is_switched_to_the_other_language_whole(assistant: FakeAssistant) -> None:
    chat = Chat(assistant, is_editing=True)  # type: ignore[arg-type]
    conversation = begin(chat)
    chat.answer(conversation, "樱在几月开花，花期约几天")
    shown = chat.act(conversation, "language=en")
    said = "".join(str(shown[name]) for name in shown if name not in ("phrases", "token", "pace"))
    said += text_at(chat, shown["panel"])
    assert shown["phrases"] is PHRASES["en"]
    assert 'data-language="en"' in shown["masthead"]
    for words in ("Contents", "Edit", "Next citation", "Copy", "the whole report", "Export"):
        assert words in html.unescape(said)
    assert texts_of(shown["chat"][1]["content"], "sure") == ["Confidence: fair"]


def test_nothing_can_be_edited_unless_it_was_started_so(
    client: TestClient, assistant: FakeAssistant
) -> None:
    chat = Chat(assistant)  # type: ignore[arg-type]
    conversation = begin(chat)
    assert "#edit=" not in text_at(chat, chat.start("", "zh")["panel"])
    shown = chat.respond(chat.act, conversation.token, "zh", "edit=TEST%2F1%201")
    assert set(shown) == {"problem"}
    assert chat.respond(chat.save_draft, conversation.token, "zh", "改") == {"editor": False}
    components = client.get("/config").json()["components"]
    assert not {c["props"].get("elem_id") for c in components} & {"draft", "save", "cancel"}


def test_report_is_chosen_from_a_list(assistant: FakeAssistant) -> None:
    assistant.reports = (make_report("A/1", filler=1), make_report("B/2", filler=1))
    assistant.rebuild("two")
    chat = Chat(assistant)  # type: ignore[arg-type]
    conversation = begin(chat)
    assert texts_of(text_at(chat, chat.lay_out_first()["panel"]), "symbol") == ["A/1"]
    shown = chat.act(conversation, "report=B%2F2")
    assert texts_of(text_at(chat, shown["panel"]), "symbol") == ["B/2"]
    assert re.findall(r"selected>([^<]*)<", shown["bar"]) == ["B&#47;2"]
    told = chat.respond(chat.act, conversation.token, "zh", "report=C/3")["problem"]
    assert texts_of(told, "problem") == ["报告已有改动，没有文号为 C/3 的报告。请重新载入网页。"]


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
    assert address_in(panel["props"]["value"]) == ""  # it is told when the page begins
    called = {"data": [], "fn_index": config["dependencies"][0]["id"], "session_hash": "test"}
    begun = client.post("/gradio_api/run/predict", json=called).json()["data"]
    [place] = [value for value in begun if "<report-text" in str(value)]
    answer = client.get(address_in(place))
    assert texts_of(answer.text, "text")[0] == FLOWERS
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert config["analytics_enabled"] is False
    assert config["footer_links"] == []


def test_page_has_no_link_by_which_others_reach_it(
    assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_SHARE", "True")  # which Gradio would otherwise heed
    [mount] = [route for route in make_app(assistant).routes if route.path == ""]
    blocks = mount.app.get_blocks()
    assert (blocks.share, getattr(blocks, "share_url", None)) == (False, None)


def test_text_of_a_report_is_sent_once_and_kept_by_the_browser(
    client: TestClient, assistant: FakeAssistant
) -> None:
    assert FLOWERS not in client.get("/").text
    sent = client.get("/report", headers={"Accept-Encoding": "gzip"})
    assert texts_of(sent.text, "text")[0] == FLOWERS
    assert sent.headers["Content-Encoding"] == "gzip"
    assert sent.headers["Content-Type"] == "text/html; charset=utf-8"
    assert sent.headers["Content-Security-Policy"] == "default-src 'none'"
    plain = client.get("/report", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.text == sent.text
    mark = sent.headers["ETag"]
    assert sent.headers["Cache-Control"] == "private, no-cache"
    again = client.get("/report", headers={"If-None-Match": mark})
    assert (again.status_code, again.content) == (304, b"")
    named = client.get("/report", params={"symbol": "TEST/1", "mark": mark.strip('"')})
    assert named.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert named.text == sent.text
    assistant.rebuild("build-2")  # what was asked for is not what is there now
    newer = client.get("/report", params={"mark": mark.strip('"')}, headers={"If-None-Match": mark})
    assert 'data-build="build&#45;2"' in newer.text
    assert newer.headers["Cache-Control"] == "private, no-cache"


def test_text_of_no_report_is_a_line(client: TestClient) -> None:
    answer = client.get("/report?symbol=C/3")
    assert answer.status_code == 404
    assert answer.text == "no report C/3; the reports have changed: load the page anew\n"


def test_gradio_keeps_few_pages_and_the_conversation_goes_on(client: TestClient) -> None:
    config = client.get("/config").json()
    load, submit, *_ = config["dependencies"]
    names = {c["id"]: c["props"].get("elem_id") for c in config["components"]}

    def call(event: dict[str, Any], page: str, *data: str) -> dict[str | None, Any]:
        asked = {"data": data, "fn_index": event["id"], "session_hash": page}
        answer = client.post("/gradio_api/run/predict", json=asked)
        values = zip(event["outputs"], answer.json()["data"], strict=True)
        return {names[id_]: value for id_, value in values}

    token = call(load, "first")["token"]
    call(submit, "first", token, "樱在几月开花")
    for other in range(30):
        call(load, f"page-{other}")
    said = call(submit, "first", token, "秘书长谈到兰花的什么")["chat"]
    assert [message["role"] for message in said] == ["user", "assistant"] * 2
    held = client.app.routes[-1].app.state_holder.session_data  # type: ignore[attr-defined]
    assert len(held) == 16
    assert "page-3" not in held


def test_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    loaded = client.get("/").text + client.get("/theme.css").text
    sources = r'(?:<script[^>]*src=|<link[^>]*href=|@import\s|url\()\s*["\']?(https?:[^"\')\s]*)'
    assert re.findall(sources, loaded) == []


def test_interface_has_no_pages_of_its_own(client: TestClient) -> None:
    paths = ("/docs", "/redoc", "/openapi.json")
    assert [client.get(path).status_code for path in paths] == [404, 404, 404]


def test_question_over_http_is_answered(client: TestClient) -> None:
    shown = ask_over_http(client, "秘书长谈到兰花的什么")
    assert texts_of(shown["chat"][1]["content"][0]["text"], "citation") == [
        "秘书长谈到兰花的贸易。附件一第2段 附件一 › 发言摘要 复制"
    ]
    assert set(shown) == {"chat", "problem", "exports"}


def test_page_speaks_the_language_of_the_browser(client: TestClient) -> None:
    shown = ask_over_http(client, "", "fr-FR,fr;q=0.9")
    assert texts_of(shown["problem"], "problem") == [
        "There is nothing to ask. Type a question first."
    ]


def test_answer_of_a_new_build_brings_its_report(
    client: TestClient, assistant: FakeAssistant
) -> None:
    assistant.reports = (make_report("NEW/2"),)
    assistant.rebuild("build-2")
    config = client.get("/config").json()
    client.get("/")
    shown = ask_over_http(client, "秘书长谈到兰花的什么")
    assert "&amp;b=build-2" in shown["chat"][1]["content"][0]["text"]
    chat = Chat(assistant)  # type: ignore[arg-type]
    conversation = begin(chat)
    assistant.rebuild("build-3")
    sheet = text_at(chat, chat.look(conversation)["panel"])
    assert 'data-build="build&#45;3"' in sheet
    assert texts_of(sheet, "symbol") == ["NEW/2"]
    assert config["analytics_enabled"] is False


def test_citation_is_marked_when_its_paragraph_was_edited(assistant: FakeAssistant) -> None:
    (report,) = assistant.reports
    first, *rest = report.paragraphs

    def note(*paragraphs: Paragraph) -> list[str]:
        assistant.reports = (report,)
        turn = Turn("", assistant.ask("樱在几月开花，花期约几天"))
        view = page.View(ZH, (replace(report, paragraphs=paragraphs),), "build-2")
        return texts_of(page.write_answer(turn, view), "outdated-note")

    assert note(first, *rest) == []
    assert note(replace(first, text="改了。"), *rest) == ["这一段后来改过，以上是修改前的文字。"]
    assert note(*rest) == ["这一段后来删去了。"]
    assert note(replace(rest[0], number="1"), replace(first, number="2")) == ["这一段现在是第2段。"]
    assert note(replace(first, section=("别处",))) == []


def test_conversation_is_marked_answer_by_answer(assistant: FakeAssistant) -> None:
    chat = Chat(assistant)  # type: ignore[arg-type]
    conversation = begin(chat)
    chat.answer(conversation, "樱在几月开花")
    chat.answer(conversation, "秘书长谈到兰花的什么")
    (report,) = assistant.reports
    flowers = replace(report.paragraphs[0], text="改了。")
    assistant.reports = (replace(report, paragraphs=(flowers, *report.paragraphs[1:])),)
    assistant.rebuild("build-2")
    marked = chat.mark(conversation)["chat"]
    notes = [texts_of(m["content"], "outdated-note") for m in marked]
    assert notes == [[], ["这一段后来改过，以上是修改前的文字。"], [], []]


def test_state_tells_what_a_reader_should_know(assistant: FakeAssistant) -> None:
    def state(*given: Any, **options: Any) -> str:
        last = given[1] if len(given) > 1 else None
        return frame.write_state(given[0], last, ZH, **options)

    fine = assistant.status()
    assert state(fine) == ""
    changed = replace(fine, changed=("a.md", "b.md", "c.md", "d.md"))
    (line,) = texts_of(state(changed), "state")
    assert line.startswith("有改动，需要重建：a.md、b.md、c.md等。")
    assert line.endswith("重建索引")
    assert "重建索引" not in state(changed, is_watching=True)
    (line,) = texts_of(state(replace(changed, rebuilding=True, progress=(3, 9))), "state")
    assert line.startswith(" 正在重建索引（3/9）；")
    changes = (Changes("A/1", edited=("2", "3"), renumbered=(("4", "5"),)), Changes("B/2"))
    last = Rebuilt(fine.build, True, 2, changes)
    assert texts_of(state(fine, last), "state") == ["索引已重建。A/1：修改 2、3，改号 4→5。"]
    assert state(replace(fine, age_seconds=200), last) == ""
    lines = texts_of(state(replace(fine, problem="a.md:3: <gap>", notice="旧")), "state")
    assert lines == ["改动未能收入：a.md:3: <gap>", "旧"]
    (line,) = texts_of(frame.write_state(changed, None, PHRASES["en"]), "state")
    assert line.startswith("Reports have changed, rebuild to take this in: a.md, b.md, c.md and")


def test_findings_are_listed_up_to_twenty_and_the_rest_counted(assistant: FakeAssistant) -> None:
    (report,) = assistant.reports
    for count, said in ((20, []), (23, ["另有 3 处，运行 duanci check 可全部列出。"])):
        findings = tuple(Finding("a.md", line, f"第 {line} 处") for line in range(1, count + 1))
        markup = frame.write_build(assistant.status(), [Source(report, "", findings)], ZH)
        assert markup.count("<li>") == 20
        assert re.findall(r"另有[^<]*", html.unescape(markup)) == said


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


def test_answers_in_several_pieces_are_sent_at_once() -> None:
    async def accept() -> int:
        with socket.socket() as client:
            with listen("127.0.0.1", 0) as listener:
                listener.listen()
                client.connect(listener.getsockname())
                accepted, _ = listener.accept()
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
                asyncio.Protocol, accepted
            )
            served = transport.get_extra_info("socket")
            no_delay: int = served.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            transport.close()
            await asyncio.sleep(0)
        return no_delay

    assert asyncio.run(accept()) == 1


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
            started = {"data": [], "fn_index": 0, "session_hash": "test"}
            assert httpx.post(f"{address[1]}gradio_api/run/predict", json=started).is_success
            loaded = Path(f"/proc/{serving.pid}/maps").read_text()
        serving.send_signal(signal.SIGINT)
        rest = (serving.stdout.read(), serving.stderr.read(), serving.wait())
    assert address, (line, rest)
    assert rest == ("", "", 0)
    assert "matplotlib" not in loaded
    assert "numpy" in loaded
