"""Putting a paragraph's lines together: what a page or a margin tore is joined, lists are not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from duanci.lines import (
    HAN,
    NUMBERED,
    Line,
    close_up,
    display_width,
    ends_sentence,
    ends_with_colon,
    is_bulleted,
    is_spaced_out,
)
from duanci.outline import ordinals_of

_OPEN_END = re.compile(r"[,，、(（《“「—–-]$")
_WIDE = re.compile(rf"[{HAN}\u3000-\u303f\uff00-\uffef‘’“”—…]")
_SHORT = 60  # columns; a line shorter than this was ended on purpose, where lines are not wrapped
_WIDEST_WRAP = 160  # columns; a file of longer lines is not wrapped


def wrap_width(lines: Sequence[Line]) -> int | None:
    """Tell at how many columns a file wraps its lines; None where each paragraph is one line."""
    pairs = [
        (a, b)
        for a, b in zip(lines, lines[1:], strict=False)
        if NUMBERED.match(a.text) and not b.is_row and "\t" not in b.text
    ]
    wrapped = sorted(
        display_width(a.text) for a, b in pairs if not b.blank_before and _runs_on(a, b)
    )
    if not wrapped or len(wrapped) < 0.3 * len(pairs) or wrapped[-1] > _WIDEST_WRAP:
        return None
    return wrapped[int(0.9 * (len(wrapped) - 1))]


def _runs_on(above: Line, below: Line) -> bool:
    """Tell whether a line without a blank below it goes on in the next, and does not end there."""
    width = display_width(above.text)
    if ends_with_colon(above.text) or is_bulleted(below.text) or below.level:
        return False
    if ends_sentence(above.text):
        return width >= 50 and not ordinals_of(below.text)
    return not ordinals_of(below.text) or (width >= 40 and bool(NUMBERED.match(below.text)))


@dataclass(slots=True)
class Draft:
    """A paragraph in the making: its text so far, and whether a list has begun in it."""

    line: int
    text: str
    end_line: int
    listing: bool = False
    _last: str = ""
    _last_is_item: bool = False

    def __post_init__(self) -> None:
        """Begin with the first line."""
        self._last = self.text
        self.text = _close_gaps(self.text)
        self.listing = ends_with_colon(self.text)

    def add(self, line: Line, wrap: int | None, is_item: bool) -> None:
        """Add a line, joined to the text or as a line of its own.

        :param wrap: at how many columns the file wraps its lines; None for not at all.
        """
        text = close_up(line.text) if is_spaced_out(line.text) else line.text
        if not self.text:
            self.text = text
        elif self._joins(line, wrap, is_item):
            self.text = join(self.text, _close_gaps(text))
        else:
            self.text += "\n" + (_close_gaps(text) if is_item else text)
            self._last_is_item = is_item
            self.listing = self.listing or is_item or not ends_sentence(self._last)
        self.listing = self.listing or is_item or ends_with_colon(line.text)
        self._last = line.text
        self.end_line = line.number

    def _joins(self, line: Line, wrap: int | None, is_item: bool) -> bool:
        if is_item or line.is_row or "\t" in line.text or ends_with_colon(self._last):
            return False
        if is_spaced_out(line.text):
            return False
        names = self.listing and not self._last_is_item  # a list whose items carry no marks
        if ends_sentence(self._last):
            is_full = wrap is not None and display_width(self._last) >= 0.7 * wrap
            return not line.blank_before and is_full and not names
        if names:
            return bool(_OPEN_END.search(self._last)) or _is_open(self._last)
        return line.blank_before or wrap is not None or display_width(self._last) >= _SHORT


def join(above: str, below: str) -> str:
    """Join two pieces of a torn line: a blank between Latin words, nothing beside Han."""
    if not above or not below or _WIDE.match(above[-1]) or _WIDE.match(below[0]):
        return above + below
    if above.endswith("-") and len(above) > 1 and above[-2].isalpha():
        return above + below
    return f"{above} {below}"


def _close_gaps(text: str) -> str:
    """Return prose without the blanks that a justified margin put between its words."""
    return text if "\t" in text else re.sub(r"(?<=\S) {2,}(?=\S)", " ", text)


def _is_open(text: str) -> bool:
    """Tell whether a bracket is left open."""
    return len(re.findall("[(（《“「]", text)) > len(re.findall("[)）》”」]", text))
