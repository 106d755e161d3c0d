"""The audit of a report's numbering: `file:line: what was found, what was expected`."""

from collections.abc import Iterator, Sequence

from duanci.contents import Contents, Entry
from duanci.footnotes import Attachment
from duanci.lines import Line, display_width, ends_sentence, fold_title
from duanci.records import Finding, Paragraph, Report
from duanci.structure import Structure

_PROSE_WIDTH = 80  # columns from which left-out text is worth a word


def audit(
    report: Report,
    structure: Structure,
    contents: Contents,
    attachment: Attachment,
    left_out: Sequence[tuple[Line, str]],
) -> tuple[Finding, ...]:
    """Audit the numbering, the table of contents and the footnotes of a report.

    :return: findings in the order of the file; none for a report that is in order.
    """
    found = [
        *_order(report, contents),
        *_before_first(report, structure),
        *_ranges(report, contents),
        *_notes(report, attachment),
        *_left_out(report, left_out),
    ]
    return tuple(sorted(found, key=lambda finding: finding.line))


def _order(report: Report, contents: Contents) -> Iterator[Finding]:
    """Compare each number with the one before it in its scope."""
    seen: dict[str, Paragraph] = {}
    last: dict[str, Paragraph] = {}
    started = {entry.first for entry in contents.entries}
    previous_scope = 0
    for paragraph in report.paragraphs:
        number, scope = int(paragraph.number), paragraph.scope
        before = last.get(scope)
        expected = int(before.number) + 1 if before else 1
        if paragraph.id in seen:
            yield _repeat(report, paragraph, seen[paragraph.id], expected)
        elif number != expected and not _may_start(number, before, previous_scope, started):
            yield Finding(report.file, paragraph.line, _unexpected(paragraph, before, expected))
        seen.setdefault(paragraph.id, paragraph)
        last[scope] = paragraph
        previous_scope = number


def _may_start(number: int, before: Paragraph | None, previous: int, started: set[int | None]) -> bool:
    return before is None and (number == previous + 1 if previous else number in started)


def _repeat(report: Report, paragraph: Paragraph, first: Paragraph, expected: int) -> Finding:
    what = f"{paragraph.label} printed again, first on line {first.line}"
    if paragraph.number == "1":
        what = f"numbering restarts at 1 without the head of an annex, {paragraph.label} stands on line {first.line} too"
    return Finding(report.file, paragraph.line, f"{what}; expected number {expected}", fatal=True)


def _unexpected(paragraph: Paragraph, before: Paragraph | None, expected: int) -> str:
    number = int(paragraph.number)
    if before is None:
        return f"first number is {number}, expected 1"
    if number < expected:
        return f"{paragraph.label} after {before.label}: out of order, expected number {expected}"
    missing = str(expected) if number == expected + 1 else f"{expected} to {number - 1}"
    return f"{paragraph.label} after {before.label}: gap, expected number {expected} (missing: {missing})"


def _before_first(report: Report, structure: Structure) -> Iterator[Finding]:
    first = report.paragraphs[0]
    for line in structure.skipped_before:
        yield Finding(
            report.file,
            line.number,
            f"'{_short(line.text)}' looks like a paragraph but stands before {first.label}; "
            "expected a heading or a line without number",
        )


def _ranges(report: Report, contents: Contents) -> Iterator[Finding]:
    """Compare each section's paragraphs with the range that the table of contents gives."""
    for entry in contents.entries:
        if entry.first is None or entry.last is None:
            continue
        inside = [p for p in report.paragraphs if _is_under(p, entry)]
        stated = _range(entry.first, entry.last)
        if not inside:
            message = f"table of contents lists '{_short(entry.title)}' ({stated}), expected that heading in the text"
            yield Finding(report.file, entry.line, message)
            continue
        numbers = [int(p.number) for p in inside]
        if (min(numbers), max(numbers)) != (entry.first, entry.last):
            message = (
                f"section '{_short(entry.title)}' has paragraphs {_range(min(numbers), max(numbers))}, "
                f"expected {stated} as the table of contents says"
            )
            yield Finding(report.file, entry.line, message)


def _is_under(paragraph: Paragraph, entry: Entry) -> bool:
    wanted = fold_title(entry.title)
    titles = [fold_title(title) for title in paragraph.section]
    joined = ["".join(titles[:2])] if paragraph.scope else []
    return any(
        title == wanted or (len(title) > 3 and len(wanted) > 3 and (title.startswith(wanted) or wanted.endswith(title)))
        for title in [*titles, *joined]
    )


def _notes(report: Report, attachment: Attachment) -> Iterator[Finding]:
    for mark in attachment.marks_alone:
        message = f"footnote mark {mark.mark} has no note, expected a note that begins with {mark.mark}"
        yield Finding(report.file, mark.line, message)
    for note in attachment.notes_alone:
        message = f"note {note.mark} '{_short(note.text)}' has no mark, expected {note.mark} in the text above"
        yield Finding(report.file, note.line, message)


def _left_out(report: Report, left_out: Sequence[tuple[Line, str]]) -> Iterator[Finding]:
    told: set[str] = set()
    for line, heading in left_out:
        if heading in told or not (ends_sentence(line.text) or display_width(line.text) > _PROSE_WIDTH):
            continue
        told.add(heading)
        message = f"text without a number under the heading '{_short(heading)}' is left out, expected a numbered paragraph"
        yield Finding(report.file, line.number, message)


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"
