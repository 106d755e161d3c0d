"""What a question names, people, places, years and words in Latin script, and who else names it."""

import re
from collections.abc import Sequence

from duanci.lines import HAN, has_han
from duanci.records import Paragraph
from duanci.segment import fold, tagged

_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_FLAGS = ("nr", "nt", "nz")  # jieba's of people, bodies and other names; ns is a place


def places(question: str) -> list[str]:
    """List the places that a question names."""
    return _tagged_as(question, ("ns",))


def names(question: str) -> list[str]:
    """List the people, the bodies and whatever else a question names."""
    return _tagged_as(question, _FLAGS)


def marks(question: str) -> list[str]:
    """List what is spelt alike wherever it is named: years, and Latin words among Han ones."""
    found: list[str] = _YEAR.findall(question)
    if has_han(question):
        found += _LATIN_WORD.findall(question)
    return found


def has_all(paragraph: Paragraph, named: Sequence[str]) -> bool:
    """Tell whether a paragraph, with its headings and footnotes, has all of some names."""
    if not named:
        return True
    notes = (note.text for note in paragraph.footnotes)
    text = fold("\n".join([*paragraph.section, paragraph.text, *notes]))
    return all(_has(fold(name), text) for name in named)


def _tagged_as(question: str, flags: tuple[str, ...]) -> list[str]:
    return [word for word, flag in tagged(question) if flag[:2] in flags and len(word) > 1]


def _has(name: str, text: str) -> bool:
    """Tell whether a text has a name, or of a long Han one half its pairs of characters."""
    if name in text:
        return True
    pairs = [name[i : i + 2] for i in range(len(name) - 1)]
    han = re.fullmatch(f"[{HAN}]{{3,}}", name) is not None
    return han and 2 * sum(pair in text for pair in pairs) >= len(pairs)
