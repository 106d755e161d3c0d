"""In which language of the United Nations a question is asked, and how it is told no in it.

Chinese, Russian and Arabic are told by their script, the others by their small words.
"""

import re
from functools import lru_cache
from typing import Literal, TypeAlias

from duanci.lines import HAN

Language: TypeAlias = Literal["ar", "en", "es", "fr", "ru", "zh"]

REFUSALS: dict[Language, str] = {
    "ar": "لا يذكر التقرير ذلك.",
    "en": "The report does not say.",
    "es": "El informe no lo dice.",
    "fr": "Le rapport ne le dit pas.",
    "ru": "В докладе об этом не говорится.",
    "zh": "报告没有说明这一点。",
}

_SCRIPTS: tuple[tuple[Language, re.Pattern[str]], ...] = (
    ("zh", re.compile(f"[{HAN}]")),
    ("ar", re.compile("[\u0600-\u06ff\u0750-\u077f]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)
_SHARE = {"zh": 0.2, "ar": 0.5, "ru": 0.5}  # of the letters of a report that is in a language
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_SMALL: dict[Language, frozenset[str]] = {
    "en": frozenset(
        "a about an and are at by can did do does for from has have how in is it its of on that "
        "the their there they this to was were what when where which who whom whose why will with"
        " would".split()
    ),
    "es": frozenset(
        "a al cómo con cuál cuáles cuándo cuánta cuántas cuánto cuántos de del dónde el en es "
        "está fue fueron hay la las lo los no para por qué que quién quiénes se según sobre son "
        "su sus tiene un una y".split()
    ),
    "fr": frozenset(
        "a au aux avec ce ces cette combien comment d dans de des du elle en est et eu il ils l "
        "la le les leur leurs on ont où par pour pourquoi qu quand que quel quelle quelles quels "
        "qui quoi s sa se ses son sont sur t un une y été".split()
    ),
}
_MARKS: tuple[tuple[Language, re.Pattern[str]], ...] = (
    ("es", re.compile("[¿¡ñáíóú]", re.IGNORECASE)),
    ("fr", re.compile("[àâçèêëîïôœùû]", re.IGNORECASE)),
)


@lru_cache(maxsize=1024)  # a paragraph's is asked for several times for one question
def language_of(question: str) -> Language:
    """Tell which of the six languages a question is in; English where nothing tells."""
    for language, script in _SCRIPTS:
        if script.search(question):
            return language
    return _by_small_words(question)


def language_of_report(text: str) -> Language:
    """Tell which of the six languages most of a long text is in, which may quote others."""
    letters = len(_LETTER.findall(text))
    for language, script in _SCRIPTS:
        if len(script.findall(text)) > _SHARE[language] * letters:
            return language
    return _by_small_words(text)


def _by_small_words(text: str) -> Language:
    """Tell a language in Latin letters by its small words; English where nothing tells."""
    words = [word.lower() for word in _WORD.findall(text)]
    counts = {of: sum(word in small for word in words) for of, small in _SMALL.items()}
    for language, marks in _MARKS:
        counts[language] += bool(marks.search(text))
    return max(counts, key=lambda language: counts[language])


def refusal(question: str) -> str:
    """Return the sentence that refuses a question, in its language."""
    return REFUSALS[language_of(question)]
