"""What a question names by number: 第25段, 附件一第2段, paras. 12–15, 25, 附件一/2, 脚注3."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from duanci.lines import HAN
from duanci.numerals import number_of, ordinal_of
from duanci.segment import FUNCTION_WORDS, split

_NUMBER = r"(?:\d{1,4}|[〇零一二两三四五六七八九十百千]{1,7})"
_DASH = r"(?:-|–|—|‑|~|～|至|到|to|through|及至)"
_AND = r"(?:和|与|及|以及|、|,|，|;|；|and|&|\+)"
_SCOPE = (
    r"(?P<scope>附\s*[件录錄]\s*(?:[一二三四五六七八九十]{1,3}|\d{1,2}|[IVX]{1,5})?"
    r"|(?:annex|appendix|annexe|anexo)(?:\s+(?:[IVX]{1,5}|\d{1,2}|[A-Z]))?)"
)
_SPAN = rf"{_NUMBER}(?:\s*(?:段)?\s*{_DASH}\s*第?\s*{_NUMBER})?"
_SPANS = rf"{_SPAN}(?:\s*{_AND}\s*{_SPAN})*"
_NO_TIME = r"(?:落(?!带))?(?![时時期路历歷])"
NAMED = re.compile(
    rf"(?:{_SCOPE}\s*[,，的中里]*\s*)?"
    rf"(?:(?<!倒[数數])第\s*(?P<spans>{_SPANS})\s*(?:自然)?段(?![时期路历])"
    rf"|(?:paragraphs?|paras?\.?|¶+|párrafos?|paragraphes?|пункт\w*)\s*(?P<latin_spans>{_SPANS}))",
    re.IGNORECASE,
)
SECTION = re.compile(
    r"第\s*(?P<han>[一二三四五六七八九十]{1,3}|\d{1,2})\s*[节節章](?!\s*第)"
    r"|\b(?:section|chapter)\s+(?P<latin>[IVX]{1,5}|\d{1,2})\b",
    re.IGNORECASE,
)
_ANNEX = re.compile(_SCOPE, re.IGNORECASE)
_NOTE = re.compile(
    r"第?\s*(?:(\d{1,3})\s*[个個条條]?\s*)?(?:[脚腳尾][注註]|[注註][脚腳])"
    r"(?:\s*第?\s*(\d{1,3})(?!\d))?"
    r"|(?:\b(?:foot|end)notes?|\bnotes?\s+(?:de\s+bas\s+de\s+page|infrapaginales?|en\s+bas\s+de\s+page)"
    r"|\bnotas?\s+(?:a|al)\s+pie(?:\s+de\s+página)?|\bсноск\w*|\b(?:ال)?(?:حاشية|حواشي))"
    r"(?:\s*(?:n[o°]\.?\s*|رقم\s*)?(\d{1,3})(?!\d))?",
    re.IGNORECASE,
)
_AT_END = re.compile(  # 最后一段, 倒数第二段, 最后两段, 前三段
    rf"最[后後末](?:的)?\s*(?P<last>{_NUMBER})\s*[个個]?(?:自然)?段{_NO_TIME}"
    rf"|倒[数數]第\s*(?P<from_end>{_NUMBER})\s*[个個]?(?:自然)?段{_NO_TIME}"
    rf"|(?:[最开開][前头頭]|(?<![以之目])前)(?:面)?的?\s*(?P<first>[2-9]|\d\d|[二两三四五六七八九十]{{1,3}})"
    rf"\s*[个個]?(?:自然)?段{_NO_TIME}"
    r"|\b(?P<penultimate>(?:penultimate|second[- ](?:to[- ])?last|next[- ]to[- ]last) paragraph\b"
    r"|avant-dernier paragraphe\b|penúltimo párrafo\b|предпоследн\w+ (?:пункт|абзац)\w*)"
    r"|\b(?P<ultimate>(?:last|final|closing) paragraph\b|dernier paragraphe\b|último párrafo\b"
    r"|последн\w+ (?:пункт|абзац)\w*|الفقرة الأخيرة)",
    re.IGNORECASE,
)
_BY_HEADING = re.compile(  # 报告的结论是什么？
    r"请?(?:问|列出|给出|概括|总结)?(?:一下)?[这该本]?(?:份|个)?(?:报告|文件)(?:中|里)?的?"
    r"(?:主要|全部|所有|最终|最后|具体|各项)*的?(?P<heading>[^，,。；的了是有？?]{2,12}?)(?:部分)?"
    r"(?:都|主要|分别)*(?:是什么|有哪些|[讲说写][了的]?(?:是|些)?什么|是怎[样么][讲说写]?的)[？?。\s]*"
)
_BARE = re.compile(rf"^(?:{_SCOPE}\s*/\s*)?(?P<spans>{_SPANS})$", re.IGNORECASE)
_STEP = re.compile(
    r"(?P<back>[上前]\s*一\s*段|previous paragraph)|[下后後]\s*一\s*段|next paragraph"
)
_PIECE = re.compile(rf"(?P<first>{_NUMBER})(?:\s*段?\s*{_DASH}\s*第?\s*(?P<last>{_NUMBER}))?")
# Words beside a reference that ask for nothing but the paragraph itself.
_SHOWING = frozenset(
    "请 给 给我 给出 帮 帮我 显示 展示 列出 打开 查看 看 看看 读 读出 念 引用 摘录 提供 翻到 "
    "不能 找 找出 调出 原文 全文 内容 文字 完整 全部 段落 段 写 写明 说明 讲 讲讲 说 说说 解释 "
    "一下 出 来 想 第 please show me open read quote cite display give see text full whole "
    "paragraph paragraphs para paras say says tell contain contains content entire 能不能 "
    "可不可以 可否 能否 麻烦 is in "
    "总结 概括 归纳 概述 复述 介绍 比较 对比 不同 区别 差别 异同 相同 共同点 相同点 不同点 关系 "
    "意思 大意 要点 主旨 核心 部分 全 整个 事 事情 东西 about summarise "
    "summarize summary explain describe compare difference differences mean means between".split()
)


@dataclass(frozen=True, slots=True)
class Reference:
    """Paragraphs first to last of a scope, both included; "" is the body."""

    scope: str
    first: int
    last: int

    @property
    def ids(self) -> tuple[str, ...]:
        """The paragraph ids, in order."""
        prefix = f"{self.scope}/" if self.scope else ""
        return tuple(f"{prefix}{number}" for number in range(self.first, self.last + 1))


@dataclass(frozen=True, slots=True)
class Part:
    """A whole annex, the section of the body with an ordinal, from 1, or what has a footnote.

    `note` is the mark of the footnote, "" of any; None where the part is an annex or a section.
    `heading` is what the heading of a section has, where that names it.
    `first` and `end` are the places of the paragraphs that are meant of it, as of a slice; with
    neither scope, section nor note, of the body.
    """

    scope: str
    section: int = 0
    note: str | None = None
    heading: str = ""
    first: int | None = None
    end: int | None = None


def find_references(question: str) -> tuple[Reference, ...]:
    """Read the paragraphs that a question names.

    :return: the references in the order asked; none for an ordinary question.
    """
    text = unicodedata.normalize("NFKC", question).strip()
    bare = _BARE.match(text)
    if bare:
        return _spans(bare["scope"], bare["spans"])
    references: list[Reference] = []
    scope = ""
    for match in NAMED.finditer(text):
        scope = match["scope"] or scope
        references += _spans(scope, match["spans"] or match["latin_spans"])
    return tuple(references)


def find_part(question: str) -> Part | None:
    """Read the annex or the section that a question names first, and as a whole.

    Or else that it asks of a footnote, wherever it says so.
    """
    text = unicodedata.normalize("NFKC", question).strip()
    if NAMED.search(text) or _BARE.match(text):
        return None
    named = _ANNEX.search(text) or SECTION.search(text)
    place, by_heading = _AT_END.search(text), _BY_HEADING.fullmatch(text)
    if place and not _says_more(SECTION.sub(" ", _ANNEX.sub(" ", text[: place.start()]))):
        return _part_at_end(place, named)
    if by_heading and not named:
        return Part("", heading=by_heading["heading"])
    if not named or _says_more(text[: named.start()]):
        note = _NOTE.search(text)
        return Part("", note=next(filter(None, note.groups()), "")) if note else None
    return _part_of(named)


def _part_of(named: re.Match[str] | None) -> Part:
    """Return the annex or the section that a match names; the body of none."""
    if named is None:
        return Part("")
    if named.re is _ANNEX:
        return Part(scope_name(named["scope"]))
    return Part("", ordinal_of(named["han"] or named["latin"]))


def _part_at_end(place: re.Match[str], named: re.Match[str] | None) -> Part:
    """Return some paragraphs of an annex, a section or the body, told by where they stand in it."""
    if place["first"]:
        return replace(_part_of(named), first=0, end=number_of(place["first"]))
    if place["last"] or place["ultimate"]:
        return replace(_part_of(named), first=-number_of(place["last"] or "1"))
    back = number_of(place["from_end"] or "2")
    return replace(_part_of(named), first=-back, end=1 - back or None)


def asks_more(question: str) -> bool:
    """Tell whether a question asks for more than the paragraphs, or the part, that it names."""
    text = unicodedata.normalize("NFKC", question).strip()
    if _BARE.match(text) or _BY_HEADING.fullmatch(text):
        return False
    names = (NAMED,) if NAMED.search(text) else (_AT_END, _ANNEX, SECTION, _NOTE)
    for pattern in names:
        text = pattern.sub(" ", text)
    return _says_more(text)


def find_step(question: str) -> int:
    """Read a question for the paragraph before (-1) or after (1); 0 for any other."""
    found = _STEP.search(unicodedata.normalize("NFKC", question).casefold())
    if not found or _says_more(found.string[: found.start()] + " " + found.string[found.end() :]):
        return 0
    return -1 if found["back"] else 1


def references_of(match: re.Match[str]) -> tuple[Reference, ...]:
    """Return the paragraphs that a match of `NAMED` names."""
    return _spans(match["scope"], match["spans"] or match["latin_spans"])


def scope_name(printed: str) -> str:
    """Return a scope as paragraph ids carry it: no blanks between Han characters."""
    return re.sub(r"\s+", " ", re.sub(rf"(?<=[{HAN}])\s+(?=[{HAN}])", "", printed)).strip()


def ranges(numbers: Sequence[int]) -> str:
    """Write ascending numbers as ranges: `1–20, 23`."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ", ".join("–".join(map(str, part)) for part in parts)


def _says_more(rest: str) -> bool:
    """Tell whether words beside a reference ask for more than the paragraph."""
    return any(word not in _SHOWING and word not in FUNCTION_WORDS for word in split(rest))


def _spans(scope: str | None, spans: str) -> tuple[Reference, ...]:
    found = []
    for piece in _PIECE.finditer(spans):
        first = number_of(piece["first"])
        last = number_of(piece["last"]) if piece["last"] else first
        found.append(Reference(scope_name(scope or ""), min(first, last), max(first, last)))
    return tuple(found)
