"""Headings: where each stands in the outline, told by how it is numbered rather than by its `#`s.

Extracted reports give sibling headings different Markdown levels, so the style of the number
(一、 A. 1. (a)) decides; the level decides only where a report's levels agree with its numbers.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_HAN_DIGITS = "一二三四五六七八九"
_CIRCLES = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_HAN_NUMBER = rf"[{_HAN_DIGITS}十百]{{1,4}}"
_STYLES = [
    ("part", rf"第\s*({_HAN_NUMBER}|\d+)\s*[部编編章篇]|(?:part|chapter)\s+(\w+)"),
    ("section", rf"第\s*({_HAN_NUMBER}|\d+)\s*[节節]|section\s+(\w+)"),
    ("han", rf"({_HAN_NUMBER})\s*[、．.]"),
    ("han-paren", rf"[（(]({_HAN_NUMBER})[)）]"),
    ("decimal", r"\d+(?:\.\d+)*\.(\d+)\.?\s"),
    ("arabic", r"(\d+)\s?[.．、]\s*\S"),
    ("roman", r"(?-i:([IVXLC]+))\s?[.．、]\s*\S"),
    ("letter", r"(?-i:([A-Z]))\s?[.．、]\s*\S"),
    ("roman-paren", r"[（(]?(?-i:([ivx]+))[)）]"),
    ("letter-paren", r"[（(]?([a-zA-Z])[)）]"),
    ("arabic-paren", r"[（(]?(\d+)[)）]"),
    ("circled", rf"([{_CIRCLES}])"),
]
_PATTERNS = [(name, re.compile(rf"^(?:{pattern})", re.IGNORECASE)) for name, pattern in _STYLES]
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


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
    for style, pattern in _PATTERNS:
        if match := pattern.match(text):
            value = _value(next(group for group in match.groups() if group))
            found.append(Ordinal(style, value))
    return found


def _value(text: str) -> int:
    """Return the value of a number in any script: digits, Han, Roman, a letter, a circle."""
    if text.isdecimal():
        return int(text)
    if text in _CIRCLES:
        return _CIRCLES.index(text) + 1
    if text[0] in _HAN_DIGITS + "十百":
        return _han_value(text)
    letters = text.upper()
    if len(letters) == 1 and letters not in _ROMAN:
        return ord(letters) - ord("A") + 1
    values = [_ROMAN.get(letter, 0) for letter in letters]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < after else value for value, after in pairs)


def _han_value(text: str) -> int:
    hundreds, mark, rest = text.rpartition("百")
    total = 100 * (_HAN_DIGITS.find(hundreds) + 1) if mark else 0
    tens, mark, ones = rest.rpartition("十")
    total += 10 * (_HAN_DIGITS.find(tens[-1:]) + 1 if tens else 1) if mark else 0
    return total + (_HAN_DIGITS.find(ones) + 1 if ones else 0)
