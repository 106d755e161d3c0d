"""The table of contents: where it lies, and the range of paragraph numbers that it gives each section."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from duanci.lines import ANNEX, CONTENTS, LEADER, NUMBERED, TOC_ENTRY, Line, close_up, ends_sentence, fold_title

_COLUMN_HEADS = re.compile(r"^(?:段\s*次|页\s*次|頁\s*次|段落|页码|paragraphs?|paras?\.?|pages?|párrafos?|página|абзацы|стр\.?|[\s|:*-])+$", re.I)
_PAGES = re.compile(r"页\s*次|頁\s*次|页码|page|página|стр", re.I)
_PARAGRAPHS = re.compile(r"段\s*次|段落|para|párrafo|абзац", re.I)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the table of contents: a title and, where it is given, its first and last paragraph."""

    title: str
    line: int
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Contents:
    """The table of contents: positions [start, end) among the lines, and its entries."""

    start: int
    end: int
    entries: tuple[Entry, ...]


def find_contents(lines: Sequence[Line]) -> Contents:
    """Find the table of contents; an empty range where a report has none."""
    for at, line in enumerate(lines):
        if CONTENTS.match(re.sub(r"\s", "", line.text).rstrip("*:：")):
            end = _end_of_contents(lines, at + 1)
            return Contents(at, end, _entries(lines[at + 1 : end]))
    leaders = [at for at, line in enumerate(lines) if LEADER.search(line.text)]
    if len(leaders) < 2:
        return Contents(0, 0, ())
    start, end = leaders[0], leaders[-1] + 1
    return Contents(start, end, _entries(lines[start:end]))


def _end_of_contents(lines: Sequence[Line], start: int) -> int:
    """Return where the contents end: at a title repeated, or at the first line that is prose."""
    titles: set[str] = set()
    ranged = False
    for at in range(start, len(lines)):
        line = lines[at]
        if _COLUMN_HEADS.match(line.text):
            continue
        entry = TOC_ENTRY.match(line.text)
        title = fold_title(_title(line.text))
        if not entry and title in titles and len(title) > 1:
            return at
        if not entry and _is_prose(line.text):
            return at
        if not entry and line.level and ranged and not ANNEX.match(close_up(line.text)):
            return at
        ranged = ranged or entry is not None
        titles.add(title)
        if entry:
            titles.add(fold_title(entry["title"]))
    return len(lines)


def _is_prose(text: str) -> bool:
    numbered = NUMBERED.match(text)
    return ends_sentence(text) and (len(text) > 60 or numbered is not None) or len(text) > 160


def _title(text: str) -> str:
    entry = TOC_ENTRY.match(text)
    return re.sub(r"^[-*•]\s+", "", entry["title"] if entry else text).strip("| .…·")


def _entries(lines: Sequence[Line]) -> tuple[Entry, ...]:
    heads = " ".join(line.text for line in lines if _COLUMN_HEADS.match(line.text))
    only_pages = bool(_PAGES.search(heads)) and not _PARAGRAPHS.search(heads)
    both = bool(_PAGES.search(heads)) and bool(_PARAGRAPHS.search(heads))
    entries = []
    for line in lines:
        if _COLUMN_HEADS.match(line.text) or not (found := TOC_ENTRY.match(line.text)):
            continue
        first: int | None = int(found["first"])
        last: int | None = int(found["last"]) if found["last"] else first
        if only_pages or (not found["last"] and (both and not found["page"] or not heads)):
            first = last = None
        entries.append(Entry(_title(line.text), line.number, first, last))
    return tuple(entries)
