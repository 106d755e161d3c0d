"""The numbers of a text, and whether it has the one that a question wants.

A paragraph that answers "how many inhabitants" has a number of people; one that is about the same
town and has a percentage, a date or an ordinal does not. Numbers are told apart by what follows
them: units of measure, money, shares, people, or a classifier and a noun.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from duanci.wanted import CLASSIFIERS, UNITS, Wanted, asks_for_sum, may_do_without, wanted

_DIGITS = "零〇一二三四五六七八九十百千万亿两半几数多"
# Numbers of what measures answer a question for a measure; `plain` ones have no unit.
_ANSWERS = {
    "money": {"money"},
    "time": {"time", "plain"},
    "share": {"share", "plain"},
    "length": {"length", "plain"},
    "area": {"area", "length", "plain"},
    "weight": {"weight", "plain"},
    "people": {"people", "count", "plain"},
    "count": {"count", "people", "plain"},
    "ordinal": {"ordinal"},
    "any": {"money", "time", "share", "length", "area", "weight", "people", "count", "plain"},
}

_NUMBER = re.compile(
    rf"(?P<nth>第\s*)?(?P<money>[$€£]\s?)?(?P<digits>(?<![A-Za-z\d/.])\d[\d,.]*(?![A-Za-z/])"
    rf"|百分之[{_DIGITS}\d.]+|一半|过半|[{_DIGITS}]+(?:分之[{_DIGITS}]+)?"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve|hundred|thousand|million)\b)(?:\s*[百千万亿]+)?",
    re.IGNORECASE,
)
_AFTER = re.compile(r"[^，,。；;：:（(）)\n]{0,14}")
_MULTIPLE = re.compile(r"[万亿千百垓]+多?|[余多来几]|以[上下]的?|左右的?")
_SHARE = re.compile(r"百分|分之|一半|过半")
_VAGUE = re.compile(r"[零一几多数半两]+")  # 一位, 几个, 多数, 零件: an article, or a part of a word
_DAY = re.compile(r"月\s*\d|[日号](?![元均])")
_YEAR = re.compile(r"1\d{3}|20\d\d")

_CLAUSE = re.compile(r"[的是在为有了被由才与和，、？?。]|以[上下]")
_HEAD = 6  # characters of a noun that are looked at
_PERSONS = re.compile(r"^[名位个人口户]+")  # before a noun: 名志愿者
_RANKED = re.compile(r"[首最]|排名|[前居列]")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a text: as it is printed, its measure, and what stands after it."""

    digits: str
    measure: str
    after: str


def quantities(text: str) -> Iterator[Quantity]:
    """Yield the numbers of a text that count or measure, and ordinals; dates are none."""
    for found in _NUMBER.finditer(text):
        digits = found["digits"].rstrip(".,")
        after = _AFTER.match(text[found.end() :].lstrip())
        tail = after.group() if after else ""
        measure, rest = _measure(digits, tail)
        if found["nth"]:
            yield Quantity(digits, "ordinal", tail)
        elif found["money"]:
            yield Quantity(digits, "money", tail)
        elif not _is_date(digits, tail, measure) and not _is_vague(digits, measure):
            yield Quantity(digits, measure or "plain", rest)


def has_quantity(question: str, text: str) -> bool:
    """Tell whether a text has a number of what a question wants, and not from the question."""
    want = wanted(question)
    head = _head(want.noun)
    if want.measure == "ordinal" and _RANKED.search(text):
        return True
    found = _new(question, text)
    return any(_is_of(one, head) or _fits(one, want, head) for one in found)


def lacks_quantity(question: str, text: str) -> bool:
    """Tell whether a text cannot answer a question for a number: it has none that could be meant.

    Of what it is is not looked at: other words may stand for that. 第四个月 may tell how long.
    """
    if may_do_without(question):
        return False
    want = wanted(question)
    if want.measure == "ordinal" and _RANKED.search(text):
        return False
    head, found = _head(want.noun), list(_new(question, text))
    if want.measure == "money" and not asks_for_sum(question):
        # 代价是多少: a share, or three salaries
        return not any(
            one.measure in ("money", "share") or UNITS["money"].search(one.after) for one in found
        )
    return not any(
        one.measure in _ANSWERS[want.measure]
        or _is_of(one, head)
        or (one.measure == "ordinal" and UNITS["time"].match(one.after) and want.measure == "time")
        for one in found
    )


def has_counted(question: str, text: str) -> bool:
    """Tell whether a text has a number with the very noun behind it that a question counts.

    A share of it will do: 80%以上的零部件 tells 多少零部件.
    """
    head = _head(wanted(question).noun)
    return any(_is_of(one, head) for one in _new(question, text))


def _new(question: str, text: str) -> Iterator[Quantity]:
    """Yield the numbers of a text that are not from the question."""
    return (one for one in quantities(text) if len(one.digits) == 1 or one.digits not in question)


def _measure(digits: str, tail: str) -> tuple[str, str]:
    """Tell what a number measures, "" for nothing that is known, and what is left behind it."""
    if _SHARE.search(digits):
        return "share", tail
    rest = tail
    while found := _MULTIPLE.match(rest):
        rest = rest[found.end() :]
    for measure, unit in UNITS.items():
        if found := unit.match(rest):
            return measure, rest[found.end() :]
    if rest and rest[0] in CLASSIFIERS:
        return "count", rest[1:]
    return "", rest


def _is_date(digits: str, tail: str, measure: str) -> bool:
    if not digits.isdigit():
        return False
    is_year = len(digits) == 4 and (tail.startswith("年") or (not measure and _YEAR.match(digits)))
    return bool(is_year or _DAY.match(tail) or tail.startswith("月"))


def _is_vague(digits: str, measure: str) -> bool:
    """Tell whether a number in Han digits is none: an article, or a part of a word."""
    if measure == "share" or not re.fullmatch(f"[{_DIGITS}]+", digits):
        return False
    if _VAGUE.fullmatch(digits) and digits not in ("两", "一两"):
        return not (digits in ("一", "半") and measure in ("money", "time", "length", "area"))
    return not measure and len(digits) < 2


def _is_of(quantity: Quantity, head: str) -> bool:
    """Tell whether the noun asked for stands behind a number, and not behind 第 and one."""
    if not head or quantity.measure == "ordinal":
        return False
    pairs = (head[i : i + 2] for i in range(max(len(head) - 1, 1)))
    return any(pair in quantity.after for pair in pairs)


def _fits(quantity: Quantity, want: Wanted, head: str) -> bool:
    """Tell whether a number is of the measure that is wanted, and of no other noun."""
    if quantity.measure not in _ANSWERS[want.measure]:
        return False
    noun, own = _head(quantity.after.lstrip("的多余 ")), _PERSONS.sub("", head)
    is_other = len(own) > 1 and len(noun) > 1 and not set(noun) & set(own)
    return not (is_other and {want.measure, quantity.measure} <= {"count", "people"})


def _head(noun: str) -> str:
    return _CLAUSE.split(noun.lstrip("的"))[0][:_HEAD]
