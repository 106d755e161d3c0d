"""Headings: where each stands in the outline, told by how it is numbered rather than by its `#`s.

Extracted reports give sibling headings different Markdown levels, so the style of the number
(一、 A. 1. (a)) decides; the level decides only where a report's levels agree with its numbers.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from duanci.numerals import HAN_NUMERALS, is_roman, number_of, roman_value

_CIRCLES = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_QUOTES = "“‘「『\"'"
_HAN_NUMBER = "[一二三四五六七八九十百]{1,4}"
_STYLES = [
    ("part", rf"第\s*({_HAN_NUMBER}|\d+)\s*[部编編章篇]|(?:part|chapter)\s+(\w+)"),
    ("section", rf"第\s*({_HAN_NUMBER}|\d+)\s*[节節]|section\s+(\w+)"),
    ("han", rf"({_HAN_NUMBER})\s*[、．.]"),
    ("han-paren", rf"[（(]({_HAN_NUMBER})[)）]"),
    ("decimal", r"\d+(?:\.\d+)*\.(\d+)\.?\s"),
    ("arabic", r"(\d+)\s?[.．、]\s*\S"),
    ("roman", r"(?-i:([IVXLC]+))\s?[.．、]\s*\S"),
    ("letter", r"(?-i:([A-Z]))\s?[.．、]\s*\S"),
    ("roman-dot", r"(?-i:([ivx]+))[.．]\s+\S"),
    ("letter-dot", r"(?-i:([a-z]))[.．]\s+\S"),
    ("roman-paren", r"[（(]?(?-i:([ivx]+))[)）]"),
    ("letter-paren", r"[（(]?([a-zA-Z])[)）]"),
    ("arabic-paren", r"[（(]?(\d+)[)）]"),
    ("circled", rf"([{_CIRCLES}])"),
]
_PATTERNS = [(name, re.compile(rf"^(?:{pattern})", re.IGNORECASE)) for name, pattern in _STYLES]


@dataclass(frozen=True, slots=True)
class Ordinal:
    """How a heading or an item is numbered: the style of its number, and its place from 1."""

    style: str
    value: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its title as printed, its Markdown level (0: none), the line it stands on."""

    title: str
    level: int
    line: int


@dataclass(frozen=True, slots=True)
class _Entry:
    title: str
    ordinal: Ordinal | None
    level: int


def ordinals_of(text: str) -> list[Ordinal]:
    """List how a line may be numbered; more than one for `I.`, `C.`, `(i)`, none for no number."""
    found = []
    text = text.lstrip(_QUOTES)
    for style, pattern in _PATTERNS:
        if match := pattern.match(text):
            number = next(group for group in match.groups() if group)
            depth = str(match[0].rstrip(" .").count(".")) if style == "decimal" else ""
            found.append(Ordinal(style + depth, _value(number, style)))
    return found


def style_of(text: str) -> str:
    """Name the style in which a line is numbered, read as the least number; "" for none."""
    readings = ordinals_of(text)
    return min(readings, key=lambda reading: reading.value).style if readings else ""


class Outline:
    """The path of headings above the place reached so far in a report."""

    def __init__(self, headings: Iterable[Heading]) -> None:
        """Look over all the headings, to learn whether their levels can be trusted."""
        self._reliable = _levels_agree(list(headings))
        self._stack: list[_Entry] = []

    @property
    def path(self) -> tuple[str, ...]:
        """The titles above, outermost first."""
        return tuple(entry.title for entry in self._stack)

    def restart(self, title: str) -> None:
        """Begin an annex: nothing of what was above stands above it."""
        self._stack = [_Entry(title, Ordinal("annex", 0), 0)]

    def enter(self, heading: Heading) -> None:
        """Take a heading into the path, closing those that it ends."""
        ordinal = self._read(heading.title)
        siblings = [at for at, entry in enumerate(self._stack) if _alike(entry.ordinal, ordinal)]
        if siblings:
            del self._stack[siblings[0] :]
        elif self._reliable and heading.level:
            while self._stack and self._stack[-1].level >= heading.level:
                self._stack.pop()
        elif not ordinal:
            while self._stack and not self._stack[-1].ordinal:
                self._stack.pop()
        self._stack.append(_Entry(heading.title, ordinal, heading.level))

    def _read(self, title: str) -> Ordinal | None:
        """Choose how a heading's number is read: as the next of those above, or as the least."""
        readings = ordinals_of(title)
        above = {(e.ordinal.style, e.ordinal.value) for e in self._stack if e.ordinal}
        next_ones = [r for r in readings if (r.style, r.value - 1) in above]
        return min(next_ones or readings, key=lambda reading: reading.value, default=None)


def _alike(one: Ordinal | None, other: Ordinal | None) -> bool:
    return one is not None and other is not None and one.style == other.style


def _levels_agree(headings: list[Heading]) -> bool:
    """Tell whether each numbering style has a Markdown level of its own."""
    levels: dict[str, set[int]] = {}
    for heading in headings:
        if style := style_of(heading.title):
            levels.setdefault(style, set()).add(heading.level)
    one_each = all(len(seen) == 1 for seen in levels.values())
    return one_each and len(set().union(*levels.values())) == len(levels)


def _value(text: str, style: str) -> int:
    """Return the value of a number in any script: digits, Han, Roman, a letter, a circle."""
    if text.isdecimal():
        return int(text)
    if text in _CIRCLES:
        return _CIRCLES.index(text) + 1
    if text[0] in HAN_NUMERALS:
        return number_of(text)
    if style.startswith("letter") or not is_roman(text):
        return ord(text[0].upper()) - ord("A") + 1
    return roman_value(text)
