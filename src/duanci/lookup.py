"""Paragraphs by number: which of a build's a reference names, and which numbers there are."""

from collections.abc import Callable, Sequence

import numpy as np

from duanci.crossrefs import section_ordinal
from duanci.errors import UnknownParagraph, UnknownReport, UnknownSection
from duanci.index import Index
from duanci.numerals import scope_key
from duanci.ragged import Rows
from duanci.records import Footnote, Paragraph, Report
from duanci.references import Part, Reference, asks_more, find_references, ranges
from duanci.segment import fold

Available = Sequence[tuple[str, Sequence[tuple[str, str]]]]  # symbol, then scopes with their ranges


def show(index: Index, reference: str, report: str | None = None) -> list[Paragraph]:
    """Give the paragraphs of a build that a reference names; see `Assistant.show`."""
    reports = list(index.reports) if report is None else [resolve_report(index.reports, report)]
    exact = _find_again(index, reports, reference.strip())
    if exact:
        return exact
    references = find_references(reference)
    if not references or asks_more(reference):
        raise UnknownParagraph(
            f"'{reference}' names no paragraph; expected a number, a range or an id, as 25, 21-25, "
            f"{_example_id(index, reports)}"
        )
    found, missing = find_named(index, reports, references)
    if missing:
        known = tell_available(available(index, reports))
        raise UnknownParagraph(f"no paragraph {missing[0]}; {known}")
    return [index.paragraphs[row] for row in found]


def resolve_report(reports: Sequence[Report], symbol: str) -> Report:
    """Find a report by its symbol or by another symbol of its masthead.

    :raises UnknownReport: there is none.
    """
    for report in reports:
        if symbol.casefold() in {name.casefold() for name in (report.symbol, *report.aliases)}:
            return report
    known = ", ".join(report.symbol for report in reports)
    raise UnknownReport(f"no report {symbol}; the build has {known}")


def rows_in_section(index: Index, reports: Sequence[Report], section: Sequence[str]) -> Rows:
    """Give the rows of the paragraphs below a heading.

    :param section: its path, outermost heading first.
    :raises UnknownSection: no report has it.
    """
    path = tuple(section)
    found = _rows_where(index, reports, lambda paragraph: paragraph.section[: len(path)] == path)
    if not found.size:
        raise UnknownSection(
            f"no section {' › '.join(path)}; the reports have changed: choose another"
        )
    return found


def rows_of_part(index: Index, report: Report, part: Part) -> Rows:
    """Give the rows of a part of a report; none where it has none such."""
    rows = _rows_where(index, [report], lambda paragraph: _is_in(paragraph, part))
    if part.heading and len({index.paragraphs[row].section[0] for row in rows.tolist()}) > 1:
        return rows[:0]  # which section is meant?
    return rows[part.first : part.end]


def marks_in(index: Index, report: Report) -> list[str]:
    """List the marks of a report's footnotes, in the order of its paragraphs, each once."""
    rows = rows_of_part(index, report, Part("", note="")).tolist()
    notes = (note for row in rows for note in index.paragraphs[row].footnotes)
    return list(dict.fromkeys(note.mark for note in notes))


def _rows_where(
    index: Index, reports: Sequence[Report], is_wanted: Callable[[Paragraph], bool]
) -> Rows:
    rows = index.rows_of([report.symbol for report in reports]).tolist()
    return np.array([row for row in rows if is_wanted(index.paragraphs[row])], dtype=np.int64)


def _is_in(paragraph: Paragraph, part: Part) -> bool:
    if part.note is not None:
        return bool(notes_marked(paragraph, part.note))
    if part.heading:
        return fold(part.heading) in fold(paragraph.section[0] if paragraph.section else "")
    if part.section:
        return section_ordinal(paragraph) == part.section
    return scope_key(paragraph.scope) == scope_key(part.scope)


def notes_marked(paragraph: Paragraph, mark: str) -> tuple[Footnote, ...]:
    """Give the footnotes of a paragraph with a mark; "" gives all."""
    return tuple(note for note in paragraph.footnotes if mark in ("", note.mark))


def find_named(
    index: Index, reports: Sequence[Report], references: Sequence[Reference]
) -> tuple[list[int], list[str]]:
    """Give the rows that references name, and the ids of those that no report has."""
    found: list[int] = []
    missing: list[str] = []
    is_all = len(reports) == len(index.reports)
    symbols = [None] if is_all else [report.symbol for report in reports]
    for reference in references:
        for number in range(reference.first, reference.last + 1):
            scope = reference.scope
            here = [row for symbol in symbols for row in index.find(symbol, scope, number)]
            found += here
            if not here:
                missing.append(reference.ids[number - reference.first])
    return found, missing


def outline(report: Report) -> list[tuple[str, str, str]]:
    """List the outermost headings of a report: the heading, the scope, the numbers as `21–70`."""
    numbers: dict[tuple[str, str], list[int]] = {}
    for paragraph in report.paragraphs:
        key = paragraph.scope, paragraph.section[0] if paragraph.section else ""
        numbers.setdefault(key, []).append(int(paragraph.number))
    return [(title, scope, ranges(sorted(set(own)))) for (scope, title), own in numbers.items()]


def available(index: Index, reports: Sequence[Report]) -> list[tuple[str, list[tuple[str, str]]]]:
    """List which numbers each report has: its symbol, and for each scope the ranges."""
    return [
        (
            report.symbol,
            [
                (scope, ranges(sorted(set(numbers))))
                for scope, numbers in index.numbers_of(report.symbol).items()
            ],
        )
        for report in reports
    ]


def tell_available(listed: Available) -> str:
    """Tell in English which numbers each report has, of what `available` lists."""
    return "; ".join(
        f"{symbol} has {', '.join(f'{scope} {numbers}'.strip() for scope, numbers in scopes)}"
        for symbol, scopes in listed
    )


def _find_again(index: Index, reports: Sequence[Report], id_: str) -> list[Paragraph]:
    """Find the paragraphs with an id as `25#2`, whose number is printed again."""
    scope, _, own = id_.rpartition("/")
    number = own.partition("#")[0]
    if "#" not in own or not number.isdecimal():
        return []
    rows = [row for r in reports for row in index.find(r.symbol, scope, int(number))]
    found = [index.paragraphs[row] for row in rows]
    return [p for p in found if p.id == id_ and p.place > 1]


def _example_id(index: Index, reports: Sequence[Report]) -> str:
    for report in reports:
        for scope, numbers in index.numbers_of(report.symbol).items():
            if scope:
                return f"{scope}/{numbers[0]}"
    return "Annex I/2"
