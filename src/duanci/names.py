"""What a question names, people, places, years and words in Latin script, and who else names it."""

import re
from collections.abc import Sequence

from duanci.countries import Named, han_names, named_in_letters
from duanci.lines import HAN, has_han
from duanci.records import Paragraph
from duanci.segment import fold, parts_of, tagged, tokenize

_YEAR = re.compile(  # 1998年, 1996至1998年, 1998/99年; of other scripts any that can be one
    r"(?<![\d.,])((?:1\d|2[01])\d\d)(?=\s*(?:年(?!代)|[-–—/～~至到和、及]\s*\d))"
    rf"|(?<![\d.,])((?:19|20)\d\d)(?![\d{HAN}])"
)
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_AROUND = 8  # characters beside a name that tell whether it is a part of a word, or that may
# stand between the words of a term
_FLAGS = ("nr", "nt", "nz")  # jieba's of people, bodies and other names; ns is a place


def places(question: str) -> list[Named]:
    """List the places that a question names; of one in another script, countries, in Chinese."""
    if not has_han(question):
        return named_in_letters(question)
    known = han_names()
    return [
        known.get(word, (word,))
        for word, flag in tagged(question)
        if (flag[:2] == "ns" and len(word) > 1) or word in known
    ]


def countries(question: str) -> list[Named]:
    """List the countries among the places that a question names, in Chinese."""
    return [named for named in places(question) if named[0] in han_names()]


def years(question: str) -> list[Named]:
    """List the years that a question names."""
    return [(first or second,) for first, second in _YEAR.findall(question)]


def names(question: str) -> list[Named]:
    """List the people, the bodies and whatever else a question names."""
    return [(word,) for word, flag in tagged(question) if flag[:2] in _FLAGS and len(word) > 1]


def marks(question: str) -> list[Named]:
    """List the Latin words among Han ones, which are spelt alike wherever they are named."""
    return [(word,) for word in _LATIN_WORD.findall(question)] if has_han(question) else []


def has_all(paragraph: Paragraph, named: Sequence[Named]) -> bool:
    """Tell whether a paragraph, with its headings and footnotes, has all of some by a name."""
    if not named:
        return True
    text = _all_of(paragraph)
    return all(any(_has(fold(name), text) for name in own) for own in named)


def has_term(paragraph: Paragraph, term: str) -> bool:
    """Tell whether a paragraph has a term, or near each other all words that it is made of."""
    text, parts = _all_of(paragraph), parts_of(term)
    if term in text or not parts:
        return term in text
    reach = len(term) + _AROUND
    spans = (text[max(0, m.start() - reach) : m.end() + reach] for m in re.finditer(parts[0], text))
    return any(all(part in span for part in parts) for span in spans)


def _all_of(paragraph: Paragraph) -> str:
    """Return the text of a paragraph with its headings and footnotes, folded."""
    notes = (note.text for note in paragraph.footnotes)
    return fold("\n".join([*paragraph.section, paragraph.text, *notes]))


def _has(name: str, text: str) -> bool:
    """Tell whether a text has a name, or of a long Han one half its pairs of characters."""
    if name in text:
        return name not in han_names() or _stands(name, text)
    pairs = [name[i : i + 2] for i in range(len(name) - 1)]
    han = re.fullmatch(f"[{HAN}]{{3,}}", name) is not None
    return han and 2 * sum(pair in text for pair in pairs) >= len(pairs)


def _stands(name: str, text: str) -> bool:
    """Tell whether a text has a country's name as one: 发展中国家 has not 中国, nor 南苏丹 苏丹."""
    for found in re.finditer(re.escape(name), text):
        first = max(0, found.start() - _AROUND)
        end = first
        for word in tokenize(text[first : found.end() + _AROUND]):
            start, end = end, end + len(word)
            if end > found.start():
                break
        begins_or_ends = start == found.start() or end <= found.end()
        if begins_or_ends and (word == name or word not in han_names()):
            return True
    return False
