"""What a question for a number wants counted or measured."""

import re
from dataclasses import dataclass

from duanci.lines import HAN

CLASSIFIERS = (
    "个家种名位人条项次岁倍成座所间只件份艘架辆台套场票届级层处张首部集门队支期篇本册棵株头匹颗"
    "幅户口回顿笔批组群对双代卷章节段句字页步桶瓶杯箱枚栋幢片块类国"
)
_CURRENCIES = "美|日|欧|港|新?台|人民|加|澳|卢|金|韩"
_COINS = (
    "元(?![月旦])|币|钱|英?镑|[美欧]分|马克|法郎|卢布|卢比|比索|里拉|克朗|先令|第纳尔|兰特|奈拉|塔卡|泰?铢|盾"
    "|里亚尔|雷亚尔|索尔|比尔|基普|图格里克|坚戈|福林|兹罗提|列[伊弗]|林吉特"
)
# What a number can be of; the first whose pattern fits what stands after it.
_MEASURES = {
    "money": rf"(?:{_CURRENCIES})?(?:{_COINS})"
    r"|经费|费用?|资金|工资|薪|价|奖金|赔偿|贷款|[税收]入|[税金]额|[产总]值|[进出]口额|投资额"
    r"|预算|成本|(?:US )?dollars?\b|euros?\b|pounds?\b",
    "time": r"年(?!轻)|个?多?(?:月|星期|礼拜|季度|世纪|小时|钟头)|[天日周岁]|分钟|秒|时间|久"
    r"|(?:years?|months?|weeks?|days?|hours?|minutes?)\b",
    "share": r"[%％]|个?百分|比(?:例|重)?|成(?![立员分果功])|[^效频]?率|份额|占比|倍|分之"
    r"|per ?cent\b",
    "length": r"(?:公|英|海)里|里(?=[路地])"
    r"|(?:千|厘|毫|公|分)?米|公?尺|英[尺寸]|光年|海拔|长度?|高度?|远|深度?"
    r"|宽度?|k?m\b",
    "area": r"面积|平方|公顷|英?亩",
    "weight": r"(?:公|英)?[吨斤磅]|(?:千|毫)?克|[体净毛]?重",
    "people": r"[人名]|位(?!于)|居民|人口|员工|学生|儿童|口(?![号袋岸径])|户",
}
UNITS = {measure: re.compile(pattern, re.IGNORECASE) for measure, pattern in _MEASURES.items()}
# The words that ask for a number, and what follows or precedes them tells of what.
_ASKS = re.compile(
    r"第几|多少|(?<![\d好每隔十百千万])几(?!乎|何|年来|时|个钱|个子)"
    r"|(?<!许)多(?:大(?!学|数|概|约|的?[作影意好帮区程]|的?用)|[高长远久宽深]|重(?=[的，？?]|$))"
)
_OTHER_ASKS = re.compile(r"[谁哪何咋啥]|什么|怎|干[吗嘛]|还是|吗|[^\W_]不[？?]?$")
_PART = re.compile(r"的?(?:比[重例]|份额|一?部分)")
_HOW = {"久": "time", "远": "length", "重": "weight", "宽": "length", "深": "length"}
_WITHOUT_NUMBER = re.compile(
    r"多久.{0,8}[一几][次回]|多久.{1,4}一|多久(?:以|之)?前|多少[次回]"
    r"|how (?:often|many times)|combien de fois|cu[aá]ntas veces|сколько раз|كم مرة",
    re.IGNORECASE,
)
_OF_ANYTHING = re.compile(rf"多少(?![{CLASSIFIERS}])")  # 多少好处: how much, or how many
_SUM = re.compile(rf"(?:多少|几)(?:{_CURRENCIES})?(?:{_COINS})")
_PAID = re.compile(r"[借贷赚亏赔挣付缴捐拨赢](?:[了过到出给]|[出到]了)?$")  # 赚了多少: of money
# What a question in another language wants a number of, the first that fits.
_IN_LETTERS = tuple(
    (measure, re.compile(pattern, re.IGNORECASE))
    for measure, pattern in (
        (
            "time",
            r"how long\b|how (?:many|much) (?:more )?(?:year|month|week|day|hour|minute|time)"
            r"|combien d(?:e |')(?:temps|an(?:née)?s|mois|semaines|jours|heures)\b"
            r"|cu[aá]nt[oa]s? (?:tiempo|años|meses|semanas|días|horas)\b"
            r"|сколько (?:времени|лет|месяцев|недель|дней|часов)\b"
            r"|كم (?:من الوقت|سنة|عام|شهر|أسبوع|يوم|ساعة)",
        ),
        (
            "share",
            r"per ?cent|pourcent|por ?ciento|porcentaje|процент|نسبة|في الم[اي]ئ?ة",
        ),
        (
            "money",
            r"how (?:much money|many (?:dollars|euros|francs))"
            r"|combien d(?:'argent|e (?:dollars|euros|francs))"
            r"|cu[aá]nto(?: dinero|s (?:dólares|euros))"
            r"|сколько (?:денег|долларов|евро)|كم (?:دولار|من المال)"
            r"|how much (?:did|do(?:es)?|ha[sd]|have|will|would|is|was)\b.*"
            r"\b(?:cost|pay|paid|spen[dt]|earn|borrow|len[dt]|donate|contribute|give|given)\b",
        ),
        ("count", r"how many\b|combien d(?:e\b|')|cu[aá]nt[oa]s\b|ما (?:هو )?عدد|كم عدد"),
    )
)
_FILLER = re.compile(r"^(?:的|百分(?=比)|[万亿千百十]+)")
_NO_NOUN = re.compile(r"[是的了为在才与和，让]|才能|可以")
_CHANGED = re.compile(  # 提高了多少: may be told in what it is of, or as a share
    "(?:增加?|减少?|[提升调]高|降低?|下降|上升|上涨|增长|缩短|涨|升|跌|贵|便宜)(?:[了出]|了?约)?$"
)
_OF_THINGS = ("length", "money", "share")  # 多少种最低工资 are counted, 多少工资 is measured
_ABOUT = re.compile(r"^关于[^的]*的")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question wants a number of: a measure, and the noun that is counted, if any."""

    measure: str
    noun: str = ""


def asks_for_number(question: str) -> bool:
    """Tell whether a Chinese question asks for a number."""
    found = _ASKS.search(question)
    return found is not None and not (
        found.group() in ("几", "多大") and _OTHER_ASKS.search(question)
    )


def wanted(question: str) -> Wanted:
    """Tell what a question wants a number of; any, where it does not say."""
    asks = _ASKS.search(question)
    if not asks:
        found = (measure for measure, pattern in _IN_LETTERS if pattern.search(question))
        return Wanted(next(found, "any"))
    if asks.group() == "第几":
        return Wanted("ordinal")
    before, after = question[: asks.start()], _FILLER.sub("", question[asks.end() :])
    if before.endswith("百分之") or _PART.match(after):
        return Wanted("share")
    if before.endswith("的") or _CHANGED.search(before):
        return Wanted("any")
    if asks.group()[0] == "多" and asks.group() != "多少":
        of_noun = _counted(after) if question[asks.end() :].startswith("的") else None
        if of_noun and of_noun.measure != "count":
            return of_noun
        return Wanted(_HOW.get(asks.group()[1]) or _measured(before))
    for measure, unit in UNITS.items():
        if unit.match(after):
            return Wanted(measure, after if measure == "people" else "")
    if not after.strip("？?。 ") and _PAID.search(before):
        return Wanted("money")
    return _counted(after) or Wanted(_measured(before))


def asks_for_sum(question: str) -> bool:
    """Tell whether a question wants a sum of money, as 多少钱 does, and 多少经费 need not."""
    return _ASKS.search(question) is None or _SUM.search(question) is not None


def may_do_without(question: str) -> bool:
    """Tell whether a question for a number may be answered without one.

    How often, how long ago and how much good (多少好处) may.
    """
    if _WITHOUT_NUMBER.search(question):
        return True
    return wanted(question).measure == "count" and _OF_ANYTHING.search(question) is not None


def _counted(after: str) -> Wanted | None:
    """Tell what a question counts, from what stands after its 多少."""
    has_classifier = bool(after) and after[0] in CLASSIFIERS
    noun = _ABOUT.sub("", after[1:] if has_classifier else after)
    if not has_classifier and (not re.match(f"[{HAN}]{{2}}", noun) or _NO_NOUN.match(noun)):
        return None
    for measure, unit in UNITS.items():
        if measure in (_OF_THINGS if has_classifier else ("length",)):
            continue
        if unit.match(noun) or unit.search(noun[:4]):
            return Wanted(measure, noun)
    return Wanted("count", noun)


def _measured(before: str) -> str:
    """Tell what a question measures, from what stands before its 是多少."""
    for measure, pattern in _MEASURES.items():
        if measure not in ("length", "time", "people") and re.search(
            f"(?:{pattern})[^，,。]{{0,4}}$", before
        ):
            return measure
    return "people" if re.search(r"居民|人[口数]|员工|学生|儿童", before[-4:]) else "any"
