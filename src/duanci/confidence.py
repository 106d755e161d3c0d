"""How sure an answer is: what the best paragraph has of a question, and what it lacks.

A logistic model over a few signals, whose weights `benchmarks/fit_refusal.py` fits on public
question sets, and two objections that a number of matching words does not outweigh: the question
asks for a number, a date, a person or a place and the quotation has none; it names something
that the paragraph does not name.
"""

import re
from collections.abc import Callable
from dataclasses import astuple, dataclass
from math import exp

from duanci.lines import HAN
from duanci.records import Paragraph
from duanci.retrieve import Candidate, Query
from duanci.segment import fold, tagged

# Weights of coverage, window_tokens, least, unnamed, and the bias: fitted.
_WEIGHTS = (1.15, 0.0, 32.50, -1.27, -26.43)
# The same for a question in another language, whose words the report cannot share: fitted without
# the words. The public sets are Chinese, and cosines across languages are lower: what was fitted
# as -115.6 was raised by hand until 52 questions in five languages fell on the right side.
_FOREIGN_WEIGHTS = (0.0, 112.1, 28.15, 0.0, -105.3)
MISTYPED = -3.0  # set by hand: an answer of another kind than was asked for is none
_FOREIGN = 0.2  # of a question's words seen: below it, in one script, it is in another language

_DIGITS = "零〇一二三四五六七八九十百千万亿"
_COUNTED = "个家种名位人条项国次年月日天周岁倍成座所间只件份艘架辆台套场票页届级层里米吨斤元美英分"
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_NUMBER = re.compile(
    rf"\d[\d,.]*|[{_DIGITS}两半几数多]+(?=[{_COUNTED}])|百分之[{_DIGITS}]+|一半"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|hundred|thousand|million)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    rf"(?<![\d,.])\d{{3,4}}(?![\d,.])|\d+\s*(?:年|月|日|世纪|号|点|时)|[{_DIGITS}]+(?:年|月|日|世纪|点)"
    rf"|年代|时期|朝|元年|\b(?:{_MONTHS})\b",
    re.IGNORECASE,
)
_LATIN_NAME = re.compile(r"\b[A-Z][A-Za-zà-ÿ]+")
_TITLE = re.compile(r"先生|女士|小姐|[·•]|\bM(?:r|s|rs)\b")
_ACTOR = re.compile(r"代表|专家|人员|者|主席|政府|会议|公司|机构|[员长家]")
_PLACE = re.compile(r"[国省市县州区镇乡岛港河山湖洲村路街院宫馆堂寺]")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")

# What a question asks for; the first pattern that is found tells.
_ASKS = {
    "date": r"什么时候|何时|哪一?[年天日月]|几[月号点]|几年(?!来)|什么[时年]间?|何年|\bwhen\b"
    r"|\bquand\b|\bcu[aá]ndo\b|\bкогда\b|в каком году|متى|(?:what|which) year",
    "number": r"多少|(?<!哪)几(?!乎|何|年来)|多[大高长远重久宽深]"
    r"|how (?:many|much|long|old|high|big)|\bcombien\b|\bcu[aá]nt[oa]s?\b"
    r"|\bсколько\b|\bكم\b|ما (?:هو )?عدد",
    "name": r"叫什么|什么名字|姓名|姓什么|s.appelle|se llama|как зовут",
    "person": r"谁|哪一?位|何人|\bwho\b|\bqui\b|\bqui[eé]n(?:es)?\b|\bкто\b|\bкем\b|\bمن (?:هو|هي)",
    "place": r"哪里|哪儿|何[处地]|什么地方|哪[个一些]*(?:国|城市|地区|地方|省|州|市|镇|县|区)"
    r"|\bwhere\b|\boù\b|\bd[oó]nde\b|\bгде\b|أين",
}
_ASKED = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _ASKS.items()}


@dataclass(frozen=True, slots=True)
class Signals:
    """What a model of confidence looks at.

    `coverage`, `window_tokens` and `least` are the candidate's. `unnamed` is 1 where the question
    names something that the paragraph and its headings do not. `mistyped` is 1 where what would
    be quoted has nothing of the kind that is asked for.
    """

    coverage: float
    window_tokens: float
    least: float
    unnamed: float
    mistyped: float


def confidence(query: Query, candidate: Candidate, paragraph: Paragraph, quoted: str) -> float:
    """Estimate how likely a paragraph answers a question, in [0, 1].

    :param quoted: what would be quoted from it.
    """
    foreign = is_foreign(query, paragraph)
    *values, mistyped = astuple(signals(query, candidate, paragraph, quoted))
    *weights, bias = _FOREIGN_WEIGHTS if foreign else _WEIGHTS
    logit = bias + sum(w * v for w, v in zip(weights, values, strict=True)) + MISTYPED * mistyped
    return 1 / (1 + exp(-logit))


def signals(query: Query, candidate: Candidate, paragraph: Paragraph, quoted: str) -> Signals:
    """Look at a question and a paragraph that was ranked for it; see `confidence`."""
    foreign = is_foreign(query, paragraph)
    return Signals(
        candidate.coverage,
        candidate.window_tokens,
        candidate.least,
        float(not foreign and not names_all(query.text, paragraph)),
        float(not has_kind(query.text, quoted)),
    )


def is_foreign(query: Query, paragraph: Paragraph) -> bool:
    """Tell whether a question is in another language than a paragraph."""
    asked, said = (bool(re.search(f"[{HAN}]", text)) for text in (query.text, paragraph.text))
    return asked != said or (not asked and query.seen < _FOREIGN)


def names_all(question: str, paragraph: Paragraph) -> bool:
    """Tell whether a paragraph, with its headings and footnotes, has every name of a question."""
    notes = (note.text for note in paragraph.footnotes)
    text = fold("\n".join([*paragraph.section, paragraph.text, *notes]))
    return all(_has(fold(name), text) for name in names(question))


def names(question: str) -> list[str]:
    """List what a question names: people, places, bodies, years; words in Latin among Han ones."""
    tags = ("nr", "ns", "nt", "nz")
    found = [word for word, flag in tagged(question) if flag[:2] in tags and len(word) > 1]
    found += _YEAR.findall(question)
    if re.search(f"[{HAN}]", question):
        found += _LATIN_WORD.findall(question)
    return found


def asked_kind(question: str) -> str:
    """Tell what a question asks for: date, number, name, person, place; "" for anything else."""
    return next((kind for kind, pattern in _ASKED.items() if pattern.search(question)), "")


def has_kind(question: str, text: str) -> bool:
    """Tell whether a text has something of the kind asked for that the question has not itself."""
    kind = asked_kind(question)
    return not kind or _FINDERS[kind](question, text)


def _new(pattern: re.Pattern[str]) -> Callable[[str, str], bool]:
    return lambda question, text: any(m.group() not in question for m in pattern.finditer(text))


def _has_name(question: str, text: str) -> bool:
    named = (word for word, flag in tagged(text) if flag.startswith("nr") and len(word) > 1)
    titled = _TITLE.search(text) is not None
    return titled or _new(_LATIN_NAME)(question, text) or any(w not in question for w in named)


def _has_person(question: str, text: str) -> bool:
    return _ACTOR.search(text) is not None or _has_name(question, text)


def _has_place(question: str, text: str) -> bool:
    if _new(_LATIN_NAME)(question, text):
        return True
    return any(
        (flag == "ns" or _PLACE.search(word)) and word not in question
        for word, flag in tagged(text)
    )


_FINDERS: dict[str, Callable[[str, str], bool]] = {
    "date": _new(_DATE),
    "number": _new(_NUMBER),
    "name": _has_name,
    "person": _has_person,
    "place": _has_place,
}


def _has(name: str, text: str) -> bool:
    """Tell whether a text has a name, or of a long Han one half its pairs of characters."""
    if name in text:
        return True
    pairs = [name[i : i + 2] for i in range(len(name) - 1)]
    han = re.fullmatch(f"[{HAN}]{{3,}}", name) is not None
    return han and 2 * sum(pair in text for pair in pairs) >= len(pairs)
