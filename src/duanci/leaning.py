"""Does a question lean on the one before it? Told by its words alone; no language model.

It does where it says nothing of its own (效果怎么样？), where it opens as one that goes on
(那…呢？, And …?), or where a word points to what it does not name. A word points back only while
little has been said before it: in 有专家担心协定的影响，他们作了什么声明？ 他们 are the experts of
the same question.
"""

import re
import unicodedata
from collections.abc import Sequence

from duanci.lines import has_han
from duanci.segment import fold, is_function_word, tagged

_SHORT_HAN, _LONG_HAN, _LONGEST_WORDS = 12, 24, 16  # characters, characters, words

# Chinese
_OWN_MEETING = re.compile(
    r"(?:这|该|本)(?:次|届|份|个|一)?"
    r"(?:会议|专家会议|讲习班|研讨会|论坛|大会|届会|研究报告|报告|文件|文章|决议)"
)
_HAN_OPENING = re.compile(
    r"^(?:那么?(?![里儿边个些种样位次家座架条项件所间套名批场块多两几\d])"
    r"|还有|另外|此外|然后|接着|而|后来|随后|之后|当时|当初|届时)"
)
_HAN_IS_WHO = re.compile("(?:都|又|还|具体|分别|究竟|到底|主要)*是[哪谁]")
_ALSO = re.compile(r"(?<=.)又[是有在由]")  # 报告员又是哪一位
_HAN_ELLIPSIS = re.compile(r"呢[？?。！!\s]*$")
_HAN_POINTERS = frozenset(
    "它 它们 他 她 他们 她们 其 那里 那儿 这里 那边 当地 这样 那样 此 对此 为此 就此 上述 前者 "
    "后者 另一个 其余".split()
)
_THIS = re.compile(
    r"[这那该](?:[一几两]?[个些种样项笔家份条件套类座届所间批名位块场国省市县镇村州])?"
)
_HAN_CLASSIFIER = re.compile("[种样项笔份条套届所批名位块场座家间]")  # 那项研究
_HAN_THERE = re.compile(
    r"(?:那么|那|而且|而|但是|但|在|从|对|后来|现在|如今|目前|当时)*[，,]?(?:那里|那儿|那边|当地|该国(?![际外内])|[那该这]个?国家)"
)
_OTHERS = frozenset("前 后 上 下 头 另 另外 其余 其他".split())  # 前两次讨论了什么？
_NOMINAL = ("n", "v", "j", "l")  # what may be a noun, 那家合作社 and 那个合作 alike
_HAN_ANTECEDENT = 3  # content words: what a pointer stands for is among so many before it
# Words that say of something what one asks about it, and of none what it is.
_VAGUE = frozenset(
    "有 要 能 会 做 用 靠 得到 得 采取 满足 发生 带来 产生 存在 包括 成 行 好 大 高 "
    "后来 原因 结果 效果 成效 作用 影响 好处 坏处 办法 方法 方式 条件 情况 内容 例子 问题 反应 "
    "时候 请 说 讲 具体 详细 一点 更 多 些 "
    "继续 接着 往下 展开 补充 介绍 一下 说说 讲讲".split()
)

# Other languages
ASKING = frozenset(
    "a an and the of in on at to for from by with or not is are was were be been do does did has "
    "have had can could will would should what why how who whom whose when where which much many "
    "then else so more any "
    "le la les l un une des de du d en à au aux dans sur pour par avec et ou a ont est sont été "
    "n ne pas s se c y quel quelle quels quelles qui que qu quoi quand où comment combien pourquoi "
    "el los las una unos unas del al y o por con se ha han es son fue fueron qué quién quiénes "
    "cuál cuáles cuándo cuánto cuánta cuántos cuántas cómo dónde "
    "и а но в во на с со к по из у о об за для от не был была было были есть что кто где когда как "
    "какой какая какое какие каких какую каким почему зачем сколько чем чего "
    "ما من ماذا لماذا متى أين كيف كم هل أي في على إلى عن مع هو هي هم كان كانت وما ومن ولماذا "
    "ومتى وأين وكيف وكم وهل".split()
)
OPENING = re.compile(
    r"^¿?\s*(?:(?:and|but|what about|how about|et|mais|y|e|pero|а|и|но|وماذا عن|ماذا عن)\b"
    r"|و(?:ما|من|في|كم|كيف|لماذا|متى|أين|هل|ماذا|عن|أي|بم|إلى|على|مع)\b)"
)
_OWN_MEETING_LATIN = re.compile(r"\bth(?:is|e) (?:report|meeting|document|session)\b")
_POINTERS = re.compile(
    r"\b(?:it|they|them|there|he|she|him|this|these|those|il|elle|ils|elles|celui-ci|celle-ci|"
    r"là-bas|ello|ellos|ellas|él|ella|allí|ahí|он|она|они|там|это|هناك)\b"
)
_THERE = re.compile(  # but for 'there is', 'are there'
    r"\b(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )there\b(?! (?:is|are|was|were|be)\b)|"
    r"\b(?:là-bas|allí|ahí|там|هناك|(?:that|ce|ese|este|esa|esta) (?:country|pays|país))\b"
)
# behind a Spanish infinitive: para ayudarlos
_SUFFIXED = re.compile(r"\b\w{3,}[aeií]rl[oa]s?\b")
_POSSESSIVES = re.compile(r"\b(?:its|their|his|her)\b")
# 'it' and 'il' that stand for nothing
_EMPTY = re.compile(
    r"\bit (?:costs?|takes?|is|was)\b.*\bto\b|\bdoes it (?:cost|take) to\b|\by a-t-il\b|\bil y a\b|"
    r"\bfaut-il\b|\bil faut\b|\bs'agit-il\b"
)
_INVERTED = re.compile(r"\b\w+-(?:t-)?(?:il|elle|ils|elles)\b")  # le Niger accepterait-il
_OF_THEM = re.compile(
    r"\bentre (?:eux|elles|ellos|ellas)\b|"
    r"\b(?:à|avec|pour|sans|a|de|con|por|sin) (?:lui|eux|elles|ello|ella|ellos|ellas)\b"
)
_NAME = re.compile(r"(?<=[\w,] )[^\W\d_a-zà-ÿа-я]\w+")  # a word with a capital inside a sentence
_ANTECEDENT = 2  # content words, as above


def leans(question: str) -> bool:
    """Tell whether a question cannot be understood without the one before it."""
    text = unicodedata.normalize("NFKC", fold(question)).strip()
    return _leans_in_chinese(text) if has_han(text) else _leans_in_letters(text, question)


def points_to_place(question: str) -> bool:
    """Tell whether a question begins with a word for a place that it does not name: 那里, there."""
    text = unicodedata.normalize("NFKC", fold(question)).strip()
    if has_han(text):
        return _HAN_THERE.match(text) is not None
    found = _THERE.search(_EMPTY.sub(" ", text))
    return found is not None and _said_before(text[: found.start()]) < _ANTECEDENT


def _leans_in_chinese(text: str) -> bool:
    text = _OWN_MEETING.sub("", text)
    length = len(re.sub(r"[\W_]", "", text))
    is_short = length <= _SHORT_HAN
    words = [(word, flag) for word, flag in tagged(text) if re.match(r"[^\W_]", word)]
    if all(is_vague(word) for word, _ in words):
        return True
    if (length <= _LONG_HAN and _HAN_OPENING.search(text)) or (is_short and _ALSO.search(text)):
        return True
    if is_short and (_counts_what_is_not_named(words) or _lacks_subject(text, words)):
        return True
    if is_short and _HAN_ELLIPSIS.search(text) and not any(asks(word) for word, _ in words[:-1]):
        return True
    return _points_back(words)


def _counts_what_is_not_named(words: Sequence[tuple[str, str]]) -> bool:
    """Tell whether a question begins with 前两次 or 另外三个, and no noun behind it.

    :param words: with their parts of speech.
    """
    counted = [flag for _, flag in words[1:3]]
    is_counted = bool(words) and words[0][0] in _OTHERS and counted[:1] == ["m"]
    return is_counted and not any(flag[:1] == "n" for flag in counted[1:])


def _lacks_subject(text: str, words: Sequence[tuple[str, str]]) -> bool:
    """Tell whether a question begins with 是哪 or 是谁, and does not say what is.

    是哪几个国家？ and 是谁提出的？ do not, 是谁主持了会议？ and 是谁宣布会议开幕的？ do.

    :param words: with their parts of speech.
    """
    if not _HAN_IS_WHO.match(text):
        return False
    verbs = [at for at, (_, flag) in enumerate(words) if flag[:1] == "v"][1:]
    if not verbs:
        return True
    said = words[verbs[0] + 1 :]
    return said[-1:] == [("的", "uj")] and not any(flag[:1] == "n" for _, flag in said)


def _points_back(words: Sequence[tuple[str, str]]) -> bool:
    """Tell whether a word points to what the words before it do not name.

    :param words: with their parts of speech.
    """
    said = 0
    for at, (word, _) in enumerate(words):
        is_pointer = word in _HAN_POINTERS and not _belongs(words, at)
        if is_pointer or (_THIS.match(word) and _is_determiner(words, at)):
            return True
        said += not is_vague(word)
        if said >= _HAN_ANTECEDENT:
            break
    return False


def _belongs(words: Sequence[tuple[str, str]], at: int) -> bool:
    """Tell whether a word for a place only follows one that is named: 锡卡索那边, 专家那里."""
    follows_noun = at > 0 and words[at - 1][1].startswith("n")
    return follows_noun and _HAN_THERE.fullmatch(words[at][0]) is not None


def _is_determiner(words: Sequence[tuple[str, str]], at: int) -> bool:
    """Tell whether 这, 那 or 该 stands before a noun that it takes from elsewhere.

    Behind a noun, or a clause with 的, it takes it from there (曼谷那个中心, 开办的那家银行), if it
    is there (曼谷那个后来怎么样), and 该 before a verb is a duty.
    """
    word, before = words[at][0], words[at - 1] if at else ("", "")
    if before[0] == "的" or before[1][:1] in ("n", "j", "l"):
        stands_for_it = before[1] == "ns" and len(word) > 1
        return stands_for_it and not any(flag[:1] in _NOMINAL for _, flag in words[at + 1 :])
    if word == "该":
        return any(flag[:1] in ("n", "q") for _, flag in words[at + 1 : at + 2])
    counts = any(_HAN_CLASSIFIER.fullmatch(one) for one, _ in words[1:2])
    return word != "那" or at > 0 or counts


def is_vague(word: str) -> bool:
    """Tell whether a word, folded, says nothing that paragraphs could be told apart by."""
    return word in _VAGUE or is_function_word(word)


def asks(word: str) -> bool:
    """Tell whether a word asks, so that 呢 behind it only softens the question."""
    return is_function_word(word) and re.search("[什怎何哪谁几]|多少", word) is not None


def _leans_in_letters(text: str, question: str) -> bool:
    text = _EMPTY.sub(" ", _OWN_MEETING_LATIN.sub(" ", text))
    words = re.findall(r"\w+", text)
    if all(word in ASKING for word in words):
        return True
    if len(words) > _LONGEST_WORDS:
        return False
    if OPENING.search(text) or _OF_THEM.search(text) or _SUFFIXED.search(text):
        return True
    inverted = _INVERTED.search(text)  # its subject stands before it, or before this question
    if inverted and not _said_before(text[: inverted.start()]):
        return True
    text = _INVERTED.sub(" ", text)
    pointers = list(_POINTERS.finditer(text))
    if not _NAME.search(question):
        pointers += _POSSESSIVES.finditer(text)
    return any(_said_before(text[: pointer.start()]) < _ANTECEDENT for pointer in pointers)


def _said_before(text: str) -> int:
    return sum(word not in ASKING for word in re.findall(r"\w+", text))
