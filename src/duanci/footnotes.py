"""Footnotes: taken out of the lines they interrupt, and given to what carries their mark."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from duanci.lines import ANNEX, ENDNOTES, NUMBERED, SUPERSCRIPT, Line, close_up, digits
from duanci.records import Footnote

_RAISED_NOTE = re.compile(rf"^({SUPERSCRIPT}|\*+)\s*(\S.*)$")
_SLASH_NOTE = re.compile(r"^(\d{1,3})/\s+(\S.*)$")
_PLAIN_NOTE = re.compile(r"^(\d{1,3}|\*{1,3})\s+(\S.*)$")
_END_NOTE = re.compile(rf"^\[?(\d{{1,3}}|{SUPERSCRIPT}|\*+)\]?[.．、/)]?\s*(\S.*)$")
_RAISED_MARK = re.compile(rf"(?P<before>\S?)\s*(?P<mark>{SUPERSCRIPT})")
_STAR_MARK = re.compile(r"(?<=[^\s*])(\*{1,3})(?=$|[\s，。；、,.;])")
_SLASH_MARK = re.compile(r"(?<=[^\d/\s])\s?(\d{1,3})/(?=$|[\s，。；、,.;)）])")
_UNIT = re.compile(r"(?:^|[^A-Za-z])[kcmd]?m$|\d$|CO$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    """A footnote mark in the text, on a line; a doubtful one may be an exponent or a multiplication."""

    mark: str
    line: int
    doubtful: bool


@dataclass(frozen=True, slots=True)
class Attachment:
    """Which note goes to the mark on which line, and what is left on either side."""

    pairs: tuple[tuple[int, Footnote], ...]
    marks_alone: tuple[Mark, ...]
    notes_alone: tuple[Footnote, ...]


def take_notes(lines: Sequence[Line]) -> tuple[list[Line], list[Footnote]]:
    """Part the notes from the other lines.

    A line after a note without a blank between continues it; what stands after it is marked as
    torn, since the paragraph above goes on there.
    """
    kept: list[Line] = []
    notes: list[Footnote] = []
    open_note = endnotes = False
    seen: set[str] = set()
    for line in lines:
        if endnotes and ANNEX.match(close_up(line.text)) and line.blank_before:
            endnotes = False
        if not endnotes and ENDNOTES.match(close_up(line.text)) and line.blank_before and seen:
            endnotes = True
            continue
        found = _note_at(line, seen, endnotes, after_note=open_note)
        if found:
            notes.append(found)
            open_note = True
        elif (endnotes or open_note) and notes and (endnotes or _continues(line)):
            notes[-1] = replace(notes[-1], text=_joined(notes[-1].text, line.text))
        else:
            kept.append(replace(line, torn=True, blank_before=True) if open_note else line)
            open_note = False
            seen |= {mark.mark for mark in marks_of(line)}
    return kept, notes


def marks_of(line: Line) -> list[Mark]:
    """List the footnote marks on a line."""
    marks = []
    for found in _RAISED_MARK.finditer(line.text):
        before = line.text[: found.start("mark")].rstrip()
        doubtful = bool(_UNIT.search(before[-4:]))
        marks.append(Mark(digits(found["mark"]), line.number, doubtful))
    marks += [Mark(found[1], line.number, not line.level) for found in _STAR_MARK.finditer(line.text)]
    marks += [Mark(found[1], line.number, True) for found in _SLASH_MARK.finditer(line.text)]
    return marks


def attach(marks: Sequence[Mark], notes: Sequence[Footnote]) -> Attachment:
    """Give each note to the nearest free mark above it, or else below it.

    A mark that no note is left for shares the note of its kind when there is exactly one.
    """
    free = list(marks)
    pairs: list[tuple[int, Footnote]] = []
    alone: list[Footnote] = []
    for note in notes:
        same = [mark for mark in free if mark.mark == note.mark]
        above = [mark for mark in same if mark.line <= note.line]
        if not same:
            alone.append(note)
            continue
        chosen = above[-1] if above else same[0]
        free.remove(chosen)
        pairs.append((chosen.line, note))
    for mark in list(free):
        shared = [note for note in notes if note.mark == mark.mark]
        if len(shared) == 1 and not mark.doubtful:
            pairs.append((mark.line, shared[0]))
            free.remove(mark)
    return Attachment(tuple(pairs), tuple(m for m in free if not m.doubtful), tuple(alone))


def _note_at(line: Line, seen: set[str], endnotes: bool, after_note: bool) -> Footnote | None:
    if line.level:
        return None
    found = None
    if line.is_note:
        found = _RAISED_NOTE.match(line.text)
    elif endnotes:
        found = _END_NOTE.match(line.text)
    elif slash := _SLASH_NOTE.match(line.text):
        found = slash if slash[1] in seen else None
    elif (line.torn or after_note) and (plain := _PLAIN_NOTE.match(line.text)):
        found = plain if plain[1] in seen and not NUMBERED.match(line.text) else None
    elif star := re.match(r"^(\*{1,3})\s?(\S.*)$", line.text):
        found = star if star[1] in seen else None
    return Footnote(digits(found[1]), found[2], line.number) if found else None


def _continues(line: Line) -> bool:
    return not line.blank_before and not line.level and not NUMBERED.match(line.text)


def _joined(above: str, below: str) -> str:
    return above + ("" if ord(above[-1]) > 0x2E7F and ord(below[0]) > 0x2E7F else " ") + below
