"""The table of contents: where it lies, and the range of numbers that it gives each section."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from duanci.annexes import is_annex
from duanci.joining import join
from duanci.lines import NUMBERED, Line, display_width, ends_sentence, fold_title
from duanci.outline import ordinals_of

_DASH = r"[-‐‑‒–—―−－～~至]"
_HEAD = re.compile(
    r"^(?:目[录錄次]|contents|tableofcontents|tabledesmatières|sommaire|índice|содержание)$",
    re.IGNORECASE,
)
_ENTRY = re.compile(
    r"^(?P<title>.*?\S)\s*(?:[.．·…]{2,}[.．·…\s]*|(?:\.\s){3,}\s*|\t+\s*|\s{2,}|\|\s*"
    rf"|\s(?=\d{{1,4}}\s*{_DASH}))"
    rf"(?P<first>\d{{1,4}})(?:\s*{_DASH}\s*(?P<last>\d{{1,4}}))?"
    r"(?P<page>\s+\d{1,4}|\s*\|\s*\d{1,4})?\s*\|?$"
)
_LEADER = re.compile(r"(?:[.．·]{4,}|…{2,}|(?:\.\s){4,})\s*[\d\-–— ]*$")
_COLUMN_HEADS = re.compile(
    r"^(?:段\s*次|页\s*次|頁\s*次|段落|页码|章次|chapter|paragraphs?|paras?\.?|pages?|paragraphes"
    r"|párrafos?|página|абзацы|стр\.?|[\s|:*-])+$",
    re.IGNORECASE,
)
_PAGES = re.compile(r"页\s*次|頁\s*次|页码|page|página|стр", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"段\s*次|段落|para|párrafo|абзац", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the table of contents: a title, and its first and last paragraph where given."""

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

    @property
    def titles(self) -> frozenset[str]:
        """The titles listed, folded for comparison."""
        return frozenset(fold_title(entry.title) for entry in self.entries) - {""}


def find_contents(lines: Sequence[Line]) -> Contents:
    """Find the table of contents; an empty range where a report has none."""
    for at, line in enumerate(lines):
        if _HEAD.match(re.sub(r"\s", "", line.text).rstrip("*:：")):
            end = _end_of_contents(lines, at + 1)
            return Contents(at, end, _entries(lines[at + 1 : end]))
    leaders = [at for at, line in enumerate(lines) if _LEADER.search(line.text)]
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
        entry = _entry(line)
        title = fold_title(_title(line.text))
        if not entry and title in titles and len(title) > 1:
            return at
        if not entry and (
            _is_prose(line.text) or (line.level and ranged and not is_annex(line.text))
        ):
            return at
        ranged = ranged or entry is not None
        titles.add(title)
    return len(lines)


def _is_prose(text: str) -> bool:
    is_long = display_width(text) > 90 or NUMBERED.match(text) is not None
    return (ends_sentence(text) and is_long) or display_width(text) > 240


def _entry(line: Line) -> re.Match[str] | None:
    return _ENTRY.match(line.text.replace("\t|", "|"))


def _title(text: str) -> str:
    entry = _ENTRY.match(text)
    return re.sub(r"^[-*•]\s+", "", (entry["title"] if entry else text).strip("| .…·"))


def _entries(lines: Sequence[Line]) -> tuple[Entry, ...]:
    heads = " ".join(line.text for line in lines if _COLUMN_HEADS.match(line.text))
    pages, paragraphs = bool(_PAGES.search(heads)), bool(_PARAGRAPHS.search(heads))
    entries = []
    above: Line | None = None  # the first line of an entry printed on two
    for line in lines:
        if _COLUMN_HEADS.match(line.text) or not (found := _entry(line)):
            above = line
            continue
        entry = _read_entry(line, found, pages, paragraphs)
        if (
            above
            and not line.blank_before
            and ordinals_of(above.text)
            and not ordinals_of(line.text)
        ):
            entry = replace(entry, title=join(_title(above.text), entry.title))
        entries.append(entry)
        above = None
    return tuple(entries)


def _read_entry(line: Line, found: re.Match[str], pages: bool, paragraphs: bool) -> Entry:
    """Read an entry; a number alone may be a page, and is then left out."""
    first: int | None = int(found["first"])
    last: int | None = int(found["last"]) if found["last"] else first
    is_page = pages and (not paragraphs or not found["page"])
    is_page = is_page or not (pages or paragraphs) or is_annex(_title(line.text))
    if (pages and not paragraphs) or (not found["last"] and is_page):
        first = last = None
    return Entry(_title(line.text), line.number, first, last)
