"""The report beside the chat, as markup: headings, paragraphs with their numbers, and changes."""

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote

from duanci.crossrefs import CrossReferences
from duanci.history import Difference
from duanci.items import ITEM
from duanci.markup import escape, make_fragment, write_footnote, write_lines
from duanci.phrases import Phrases
from duanci.records import Paragraph, Report


def write_report(
    report: Report,
    build: str,
    phrases: Phrases,
    *,
    several: bool = False,
    editable: bool = False,
    difference: Difference | None = None,
) -> str:
    """Write the text of a report, which `write_place` makes the place for.

    :param build: id of the build that the report is of.
    :param several: whether there are other reports, so that links must name theirs.
    :param editable: whether paragraphs can be edited in the page.
    :param difference: what changed since the build before, to be shown in the paragraphs.
    :return: markup; the text content of each `.text` is exactly its paragraph's text.
    """
    edits = {} if difference is None else _write_edits(difference, phrases)
    writer = _Writer(
        CrossReferences(report.paragraphs),
        report.symbol if several else "",
        phrases.edit if editable else "",
        edits,
    )
    parts = [f'<h2 class="symbol">{escape(report.symbol)}</h2>']
    above: tuple[str, ...] = ()
    for paragraph in report.paragraphs:
        parts += [_write_headings(above, paragraph.section), writer.write(paragraph)]
        above = paragraph.section
    language = "zh-CN" if report.language == "zh" else report.language
    direction = ' dir="rtl"' if language == "ar" else ""
    return (
        f'<article class="report" lang="{escape(language)}"{direction} data-build="{escape(build)}"'
        f' data-report="{escape(report.symbol)}">{"".join(parts)}</article>'
    )


def write_place(address: str) -> str:
    """Write the place of a report in the panel; report.js brings its text there.

    :param address: of the text, from the page on; "" where it is still to be told.
    """
    return (
        '<report-text class="reports" role="region" tabindex="0"'
        f' data-source="{html.escape(address)}"></report-text>'
    )


def find_contents(report: Report) -> list[tuple[tuple[str, ...], Paragraph]]:
    """Find the sections of a report: the path of headings of each, and its first paragraph."""
    found = []
    above: tuple[str, ...] = ()
    for paragraph in report.paragraphs:
        section = paragraph.section
        for depth in range(_common(above, section), len(section)):
            found.append((section[: depth + 1], paragraph))
        above = section
    return found


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many headings two section paths share from the outermost on."""
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    return same


def _write_edits(difference: Difference, phrases: Phrases) -> dict[tuple[str, str], str]:
    """Write what changed in paragraphs, by report and id."""
    tags = {"same": ("", ""), "removed": ("<del>", "</del>"), "added": ("<ins>", "</ins>")}
    written = {}
    for edit in difference.edits:
        words = "".join(
            f"{tags[part.kind][0]}{write_lines(part.text)}{tags[part.kind][1]}"
            for part in edit.parts
        )
        written[edit.paragraph.report, edit.paragraph.id] = (
            f"<p>{escape(phrases.edited)}{words}</p>"
        )
    for change in difference.changes:
        for ids, note in (
            (change.added, phrases.added_paragraph),
            (change.moved, phrases.moved_paragraph),
        ):
            written |= {(change.report, id_): f"<p>{escape(note)}</p>" for id_ in ids}
        for old, new in change.renumbered:
            note = phrases.renumbered_from.format(id=old)
            written[change.report, new] = f"<p>{escape(note)}</p>"
    return written


def _write_headings(above: tuple[str, ...], section: tuple[str, ...]) -> str:
    """Write those headings of a section path that the paragraph above did not have."""
    same = _common(above, section)
    headings = []
    for depth, heading in enumerate(section[same:], start=same):
        level = min(depth + 3, 6)
        headings.append(f'<h{level} class="depth-{min(depth, 3)}">{escape(heading)}</h{level}>')
    return "".join(headings)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the paragraphs of one report; `pen` is what says that one can be edited, or ""."""

    crossrefs: CrossReferences
    symbol: str
    pen: str
    edits: Mapping[tuple[str, str], str]

    def write(self, paragraph: Paragraph) -> str:
        linker = _Linker(self.crossrefs, paragraph.id, self.symbol)
        scope = f'<span class="scope">{escape(paragraph.scope)}</span>' if paragraph.scope else ""
        notes = "".join(write_footnote(note, linker.write) for note in paragraph.footnotes)
        target = quote(f"{paragraph.report} {paragraph.id}", safe="")
        pen = f'<a class="pen" href="#edit={html.escape(target)}">{escape(self.pen)}</a>'
        edit = self.edits.get((paragraph.report, paragraph.id), "")
        changed = f'<div class="change">{edit}</div>' if edit else ""
        return (
            f'<section class="paragraph" tabindex="-1" aria-label="{escape(paragraph.label)}"'
            f' data-report="{escape(paragraph.report)}" data-paragraph="{escape(paragraph.id)}">'
            f'<div class="number">{escape(paragraph.number)}{scope}{pen if self.pen else ""}</div>'
            f'<div class="body"><div class="text">{_write_text(paragraph.text, linker)}</div>'
            f"{notes}{changed}</div></section>"
        )


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


def _write_text(text: str, linker: _Linker) -> str:
    """Write a paragraph's text line by line, so that its text content stays the text."""
    first, *further = text.split("\n")
    blocks = [f'<span class="line">{linker.write(first)}</span>']
    for is_list, lines in groupby(further, key=lambda line: bool(ITEM.match(line))):
        if is_list:
            blocks.append(_write_list(lines, linker))
        else:
            blocks += [f'<span class="line">{linker.write(line)}</span>' for line in lines]
    return "\n".join(blocks)


def _write_list(lines: Iterable[str], linker: _Linker) -> str:
    items = "\n".join(_write_item(line, linker) for line in lines)
    return f'<span role="list">{items}</span>'


def _write_item(line: str, linker: _Linker) -> str:
    item = ITEM.match(line)
    marker = item[0] if item else ""
    return (
        f'<span class="line item" role="listitem"><span class="marker">{escape(marker)}</span>'
        f"{linker.write(line[len(marker) :])}</span>"
    )
