"""Documents are read again with markdown-it and python-docx, and compared exactly."""

import io
import random
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm
from markdown_it import MarkdownIt

from duanci.export import Turn, cite, official_citation, to_markdown, to_word
from duanci.records import Answer, Citation, Footnote, Paragraph

CHINESE = Paragraph(
    "TD/B/99/1", "", "3", ("二、经费", "A. 用途"), "经费用于：\n- 购买蜂箱；\n- 培训。", (), 9, 11
)
ENGLISH = Paragraph(
    "TD/B/99/2", "Annex I", "2", (), "Honey costs more. Transport does not.", (), 4, 4, "en"
)
ANSWERED = Answer(
    "经费用于什么？",
    True,
    "…",
    (Citation(CHINESE, ((0, 13), (14, 19)), 0.9), Citation(ENGLISH, ((0, 17),), 0.5)),
    (),
    "20260101T000000000000Z-0123abcd",
    1.0,
)
REFUSED = Answer(
    "火星在哪里？",
    False,
    "报告没有说明这一点。",
    (),
    (Citation(ENGLISH, ((18, 37),), 0.1),),
    "20260102T000000000000Z-4567cdef",
    1.0,
)
TURNS = [Turn("经费用于什么？", ANSWERED), Turn("火星在哪里？", REFUSED)]
EXPORTED = datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC)

HOSTILE = [
    "<script>alert(1)</script>",
    "<!-- x -->",
    "<https://un.org> https://un.org www.un.org a@un.org",
    "[x](javascript:alert(1))",
    "[x]: y",
    "[^1]",
    "![i](x)",
    "**b** __b__ *i* _i_ ~~s~~ $m$ {{ t }} {% t %}",
    "# h",
    "h #",
    "#",
    "1. a",
    "12) a",
    "(a) a",
    "- a",
    "+ a",
    "- [ ] a",
    "* * *",
    "---",
    "===",
    "> a",
    "| a | b |",
    "a | b\n--- | ---\nc | d",
    "a\n:-:\nb",
    "a\n===\nb\n---",
    "`c` ``c`` `",
    "```\nc\n```",
    "~~~",
    "&lt; &amp; &#60; &copy;",
    "a\\",
    "\\",
    "\\\n\\",
    "a  ",
    "a  \nb",
    "a \t\n\t b\tc",
    "    a",
    "\ta",
    "a\n\nb\n\n\nc",
    "\n",
    "\n\na\n",
    " ",
    "　全角　\u00a0",
    "a\u2028b\u2029c",
    "&#10;",
    ": a",
    "Term\n: a",
    "“引”……（3%）",
    "",
]


class _Blocks(HTMLParser):
    """The text of each block of a page, with the tags that it stands in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.path: list[str] = []
        self.found: list[tuple[str, str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            return
        self.path.append(tag)
        if tag != "blockquote":
            self.found.append(("/".join(self.path), ""))

    def handle_endtag(self, tag: str) -> None:
        assert tag == "br" or self.path.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.path in ([], ["blockquote"]):
            assert data == "\n"
            return
        path, text = self.found[-1]
        self.found[-1] = (path, text + data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def _render(markdown: str, preset: str = "commonmark") -> list[tuple[str, str]]:
    return _Blocks(MarkdownIt(preset, {"html": True}).render(markdown)).found


def _conversation(text: str) -> list[Turn]:
    """Make a conversation whose question, answers, headings and symbols are all one text."""
    paragraph = Paragraph(text, "", text, (text, text), text, (), 1, 1)
    citation = Citation(paragraph, ((0, len(text)), (0, len(text))), 1.0)
    answered = Answer(text, True, "", (citation,), (), text, 1.0)
    refused = Answer(text, False, text, (), (citation,), text, 1.0)
    return [Turn(text, answered), Turn(text, refused)]


def _expected(text: str) -> list[tuple[str, str]]:
    cited = [("blockquote/p", text)] * 2 + [("p", f"{text}, 第{text}段 · {text} · {text}")]
    return [
        ("h1", "段次问答记录"),
        ("p", f"回答所据索引：{text}"),
        ("h2", text),
        *cited,
        ("h2", text),
        ("p", text),
        ("h3", "最接近的段落（不是答案）"),
        *cited,
    ]


def _without_empty(blocks: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(path, text) for path, text in blocks if text]


def _read(document: bytes) -> Document:
    return docx.Document(io.BytesIO(document))


def _paragraphs(document: bytes) -> list[tuple[str, str]]:
    return [(p.style.name, p.text) for p in _read(document).paragraphs]


def test_official_citation_names_report_and_paragraph() -> None:
    assert official_citation(CHINESE) == "TD/B/99/1, 第3段"
    assert official_citation(replace(CHINESE, scope="附件一", place=2)) == (
        "TD/B/99/1, 附件一第3段（第2处）"
    )
    assert official_citation(ENGLISH) == "TD/B/99/2, Annex I, para. 2"


def test_citation_is_copied_with_its_quotes() -> None:
    chinese, english = ANSWERED.citations
    assert cite(chinese) == (
        "“经费用于：\n- 购买蜂箱；” … “- 培训。”（TD/B/99/1, 第3段）"  # as in the report
    )
    assert cite(english) == "“Honey costs more.” (TD/B/99/2, Annex I, para. 2)"


def test_footnotes_that_are_quoted_are_copied_and_exported() -> None:
    note = Footnote("2", "See *A/1*.", 9)
    english, chinese = (
        Citation(paragraph, ((0, 2),), 1.0, (note,)) for paragraph in (ENGLISH, CHINESE)
    )
    assert cite(english) == "“Ho” footnote 2: “See *A/1*.” (TD/B/99/2, Annex I, para. 2)"
    assert cite(chinese) == "“经费” 脚注2：“See *A/1*.”（TD/B/99/1, 第3段）"
    answer = replace(ANSWERED, citations=(english,))
    assert r"> Ho" + "\n>\n" + r"> 2 See \*A/1\*." in to_markdown([Turn("?", answer)])


def test_markdown_of_a_conversation() -> None:
    assert to_markdown(TURNS) == (
        "# 段次问答记录\n\n"
        "回答所据索引：20260101T000000000000Z-0123abcd、20260102T000000000000Z-4567cdef\n\n"
        "## 经费用于什么？\n\n"
        "> 经费用于：\\\n> \\- 购买蜂箱；\n>\n> \\- 培训。\n\n"
        "TD/B/99/1, 第3段 · 二、经费 · A. 用途\n\n"
        "> Honey costs more.\n\n"
        "TD/B/99/2, Annex I, para. 2\n\n"
        "## 火星在哪里？\n\n"
        "报告没有说明这一点。\n\n"
        "### 最接近的段落（不是答案）\n\n"
        "> Transport does not.\n\n"
        "TD/B/99/2, Annex I, para. 2\n"
    )


def test_markdown_in_english_with_the_date() -> None:
    turns = [TURNS[1], TURNS[1]]  # of one build
    assert _render(to_markdown(turns, language="en", exported=EXPORTED)) == [
        ("h1", "duanci conversation"),
        ("p", "Exported: 2026-03-04 05:06:07+00:00"),
        ("p", "Answered from index build: 20260102T000000000000Z-4567cdef"),
        *[
            ("h2", "火星在哪里？"),
            ("p", "报告没有说明这一点。"),
            ("h3", "Nearest paragraphs (not an answer)"),
            ("blockquote/p", "Transport does not."),
            ("p", "TD/B/99/2, Annex I, para. 2"),
        ]
        * 2,
    ]


def test_document_tells_how_many_turns_are_not_kept() -> None:
    markdown = _render(to_markdown([TURNS[1]], forgotten=12))
    assert markdown[2] == ("p", "最早的 12 问已不保留。")
    word = _paragraphs(to_word([TURNS[1]], language="en", forgotten=12))
    assert word[2] == ("Normal", "The first 12 questions are not kept any more.")


def test_refusal_without_nearest_has_no_heading_for_it() -> None:
    turns = [Turn("第99段", replace(REFUSED, nearest=()))]
    assert to_markdown(turns).endswith("## 第99段\n\n报告没有说明这一点。\n")
    assert _paragraphs(to_word(turns))[2:] == [
        ("Heading 1", "第99段"),
        ("Normal", "报告没有说明这一点。"),
    ]


def test_conversation_without_turns_is_a_title() -> None:
    assert to_markdown([]) == "# 段次问答记录\n"
    assert _paragraphs(to_word([])) == [("Title", "段次问答记录")]


@pytest.mark.parametrize("preset", ["commonmark", "js-default"])
@pytest.mark.parametrize("text", HOSTILE)
def test_markup_in_text_stays_text_in_markdown(text: str, preset: str) -> None:
    found = _render(to_markdown(_conversation(text)), preset)
    assert _without_empty(found) == _without_empty(_expected(text))


@pytest.mark.parametrize("preset", ["commonmark", "js-default"])
def test_mixed_up_markup_stays_text_in_markdown(preset: str) -> None:
    chance = random.Random(20)
    pieces = [*"\\`*_{}[]()<>#+-.!|~&;:=\"'$^@/ \t\n\n1a段　", "    ", "<b>", "&lt;", "](", "1. "]
    for _ in range(300):
        text = "".join(chance.choices(pieces, k=chance.randint(1, 12)))
        found = _render(to_markdown(_conversation(text)), preset)
        assert _without_empty(found) == _without_empty(_expected(text)), text


def test_addresses_are_not_made_links() -> None:
    written = to_markdown(_conversation("见 https://un.org 和 WWW.un.org，16:30 起。"))
    assert "> 见 https\\://un.org 和 WWW\\.un.org，16:30 起。\n" in written


def test_word_of_a_conversation() -> None:
    assert _paragraphs(to_word(TURNS)) == [
        ("Title", "段次问答记录"),
        (
            "Normal",
            "回答所据索引：20260101T000000000000Z-0123abcd、20260102T000000000000Z-4567cdef",
        ),
        ("Heading 1", "经费用于什么？"),
        ("Quote", "经费用于：\n- 购买蜂箱；"),
        ("Quote", "- 培训。"),
        ("Normal", "TD/B/99/1, 第3段 · 二、经费 · A. 用途"),
        ("Quote", "Honey costs more."),
        ("Normal", "TD/B/99/2, Annex I, para. 2"),
        ("Heading 1", "火星在哪里？"),
        ("Normal", "报告没有说明这一点。"),
        ("Heading 2", "最接近的段落（不是答案）"),
        ("Quote", "Transport does not."),
        ("Normal", "TD/B/99/2, Annex I, para. 2"),
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text_in_word(text: str) -> None:
    styles = {"h1": "Title", "h2": "Heading 1", "h3": "Heading 2", "p": "Normal"}
    expected = [(styles.get(path, "Quote"), words) for path, words in _expected(text)]
    assert _paragraphs(to_word(_conversation(text))) == expected


def test_controls_are_dropped_and_line_ends_made_one() -> None:
    turns = _conversation("\x00甲\x08乙\x1b\x0b\x0c\x1f\x7f\x85\ud800\ufffe\uffff\r\n丙\r丁𠮷\x02")
    plain = _conversation("甲乙\n丙\n丁𠮷")
    assert to_markdown(turns) == to_markdown(plain)
    assert _paragraphs(to_word(turns)) == _paragraphs(to_word(plain))
    assert ("Quote", "甲乙\n丙\n丁𠮷") in _paragraphs(to_word(turns))


def test_every_run_names_an_east_asian_font() -> None:
    runs = [run for p in _read(to_word(TURNS)).paragraphs for run in p.runs]
    fonts = [run.font.element.rPr.rFonts for run in runs]
    assert {font.get(qn("w:eastAsia")) for font in fonts} == {"SimSun"}
    assert {
        run.text: font.get(qn("w:hint")) for run, font in zip(runs[2:7], fonts[2:7], strict=True)
    } == {
        "经费用于什么？": "eastAsia",
        "经费用于：\n- 购买蜂箱；": "eastAsia",
        "- 培训。": "eastAsia",
        "TD/B/99/1, 第3段 · 二、经费 · A. 用途": "eastAsia",
        "Honey costs more.": None,
    }


@pytest.mark.parametrize(
    ("language", "tag", "title"),
    [("zh", "zh-CN", "段次问答记录"), ("en", "en", "duanci conversation")],
)
def test_word_document_tells_its_language(language: str, tag: str, title: str) -> None:
    document = _read(to_word(TURNS, language=language))  # type: ignore[arg-type]
    (lang,) = document.styles.element.xpath("w:docDefaults//w:lang")
    assert (lang.get(qn("w:val")), lang.get(qn("w:eastAsia"))) == (tag, "zh-CN")
    properties = document.core_properties
    assert (properties.language, properties.title, properties.author) == (tag, title, "duanci")
    assert properties.comments == ""


def test_word_document_is_on_a4_and_quotes_upright() -> None:
    document = _read(to_word(TURNS))
    page = document.sections[0]
    assert page.page_width is not None and page.page_height is not None
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    assert document.styles["Quote"].font.italic is False
    assert abs(document.styles["Quote"].paragraph_format.left_indent - Mm(8)) < Mm(0.1)


def test_word_document_without_a_date_tells_none() -> None:
    document = to_word(TURNS)
    assert document == to_word(TURNS)
    with zipfile.ZipFile(io.BytesIO(document)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert parts.testzip() is None
    assert _read(document).core_properties.created is None
    assert _read(document).core_properties.modified is None


def test_word_document_tells_the_date_it_is_given() -> None:
    document = to_word(TURNS, exported=EXPORTED)
    assert _paragraphs(document)[1] == ("Normal", "导出时间：2026-03-04 05:06:07+00:00")
    properties = _read(document).core_properties
    assert properties.created == properties.modified == EXPORTED.replace(microsecond=0)
