"""Putting a paragraph's lines together: what a page or a margin tore apart is joined, lists are not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from duanci.lines import (
    HAN,
    NUMBERED,
    Line,
    display_width,
    ends_sentence,
    ends_with_colon,
    is_bulleted,
    is_item,
)

_OPEN_END = re.compile(r"[,，、(（《“「—–-]$")
_WIDE = re.compile(rf"[{HAN}\u3000-\u303f\uff00-\uffef‘’“”—…]")
_SHORT = 60  # columns; a line shorter than this was ended on purpose, where lines are not wrapped


def wrap_width(lines: Sequence[Line]) -> int | None:
    """Tell at how many columns a file wraps its lines; None where each paragraph is one line."""
    pairs = list(zip(lines, lines[1:], strict=False))
    starts = [pair for pair in pairs if NUMBERED.match(pair[0].text) and "\t" not in pair[1].text]
    wrapped = sorted(
        display_width(a.text)
        for a, b in starts
        if not (b.blank_before or is_item(b.text) or NUMBERED.match(b.text) or ends_with_colon(a.text))
    )
    if len(wrapped) < 0.3 * len(starts) or not wrapped or wrapped[-1] > 160:
        return None
    return wrapped[int(0.9 * (len(wrapped) - 1))]


@dataclass(slots=True)
class Draft:
    """A paragraph in the making: its text so far, and whether a list has begun in it."""

    number: int
    line: int
    text: str
    end_line: int
    lines: list[int] = field(default_factory=list)
    listing: bool = False
    _last: str = ""

    def __post_init__(self) -> None:
        """Begin with the first line."""
        self.lines.append(self.line)
        self._last = self.text
        self.listing = ends_with_colon(self.text)

    def add(self, line: Line, wrap: int | None, is_numbered_item: bool) -> None:
        """Add a line, joined to the text or as a line of its own."""
        if not self.text:
            self.text = line.text
        elif not is_numbered_item and self._joins(line, wrap):
            self.text = join(self.text, line.text)
        else:
            self.text += "\n" + line.text
            self.listing = self.listing or is_numbered_item or not ends_sentence(self._last)
        self._last = line.text
        self.listing = self.listing or ends_with_colon(line.text) or is_item(line.text)
        self.end_line = line.number
        self.lines.append(line.number)

    def _joins(self, line: Line, wrap: int | None) -> bool:
        if is_item(line.text) or ends_with_colon(self._last) or "\t" in line.text:
            return False
        is_full = display_width(self._last) >= (_SHORT if wrap is None else 0.7 * wrap)
        if ends_sentence(self._last):
            return not line.blank_before and wrap is not None and is_full and not self._lists_lines()
        if not line.blank_before:
            return is_full
        return not self._lists_lines() or bool(_OPEN_END.search(self._last)) or _is_open(self._last)

    def _lists_lines(self) -> bool:
        """Tell whether the last line belongs to a list whose items carry no bullets."""
        last_line = self.text.rpartition("\n")[2]
        return self.listing and not is_bulleted(last_line) and not is_item(last_line)


def join(above: str, below: str) -> str:
    """Join two pieces of a torn line: a blank between Latin words, nothing beside Han."""
    if _WIDE.match(above[-1]) or _WIDE.match(below[0]):
        return above + below
    if above.endswith("-") and len(above) > 1 and above[-2].isalpha():
        return above + below
    return f"{above} {below}"


def _is_open(text: str) -> bool:
    """Tell whether a bracket is left open."""
    return len(re.findall("[(（《“「]", text)) > len(re.findall("[)）》”」]", text))
