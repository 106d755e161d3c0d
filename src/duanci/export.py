"""A conversation as a document to keep: Markdown, or Word.

Text of reports and questions stays text: what CommonMark, GitHub's extensions of it or HTML would
read as markup is escaped, and characters that no document may hold (controls) are dropped. What
GitHub makes a link by its looks alone, an e-mail address, cannot be escaped.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

from duanci.lines import has_han
from duanci.phrases import PHRASES, Language
from duanci.records import Answer, Citation, Paragraph

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.run import Run

_CONTROLS = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKUP = re.compile(r"[\\`*_{}\[\]<>&#|~$^@]|:(?=/)|(?<=www)\.", re.IGNORECASE)
_OPENING = re.compile(r"^(?=[-+=:])|^(\(?\w{1,9})(?=[.)])")  # what lists and rules begin with
_EAST_ASIAN_FONT = "SimSun"  # which systems also know as 宋体


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of a conversation, and what was answered.

    `within` names the report or section that the question was kept to, or is "".
    """

    question: str
    answer: Answer
    within: str = ""


class _Kind(Enum):
    TITLE = auto()
    QUESTION = auto()
    HEADING = auto()
    QUOTE = auto()
    TEXT = auto()


_Block: TypeAlias = tuple[_Kind, str]

_HEADINGS = {_Kind.TITLE, _Kind.QUESTION, _Kind.HEADING}
_PREFIXES = {_Kind.TITLE: "# ", _Kind.QUESTION: "## ", _Kind.HEADING: "### ", _Kind.QUOTE: "> "}
_STYLES = {
    _Kind.TITLE: "Title",
    _Kind.QUESTION: "Heading 1",
    _Kind.HEADING: "Heading 2",
    _Kind.QUOTE: "Quote",
    _Kind.TEXT: "Normal",
}


@dataclass(frozen=True, slots=True)
class _Words:
    tag: str
    title: str
    exported: str
    builds: str
    comma: str
    nearest: str
    kept: str
    gone: str


_WORDS: dict[Language, _Words] = {
    "zh": _Words(
        "zh-CN",
        "段次问答记录",
        "导出时间：",
        "回答所据索引：",
        "、",
        "最接近的段落（不是答案）",
        PHRASES["zh"].kept,
        PHRASES["zh"].gone,
    ),
    "en": _Words(
        "en",
        "duanci conversation",
        "Exported: ",
        "Answered from index build: ",
        ", ",
        "Nearest paragraphs (not an answer)",
        PHRASES["en"].kept,
        PHRASES["en"].gone.rstrip(),
    ),
}


def official_citation(paragraph: Paragraph) -> str:
    """Return how a paragraph is cited in writing: `TD/B/99/1, 第25段`."""
    return f"{paragraph.report}, {paragraph.label}"


def cite(citation: Citation) -> str:
    """Return the quotes of a citation, verbatim, with where they stand: to be copied.

    :return: `“…” … “…”（TD/B/99/1, 第25段）`; an English paragraph has ` (TD/B/99/1, para. 25)`.
    """
    opening, closing = ("（", "）") if citation.paragraph.language == "zh" else (" (", ")")
    return citation.quoted + opening + official_citation(citation.paragraph) + closing


def to_markdown(
    turns: Sequence[Turn],
    *,
    language: Language = "zh",
    exported: datetime | None = None,
    forgotten: int = 0,
) -> str:
    """Write a conversation as Markdown.

    :param turns: oldest first.
    :param language: of the document's own words; quotations stay as they are.
    :param exported: the date to name, with its offset; none is named otherwise.
    :param forgotten: how many turns before these are not kept any more; told if any.
    :return: CommonMark; rendered, its text content is the text of the conversation.
    """
    parts = []
    blocks = _make_blocks(turns, _WORDS[language], exported, forgotten)
    for kind, group in groupby(blocks, lambda block: block[0]):
        between = "\n>\n" if kind is _Kind.QUOTE else "\n\n"
        parts.append(between.join(_write_block(kind, text) for _, text in group))
    return "\n\n".join(parts) + "\n"


def to_word(
    turns: Sequence[Turn],
    *,
    language: Language = "zh",
    exported: datetime | None = None,
    forgotten: int = 0,
) -> bytes:
    """Write a conversation as a Word document.

    :param turns: oldest first.
    :param language: of the document and its own words; quotations stay as they are.
    :param exported: the date to name, with its offset; none is named otherwise.
    :param forgotten: how many turns before these are not kept any more; told if any.
    :return: a .docx; the same arguments give the same bytes.
    """
    import docx

    words = _WORDS[language]
    document = docx.Document()
    _set_up(document, words)
    _describe(document, words, exported)
    for kind, text in _make_blocks(turns, words, exported, forgotten):
        _set_font(document.add_paragraph(style=_STYLES[kind]).add_run(text))
    file = io.BytesIO()
    document.save(file)
    return _without_times(file.getvalue())


def _make_blocks(
    turns: Sequence[Turn], words: _Words, exported: datetime | None, forgotten: int
) -> Iterator[_Block]:
    """Make the blocks of a document, in order; their text has no controls."""
    for kind, text in _make_raw_blocks(turns, words, exported, forgotten):
        yield kind, _CONTROLS.sub("", re.sub("\r\n?", "\n", text))


def _make_raw_blocks(
    turns: Sequence[Turn], words: _Words, exported: datetime | None, forgotten: int
) -> Iterator[_Block]:
    yield _Kind.TITLE, words.title
    if exported:
        yield _Kind.TEXT, words.exported + exported.isoformat(" ", "seconds")
    if builds := dict.fromkeys(turn.answer.build for turn in turns):
        yield _Kind.TEXT, words.builds + words.comma.join(builds)
    if forgotten:
        yield _Kind.TEXT, words.gone.format(count=forgotten)
    for turn in turns:
        yield _Kind.QUESTION, turn.question
        if turn.within:
            yield _Kind.TEXT, words.kept.format(scope=turn.within)
        if turn.answer.answered:
            yield from _make_citations(turn.answer.citations)
            continue
        yield _Kind.TEXT, turn.answer.text
        if turn.answer.nearest:
            yield _Kind.HEADING, words.nearest
            yield from _make_citations(turn.answer.nearest)


def _make_citations(citations: Sequence[Citation]) -> Iterator[_Block]:
    for citation in citations:
        for quote in citation.quotes:
            yield _Kind.QUOTE, quote
        for note in citation.notes:
            yield _Kind.QUOTE, str(note)
        paragraph = citation.paragraph
        yield _Kind.TEXT, " · ".join((official_citation(paragraph), *paragraph.section))


def _write_block(kind: _Kind, text: str) -> str:
    """Write a block as Markdown; a break at its end, or in a heading, is no break but a newline."""
    body = text.rstrip("\n")
    within, further = ("&#10;", "") if kind in _HEADINGS else ("\\\n", _PREFIXES.get(kind, ""))
    lines = (within + further).join(_escape_line(line) for line in body.split("\n"))
    return _PREFIXES.get(kind, "") + lines + "&#10;" * (len(text) - len(body))


def _escape_line(line: str) -> str:
    core = line.strip()
    start = line.find(core)
    before, after = line[:start], line[start + len(core) :]
    escaped = _OPENING.sub(r"\1\\", _MARKUP.sub(r"\\\g<0>", core), count=1)
    return _escape_spaces(before) + escaped.replace("\t", "&#9;") + _escape_spaces(after)


def _escape_spaces(spaces: str) -> str:
    return "".join(f"&#{ord(space)};" for space in spaces)


def _set_up(document: "Document", words: _Words) -> None:
    """Set the language and the paper of a document, and how its quotations look."""
    from docx.oxml.ns import qn
    from docx.shared import Mm

    for tag in document.styles.element.xpath("w:docDefaults//w:lang"):
        tag.set(qn("w:val"), words.tag)
        tag.set(qn("w:eastAsia"), "zh-CN")
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    quote: Any = document.styles["Quote"]
    quote.font.italic = False  # Chinese has no italics
    quote.paragraph_format.left_indent = Mm(8)
    quote.paragraph_format.keep_with_next = True


def _describe(document: "Document", words: _Words, exported: datetime | None) -> None:
    """Fill in the properties of a document; without a date, it tells none."""
    from docx.opc.constants import RELATIONSHIP_TYPE

    properties = document.core_properties
    properties.title, properties.language = words.title, words.tag
    properties.author, properties.comments = "duanci", ""
    if exported:
        properties.created = properties.modified = exported.astimezone(UTC)
        return
    part: Any = document.part.package.part_related_by(RELATIONSHIP_TYPE.CORE_PROPERTIES)
    for date in part.element.xpath("dcterms:created | dcterms:modified"):
        part.element.remove(date)


def _set_font(run: "Run") -> None:
    """Set the East Asian font of a run; with Han characters, signs such as “ and … take it too."""
    from docx.oxml.ns import qn

    element: Any = run.font.element
    fonts = element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), _EAST_ASIAN_FONT)
    if has_han(run.text):
        fonts.set(qn("w:hint"), "eastAsia")


def _without_times(document: bytes) -> bytes:
    """Pack a document again without the time that each of its parts was packed at."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return file.getvalue()
