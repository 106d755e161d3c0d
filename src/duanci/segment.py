"""Words and sentences: jieba, the folding of scripts and widths, and the windows to quote from."""

import logging
import re
import unicodedata
import warnings
from functools import cache, lru_cache
from typing import Any

from duanci.lines import HAN

_WORD = re.compile(r"\w", re.UNICODE)
_HAN_RUN = re.compile(f"[{HAN}]+")
_RUN = re.compile(rf"[{HAN}]+|(?:(?![{HAN}])[^\W_])+")
_CLOSERS = "”’」』》）)】]\"'"
_END = re.compile(
    rf"(?:[。！？!?]+[{re.escape(_CLOSERS)}]*[⁰¹²³⁴⁵⁶⁷⁸⁹]*"
    rf"|(?<!\b[A-Z])(?<!\bNo)(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)(?<!\bpara)(?<!\bparas)(?<!\bart)(?<!\bvol)"
    rf"(?<!\bcf)(?<!\be\.g)(?<!\bi\.e)\.[{re.escape(_CLOSERS)}]*[⁰¹²³⁴⁵⁶⁷⁸⁹]*(?=\s+[^\sa-z]))\s*"
)
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
    """Segment a text into jieba's words alone, folded, without punctuation."""
    return [w for w in _jieba().cut(fold(text)) if _WORD.search(w)]


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

    :return: [start, end) offsets; never empty for a text that says something.
    """
    single = sentences(text)
    pairs = [(a[0], b[1]) for a, b in zip(single, single[1:], strict=False)]
    return single + pairs


def _cut_at(pattern: re.Pattern[str], text: str, start: int, end: int) -> list[tuple[int, int]]:
    cuts = [m.end() for m in pattern.finditer(text, start, end) if m.end() < end]
    return list(zip([start, *cuts], [*cuts, end], strict=True))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


@lru_cache(maxsize=4096)
def _cut(run: str) -> tuple[str, ...]:
    return tuple(_jieba().cut_for_search(run))


@cache
def _jieba() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42 has escapes that Python 3.12 warns of
        import jieba
    jieba.setLogLevel(logging.WARNING)
    return jieba


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")
