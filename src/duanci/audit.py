"""The audit of a report's numbering: `file:line: what was found, what was expected`."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from duanci.contents import Contents, Entry
from duanci.footnotes import Attachment
from duanci.lines import Line, display_width, ends_sentence, fold_title
from duanci.records import Finding, Paragraph, Report
from duanci.structure import Structure

_SHORT_TITLE = 3  # characters; a title that short is only compared whole
_PROSE_WIDTH = 80  # columns from which left-out text is worth a word


def audit(
    report: Report,
    structure: Structure,
    contents: Contents,
    attachment: Attachment,
    left_out: Sequence[tuple[Line, str]],
) -> tuple[Finding, ...]:
    """Audit the numbering, the table of contents and the footnotes of a report.

    :param left_out: lines that belong to no paragraph, each with the heading above it.
    :return: findings in the order of the file; none for a report that is in order.
    """
    started = {entry.first for entry in contents.entries}
    found = [*_before_first(report, structure), *_notes(report, attachment), *_empty(report)]
    missing: set[int] = set()
    previous = 0
    for scope in dict.fromkeys(paragraph.scope for paragraph in report.paragraphs):
        inside = [p for p in report.paragraphs if p.scope == scope]
        numbers = [int(p.number) for p in inside]
        goes_on = numbers[0] == previous + 1 if previous else numbers[0] in started
        floor = numbers[0] - 1 if goes_on else 0
        found += _order(report.file, inside, floor)
        missing |= set(range(floor + 1, max(numbers))) - set(numbers) if not scope else set()
        previous = max(numbers)
    found += [*_ranges(report, contents, missing), *_left_out(report, left_out)]
    return tuple(sorted(found, key=lambda finding: finding.line))


def _order(file: str, paragraphs: Sequence[Paragraph], floor: int) -> Iterator[Finding]:
    """Compare each number of a scope with the highest before it, `floor` before the first."""
    printed = {int(p.number) for p in paragraphs}
    first: dict[int, Paragraph] = {}
    highest, repeats = floor, 0  # a repeated number may stand for one that is missing
    before: Paragraph | None = None
    for paragraph in paragraphs:
        number = int(paragraph.number)
        if number in first:
            repeats += 1
            runs_on = before is not None and int(before.number) == number - 1 and repeats > 1
            if not runs_on:
                yield _repeat(file, paragraph, first[number], highest + 1)
        elif number < highest:
            message = f"{_after(paragraph, before)}: out of order, expected number {highest + 1}"
            yield Finding(file, paragraph.line, message)
        else:
            gone = [n for n in range(highest + 1, number) if n not in printed]
            if len(gone) > repeats:
                yield Finding(file, paragraph.line, _gap(paragraph, before, gone))
            repeats = 0
        first.setdefault(number, paragraph)
        highest, before = max(highest, number), paragraph


def _after(paragraph: Paragraph, before: Paragraph | None) -> str:
    return f"{paragraph.label} after {before.label}" if before else f"{paragraph.label} comes first"


def _repeat(file: str, paragraph: Paragraph, first: Paragraph, expected: int) -> Finding:
    what = f"{first.label} printed again, first on line {first.line}"
    if paragraph.number == "1":
        what = f"numbering restarts at 1 without the head of an annex: {what}"
    return Finding(file, paragraph.line, f"{what}; expected number {expected}", ambiguous=True)


def _gap(paragraph: Paragraph, before: Paragraph | None, gone: Sequence[int]) -> str:
    missing = _range(gone[0], gone[-1]) if gone[-1] - gone[0] == len(gone) - 1 else str(list(gone))
    return f"{_after(paragraph, before)}: gap, expected number {gone[0]} (missing: {missing})"


def _before_first(report: Report, structure: Structure) -> Iterator[Finding]:
    first = report.paragraphs[0]
    for line in structure.skipped[:1]:
        yield Finding(
            report.file,
            line.number,
            f"'{_short(line.text)}' looks like a paragraph but stands before {first.label}; "
            "expected a heading or a line without number",
        )


def _ranges(report: Report, contents: Contents, missing: Collection[int]) -> Iterator[Finding]:
    """Compare each section's paragraphs with the range that the table of contents gives.

    :param missing: numbers of the body already found missing; they count as there.
    """
    told = Counter[str]()
    for entry in contents.entries:
        if entry.first is None or entry.last is None:
            continue
        runs = _paragraphs_under(report, entry)
        inside = runs[min(told[entry.title], len(runs) - 1)] if runs else []
        told[entry.title] += 1
        stated = _range(entry.first, entry.last)
        if not inside:
            message = (
                f"table of contents lists '{_short(entry.title)}' ({stated}), "
                "expected that heading in the text"
            )
            yield Finding(report.file, entry.line, message)
            continue
        numbers = [int(p.number) for p in inside]
        if not inside[0].scope:
            numbers += [n for n in missing if entry.first <= n <= entry.last]
        if (min(numbers), max(numbers)) != (entry.first, entry.last):
            actual = _range(min(numbers), max(numbers))
            message = (
                f"section '{_short(entry.title)}' has paragraphs {actual}, "
                f"expected {stated} as the table of contents says"
            )
            yield Finding(report.file, entry.line, message)


def _paragraphs_under(report: Report, entry: Entry) -> list[list[Paragraph]]:
    """List the runs of paragraphs under a heading: one for each place that has this heading."""
    paths = {(p.scope, p.section) for p in report.paragraphs}
    places = {path: _place_of(entry, *path) for path in paths}
    runs = groupby(report.paragraphs, key=lambda p: places[p.scope, p.section])
    return [list(run) for place, run in runs if place]


def _place_of(entry: Entry, scope: str, section: tuple[str, ...]) -> tuple[str, ...]:
    """Return a path down to the heading that an entry names; empty where it names none."""
    wanted = fold_title(entry.title)
    titles = [fold_title(title) for title in section]
    if scope and wanted == "".join(titles[:2]):
        return section[:2]
    for at, title in enumerate(titles, 1):
        is_long = min(len(title), len(wanted)) > _SHORT_TITLE
        if title == wanted or (is_long and _begins_or_ends(title, wanted)):
            return section[:at]
    return ()


def _begins_or_ends(title: str, wanted: str) -> bool:
    return title.startswith(wanted) or wanted.endswith(title)


def _notes(report: Report, attachment: Attachment) -> Iterator[Finding]:
    for mark in attachment.marks_alone:
        message = (
            f"footnote mark {mark.mark} has no note, expected a note that begins with {mark.mark}"
        )
        yield Finding(report.file, mark.line, message)
    for note in attachment.notes_alone:
        message = (
            f"note {note.mark} '{_short(note.text)}' has no mark, "
            f"expected {note.mark} in the text above"
        )
        yield Finding(report.file, note.line, message)


def _empty(report: Report) -> Iterator[Finding]:
    for paragraph in report.paragraphs:
        if not any(char.isalnum() for char in paragraph.text):
            message = f"{paragraph.label} says nothing, expected its text"
            yield Finding(report.file, paragraph.line, message)


def _left_out(report: Report, left_out: Sequence[tuple[Line, str]]) -> Iterator[Finding]:
    told: set[str] = set()
    for line, heading in left_out:
        if heading in told or not (
            ends_sentence(line.text) or display_width(line.text) > _PROSE_WIDTH
        ):
            continue
        told.add(heading)
        message = (
            f"text without a number under the heading '{_short(heading)}' is left out, "
            "expected a numbered paragraph"
        )
        yield Finding(report.file, line.number, message)


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"
