"""Questions that ask what a report says of a topic, and nothing else, asked plainly.

会议对出口信贷有什么看法？ and 报告里关于出口信贷的内容有哪些？ ask for 出口信贷. What stands around
it has words too, and paragraphs on the meeting and its report are full of them; but they say how
reports speak, not what about. In all languages of the UN; told by the words alone.
"""

import re
from itertools import accumulate

from duanci.segment import is_function_word, simplify, split, tokenize

_LONGEST = 16  # characters of a topic, in Chinese

POLITE = "请问?|麻烦|你|您|能不能|能否|可否|可以|可不可以|帮我|给我"  # what a question begins with
_POLITE = rf"(?:{POLITE})*"
_OWN = r"(?:这|该|本|那)?(?:份|次|届|个)?"
_REPORT = rf"{_OWN}(?:报告|文件|文章|会议|专家会议|讨论)"
_SPEAKER = rf"(?:{_REPORT}|文中|与?会?专家们?|与会(?:者|代表|人员)们?|代表们?|各方|大家|人们)"
_WITHIN = r"(?:里面?|当?中|上|内)?(?:都|又|还|曾经?|主要)*"
_BEFORE = r"(?:对于?|关于|有关|就|针对|围绕)"
_ASKING = r"(?:怎么样?|怎样|如何|什么样?|哪些|何|啥)"
_VERB = r"(?:看待|看|说|讲|写|谈|评价|评论|描述|论述|讨论|认为|介绍|表述)"
_VIEW = r"(?:看法|意见|观点|立场|态度|评价|评论|说法|内容|论述|描述|表述|讨论|信息|段落|部分|情况)"
_GIVE = (
    r"(?:都|又|还|是|有|持|抱|提出?|作出|做出|作了|做了|发表|给出?|达成|得出|说|讲|谈|写)*[了过]?"
)
_OUTCOME = r"(?:建议|结论|决定|措施|办法|要求|主张)"
_TOUCH = r"提到|提及|谈到|谈及|讲到|说到|涉及|讨论|介绍|讲|谈"
_MENTION = rf"(?:{_TOUCH}|论及|提|说)[了过]?"
_TELL = r"(?:谈谈|说说|讲讲|我?想(?:了解|知道)(?:一下)?|(?:介绍|说明|解释|总结|概括|归纳)(?:一下)?)"
_ROLE = (
    r"(?:专家|代表团?|观察员|顾问(?:人员|人士)?|官员|大使|[司部局处校会院]长|秘书长|主席|主任|报告员"
    r"|经理|先生|女士)"
)
_SAY = r"(?:说|讲|谈|提|强调|指出|主张|介绍)"
_AT = rf"(?:在?(?:会上|讨论中|发言中|讲演中|{_REPORT}(?:里面?|中|上)))?"
_NAME = r"(?P<topic>[^，,。；;？?！!]+?)"
_THEN = rf"(?:[，,]?{_SPEAKER}{_WITHIN})?"  # 关于…，会议有什么看法
_OF_IT = rf"(?:(?:这一|这个)?(?:问题|话题|议题)|(?:方面)?的?(?:相关|有关|具体)?{_VIEW})?"

_HAN = tuple(
    re.compile(rf"^{_POLITE}{pattern}[？?。！!\s]*$")
    for pattern in (
        # 会议对…有什么看法, 专家们就…提出了什么建议
        rf"(?:{_SPEAKER}{_WITHIN})?(?:就|关于|有关|针对|围绕){_NAME}(?:这一|这个)?(?:问题|方面)?"
        rf"{_THEN}{_GIVE}{_ASKING}的?{_OUTCOME}",
        rf"(?:{_SPEAKER}{_WITHIN})?{_BEFORE}{_NAME}{_OF_IT}{_THEN}{_GIVE}{_ASKING}的?"
        rf"(?:{_VERB}|{_VIEW})?[的过了]?[呢吗]?",
        # 报告里关于…的内容, 报告里有没有关于…的内容
        rf"(?:{_SPEAKER}{_WITHIN})?(?:有没有|是否有|有)?(?:关于|有关){_NAME}"
        rf"(?:方面)?的(?:相关|有关|具体)?{_VIEW}(?:吗|没有)?",
        # 报告怎么看…, …在报告里是怎么说的
        rf"{_SPEAKER}{_WITHIN}(?:是)?(?:怎么|怎样|如何){_VERB}{_NAME}(?:这一|这个)?(?:问题)?(?:的)?",
        rf"{_NAME}在?{_REPORT}(?:里面?|中|上)是?(?:怎么|怎样|如何){_VERB}的?",
        # 报告提到…了吗, 有没有提到…
        rf"{_SPEAKER}{_WITHIN}(?:有没有|是否|有无|提没|谈没|讲没)?{_MENTION}(?:关于|有关)?{_NAME}{_OF_IT}[了过]?"
        r"(?:吗|么|没有|没)",
        rf"(?:{_SPEAKER}{_WITHIN})?(?:有没有|是否|有无|提没|谈没|讲没){_MENTION}(?:关于|有关)?{_NAME}{_OF_IT}",
        # 报告的哪一部分讲了…
        rf"(?:{_REPORT}的?{_WITHIN})?(?:在|有)?哪(?:一|几|些)?(?:段|部分|章|节|个?地方|处)(?:都|是)?"
        rf"(?:{_TOUCH})[了过]?(?:关于|有关)?{_NAME}{_OF_IT}的?",
        # …怎么样, …的情况如何
        rf"{_NAME}(?:的{_VIEW})?(?:怎么样|怎样|如何)",
        # 介绍一下…的情况, 我想了解…
        rf"{_TELL}(?:{_REPORT}{_WITHIN})?(?:对于?|关于|有关)?{_NAME}(?:方面)?(?:的(?:相关|有关)?{_VIEW})?",
    )
)
_SAID = re.compile(  # 挪威专家说了什么, 司长在会上怎么说
    rf"^{_POLITE}(?!{_SPEAKER}{_AT}(?:都|还|曾|{_SAY}|怎|如|有))"
    rf"(?P<topic>[^，,。；;？?！!对就]*?{_ROLE})"
    rf"{_AT}(?:都|曾)?(?:主要)?(?:{_SAY}(?:到|出|及)?[了过]?(?:些|的是)?什么(?:{_VIEW})?"
    rf"|(?:怎么|怎样|如何){_VERB}的?|有(?:什么|哪些){_VIEW})[？?。！!\s]*$"
)
_MODAL = frozenset(
    "可以 可能 应 应该 应当 该 能 能够 会 要 须 必须 需要 包括 包含".split()
)  # of clauses
_VAGUE = re.compile(
    r"^[此这那该其它他她]|[这那][里边儿]|当地|[谁哪几吗呢何啥]|什么|怎|多[少久大长]|为何|是否|有没有|得$"
)

_TOPIC = r"(?P<topic>.+?)"
_EN, _FR = r"(?:report|document|text|meeting)", r"(?:rapport|document|texte)"
_ES, _RU, _AR = (
    r"(?:informe|documento|texto)",
    r"(?:докладе|документе|отчёте)",
    r"(?:التقرير|الوثيقة)",
)

# What a question looks like, and how it is asked instead, whoever it asks.
_LATIN = tuple(
    (re.compile(rf"^[¿\s]*{pattern}\s*[?؟.!]*$", re.IGNORECASE), plain)
    for plain, patterns in {
        "What is said about {}?": (
            rf"what (?:do|does|did|has|have) (?:this|the|these) "
            rf"(?:{_EN}|experts|participants|delegates) "
            rf"(?:have to say|said|say|think|state|write|mention|conclude) "
            rf"(?:about|on|regarding|concerning) {_TOPIC}",
            rf"(?:does|did) (?:this|the) (?:{_EN}|experts) (?:mention|discuss|address|cover"
            rf"|(?:talk|speak) about|say anything (?:about|on)) {_TOPIC}",
            rf"(?:please )?tell me (?:more )?about {_TOPIC}",
            rf"is there anything (?:in (?:this|the) {_EN} )?(?:about|on) {_TOPIC}"
            rf"(?: in (?:this|the) {_EN})?",
        ),
        "Qu'est-ce qui est dit sur {} ?": (
            rf"que (?:dit|disent|pensent) (?:le|ce|les|la|cette) "
            rf"(?:{_FR}|réunion|experts|participants) "
            rf"(?:sur|à propos de|au sujet de|concernant|des?|du) {_TOPIC}",
            rf"(?:est-ce que )?(?:le|ce) {_FR} (?:mentionne|parle|traite)(?:-t-il)? "
            rf"(?:de )?{_TOPIC}",
        ),
        "¿Qué se dice sobre {}?": (
            rf"qué (?:dice|dicen|piensan|opinan) (?:el|este|los|la|esta) "
            rf"(?:{_ES}|reunión|expertos|participantes) (?:sobre|acerca de|respecto a|de) {_TOPIC}",
            rf"(?:menciona|trata|habla) (?:el|este) {_ES} (?:sobre |de |a )?{_TOPIC}",
        ),
        "Что сказано о {}?": (
            rf"что (?:говорится|сказано|написано) (?:в (?:этом )?{_RU} )?(?:об?|про) {_TOPIC}"
            rf"(?: в (?:этом )?{_RU})?",
            rf"что (?:говорят|думают|сказали) (?:эксперты|участники) (?:об?|про) {_TOPIC}",
        ),
        "ماذا قيل عن {}؟": (
            rf"ماذا (?:يقول|ذكر|قال|يرى) (?:{_AR}|الخبراء|الاجتماع) (?:عن|بشأن|حول|في) {_TOPIC}",
            rf"ماذا (?:ورد|جاء) في {_AR} (?:عن|بشأن|حول) {_TOPIC}",
            rf"هل (?:يذكر|يتناول|يتحدث) {_AR} (?:عن )?{_TOPIC}",
        ),
    }.items()
    for pattern in patterns
)


def ask_plainly(question: str) -> str:
    """Return a question without what it says of the report, where it asks what that says.

    In Chinese that is the topic alone. Any other question is returned as it is.
    """
    text = " ".join(simplify(question).split())
    said = _SAID.match(text)
    if said and _is_topic(name := _whole(said)):
        return name + "说"
    for pattern in _HAN:
        found = pattern.match(text)
        if found and _is_topic(name := _whole(found)):
            return name
    for pattern, plain in _LATIN:
        found = pattern.match(text)
        if found:
            return plain.format(found["topic"])
    return question


def _whole(found: re.Match[str]) -> str:
    """Return a topic up to where its last word ends: of 就小说有什么看法 小说, and not 小.

    "" where it begins within a word, as 业 in 就业有什么措施.
    """
    start, end = found.span("topic")
    ends = [0, *accumulate(map(len, tokenize(found.string)))]
    if start not in ends:
        return ""
    last = next(at for at in ends if at >= end)
    return found.string[start:last].strip("“”\"'").removesuffix("的")


def _is_topic(name: str) -> bool:
    if len(name) > _LONGEST or _VAGUE.search(name):
        return False
    words = split(name)
    return _MODAL.isdisjoint(words) and not all(map(is_function_word, words))
