"""What a question names, people, places, years and words in Latin script, and who else names it."""

import re
from collections.abc import Sequence
from functools import lru_cache

from duanci.countries import Named, han_names, is_in_letters, named_in_letters, regions
from duanci.lines import HAN, has_han
from duanci.records import Paragraph
from duanci.segment import fold, parts_of, tagged, tokenize

_YEAR = re.compile(  # 1998年, 1996至1998年, 1998/99年; of other scripts any that can be one
    r"(?<![\d.,])((?:1\d|2[01])\d\d)(?=\s*(?:年(?!代)|[-–—/～~至到和、及]\s*\d))"
    rf"|(?<![\d.,])((?:19|20)\d\d)(?![\d{HAN}])"
)
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_AROUND = 8  # characters beside a name that tell whether it is a part of a word
_SPEAKERS = ("专家", "代表", "观察员", "顾问", "官员", "发言人", "讲演人")
_BETWEEN = 12  # that may stand between the words of a term: 瑞士、德国和国际劳工组织的专家
# Nouns that jieba's dictionary takes for places, and that are none, or any.
NO_PLACES = frozenset(
    (
        "城市 城镇 都市 都城 京城 古城 古都 故城 内城 新城 城堡 城垣 重镇 大都 外国 大国 "
        "王国 诸国 共和国 自治州 自治县 朝廷 平原 高原 山区 山脉 山峰 山坡 山洞 山水 山河 "
        "高山 深山 大山 江湖 江山 江水 江河 大江 大河 大湖 湖泊 湖水 内河 河谷 泉水 冰川 "
        "海洋 海峡 海湾 大海 大洋 三角洲 大桥 石桥 路桥 桥头堡 大街 南路 中路 入口 商城 新港 "
        "海关 治安 关联 福利 契约 法典 伦理 日志 深度 长度 庆典"
    ).split()
)
_REALMS = ("王国", "帝国", "朝")
_PARTS = tuple("省州市县区镇")  # that a country has
_FLAGS = ("nr", "nt", "nz")  # jieba's of people, bodies and other names; ns is a place


def places(question: str) -> list[Named]:
    """List the places that a question names; of one in another script, countries, in Chinese."""
    if not has_han(question):
        return named_in_letters(question)
    known = han_names()
    return [
        known.get(word, (word,))
        for word, flag in tagged(question)
        if (flag[:2] == "ns" and len(word) > 1 and word not in NO_PLACES)
        or word in known
        or word in regions()
    ]


def tells_country(text: str, question: str) -> bool:
    """Tell whether a Chinese text names a country or realm that the question does not.

    Both simplified. Of realms that are no more it is enough that they are places.
    """
    if any(name in text and name not in question for name in han_names()):
        return True
    return any(
        (flag[:2] == "ns" or word.endswith(_REALMS))
        and len(word) > 1
        and word not in NO_PLACES
        and not word.endswith(_PARTS)
        and word not in question
        for word, flag in tagged(text)
    )


def countries(question: str) -> list[Named]:
    """List the countries among the places that a question names, in Chinese."""
    return [named for named in places(question) if named[0] in han_names()]


def years(question: str) -> list[Named]:
    """List the years that a question names."""
    return [(first or second,) for first, second in _YEAR.findall(question)]


def names(question: str) -> list[Named]:
    """List the people, the bodies and whatever else a question names."""
    return [(word,) for word, flag in tagged(question) if flag[:2] in _FLAGS and len(word) > 1]


def foreign_names(question: str) -> list[Named]:
    """List the names of a question, in Chinese, that sound as in another language: 圣卡塔琳娜.

    jieba takes them for those of people, and cuts them; of two characters they may be any word.
    """
    found, run = [], ""
    for word, flag in (*tagged(question), ("", "")):
        if flag[:2] == "nr":
            run += word
        elif run:
            found.append(run)
            run = ""
    return [(name,) for name in found if len(name) > 2]


def marks(question: str) -> list[Named]:
    """List the Latin words among Han ones, which are spelt alike wherever they are named."""
    return [(word,) for word in _LATIN_WORD.findall(question)] if has_han(question) else []


def has_all(paragraph: Paragraph, named: Sequence[Named]) -> bool:
    """Tell whether a paragraph, with its headings and footnotes, has all of some by a name.

    What has a country has its region too: Jamaica is the Caribbean. Of places that are no countries
    nobody knows how they are called in another script.
    """
    if not named:
        return True
    text = _all_of(paragraph)
    if not has_han(paragraph.text):
        return all(_is_in_letters(own, text) for own in named)
    return all(
        any(_has(fold(name), text) for name in own)
        or any(name in text and _stands(name, text) for name in regions().get(own[0], ()))
        for own in named
    )


def has_term(paragraph: Paragraph, term: str) -> bool:
    """Tell whether a paragraph has a term, or near each other all words that it is made of.

    For an expert a report may have a representative: 瑞士代表 says what 瑞士专家 is asked for. Who
    speaks stands behind the name.
    """
    text, parts = _all_of(paragraph), parts_of(term)
    if term in text or not parts:
        return term in text
    reach = len(term) + _BETWEEN
    for found in re.finditer(re.escape(parts[0]), text):
        behind = text[found.end() : found.end() + reach]
        span = text[max(0, found.start() - reach) : found.end()] + behind
        if all(
            any(one in behind for one in _SPEAKERS) if part in _SPEAKERS else part in span
            for part in parts[1:]
        ):
            return True
    return False


@lru_cache(maxsize=1024)  # several things are looked for in each of a question's paragraphs
def _all_of(paragraph: Paragraph) -> str:
    """Return the text of a paragraph with its headings and footnotes, folded."""
    notes = (note.text for note in paragraph.footnotes)
    return fold("\n".join([*paragraph.section, paragraph.text, *notes]))


def _is_in_letters(own: Named, text: str) -> bool:
    if any(fold(name) in text for name in own):
        return True
    return is_in_letters(text, own[0]) if own[0] in han_names() else has_han(own[0])


def _has(name: str, text: str) -> bool:
    """Tell whether a text has a name, or of a long Han one half its pairs of characters."""
    if name in text:
        return name not in han_names() or _stands(name, text)
    pairs = [name[i : i + 2] for i in range(len(name) - 1)]
    han = re.fullmatch(f"[{HAN}]{{3,}}", name) is not None
    return han and 2 * sum(pair in text for pair in pairs) >= len(pairs)


def _stands(name: str, text: str) -> bool:
    """Tell whether a text has a country's name as one: 发展中国家 has not 中国, nor 南苏丹 苏丹."""
    for found in re.finditer(re.escape(name), text):
        first = max(0, found.start() - _AROUND)
        end = first
        for word in tokenize(text[first : found.end() + _AROUND]):
            start, end = end, end + len(word)
            if end > found.start():
                break
        begins_or_ends = start == found.start() or end <= found.end()
        if begins_or_ends and (word == name or word not in han_names()):
            return True
    return False
