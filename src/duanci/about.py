"""Questions about a report as a document, or to duanci itself: no paragraph can answer them.

报告讲了什么？, 报告有多少段？, 你是谁？ match what the report says of its meeting and its making,
and would be answered wrongly by it. Told by the words alone, in the languages of the UN; only where
a question asks nothing else.
"""

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from duanci.lines import has_han
from duanci.lookup import outline
from duanci.messages import fill, join_scope
from duanci.records import Report
from duanci.segment import simplify
from duanci.topic import POLITE

Subject: TypeAlias = Literal["count", "outline", "self", "symbol"]

_POLITE = rf"(?:{POLITE}|我想知道|我想看)*"
_OWN = r"(?:这|该|本|那|整)?(?:份|个|篇)?的?"
_REPORT = rf"(?:{_OWN}(?:报告|文件|文章|文本|全文))"
_EN = r"(?:(?:this|the|your) )?(?:report|document|text)"
_FR = r"(?:(?:ce|le) )?(?:rapport|document|texte)"
_ES = r"(?:(?:este|el) )?(?:informe|documento|texto)"
_RU = r"(?:(?:этот|этом|этого) )?(?:доклад[еа]?|документ[еа]?)"
_AR = r"(?:(?:هذا|هذه) )?(?:التقرير|الوثيقة)"
_SUBJECTS: dict[Subject, tuple[str, ...]] = {
    "count": (
        rf"{_REPORT}?(?:里面?|中)?(?:一共|总共|共计?|全部)*(?:有|包含|包括|分为?)?(?:多少|几)个?(?:自然)?段落?",
        rf"{_REPORT}的?(?:自然)?段落?(?:总|个)?数(?:是多少|是几)?",
        rf"how many paragraphs (?:are (?:there )?in {_EN}|does {_EN} have|are there)",
        rf"combien de paragraphes (?:compte|contient|comporte|y a-t-il dans|a) {_FR}",
        rf"cuántos párrafos (?:tiene|contiene|hay en) {_ES}",
        rf"сколько (?:пунктов|абзацев) (?:в|содержит) {_RU}",
        rf"كم (?:عدد الفقرات|فقرة) (?:في )?{_AR}",
    ),
    "symbol": (
        rf"{_REPORT}的?(?:文号|文件号|文件编号|编号)(?:是|为|叫)?(?:什么|多少)?",
        rf"what(?: is|'s) the (?:document )?(?:symbol|reference number|number) of {_EN}",
        rf"what(?: is|'s) {_EN}(?:'s)? (?:document )?(?:symbol|reference number)",
        rf"quelle est la cote (?:du|de) {_FR}",
        rf"cuál es la signatura de(?:l)? {_ES}",
        rf"(?:какое|каково) условное обозначение {_RU}",
        rf"ما (?:هو )?رمز {_AR}",
    ),
    "outline": (
        rf"(?:总结|概括|概述|归纳|介绍)(?:一下)?(?:全文|{_REPORT})(?:的?(?:主要)?(?:内容|要点))?",
        rf"{_REPORT}(?:主要|都|究竟)?(?:是)?(?:讲|说|谈|写|关于)(?:的是|了|的|些)*(?:什么|啥|哪些)"
        r"(?:内容|方面|事情|问题|的)?",
        rf"{_REPORT}的?(?:主要)?(?:内容|大意|主题|主旨)(?:是什么|有哪些|讲什么)?",
        rf"(?:{_REPORT}的?)?(?:目录|大纲|提纲)(?:是什么)?",
        rf"{_REPORT}(?:里|中)?(?:一共|总共|共)?(?:有|分为?|包括)(?:哪|多少|几)(?:些|几)?个?(?:章节?|节|部分|小节)",
        rf"what(?: is|'s) {_EN} (?:all )?about",
        rf"(?:please )?(?:can you |could you )?summari[sz]e {_EN}(?: for me)?",
        rf"(?:what(?: is|'s) )?(?:the )?(?:table of contents|outline)(?: of {_EN})?",
        rf"(?:what|which) sections (?:are (?:there )?in {_EN}|does {_EN} have)",
        rf"de quoi (?:parle|traite) {_FR}",
        rf"(?:de qué|sobre qué) (?:trata|habla) {_ES}",
        rf"о чём {_RU}",
        rf"(?:عن ماذا|عم) (?:يتحدث|يتناول) {_AR}",
    ),
    "self": (
        r"(?:你|您|大家)好[呀啊吗]?|早上好|嗨|哈[喽罗]|(?:多谢|谢谢|感谢)(?:你|您|了)*|再见",
        r"(?:你|您)(?:是谁|是什么|叫什么(?:名字)?|是什么人|是人吗|是机器人吗)",
        r"(?:你|您)(?:都|还)?(?:能|会|可以)(?:帮我)?(?:做|干|回答|答)(?:些)?(?:什么|啥|哪些(?:事|问题)?)",
        r"(?:hello|hi|hey|thanks|thank you|bye|goodbye|help)(?: there| very much| so much)?",
        r"who are you|what are you|what can you do",
        r"bonjour|salut|merci(?: beaucoup)?|qui es-tu|qui êtes-vous",
        r"hola|buenos días|gracias|muchas gracias|quién eres",
        r"здравствуйте|привет|спасибо|кто ты|кто вы",
        r"مرحبا|شكرا|السلام عليكم|من أنت",
    ),
}
# In English, in Chinese.
_SELF = (
    "Answers here are paragraphs of the report: ask about what it says, or for a paragraph by its "
    "number.",
    "这里只用报告的段落作答：请就报告的内容提问，或说出段号。",
)
_CHOOSE = (
    "There are several reports: {listed}. Choose one to see its sections.",
    "报告不止一份：{listed}。请选定一份，再看它有哪些节。",
)
_SECTIONS = (
    "The report is not summarised here. Its sections, with their paragraphs:",
    "这里不概括整份报告。报告的各节及其段号：",
)
_PATTERNS = {
    subject: re.compile(
        rf"[¿¡\s]*{_POLITE}(?:{'|'.join(patterns)})[呢吗呀啊]?[\s?？!！。.؟]*", re.I
    )
    for subject, patterns in _SUBJECTS.items()
}


def find_subject(question: str) -> Subject | None:
    """Tell what a question asks about a report as a document, if that is all it asks.

    How many paragraphs it has, what its symbol is, what it is about as a whole; or `self`: it is
    said to whoever answers.
    """
    text = " ".join(simplify(question).split())
    return next((subject for subject, own in _PATTERNS.items() if own.fullmatch(text)), None)


def tell_subject(subject: Subject, question: str, reports: Sequence[Report]) -> str:
    """Tell what a question asks about some reports, in Chinese or else in English.

    Of several reports their symbols are told in place of an outline.
    """
    is_chinese = has_han(question)
    listed = ("、" if is_chinese else ", ").join(report.symbol for report in reports)
    if subject == "self":
        return _SELF[is_chinese]
    if subject == "symbol":
        return fill("文号：{listed}。", listed=listed) if is_chinese else f"Symbol: {listed}."
    if subject == "count":
        counts = [_count(report, is_chinese) for report in reports]
        return "；".join(counts) + "。" if is_chinese else "; ".join(counts) + "."
    if len(reports) > 1:
        return fill(_CHOOSE[is_chinese], listed=listed)
    return "\n".join([_SECTIONS[is_chinese], *_list_sections(reports[0], is_chinese)])


def _count(report: Report, is_chinese: bool) -> str:
    count = len(report.paragraphs)
    if is_chinese:
        return fill("{symbol} 共有{count}段", symbol=report.symbol, count=str(count))
    return f"{report.symbol} has {count} paragraph{'s' * (count != 1)}"


def _list_sections(report: Report, is_chinese: bool) -> list[str]:
    """List the outermost headings of a report with the numbers below each, a line each."""
    listed = []
    for title, scope, numbers in outline(report):
        if is_chinese:
            place = join_scope("" if scope == title else scope, f"第{numbers}段")
            listed.append(f"{title}（{place}）" if title else place)
        else:
            place = numbers if scope == title else f"{scope} {numbers}".strip()
            listed.append(f"{title} ({place})" if title else place)
    return listed
