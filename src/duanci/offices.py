"""Offices that a question asks about, and whether a text has them.

Who is the Director-General of UNIDO? is not answered by the name of somebody from UNIDO, nor
谁是秘书长 by that of a 副秘书长. What an office is called in Chinese is known of those that reports
name most, whatever language of the United Nations a question is in.
"""

import re

from duanci.lines import has_han
from duanci.segment import simplify

_DEPUTY = re.compile(r"副((?:秘书|总|[主部会院校市省州局司处行议团董队班]).?[长席任统理裁事])")
_LENGTH = re.compile("长[期远久短]")  # 银行长期贷款 has no 行长
_ASKS_DEPUTY = re.compile(r"副|deputy|adjoint|adjunt|заместител|نائب", re.IGNORECASE)
# How a question names an office, and what a Chinese text may call it.
_OFFICES = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(said))
    for asked, said in (
        (
            r"总干事|directors?[- ]general|director[ae]s? general|direct(?:eur|rice) général"
            r"|генеральн\w+ директор|المدير(?:ة)? العام",
            "总干事|总司长|总局长|司长|局长",
        ),
        (
            r"秘书长|secretar(?:y|ies)[- ]general|secretari[oa] general|secrétaire général"
            r"|генеральн\w+ секретар|الأمين(?:ة)? العام",
            "秘书长|总书记",
        ),
        (
            r"执行主任|executive director|director[ae]? ejecutiv|direct(?:eur|rice) exécuti"
            r"|исполнительн\w+ директор|المدير(?:ة)? التنفيذي",
            "执行主任|执行干事|执行董事|执行长|常务",
        ),
        (
            r"部长|\bministers?\b|\bministres?\b|\bministr[oa]s?\b|министр|وزير",
            "部长|大臣|部会首长",
        ),
        (r"大使|ambassad|embajador|\bпос(?:ол|ла|лом)\b|سفير", "大使|公使"),
        (r"报告员|rapporteu|\brelator|докладчик|مقرر", "报告员|报告人"),
        (
            r"\bchair(?:m[ae]n|wom[ae]n|persons?)?\b|председател",
            "主席|[议会]长|董事长|委员长|召集人|主持|主任",
        ),
        (
            r"(?<!vice)(?<!vice[- ])\b(?:presidents?|présidente?s?|president[ea]s?)\b|президент"
            r"|\bرئيسة?\b(?! (?:الوزراء|البلدية))",
            "总统|主席|总裁|[议会校院行]长|董事长|委员长|主持|主任",
        ),
        (
            r"总理|首相|prime minister|premi(?:er|ère) ministre|primer[ao]? ministr|премьер"
            r"|رئيسة? الوزراء",
            "总理|首相|行政院长",
        ),
        (r"\bmayors?\b|\bmaires?\b|\balcaldes?a?\b|\bмэр|رئيسة? البلدية", "[市镇]长"),
        (
            r"\bgovernors?\b|\bgouverneur|\bgobernador|губернатор|محافظ",
            "[州省县行]长|总督|主席|理事",
        ),
    )
)

# What a Chinese question calls a Chinese text calls so too.
_TITLE = re.compile(
    "[司局处科署所厅]长|[校院行市省州县镇村]长|[议会站馆]长|董事长|总(?:裁|经理|统|监|督)|秘书(?!长)"
)


def names_office(question: str) -> bool:
    """Tell whether a question names an office, in any language."""
    plain = _plain(question)
    return bool(_TITLE.search(plain)) or any(asked.search(plain) for asked, _ in _OFFICES)


def lacks_office(question: str, text: str) -> bool:
    """Tell whether a text has not the office that a question names, or only a deputy of it.

    In a text that is not in Chinese offices are not known.
    """
    question, text = _plain(question), _plain(text)
    if _ASKS_DEPUTY.search(question):
        plain, deputies = text, set[str]()
    else:
        plain, deputies = _DEPUTY.sub("", text), set(_DEPUTY.findall(text))
    return any(office in question and office not in plain for office in deputies) or (
        has_han(text)
        and (
            any(asked.search(question) and not said.search(plain) for asked, said in _OFFICES)
            or any(title not in plain for title in _TITLE.findall(question))
        )
    )


def _plain(text: str) -> str:
    """Return a text, simplified, without what looks like a title and is none."""
    return _LENGTH.sub("", simplify(text))
