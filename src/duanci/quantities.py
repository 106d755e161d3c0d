"""What a question for a number wants counted or measured, and whether a text has such a number.

A paragraph that answers "how many inhabitants" has a number of people; one that is about the same
town and has a percentage, a date or an ordinal does not. Numbers are told apart by what follows
them: units of measure, money, shares, people, or a classifier and a noun.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from duanci.lines import HAN

_DIGITS = "零〇一二三四五六七八九十百千万亿两半几数多"
_CLASSIFIERS = (
    "个家种名位人条项次岁倍成座所间只件份艘架辆台套场票届级层处张首部集门队支期篇本册棵株头匹颗"
    "幅户口回顿笔批组群对双代卷章节段句字页步桶瓶杯箱枚栋幢片块类"
)
_CURRENCIES = "美|日|欧|港|新?台|人民|加|澳|卢|金"
# What a number can be of; the first whose pattern fits what stands after it.
_MEASURES = {
    "money": rf"(?:{_CURRENCIES})?(?:元|币|钱|英?镑|马克|法郎|卢布|卢比|比索|里拉)"
    r"|经费|费用?|资金|工资|薪|价|奖金|赔偿|贷款|[税收]入|[税金]额|[产总]值|[进出]口额|投资额"
    r"|预算|成本|(?:US )?dollars?\b|euros?\b|pounds?\b",
    "time": r"年|个?多?(?:月|星期|季度|世纪)|[天日周岁]|个?小时|个?钟头|分钟|秒|时间|久"
    r"|(?:years?|months?|weeks?|days?|hours?|minutes?)\b",
    "share": r"[%％]|百分|比(?:例|重)?|成(?![立员为分果功])|[^效频]?率|份额|占比|倍|分之"
    r"|per ?cent\b",
    "length": r"(?:公|英|海)里|(?:千|厘|毫|公|分)?米|公?尺|英[尺寸]|光年|海拔|长度?|高度?|远|深度?"
    r"|宽度?|k?m\b",
    "area": r"面积|平方|公顷|英?亩",
    "weight": r"(?:公|英)?[吨斤磅]|(?:千|毫)?克|[体净毛]?重",
    "people": r"[人名]|位(?!于)|居民|人口|员工|学生|儿童|口(?!号)|户",
}
_UNITS = {measure: re.compile(pattern, re.IGNORECASE) for measure, pattern in _MEASURES.items()}
# Numbers of what measures answer a question for a measure; `plain` ones have no unit.
_ANSWERS = {
    "money": {"money", "plain"},
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

# The words that ask for a number, and what follows or precedes them tells of what.
_ASKS = re.compile(
    r"第几|多少|(?<![\d好每隔十百千万])几(?!乎|何|年来)|(?<!许)多(?:大(?!学|数|概|约)|[高长远重久宽深])"
)
_OTHER_ASKS = re.compile(r"[谁哪何]|什么|怎")
_HOW = {"久": "time", "远": "length", "重": "weight", "宽": "length", "深": "length"}
_FILLER = re.compile(r"^(?:的|百分(?=比)|[万亿千百十]+)")
_CLAUSE = re.compile(r"[的是在为有了被由才与和，、？?。]|以[上下]")
_NO_NOUN = re.compile(r"[是的了为在才与和，让]|才能|可以")
_HEAD = 6  # characters of a noun that are looked at
_RANKED = re.compile(r"[首最]|排名|[前居列]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question wants a number of: a measure, and the noun that is counted, if any."""

    measure: str
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a text: as it is printed, its measure, and what stands after it."""

    digits: str
    measure: str
    after: str


def asks_for_number(question: str) -> bool:
    """Tell whether a Chinese question asks for a number."""
    found = _ASKS.search(question)
    return found is not None and not (found.group() == "几" and _OTHER_ASKS.search(question))


def wanted(question: str) -> Wanted:
    """Tell what a question wants a number of; any, where it does not say."""
    asks = _ASKS.search(question)
    if not asks:
        return Wanted("any")
    if asks.group() == "第几":
        return Wanted("ordinal")
    before, after = question[: asks.start()], _FILLER.sub("", question[asks.end() :])
    if asks.group()[0] == "多" and asks.group() != "多少":
        of_noun = _counted(after) if question[asks.end() :].startswith("的") else None
        if of_noun and of_noun.measure != "count":
            return of_noun
        return Wanted(_HOW.get(asks.group()[1]) or _measured(before))
    for measure, unit in _UNITS.items():
        if unit.match(after):
            return Wanted(measure, after if measure == "people" else "")
    return _counted(after) or Wanted(_measured(before))


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


def has_counted(question: str, text: str) -> bool:
    """Tell whether a text has a number with the very noun behind it that a question counts.

    A share of it will do: 80%以上的零部件 tells 多少零部件.
    """
    head = _head(wanted(question).noun)
    return any(_is_of(one, head) for one in _new(question, text))


def _new(question: str, text: str) -> Iterator[Quantity]:
    """Yield the numbers of a text that are not from the question."""
    return (one for one in quantities(text) if len(one.digits) == 1 or one.digits not in question)


def _counted(after: str) -> Wanted | None:
    """Tell what a question counts, from what stands after its 多少."""
    has_classifier = bool(after) and after[0] in _CLASSIFIERS
    noun = after[1:] if has_classifier else after
    if not has_classifier and (not re.match(f"[{HAN}]{{2}}", noun) or _NO_NOUN.match(noun)):
        return None
    for measure, unit in _UNITS.items():
        if measure != "length" and (unit.match(noun) or unit.search(noun[:4])):
            return Wanted(measure, noun)
    return Wanted("count", noun)


def _measured(before: str) -> str:
    """Tell what a question measures, from what stands before its 是多少."""
    for measure, pattern in _MEASURES.items():
        if measure not in ("length", "time") and re.search(
            f"(?:{pattern})[^，,。]{{0,4}}$", before
        ):
            return measure
    return "any"


def _measure(digits: str, tail: str) -> tuple[str, str]:
    """Tell what a number measures, "" for nothing that is known, and what is left behind it."""
    if _SHARE.search(digits):
        return "share", tail
    rest = tail
    while found := _MULTIPLE.match(rest):
        rest = rest[found.end() :]
    for measure, unit in _UNITS.items():
        if found := unit.match(rest):
            return measure, rest[found.end() :]
    if rest and rest[0] in _CLASSIFIERS:
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
    if _VAGUE.fullmatch(digits) and digits != "两":
        return not (digits in ("一", "半") and measure in ("money", "time", "length", "area"))
    return not measure and len(digits) < 2


def _is_of(quantity: Quantity, head: str) -> bool:
    """Tell whether the noun asked for stands behind a number, and not behind 第 and one."""
    if not head or quantity.measure == "ordinal":
        return False
    pairs = (head[i : i + 2] for i in range(max(len(head) - 1, 1)))
    return any(pair in quantity.after for pair in pairs)


def _fits(quantity: Quantity, want: Wanted, head: str) -> bool:
    if quantity.measure not in _ANSWERS[want.measure]:
        return False
    noun = _head(quantity.after.lstrip("的多余 "))
    is_other = len(head) > 1 and len(noun) > 1 and not set(noun) & set(head)
    return not (want.measure == quantity.measure == "count" and is_other)


def _head(noun: str) -> str:
    return _CLAUSE.split(noun.lstrip("的"))[0][:_HEAD]
