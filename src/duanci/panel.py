"""The report beside the chat, as markup: contents, headings, paragraphs, and the build's state."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote

from duanci.crossrefs import CrossReferences
from duanci.history import Difference
from duanci.manifest import Source
from duanci.markup import escape, make_fragment, write_lines
from duanci.records import Finding, Footnote, Paragraph, Report
from duanci.status import Status

_ITEM = re.compile(
    r"\s*(?:[-–—•·*○●]|[(（]?(?:\d{1,3}|[a-z]{1,3}|[一二三四五六七八九十]{1,3})[)）.．、])"
    r"\s*(?=\S)"
)


def write_reports(
    reports: Sequence[Report],
    build: str,
    *,
    editable: bool = False,
    difference: Difference | None = None,
) -> str:
    """Write all reports, one under the other, for the panel beside the chat.

    :param build: id of the build that the reports are of.
    :param editable: whether paragraphs can be edited in the page.
    :param difference: what changed since the build before, to be shown in the paragraphs.
    :return: markup; the text content of each `.text` is exactly its paragraph's text.
    """
    several = len(reports) > 1
    edits = {} if difference is None else _write_edits(difference)
    articles = "".join(_write_report(report, several, editable, edits) for report in reports)
    contents = "".join(_write_contents(report, several) for report in reports)
    return (
        '<div class="panel-bar"><details class="contents"><summary>目录</summary>'
        f'<nav aria-label="目录">{contents}</nav></details>'
        '<span class="walk"><button class="previous" type="button">上一处引文</button>'
        '<button class="next" type="button">下一处引文</button></span>'
        '<button class="close" type="button">返回问答</button></div>'
        f'<div class="reports" role="region" aria-label="报告全文" tabindex="0"'
        f' data-build="{escape(build)}">{articles}</div>'
    )


def write_build(status: Status, sources: Sequence[Source]) -> str:
    """Write which build answers, what the audit found in its reports, and what can be done.

    :param sources: the reports of the build.
    """
    build = status.build
    made = build.created[:16].replace("T", " ")
    findings = [(source.report, finding) for source in sources for finding in source.findings]
    listed = "".join(f"<li>{_write_finding(*found, len(sources) > 1)}</li>" for found in findings)
    found = f"<p>核对发现：</p><ul>{listed}</ul>" if findings else "<p>核对段次：没有发现问题。</p>"
    facts = f"{build.paragraphs} 段，编码器 {build.encoder}，索引号 {build.id}"
    return (
        f'<details class="build"><summary>索引：{escape(made)} UTC 建</summary>'
        f"<p>{escape(facts)}</p>{found}"
        '<p><a href="#rebuild">重建索引</a> <a href="#changes">显示改动</a></p></details>'
    )


def _write_finding(report: Report, finding: Finding, several: bool) -> str:
    """Write a finding as a link to the paragraph that it stands in, or next to."""
    before = [p for p in report.paragraphs if p.line <= finding.line] or report.paragraphs[:1]
    link = make_fragment(before[-1].id, report.symbol if several else "")
    return f'<a href="{html.escape(link)}">{escape(str(finding))}</a>'


def _write_contents(report: Report, several: bool) -> str:
    """Write a report's table of contents: each section with a link to its first paragraph."""
    symbol = report.symbol if several else ""
    entries = [f"<p>{escape(report.symbol)}</p>"] if several else []
    above: tuple[str, ...] = ()
    for paragraph in report.paragraphs:
        section = paragraph.section
        same = _common(above, section)
        for depth, heading in enumerate(section[same:], start=same):
            link = html.escape(make_fragment(paragraph.id, symbol))
            entries.append(
                f'<a class="depth-{min(depth, 3)}" href="{link}">{escape(heading)}'
                f'<span class="from">{escape(paragraph.number)}</span></a>'
            )
        above = section
    return "".join(entries)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many headings two section paths share from the outermost on."""
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    return same


def _write_edits(difference: Difference) -> dict[tuple[str, str], str]:
    """Write what changed in paragraphs, by report and id."""
    tags = {"same": ("", ""), "removed": ("<del>", "</del>"), "added": ("<ins>", "</ins>")}
    written = {}
    for edit in difference.edits:
        words = "".join(
            f"{tags[part.kind][0]}{write_lines(part.text)}{tags[part.kind][1]}"
            for part in edit.parts
        )
        written[edit.paragraph.report, edit.paragraph.id] = f"<p>修改：{words}</p>"
    for change in difference.changes:
        for ids, note in ((change.added, "新增的段落"), (change.moved, "从别节移来")):
            written |= {(change.report, id_): f"<p>{note}</p>" for id_ in ids}
        written |= {(change.report, b): f"<p>原为 {escape(a)}</p>" for a, b in change.renumbered}
    return written


def write_masthead(reports: Sequence[Report]) -> str:
    """Write the head of the page: its name, and which reports it answers from."""
    symbols = "、".join(escape(report.symbol) for report in reports)
    return (
        '<header class="masthead"><h1>段次 <span lang="en">duanci</span></h1>'
        f'<p class="answers-from">{symbols}</p>'
        '<button class="open-report" type="button">看报告</button></header>'
    )


def _write_report(
    report: Report, several: bool, editable: bool, edits: Mapping[tuple[str, str], str]
) -> str:
    crossrefs = CrossReferences(report.paragraphs)
    symbol = report.symbol if several else ""
    language = "zh-CN" if report.language == "zh" else report.language
    parts = [f'<h2 class="symbol">{escape(report.symbol)}</h2>']
    above: tuple[str, ...] = ()
    for paragraph in report.paragraphs:
        parts.append(_write_headings(above, paragraph.section))
        edit = edits.get((report.symbol, paragraph.id), "")
        linker = _Linker(crossrefs, paragraph.id, symbol)
        parts.append(_write_paragraph(paragraph, linker, editable, edit))
        above = paragraph.section
    return f'<article class="report" lang="{escape(language)}">{"".join(parts)}</article>'


def _write_headings(above: tuple[str, ...], section: tuple[str, ...]) -> str:
    """Write those headings of a section path that the paragraph above did not have."""
    same = _common(above, section)
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
            link = html.escape(make_fragment(reference.target, self.symbol))
            words = escape(text[reference.start : reference.end])
            pieces += [escape(text[at : reference.start]), f'<a href="{link}">{words}</a>']
            at = reference.end
        return "".join([*pieces, escape(text[at:])])


def _write_paragraph(paragraph: Paragraph, linker: _Linker, editable: bool, edit: str) -> str:
    scope = f'<span class="scope">{escape(paragraph.scope)}</span>' if paragraph.scope else ""
    notes = "".join(_write_footnote(note, linker) for note in paragraph.footnotes)
    text = _write_text(paragraph.text, linker)
    target = quote(f"{paragraph.report} {paragraph.id}", safe="")
    pen = f'<a class="pen" href="#edit={html.escape(target)}">修改</a>' if editable else ""
    changed = f'<div class="change">{edit}</div>' if edit else ""
    return (
        f'<section class="paragraph" tabindex="-1" aria-label="{escape(paragraph.label)}"'
        f' data-report="{escape(paragraph.report)}" data-paragraph="{escape(paragraph.id)}">'
        f'<div class="number">{escape(paragraph.number)}{scope}{pen}</div>'
        f'<div class="body"><div class="text">{text}</div>{notes}{changed}</div>'
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
