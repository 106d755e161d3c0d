"""From the text of a report to its numbered paragraphs, whole, with sections and footnotes."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from duanci.audit import audit
from duanci.contents import Contents, find_contents
from duanci.errors import ReportError
from duanci.files import read_bytes
from duanci.footnotes import Mark, attach, marks_of, take_notes
from duanci.joining import Draft, wrap_width
from duanci.languages import language_of_report
from duanci.lines import SYMBOL, Line, split_lines, strip_marks
from duanci.outline import Outline
from duanci.records import Finding, Footnote, Paragraph, Report
from duanci.structure import Role, Structure, find_structure

_NO_TEXT = {
    b"%PDF": "PDF",
    b"PK\x03\x04": "a zip archive (docx, xlsx, …)",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"{\\rtf": "RTF",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_SAMPLE = 100_000  # characters from which the language is told
_MASTHEAD = 60  # lines in which a document prints its symbol


@dataclass(frozen=True, slots=True)
class Parsed:
    """A report and what the audit of its numbering found."""

    report: Report
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Part:
    """A paragraph in the making, with where it stands."""

    scope: str
    number: str
    section: tuple[str, ...]
    draft: Draft


@dataclass(slots=True)
class _Assembly:
    """What the walk through the lines has put together."""

    parts: list[_Part] = field(default_factory=list)
    owners: dict[int, int] = field(
        default_factory=dict
    )  # line → the part that it is in, or stands above
    left_out: list[tuple[Line, str]] = field(default_factory=list)  # with the heading above


def read_report(path: Path) -> Parsed:
    """Read a report from a file in UTF-8 (with or without BOM) or GB18030.

    :raises ReportError: no such file, not text, empty, or without a numbered paragraph.
    """
    return parse_bytes(read_bytes(path), str(path))


def parse_bytes(data: bytes, file: str) -> Parsed:
    """Parse a report's bytes; see `read_report`."""
    return parse_report(decode(data, file), file)


def decode(data: bytes, file: str) -> str:
    """Return the text of a file's bytes.

    :raises ReportError: the bytes are not UTF-8 or GB18030 text, or say nothing.
    """
    for magic, kind in _NO_TEXT.items():
        if data.startswith(magic):
            raise ReportError(
                f"{file}: not text but {kind}, expected UTF-8 or GB18030; "
                "convert it to Markdown or plain text first"
            )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as exc:
            raise ReportError(
                f"{file}: not text (byte {exc.start} is {data[exc.start]:#04x}), "
                "expected UTF-8 or GB18030; save it as text first"
            ) from exc
    odd = sum(text.count(char) for char in set(text) if _is_odd(char))
    if odd > len(text) * 0.001 + 2 or "\0" in text:
        raise ReportError(
            f"{file}: not text ({odd} control or unassigned characters), "
            "expected UTF-8 or GB18030; convert it to Markdown or plain text first"
        )
    if not text.strip():
        raise ReportError(f"{file}: empty, expected a report with numbered paragraphs")
    return text


def _is_odd(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Co", "Cn"} and char not in "\t\n\r\f\v"


def parse_report(text: str, file: str = "report.txt") -> Parsed:
    """Parse a report and audit its numbering.

    :param text: the whole text of the file.
    :param file: names the report where it prints no symbol, and stands in every message.
    :raises ReportError: the text is empty or has no numbered paragraph.
    """
    lines = split_lines(text)
    if not lines:
        raise ReportError(f"{file}: empty, expected a report with numbered paragraphs")
    contents = find_contents(lines)
    content_lines, notes = take_notes(lines[: contents.start] + lines[contents.end :])
    structure = find_structure(content_lines, contents.titles)
    if not structure.counted:
        raise ReportError(
            f"{file}: no numbered paragraph in {len(lines)} lines, expected lines that begin with "
            "a number and a full stop, as `1. …`"
        )
    symbols = _symbols(lines[: _before_first(lines, contents, structure)]) or [Path(file).stem]
    language = language_of_report(text[:_SAMPLE])
    assembly = _assemble(structure, wrap_width(content_lines))
    marks = [mark for line in content_lines for mark in marks_of(line)]
    attachment = attach(_owned(marks, assembly), notes)
    paragraphs = _paragraphs(assembly, symbols[-1], language, attachment.pairs)
    report = Report(symbols[-1], tuple(symbols[:-1]), file, language, tuple(paragraphs))
    return Parsed(report, audit(report, structure, contents, attachment, assembly.left_out))


def _assemble(structure: Structure, wrap: int | None) -> _Assembly:
    """Walk through the lines and put paragraphs and their sections together."""
    assembly = _Assembly()
    outline = Outline(structure.headings)
    scope, heading, waiting = "", "", list[int]()
    draft: Draft | None = None
    for place in structure.places:
        line, role = place.line, place.role
        if role is Role.PARAGRAPH:
            draft = Draft(line.number, place.text, line.number)
            assembly.owners |= dict.fromkeys([*waiting, line.number], len(assembly.parts))
            assembly.parts.append(_Part(scope, place.number, outline.path, draft))
            waiting, heading = [], ""
        elif role in (Role.ANNEX, Role.HEADING):
            if role is Role.ANNEX:
                scope = place.scope
                outline.restart(scope)
            if place.heading:
                outline.enter(place.heading)
            waiting.append(line.number)
            heading, draft = strip_marks(line.text), None
        elif role is Role.SUBTITLE:
            waiting.append(line.number)
        elif role in (Role.TEXT, Role.ITEM) and draft:
            draft.add(line, wrap, role is Role.ITEM)
            assembly.owners[line.number] = len(assembly.parts) - 1
        elif heading and scope in structure.counted:
            assembly.left_out.append((line, heading))
    return assembly


def _owned(marks: Sequence[Mark], assembly: _Assembly) -> list[Mark]:
    """Keep the marks that stand in a paragraph or in a heading above one."""
    return [mark for mark in marks if mark.line in assembly.owners]


def _paragraphs(
    assembly: _Assembly, symbol: str, language: str, pairs: Sequence[tuple[int, Footnote]]
) -> list[Paragraph]:
    notes: dict[int, list[Footnote]] = {}
    for line, note in sorted(pairs, key=lambda pair: (pair[0], pair[1].line)):
        notes.setdefault(assembly.owners[line], []).append(note)
    printed = Counter[tuple[str, int]]()
    places = []
    for part in assembly.parts:
        printed[part.scope, int(part.number)] += 1
        places.append(printed[part.scope, int(part.number)])
    return [
        Paragraph(
            report=symbol,
            scope=part.scope,
            number=part.number,
            section=part.section,
            text=part.draft.text,
            footnotes=tuple(dict.fromkeys(notes.get(at, ()))),
            line=part.draft.line,
            end_line=part.draft.end_line,
            language=language,
            place=places[at],
        )
        for at, part in enumerate(assembly.parts)
    ]


def _before_first(lines: Sequence[Line], contents: Contents, structure: Structure) -> int:
    """Return the position among the lines where the masthead ends."""
    first = structure.first_line
    end = contents.start if contents.end else len(lines)
    return min([_MASTHEAD, end, *[at for at, line in enumerate(lines) if line.number >= first][:1]])


def _symbols(masthead: Sequence[Line]) -> list[str]:
    """List the document symbols of a masthead in the order printed."""
    alone = [line.text for line in masthead if SYMBOL.fullmatch(line.text)]
    beside = [
        found[-1]
        for line in masthead
        if len(line.text) < 60
        and (found := SYMBOL.findall(line.text))
        and line.text.endswith(found[-1])
    ]
    return list(dict.fromkeys(s for s in alone or beside if re.search(r"\d", s)))
