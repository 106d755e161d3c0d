"""From the text of a report to its numbered paragraphs, whole, with sections and footnotes."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from duanci.audit import audit
from duanci.contents import Contents, find_contents
from duanci.errors import ReportError
from duanci.footnotes import attach, marks_of, take_notes
from duanci.joining import Draft, wrap_width
from duanci.lines import HAN, SYMBOL, Line, split_lines, strip_marks
from duanci.outline import Outline
from duanci.records import Finding, Footnote, Paragraph, Report
from duanci.structure import Role, Structure, find_structure

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
    owners: dict[int, int] = field(default_factory=dict)  # line of a heading → the part below it
    left_out: list[tuple[Line, str]] = field(default_factory=list)  # with the heading above


def read_report(path: Path) -> Parsed:
    """Read a report from a file in UTF-8 (with or without BOM) or GB18030.

    :raises ReportError: no such file, not text, empty, or without a numbered paragraph.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as exc:
        raise ReportError(f"{path}: no such file, expected a report in Markdown or plain text") from exc
    except OSError as exc:
        raise ReportError(f"{path}: cannot be read ({exc.strerror}), expected a text file") from exc
    return parse_report(decode(data, str(path)), str(path))


def decode(data: bytes, file: str) -> str:
    """Return the text of a file's bytes.

    :raises ReportError: the bytes are not UTF-8 or GB18030 text, or say nothing.
    """
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
    odd = sum(unicodedata.category(char) in {"Cc", "Co", "Cn"} and char not in "\t\n\r\f\v" for char in text)
    if odd > len(text) * 0.001 + 2 or "\0" in text:
        raise ReportError(
            f"{file}: not text ({odd} control or unassigned characters), "
            "expected UTF-8 or GB18030; convert it to Markdown or plain text first"
        )
    if not text.strip():
        raise ReportError(f"{file}: empty, expected a report with numbered paragraphs")
    return text


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
    structure = find_structure(content_lines)
    if not structure.has_paragraphs:
        raise ReportError(
            f"{file}: no numbered paragraph in {len(lines)} lines, expected lines that begin with "
            "a number and a full stop, as `1. …`"
        )
    symbols = _symbols(lines[: _before_first(lines, contents, structure)]) or [Path(file).stem]
    language = _language(text)
    assembly = _assemble(structure)
    marks = [mark for line in structure.lines for mark in marks_of(line)]
    attachment = attach(_owned(marks, assembly), notes)
    paragraphs = _paragraphs(assembly, symbols[-1], language, attachment.pairs)
    report = Report(symbols[-1], tuple(symbols[:-1]), file, language, tuple(paragraphs))
    return Parsed(report, audit(report, structure, contents, attachment, assembly.left_out))


def _assemble(structure: Structure) -> _Assembly:
    """Walk through the lines and put paragraphs and their sections together."""
    assembly = _Assembly()
    outline = Outline(structure.headings)
    wrap = wrap_width(structure.lines)
    scope, heading, waiting = "", "", list[int]()
    draft: Draft | None = None
    for place in structure.places():
        line, role = place.line, place.role
        if role is Role.PARAGRAPH:
            draft = Draft(int(place.number), line.number, place.text, line.number)
            for above in waiting:
                assembly.owners[above] = len(assembly.parts)
            waiting, heading = [], ""
            assembly.parts.append(_Part(scope, place.number, outline.path, draft))
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
        elif draft:
            draft.add(line, wrap, role is Role.ITEM)
        elif assembly.parts and heading and structure.is_counted(scope):
            assembly.left_out.append((line, heading))
    return assembly


def _owned(marks: Sequence[object], assembly: _Assembly) -> list:  # type: ignore[type-arg]
    """Keep the marks that stand in a paragraph or in a heading above one."""
    inside = {number for part in assembly.parts for number in part.draft.lines} | set(assembly.owners)
    return [mark for mark in marks if mark.line in inside]  # type: ignore[attr-defined]


def _paragraphs(
    assembly: _Assembly, symbol: str, language: str, pairs: Sequence[tuple[int, Footnote]]
) -> list[Paragraph]:
    owners = dict(assembly.owners)
    for at, part in enumerate(assembly.parts):
        owners |= dict.fromkeys(part.draft.lines, at)
    notes: dict[int, list[Footnote]] = {}
    for line, note in sorted(pairs, key=lambda pair: (pair[0], pair[1].line)):
        notes.setdefault(owners[line], []).append(note)
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
        )
        for at, part in enumerate(assembly.parts)
    ]


def _before_first(lines: Sequence[Line], contents: Contents, structure: Structure) -> int:
    """Return the position among the lines where the masthead ends."""
    first = structure.first_paragraph_line
    end = contents.start if contents.end else len(lines)
    return min([_MASTHEAD, end, *[at for at, line in enumerate(lines) if line.number >= first][:1]])


def _symbols(masthead: Sequence[Line]) -> list[str]:
    """List the document symbols of a masthead in the order printed."""
    alone = [line.text for line in masthead if SYMBOL.fullmatch(line.text)]
    beside = [
        found[-1]
        for line in masthead
        if len(line.text) < 60 and (found := SYMBOL.findall(line.text)) and line.text.endswith(found[-1])
    ]
    return list(dict.fromkeys(s for s in alone or beside if re.search(r"\d", s)))


def _language(text: str) -> str:
    """Tell "zh" from "en" by the share of Han characters among the letters."""
    han = len(re.findall(f"[{HAN}]", text))
    letters = sum(char.isalpha() for char in text)
    return "zh" if han > 0.2 * letters else "en"
