"""Does a question lean on the one before it? Told by its words alone; no language model."""

import re
import unicodedata
from collections.abc import Sequence

from duanci.segment import fold, split

_HAN_POINTERS = frozenset(
    "它 它们 他 她 他们 她们 那里 那儿 这里 那边 该 其 其中 上述 前者 后者 当地 那个 这个 那些 "
    "这些 那种 这种 那项 这项 这样 那样 此 之 彼此 另一个 其余".split()
)
_OWN_MEETING = re.compile(r"(?:这|该|本)(?:次|届|份|个|一)?(?:会议|专家会议|报告|文件|文章|决议)")
_HAN_OPENING = re.compile(r"^(?:那么?|那麼|还有|另外|此外|然后|接着|而)(?![里儿边个些种样位次])")
_THAT = re.compile(r"(?<![应本活])该(?![不当怎如是有让对为])")  # 该国, 该镇, but not 应该, 该不该
_HAN_ELLIPSIS = re.compile(r"呢[？?。！!\s]*$")
_EMPTY_WORDS = frozenset(
    "为什么 为何 什么 怎么 怎样 怎么样 如何 多少 几 谁 哪 哪些 哪个 哪里 何时 什么时候 时候 原因 "
    "结果 有 是 的 了 吗 呢 吧 啊 还 还有 又 也 都 会 能 可以 请 说 讲 具体 详细 一点 更 多 些 呀 "
    "么 在 why what how who when where which and more so then else".split()
)
_POINTERS = re.compile(
    r"\b(?:it|its|they|them|their|there|he|she|his|her|this|these|those|"
    r"il|elle|ils|elles|celui-ci|celle-ci|là-bas|ello|ellos|ellas|allí|ahí|он|она|они|там|это|"
    r"هو|هي|هم|هناك)\b"
)
_OPENING = re.compile(
    r"^(?:and|but|what about|how about|et|mais|y|¿\s*y|pero|а|и|но|وماذا عن|ماذا عن)\b"
)
_OWN_MEETING_LATIN = re.compile(r"\bth(?:is|e) (?:report|meeting|document|session)\b")
_SHORT_HAN, _SHORT_WORDS, _LONGEST_WORDS = 12, 6, 16


def context_of(question: str, history: Sequence[str]) -> str:
    """Return what of a conversation a question leans on; "" where it stands alone.

    A question that the context itself leaned on belongs to it.

    :param history: earlier questions, oldest first.
    """
    if not history or not leans(question):
        return ""
    before = context_of(history[-1], history[:-1])
    return f"{before} {history[-1]}".strip()


def leans(question: str) -> bool:
    """Tell whether a question cannot be understood without the one before it."""
    text = unicodedata.normalize("NFKC", fold(question)).strip()
    if re.search(r"[\u3400-\u9fff]", text):
        return _leans_in_chinese(text)
    plain = _OWN_MEETING_LATIN.sub(" ", text)
    words = re.findall(r"\w+", plain)
    if not words or all(word in _EMPTY_WORDS for word in words):
        return True
    if _OPENING.search(plain) and len(words) <= _SHORT_WORDS + 2:
        return True
    return bool(_POINTERS.search(plain)) and len(words) <= _LONGEST_WORDS


def _leans_in_chinese(text: str) -> bool:
    text = _OWN_MEETING.sub("", text)
    said = re.sub(r"[\W_]", "", text)
    words = split(text)
    if all(word in _EMPTY_WORDS for word in words):
        return True
    if _HAN_OPENING.search(text) and len(said) <= _SHORT_HAN:
        return True
    if _HAN_ELLIPSIS.search(text) and len(said) <= _SHORT_HAN - 2 and not _asks(words[:-1]):
        return True
    return bool(_THAT.search(text)) or any(word in _HAN_POINTERS for word in words)


def _asks(words: Sequence[str]) -> bool:
    """Tell whether words hold a question of their own, so that 呢 only softens it."""
    return any(word in _EMPTY_WORDS and len(word) > 1 for word in words)
