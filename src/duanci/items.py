"""The items of a list inside a paragraph: their markers, and the one that a question asks for."""

import re

from duanci.numerals import HAN_NUMERALS, number_of
from duanci.segment import simplify

_NUMERAL = r"\d{1,3}|[一二三四五六七八九十]{1,3}"
ITEM = re.compile(rf"\s*(?:[-–—•·*○●]|[(（]?(?P<own>{_NUMERAL}|[a-z]{{1,3}})[)）.．、])\s*(?=\S)")
PLACE = re.compile(rf"第(?:\s*(?:{_NUMERAL})\s*[项点条款个]?)?")  # as a word: 第二项
_ASKED = re.compile(
    rf"第\s*({_NUMERAL})\s*[项点条款](?!目)|项目\s*({_NUMERAL})"
    r"|\b(?:item|point|tema|punto)\s+(?:n[o°.]+\s*)?(\d{1,3})\b",
    re.IGNORECASE,
)
_FEWEST = 2  # items of a list

Span = tuple[int, int]


def find_item(question: str, text: str) -> Span | None:
    """Find the item of a list that a question asks for by its number, as 议程第二项 does.

    :return: [start, end) offsets in the text, of the item's line; None where none is asked for, or
        the text has none such.
    """
    number = _asked_number(question)
    return _list_items(text).get(number) if number else None


def lacks_item(question: str, text: str) -> bool:
    """Tell whether a question asks for an item by its number, and a text has a list without it."""
    number = _asked_number(question)
    if not number:
        return False
    items = _list_items(text)
    return len(items) >= _FEWEST and number not in items


def _asked_number(question: str) -> int:
    """Return the number of the item that a question asks for; 0 for none."""
    asked = _ASKED.search(simplify(question))
    return number_of(next(filter(None, asked.groups()))) if asked else 0


def _list_items(text: str) -> dict[int, Span]:
    """Return the lines of a text that are items, by their numbers, or by place without them."""
    numbered: dict[int, Span] = {}
    others: list[Span] = []
    start = 0
    for line in text.split("\n"):
        span = start, start + len(line)
        start = span[1] + 1
        if marker := ITEM.match(line):
            own = marker["own"] or ""
            if own.isdecimal() or own[:1] in HAN_NUMERALS:
                numbered.setdefault(number_of(own), span)
            else:
                others.append(span)
    return numbered or dict(enumerate(others, 1))
