"""What a question asks for, and whether a text has something of that kind."""

import re
from collections.abc import Callable

from duanci.lines import has_han
from duanci.names import NO_PLACES, tells_country
from duanci.numerals import number_of
from duanci.offices import lacks_office, names_office
from duanci.quantities import has_counted, has_quantity, lacks_quantity
from duanci.segment import simplify, tagged
from duanci.wanted import asks_for_number

_OF_PEOPLE = ("name", "person")  # kinds that somebody may answer
_HAN_DIGITS = "零〇一二三四五六七八九十百千万亿"
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DATE = re.compile(
    rf"(?<![\d,.])\d{{3,4}}(?![\d,.])|\d+\s*(?:年|月|日|世纪|号|点|时)|[{_HAN_DIGITS}]+(?:年|月|日|世纪|点)"
    rf"|年代|时期|朝|元年|\b(?:{_MONTHS})\b",
    re.IGNORECASE,
)
# A question for a year or for a day, and what tells one.
_TIMES = (
    (
        re.compile(
            r"哪一?年(?!级)|何年|\b(?:what|which) year|\bquelle année|\bqué año|\bкаком году"
            r"|أي (?:عام|سنة)",
            re.IGNORECASE,
        ),
        re.compile(
            rf"(?<![\d,.])\d{{3,4}}(?![\d,.])|\d+\s*(?:年|世纪|岁)|[{_HAN_DIGITS}]{{2,}}年"
            r"|年代|世纪|[去今前明同次翌元]年|朝|时期|[后前]"
        ),
    ),
    (
        re.compile(r"哪一?[天日]|[哪几]月|几号"),
        re.compile(
            rf"[\d{_HAN_DIGITS}]+\s*[月日号]|[年月][底初]|[同当次]日|当天|今天|星期|周[一二三四五六日末]"
        ),
    ),
)
_LATIN_NAME = re.compile(r"\b[A-Z][A-Za-zà-ÿ]+")
_SPELT_NAME = re.compile(r"\b[A-Z][a-zà-ÿ]+")  # and no part of a document's symbol
_TITLE = re.compile(r"先生|女士|小姐|[·•]|\bM(?:r|s|rs)\b")
_ACTOR = re.compile(
    r"代表|专家|人员|者|主席|政府|会议|公司|机构|组织|银行|基金|大学|协会|委员会|部门|[员长家]"
)
_PLACE = re.compile(r"[国省市县州区镇乡岛港河山湖洲村路街院宫馆堂寺]")
_NO_PLACE = re.compile(r"[各全本外他该我两多一]国|国家|地区|社区|区域|城市|[农乡]村|法院|道路|学院")

# Several of what has names: 哪十个国家, 是哪两家公司, 有哪些国家, 这十国是哪十国, 六家公司都有谁
_PLACES = r"(?:国|城市|省|州|市|县|镇)"
_BODIES = r"(?:公司|企业|银行|机构|组织|基金|大学|学校|机场|港|代表团|专家|政府|捐助|协会)"
_COUNT = "[两二三四五六七八九十]+|\\d+"
_SEVERAL = re.compile(
    rf"哪(?P<count>{_COUNT})[个家所座名位]?[^，。？]{{0,6}}?(?:{_PLACES}|{_BODIES})"
    rf"|(?:{_PLACES}|{_BODIES})[^，。？]?是哪(?P<same>{_COUNT})"
    rf"|哪(?:些|几[个家])[^，。？]{{0,2}}(?:{_PLACES}|公司|代表团)"
    rf"|(?P<total>{_COUNT})[个家所座名]?[^，。？]{{0,6}}?(?:{_PLACES}|{_BODIES}).?(?:都?[有是](?:谁|哪些)|分别是)"
)

# What a question asks for; the first pattern that is found tells.
_ASKS = {
    "date": r"什么时候|[何几]时|哪一?[年天日月]|几[月号]|几年(?!来)|什么[时年]间?|何年"
    r"|(?<!哪)几点(?=[钟半开起到结？?]|$)"
    r"|(?:^|\b(?:and|but|since|until|by)\s|[,;]\s)when\b(?! (?:the|it|they|we|you|an?)\b)"
    r"|(?:^|\b(?:et|depuis|pour|jusqu'à|d'ici)\s|[,;]\s)quand\b"
    r"(?! (?:l[ea]s?|on|ils?|elles?|une?)\b)"
    r"|\bcu[aá]ndo\b|\bкогда\b|в каком году|متى|(?:what|which) year",
    "number": r"how (?:many|much|long|old|high|big)|\bcombien\b|\bcu[aá]nt[oa]s?\b|\bсколько\b"
    r"|\bكم\b|ما (?:هو )?عدد"
    r"|(?:what|quel) (?:is|was|est|était) (?:the|le) (?:rate|taux|percentage)",
    "name": r"叫什么|什么名字|姓名|姓什么|是谁(?![^\W呢啊呀])|谁是|由谁(?:担任|出任)"
    r"|[谁位](?:当选|担任|出任|被选)|选(?:举|出)?了?谁|s.appelle|se llama|как зовут",
    "person": r"谁|哪一?位|何人|\bwho\b|\bqui\b|\bqui[eé]n(?:es)?\b|\bкто\b|\bкем\b|\bمن (?:هو|هي)",
    "place": r"哪里|哪儿|何[处地]|什么地方"
    rf"|哪[个些几两{_HAN_DIGITS}\d]*(?:国|城市|地区|地方|省|州|市|镇|县|区)"
    r"|\bwhere\b|\boù\b|\bd[oó]nde\b|\bгде\b|أين",
}
_ASKS_COUNTRY = re.compile(
    r"哪[一几两些个]*国(?![王际内外有])|什么国家|\b(?:which|what) countr|\bquels? pays|\bqué país"
    r"|\bкак\w+ стран|أي (?:بلد|دولة|البلدان)",
    re.IGNORECASE,
)
# Who somebody is, beside 是谁.
_WHO_IS = re.compile(
    r"\bwho (?:is|was)\b|\bqui (?:est|était)\b|\bqui[eé]n (?:es|era|fue)\b"
    r"|\bкто (?:был|была|является)\b|\bمن (?:هو|هي|كان)",
    re.IGNORECASE,
)
_ASKED = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _ASKS.items()}


def asked_kind(question: str) -> str:
    """Tell what a question asks for: date, number, names, name, person, place; "" for any other.

    `names` are several of what has one: which countries, which two companies.
    """
    question = simplify(question)
    kinds = (kind for kind, pattern in _ASKED.items() if pattern.search(question))
    kind = next(kinds, "")
    if kind != "date" and asks_for_number(question):
        return "number"
    if kind not in ("date", "number") and _SEVERAL.search(question):
        return "names"
    return kind


def named_kind(question: str) -> str:
    """Tell what a question asks for that has a name: names, name, person, place; "" for none.

    Where and when asks for a place too, though `asked_kind` gives the date.
    """
    kind = asked_kind(question)
    if kind in ("date", "number"):
        return "place" if _ASKED["place"].search(simplify(question)) else ""
    return kind


def has_kind(kind: str, question: str, text: str) -> bool:
    """Tell whether a text has something of a kind that is asked for, and not in the question.

    Who is the 主席 is not told by a text with a 副主席 alone.

    :param kind: of `asked_kind` or `named_kind`; of "" a text has something always.
    """
    if kind in _OF_PEOPLE and lacks_office(question, text):
        return False
    return not kind or _FINDERS[kind](simplify(question), simplify(text))


def lacks_holder(kind: str, question: str, text: str) -> bool:
    """Tell whether a text cannot tell who holds the office that a question names, if it does.

    It has not the office, or only a deputy of it, or names nobody where a name is asked for.

    :param kind: of `asked_kind`; only where it is somebody anything is lacking.
    """
    if kind not in _OF_PEOPLE:
        return False
    if lacks_office(question, text):
        return True
    asks_for_name = kind == "name" or _WHO_IS.search(question) is not None
    if not asks_for_name or not names_office(question):
        return False
    return not _has_name(simplify(question), simplify(text))


def cannot_tell(kind: str, question: str, text: str) -> bool:
    """Tell whether a text cannot answer: it has no number that could be meant, no year, no country.

    :param kind: of `asked_kind`.
    """
    question = simplify(question)
    if _ASKS_COUNTRY.search(question) and has_han(text):
        if not tells_country(simplify(text), question):
            return True
    if kind == "number":
        return lacks_quantity(question, simplify(text))
    for asks, tells in _TIMES if kind == "date" else ():
        if asks.search(question):
            told = (found.group().strip("年月日号 ") for found in tells.finditer(simplify(text)))
            return all(one in question for one in told)
    return False


def counts(kind: str, question: str, text: str) -> bool:
    """Tell whether a text has a number of the very noun that a question counts.

    :param kind: of `asked_kind`; only where it is a number anything is counted.
    """
    return kind == "number" and has_counted(simplify(question), simplify(text))


def _has_names(question: str, text: str) -> bool:
    """Tell whether a text has two names, and half of those that are asked for.

    "十个国家参加了会议" does not tell which ten.
    """
    asked = _SEVERAL.search(question)
    assert asked
    count = number_of(asked["count"] or asked["same"] or asked["total"] or "2")
    named = {m.group() for m in _SPELT_NAME.finditer(text)}
    named |= {word for word, flag in tagged(text) if flag[:2] in ("ns", "nr", "nt", "nz")}
    return len({name for name in named if name not in question}) >= max(2, count / 2)


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
        (flag == "ns" or _PLACE.search(word))
        and not _NO_PLACE.search(word)
        and word not in NO_PLACES
        and word not in question
        for word, flag in tagged(text)
    )


_FINDERS: dict[str, Callable[[str, str], bool]] = {
    "date": _new(_DATE),
    "number": has_quantity,
    "names": _has_names,
    "name": _has_name,
    "person": _has_person,
    "place": _has_place,
}
