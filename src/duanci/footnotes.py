"""Footnotes: taken out of the lines they interrupt, and given to what carries their mark."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from duanci.annexes import is_annex
from duanci.joining import join
from duanci.lines import NUMBERED, SUPERSCRIPT, Line, close_up, digits, ends_sentence
from duanci.outline import ordinals_of
from duanci.records import Footnote

_ENDNOTES = re.compile(
    r"^(?:注|註|注释|註釋|注解|尾注|脚注|endnotes?|notes|footnotes)[*:：]?$", re.IGNORECASE
)
_RAISED_NOTE = re.compile(rf"^({SUPERSCRIPT}|\*+)\s*(\S.*)$")
_SLASH_NOTE = re.compile(r"^(\d{1,3})/\s+(\S.*)$")
_PLAIN_NOTE = re.compile(r"^(\d{1,3}|\*{1,3})\s+(\S.*)$")
_BRACKET_NOTE = re.compile(r"^\[(\d{1,3})\]\s*(\S.*)$")
_END_NOTE = re.compile(rf"^\[?(\d{{1,3}}|{SUPERSCRIPT}|\*+)\]?[.．、/)]?\s*(\S.*)$")
_RAISED_MARK = re.compile(SUPERSCRIPT)
_STAR_MARK = re.compile(r"(?<=[^\s*])(?:\s(?=\*+$))?(\*{1,3})(?=$|[\s，。；、,.;])")
_SLASH_MARK = re.compile(r"(?<=[^\d/\s])\s?(\d{1,3})/(?=$|[\s，。；、,.;)）])")
_BRACKET_MARK = re.compile(r"(?<=\S)\[(\d{1,3})\]")
_UNIT = re.compile(r"(?:^|[^A-Za-z])[kcmd]?m$|\d$|CO$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    """A footnote mark on a line; a doubtful one may be an exponent or a multiplication."""

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
        if endnotes and is_annex(line.text) and line.blank_before:
            endnotes = False
        if not endnotes and _ENDNOTES.match(close_up(line.text)) and line.blank_before and seen:
            endnotes = True
            continue
        found = _note_at(line, seen, endnotes, after_note=open_note)
        if found:
            notes.append(found)
            open_note = True
        elif (endnotes or open_note) and notes and (endnotes or _continues(notes[-1], line)):
            notes[-1] = replace(notes[-1], text=join(notes[-1].text, line.text))
        else:
            kept.append(replace(line, torn=True, blank_before=True) if open_note else line)
            open_note = False
            seen |= {mark.mark for mark in marks_of(line)}
    return _take_last_notes(kept, notes, seen)


def _take_last_notes(
    kept: list[Line], notes: list[Footnote], seen: Collection[str]
) -> tuple[list[Line], list[Footnote]]:
    """Take the numbered lines below the last rule for notes, where the text has their marks."""
    at = next((at for at in range(len(kept) - 1, 0, -1) if kept[at].torn), len(kept))
    found = [NUMBERED.match(line.text) for line in kept[at:]]
    marks = [str(int(match["number"])) for match in found if match]
    expected = [str(n) for n in range(1, len(kept) - at + 1)]
    if not marks or marks != expected or {note.mark for note in notes} & set(marks):
        return kept, notes
    if not set(marks) <= set(seen):
        return kept, notes
    taken = [
        Footnote(mark, match["rest"], line.number)
        for mark, match, line in zip(marks, found, kept[at:], strict=True)
        if match
    ]
    return kept[:at], notes + taken


def marks_of(line: Line) -> list[Mark]:
    """List the footnote marks on a line."""
    marks = []
    for found in _RAISED_MARK.finditer(line.text):
        before = line.text[max(0, found.start() - 4) : found.start()].rstrip()
        marks.append(Mark(digits(found[0]), line.number, bool(_UNIT.search(before))))
    if "*" in line.text:
        stars = _STAR_MARK.finditer(line.text)
        marks += [Mark(found[1], line.number, not line.level) for found in stars]
    if "[" in line.text:
        marks += [Mark(found[1], line.number, True) for found in _BRACKET_MARK.finditer(line.text)]
    if "/" in line.text:
        marks += [Mark(found[1], line.number, True) for found in _SLASH_MARK.finditer(line.text)]
    return marks


def attach(marks: Sequence[Mark], notes: Sequence[Footnote]) -> Attachment:
    """Give each note to the nearest free mark above it, or else below it; doubtful ones last.

    A mark that no note is left for shares the note of its kind when there is exactly one.
    """
    free: dict[tuple[str, bool], list[Mark]] = {}
    for mark in sorted(marks, key=lambda mark: mark.line):
        free.setdefault((mark.mark, mark.doubtful), []).append(mark)
    pairs: list[tuple[int, Footnote]] = []
    alone: list[Footnote] = []
    for note in notes:
        if same := free.get((note.mark, False)) or free.get((note.mark, True)):
            above = bisect_right(same, note.line, key=lambda mark: mark.line)
            pairs.append((same.pop(max(above - 1, 0)).line, note))
        else:
            alone.append(note)
    kinds = Counter(note.mark for note in notes)
    only = {note.mark: note for note in notes if kinds[note.mark] == 1}
    left = [mark for same in free.values() for mark in same if not mark.doubtful]
    pairs += [(mark.line, only[mark.mark]) for mark in left if mark.mark in only]
    marks_alone = tuple(mark for mark in left if mark.mark not in only)
    return Attachment(tuple(pairs), marks_alone, tuple(alone))


def _note_at(line: Line, seen: set[str], endnotes: bool, after_note: bool) -> Footnote | None:
    if line.level:
        return None
    found = None
    if line.is_note:
        found = _RAISED_NOTE.match(line.text)
    elif endnotes:
        found = _END_NOTE.match(line.text)
    elif slash := _SLASH_NOTE.match(line.text) or _BRACKET_NOTE.match(line.text):
        found = slash if slash[1] in seen else None
    elif (line.torn or after_note) and (plain := _PLAIN_NOTE.match(line.text)):
        found = plain if plain[1] in seen and not NUMBERED.match(line.text) else None
    elif star := re.match(r"^(\*{1,3})\s?(\S.*)$", line.text):
        found = star if star[1] in seen else None
    return Footnote(digits(found[1]), found[2], line.number) if found else None


def _continues(note: Footnote, line: Line) -> bool:
    if ends_sentence(note.text) and ordinals_of(line.text):
        return False
    return not line.blank_before and not line.level and not NUMBERED.match(line.text)
