"""Words and sentences: jieba, the folding of scripts and widths, and the windows to quote from."""

import re
import unicodedata
import warnings
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from duanci.lines import HAN
from duanci.wordlist import WordList

Count = TypeVar("Count", int, NDArray[np.int64])

_HAN_RUN = re.compile(f"[{HAN}]+")
_RUN = re.compile(rf"[{HAN}]+|(?:(?![{HAN}])[^\W_])+")
_CLOSERS = "”’」』》）)】]\"'"
_END = re.compile(
    rf"(?:[。！？!?]+[{re.escape(_CLOSERS)}]*[⁰¹²³⁴⁵⁶⁷⁸⁹]*"
    rf"|(?<!\b[A-Z])(?<!\bNo)(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)(?<!\bpara)(?<!\bparas)(?<!\bart)(?<!\bvol)"
    rf"(?<!\bcf)(?<!\be\.g)(?<!\bi\.e)\.[{re.escape(_CLOSERS)}]*[⁰¹²³⁴⁵⁶⁷⁸⁹]*(?=\s+[^\sa-z]))\s*"
)
# Words of a question that say how it asks, not what about; see `is_function_word` for more.
FUNCTION_WORDS = frozenset(
    "的 了 吗 呢 吧 啊 呀 么 是 在 有 和 与 及 或 对 为 于 以 由 从 到 把 被 给 让 向 就 也 都 "
    "还 又 而 且 但 并 之 其 这 那 此 该 个 些 种 项 上 中 下 里 内 等 不 没 没有 能 可 可以 "
    "会 要 应 应当 应该 需要 请 请问 谁 哪 哪些 哪个 哪种 哪里 哪儿 哪年 哪一 何 何时 何地 "
    "为何 为什么 什么 什么样 怎么 怎样 怎么样 如何 多少 几 多 是否 是不是 有没有 关于 根据 "
    "通过 由于 因为 所以 如果 认为 指出 提到 提及 谈到 谈及 讲到 说到 涉及 说 讲 来说 方面 "
    "时候 之间 其中 它 它们 他 她 他们 我 我们 你 一 一个 一些 这个 那个 这些 那些 这种 那种 "
    "报告 里面 主要 具体 文件 文中 有无 "
    "做 干 该不该 叫 叫做 称为 指 起 算 还有 列出 "
    "what which who whom whose when where why how is are was were do does did the a an of in on "
    "at to for from by with and or not that this these those it its be been has have had can "
    "could should would will may about any there report".split()
)
# jieba's parts of speech of words that say nothing of their own: pronouns, conjunctions,
# prepositions, particles, adverbs, interjections, what stands behind a place, a word's endings.
_CLOSED = ("r", "c", "p", "u", "d", "y", "e", "f", "k")
# Words that count, and ask, or say a or an: 几年, 哪一条, 多久; 一种, 一项.
_ASKING = re.compile("[哪何几啥谁]|第几|多[少久大长远高重]|一(?=.)")
_CLAUSE_END = re.compile(r"[；;]\s*")
_LONG_SENTENCE = 160  # characters; a longer one is parted at its semicolons too


def fold(text: str) -> str:
    """Return a text as it is compared: NFKC, lower case, simplified characters."""
    return str(_converter().convert(unicodedata.normalize("NFKC", text).casefold()))


def simplify(text: str) -> str:
    """Return a text in simplified characters, character for character: offsets stay."""
    converted = str(_converter().convert(text))
    if len(converted) == len(text):
        return converted
    one_by_one = (str(_converter().convert(char)) for char in text)
    return "".join(new if len(new) == 1 else old for new, old in zip(one_by_one, text, strict=True))


def words(text: str) -> list[str]:
    """Segment a text into what BM25 counts.

    jieba's words in search mode; beside them, each under its own mark, all pairs of neighbouring
    Han characters and the characters alone, so that a name that jieba cuts otherwise here and
    there still meets itself.
    """
    found: list[str] = []
    for run in _RUN.findall(fold(text)):
        if not _HAN_RUN.match(run):
            found.append(run)
            continue
        found += _cut(run)
        found += (f"2{run[i : i + 2]}" for i in range(len(run) - 1))
        found += (f"1{char}" for char in run)
    return found


def content_words(text: str) -> list[str]:
    """Segment a text into the words that say what it is about, each once, in their order.

    jieba's words without function words, and the pairs of neighbouring characters in the longer
    ones, in the form of `words`.
    """
    found: list[str] = []
    for word in split(text):
        if is_function_word(word):
            continue
        found.append(word)
        if _HAN_RUN.fullmatch(word) and len(word) > 2:
            found += (f"2{word[i : i + 2]}" for i in range(len(word) - 1))
    return list(dict.fromkeys(found))


def is_function_word(word: str) -> bool:
    """Tell whether a word, folded, says how a question asks, and not what about.

    Of words that count, like 几年, only those do that ask, or whose number is one, like 一种.
    """
    if word in FUNCTION_WORDS:
        return True
    tag = _dictionary().tag_of(word)
    if tag == "f" and word.endswith("部"):
        return False  # 东部, 外部 tell which one
    return tag[:1] in _CLOSED or (tag[:1] == "m" and _ASKING.match(word) is not None)


def own_words(question: str) -> list[str]:
    """Segment a question into its words, folded, but those that say how it asks."""
    return [word for word in split(question) if not is_function_word(word)]


def parts_of(term: str) -> list[str]:
    """List the shorter words that a term, folded, is made of; none where they leave a rest."""
    parts = [word for word in _cut(term) if word != term]
    left = set(range(len(term)))
    for part in parts:
        at = term.find(part)
        left -= set(range(at, at + len(part)))
    return [] if left else parts


def split(text: str) -> list[str]:
    """Segment a text into words, folded, without punctuation: jieba's, and what else is a run.

    jieba parts what is neither Han nor ASCII into single characters.
    """
    found: list[str] = []
    for run in _RUN.findall(fold(text)):
        found += _jieba(run).cut(run) if _HAN_RUN.match(run) else [run]
    return found


def tokenize(text: str) -> list[str]:
    """Cut a text into jieba's words and all that stands between them; they add up to the text."""
    return list(_jieba(text).cut(text))


def sentences(text: str) -> list[tuple[int, int]]:
    """Part a paragraph's text into sentences; each list item is one.

    :return: [start, end) offsets in the order of the text, blanks around each left out.
    """
    found: list[tuple[int, int]] = []
    for line in re.finditer(r"[^\n]+", text):
        for start, end in _cut_at(_END, text, line.start(), line.end()):
            parts = [(start, end)]
            if end - start > _LONG_SENTENCE:
                parts = _cut_at(_CLAUSE_END, text, start, end)
            found += [_trimmed(text, a, b) for a, b in parts if text[a:b].strip()]
    return found


def windows(text: str) -> list[tuple[int, int]]:
    """List the windows of a paragraph: each sentence, and each two neighbours.

    :return: [start, end) offsets, n sentences and then n - 1 pairs; one for a text without any.
    """
    single = sentences(text) or [(0, len(text))]
    pairs = [(a[0], b[1]) for a, b in zip(single, single[1:], strict=False)]
    return single + pairs


def sentences_in(count: Count) -> Count:
    """Return how many of so many windows are sentences; the rest are their pairs.

    :param count: a number, or int64 (n,) numbers.
    """
    return (count + 1) // 2


def _cut_at(pattern: re.Pattern[str], text: str, start: int, end: int) -> list[tuple[int, int]]:
    cuts = [m.end() for m in pattern.finditer(text, start, end) if m.end() < end]
    return list(zip([start, *cuts], [*cuts, end], strict=True))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


@lru_cache(maxsize=4096)
def _cut(run: str) -> tuple[str, ...]:
    return tuple(_jieba(run).cut_for_search(run))


def _jieba(text: str) -> Any:
    """Give jieba with what its dictionary has of a text."""
    dictionary = _dictionary()
    dictionary.read(text)
    return dictionary.jieba


class _Dictionary:
    """jieba's dictionary, read as texts need it; all of it takes a second and 90 MB."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # jieba 0.42 has escapes that Python 3.12 warns of
            import jieba
        self.jieba = jieba.dt
        self._list = WordList(Path(jieba.__file__).with_name(jieba.DEFAULT_DICT_NAME))
        self._frequencies: dict[str, int] = self.jieba.FREQ
        self._tags: dict[str, str] = {}
        self.jieba.total, self.jieba.initialized = self._list.total(), True

    def read(self, text: str) -> None:
        """Read the words that a text may hold."""
        self._list.read(text, self._take)

    def tag_of(self, word: str) -> str:
        """Return a word's part of speech; "" for one that was not read or is not listed."""
        return self._tags.get(word, "")

    def tagger(self) -> Any:
        """Return what tells parts of speech, of texts that were read."""
        self.jieba.get_dict_file = BytesIO  # it would read all of it when it is imported
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from jieba import posseg
        posseg.dt.word_tag_tab = self._tags
        return posseg.dt

    def _take(self, fields: list[str]) -> None:
        """Take in lines of word, frequency and part of speech, as `jieba.gen_pfdict` does.

        What words begin with counts as a word of frequency 0.
        """
        words = fields[0::3]
        self._frequencies.update(zip(words, map(int, fields[1::3]), strict=True))
        self._tags.update(zip(words, fields[2::3], strict=True))
        for word in words:
            for end in range(len(word) - 1, 0, -1):
                if word[:end] in self._frequencies:
                    break
                self._frequencies[word[:end]] = 0


@cache
def _dictionary() -> _Dictionary:
    return _Dictionary()


@cache
def _tagger() -> Any:
    return _dictionary().tagger()


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


@lru_cache(maxsize=4096)
def tagged(text: str) -> tuple[tuple[str, str], ...]:
    """Segment a text, simplified, into jieba's words with their parts of speech (nr, ns, …)."""
    simplified = simplify(text)
    _dictionary().read(simplified)
    return tuple((pair.word, pair.flag) for pair in _tagger().cut(simplified))
