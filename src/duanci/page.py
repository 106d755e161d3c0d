"""What the web chat shows, as markup; pure, and nothing here knows Gradio.

Text of reports and questions only ever enters markup through `escape`, which leaves no character
that HTML, Markdown, Handlebars or a JavaScript template would read as its own.
"""

import hashlib
import html
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from urllib.parse import parse_qs, quote

from duanci.changes import content_of
from duanci.crossrefs import CrossReferences
from duanci.records import Answer, Citation, Footnote, Paragraph, Report
from duanci.status import Status

QUESTION_LIMIT = 2_000

_ENTITIES = {ord(sign): f"&#{ord(sign)};" for sign in string.punctuation + "\t"}
_CONTROLS = {code: None for code in (*range(0x20), 0x7F) if chr(code) not in "\t\n"}
_ITEM = re.compile(
    r"\s*(?:[-–—•·*○●]|[(（]?(?:\d{1,3}|[a-z]{1,3}|[一二三四五六七八九十]{1,3})[)）.．、])"
    r"\s*(?=\S)"
)
_CITATION = re.compile(r'<div class="citation(?: outdated)?">(.*?)</div>', re.DOTALL)
_NOTE = re.compile(r'<p class="outdated-note">.*?</p>', re.DOTALL)
_LINK = re.compile(r'<a href="(#p=[^"]*)">')
_QUESTION = ('<p class="question">', "</p>")


def escape(text: str) -> str:
    """Write text so that a browser, or Markdown before it, shows it literally.

    :param text: anything.
    :return: the text with all ASCII punctuation as numeric entities, without control characters
        other than tab and newline.
    """
    return text.translate(_CONTROLS).translate(_ENTITIES)


def make_link(
    paragraph: Paragraph,
    *,
    spans: Sequence[tuple[int, int]] = (),
    symbol: str = "",
    build: str = "",
) -> str:
    """Make the address of a paragraph on the page: `#p=25&q=12-40&h=0123456789ab`.

    :param spans: [start, end) offsets, in characters, of what is to be marked in its text.
    :param symbol: the report's symbol, where there are several reports.
    :param build: id of the build that the spans belong to.
    :return: a fragment, percent-encoded; `h` tells what the paragraph said, as a hash.
    """
    marked = ",".join(f"{start}-{end}" for start, end in spans)
    return _make_fragment(paragraph.id, symbol, marked, build, _hash(paragraph))


def _make_fragment(
    target: str, symbol: str, marked: str = "", build: str = "", said: str = ""
) -> str:
    fields = {"p": target, "r": symbol, "q": marked, "b": build, "h": said}
    given = (f"{name}={quote(value, safe='/,')}" for name, value in fields.items() if value)
    return "#" + "&".join(given)


def write_question(question: str) -> str:
    """Write a question as the reader's message; `read_question` is its inverse."""
    opening, closing = _QUESTION
    return opening + _write_lines(question) + closing


def read_question(markup: str) -> str:
    """Read a question back from the message that `write_question` made of it."""
    opening, closing = _QUESTION
    inner = markup.removeprefix(opening).removesuffix(closing)
    return html.unescape(inner.replace("<br>", "\n"))


def write_answer(answer: Answer, *, several: bool = False) -> str:
    """Write an answer as a message: quotations with their citations, or a refusal.

    :param several: whether there are several reports, so that citations must name theirs.
    :return: markup in one line.
    """
    if answer.answered:
        quotations = "".join(_write_citation(c, answer.build, several) for c in answer.citations)
        return f'<div class="answer">{quotations}</div>'
    refusal = f'<p class="refused">{_write_lines(answer.text)}</p>'
    if not answer.nearest:
        return f'<div class="refusal">{refusal}</div>'
    nearest = "".join(_write_citation(c, answer.build, several) for c in answer.nearest)
    heading = '<p class="nearest-heading">以下段落最为接近，但不是答案：</p>'
    return f'<div class="refusal">{refusal}{heading}<div class="nearest">{nearest}</div></div>'


def mark_outdated(markup: str, reports: Sequence[Report]) -> str:
    """Mark those citations of an answer whose paragraphs are not any more what they were.

    :param markup: as `write_answer` wrote it, or marked already.
    :param reports: the reports as they are now.
    """
    now = {(p.report, p.id): p for report in reports for p in report.paragraphs}

    def judge(match: re.Match[str]) -> str:
        inner = _NOTE.sub("", match[1])
        link = _LINK.search(inner)
        became = _became(html.unescape(link[1]), now) if link else ""
        if not became:
            return f'<div class="citation">{inner}</div>'
        note = f'<p class="outdated-note">{escape(became)}</p>'
        return f'<div class="citation outdated">{inner}{note}</div>'

    return _CITATION.sub(judge, markup)


def _became(fragment: str, now: Mapping[tuple[str, str], Paragraph]) -> str:
    """Tell what became of a paragraph since it was cited; "" where it says what it said."""
    fields = {name: values[0] for name, values in parse_qs(fragment.removeprefix("#")).items()}
    id_, symbol, said = (fields.get(name, "") for name in ("p", "r", "h"))
    candidates = [p for (report, _), p in now.items() if symbol in ("", report)]
    same = [p for p in candidates if p.id == id_]
    if any(_hash(p) == said for p in same):
        return ""
    elsewhere = next((p for p in candidates if _hash(p) == said), None)
    if elsewhere:
        return f"这一段现在是{elsewhere.label}。"
    return "这一段后来改过，以上是修改前的文字。" if same else "这一段后来删去了。"


def write_state(status: Status, *, is_watching: bool = False) -> str:
    """Write what a reader should know of the build that answers; nothing when all is well.

    :param is_watching: whether changes of the reports are taken in without being asked to.
    """
    lines = []
    if status.rebuilding:
        lines.append("报告有改动，正在重建索引；重建好之前，仍按改动前的报告回答。")
    elif status.changed:
        files = "、".join(status.changed[:3]) + "等" * (len(status.changed) > 3)
        how = "" if is_watching else "运行 duanci index 即可收入。"
        lines.append(f"报告有改动（{files}），尚未收入索引，仍按改动前的报告回答。{how}")
    if status.problem:
        lines.append(f"改动未能收入：{status.problem}")
    if status.notice:
        lines.append(status.notice)
    return "".join(f'<p class="state" role="status">{escape(line)}</p>' for line in lines)


def write_problem(message: str) -> str:
    """Write what went wrong as a message of one line."""
    return f'<p class="problem">{escape(" ".join(message.split()))}</p>'


def write_reports(reports: Sequence[Report], build: str) -> str:
    """Write all reports, one under the other, for the panel beside the chat.

    :param build: id of the build that the reports are of.
    :return: markup; the text content of each `.text` is exactly its paragraph's text.
    """
    several = len(reports) > 1
    articles = "".join(_write_report(report, several) for report in reports)
    return (
        '<div class="panel-bar"><span>报告</span>'
        '<button class="close" type="button">返回问答</button></div>'
        f'<div class="reports" role="region" aria-label="报告全文" tabindex="0"'
        f' data-build="{escape(build)}">{articles}</div>'
    )


def write_masthead(reports: Sequence[Report]) -> str:
    """Write the head of the page: its name, and which reports it answers from."""
    symbols = "、".join(escape(report.symbol) for report in reports)
    return (
        '<header class="masthead"><h1>段次 <span lang="en">duanci</span></h1>'
        f'<p class="answers-from">{symbols}</p>'
        '<button class="open-report" type="button">看报告</button></header>'
    )


def _write_report(report: Report, several: bool) -> str:
    crossrefs = CrossReferences(report.paragraphs)
    symbol = report.symbol if several else ""
    language = "zh-CN" if report.language == "zh" else report.language
    parts = [f'<h2 class="symbol">{escape(report.symbol)}</h2>']
    above: tuple[str, ...] = ()
    for paragraph in report.paragraphs:
        parts.append(_write_headings(above, paragraph.section))
        parts.append(_write_paragraph(paragraph, _Linker(crossrefs, paragraph.id, symbol)))
        above = paragraph.section
    return f'<article class="report" lang="{escape(language)}">{"".join(parts)}</article>'


def _write_headings(above: tuple[str, ...], section: tuple[str, ...]) -> str:
    """Write those headings of a section path that the paragraph above did not have."""
    same = 0
    while same < min(len(above), len(section)) and above[same] == section[same]:
        same += 1
    headings = []
    for depth, heading in enumerate(section[same:], start=same):
        level = min(depth + 3, 6)
        headings.append(f'<h{level} class="depth-{min(depth, 3)}">{escape(heading)}</h{level}>')
    return "".join(headings)


@dataclass(frozen=True, slots=True)
class _Linker:
    """Writes text of one paragraph, what it says of other paragraphs as links to them."""

    crossrefs: CrossReferences
    own: str
    symbol: str

    def write(self, text: str) -> str:
        pieces, at = [], 0
        for reference in self.crossrefs.find(text, self.own):
            link = html.escape(_make_fragment(reference.target, self.symbol))
            words = escape(text[reference.start : reference.end])
            pieces += [escape(text[at : reference.start]), f'<a href="{link}">{words}</a>']
            at = reference.end
        return "".join([*pieces, escape(text[at:])])


def _write_paragraph(paragraph: Paragraph, linker: _Linker) -> str:
    scope = f'<span class="scope">{escape(paragraph.scope)}</span>' if paragraph.scope else ""
    notes = "".join(_write_footnote(note, linker) for note in paragraph.footnotes)
    text = _write_text(paragraph.text, linker)
    return (
        f'<section class="paragraph" tabindex="-1" aria-label="{escape(paragraph.label)}"'
        f' data-report="{escape(paragraph.report)}" data-paragraph="{escape(paragraph.id)}">'
        f'<div class="number">{escape(paragraph.number)}{scope}</div>'
        f'<div class="body"><div class="text">{text}</div>{notes}</div>'
        "</section>"
    )


def _write_footnote(note: Footnote, linker: _Linker) -> str:
    mark = f'<span class="mark">{escape(note.mark)}</span>'
    return f'<p class="footnote">{mark} {linker.write(note.text)}</p>'


def _write_text(text: str, linker: _Linker) -> str:
    """Write a paragraph's text line by line, so that its text content stays the text."""
    first, *further = text.split("\n")
    blocks = [f'<span class="line">{linker.write(first)}</span>']
    for is_list, lines in groupby(further, key=lambda line: bool(_ITEM.match(line))):
        if is_list:
            blocks.append(_write_list(lines, linker))
        else:
            blocks += [f'<span class="line">{linker.write(line)}</span>' for line in lines]
    return "\n".join(blocks)


def _write_list(lines: Iterable[str], linker: _Linker) -> str:
    items = "\n".join(_write_item(line, linker) for line in lines)
    return f'<span role="list">{items}</span>'


def _write_item(line: str, linker: _Linker) -> str:
    item = _ITEM.match(line)
    marker = item[0] if item else ""
    return (
        f'<span class="line item" role="listitem"><span class="marker">{escape(marker)}</span>'
        f"{linker.write(line[len(marker) :])}</span>"
    )


def _write_citation(citation: Citation, build: str, several: bool) -> str:
    paragraph = citation.paragraph
    symbol = paragraph.report if several else ""
    link = make_link(paragraph, spans=citation.spans, symbol=symbol, build=build)
    where = " › ".join((*([symbol] if symbol else []), *paragraph.section))
    quotes = "".join(f"<p>{_write_lines(quote)}</p>" for quote in citation.quotes)
    return (
        f'<div class="citation"><blockquote>{quotes}</blockquote>'
        f'<p class="source"><a href="{html.escape(link)}">[{escape(paragraph.label)}]</a> '
        f'<span class="where">{escape(where)}</span></p></div>'
    )


@lru_cache(maxsize=4096)
def _hash(paragraph: Paragraph) -> str:
    return hashlib.sha256(content_of(paragraph).encode()).hexdigest()[:12]


def _write_lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
