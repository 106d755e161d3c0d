"""What a report says for what people ask: a translation table from words of questions to words.

People ask in words of their own, or of another language; a report says the same formally. How
likely a text means a word is told by a table of which words stand for which, learned from questions
with the paragraphs that answer them, a thesaurus and a glossary (IBM model 1: Brown et al. 1993,
aclanthology.org/J93-2003; to find answers with it: Berger & Lafferty 1999, Xue, Jeon & Croft 2008).
What texts say is in Chinese. `benchmarks/fit_translation.py` writes `translation.npz`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import Stemmer
from numpy.typing import NDArray

from duanci.arrays import map_array, read_shipped
from duanci.languages import Language, language_of
from duanci.lines import has_han
from duanci.postings import Keys, keys_of
from duanci.ragged import Rows, find_places, places_of
from duanci.segment import is_function_word, split, words

FILE = "translation.npz"
_FILES = ("word-keys", "word-places", "sentence-starts", "sentence-word-starts", "sentence-words")
_STEMMERS: dict[Language, str] = {  # Snowball's
    "ar": "arabic",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "ru": "russian",
    "zh": "english",  # of what a Chinese question has in letters
}


@dataclass(frozen=True, slots=True)
class Translations:
    """What some words are translated by.

    `targets` int32 (n,) are places among the words that texts say, `odds` float32 (n,) how much
    likelier a question asks so where a text says that, and `word` int64 (n,) which of the words.
    """

    targets: NDArray[np.int32]
    odds: NDArray[np.float32]
    word: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Table:
    """A translation table, by `key_of` words.

    `asked` uint64 (a,), ascending, are the words of questions, `starts` int64 (a + 1,) where the
    translations of each begin, and `said` uint64 (s,) the words of texts; see `Translations`.
    """

    asked: Keys
    starts: NDArray[np.int64]
    said: Keys
    targets: NDArray[np.int32]
    odds: NDArray[np.float32]

    def translate(self, words: Sequence[str]) -> Translations:
        """Return what words are translated by; one that is not in the table by nothing."""
        at = find_places(self.asked, keys_of(words))
        known = np.flatnonzero(at >= 0)
        places = places_of(self.starts, at[known])
        sizes = self.starts[at[known] + 1] - self.starts[at[known]]
        return Translations(self.targets[places], self.odds[places], np.repeat(known, sizes))


class Translator:
    """Tells what the pieces of a build mean by the words that they have, see `postings`."""

    def __init__(self, folder: Path) -> None:
        self._files = {name: map_array(folder / f"{name}.npy") for name in _FILES}

    def translate(self, pieces: Rows, asked: Sequence[str]) -> NDArray[np.float32]:
        """Tell how likely pieces mean words of a question.

        :param pieces: int64 (p,).
        :param asked: w words, as of `asked_words`.
        :return: float32 (p, w), the odds that a question asks for what a piece says with each of
            the words; 0 where nothing in it is a translation.
        """
        found = read_table().translate(asked)
        places = self._places[found.targets]
        is_there = places >= 0
        known, column = np.unique(places[is_there], return_inverse=True)
        odds = np.zeros((len(known), len(asked)), np.float32)
        odds[column, found.word[is_there]] = found.odds[is_there]
        has = np.zeros((len(pieces), len(known)), np.float32)
        said, owner = self._said(pieces)
        at = find_places(known, said)
        has[owner[at >= 0], at[at >= 0]] = 1
        return np.asarray(has @ odds)

    def _said(self, pieces: Rows) -> tuple[Rows, Rows]:
        """Return all words of some pieces, by place, and of which of the pieces each is."""
        starts, of_words = self._files["sentence-starts"], self._files["sentence-word-starts"]
        words = self._files["sentence-words"][places_of(of_words, places_of(starts, pieces))]
        sizes = of_words[starts[pieces + 1]] - of_words[starts[pieces]]
        return words, np.repeat(np.arange(len(pieces)), sizes)

    @cached_property
    def _places(self) -> NDArray[np.int32]:
        """The places in the build's vocabulary of what others are translated by, int32 (s,).

        -1 where nothing says it.
        """
        at = find_places(self._files["word-keys"], read_table().said)
        found = np.full(len(at), -1, np.int32)
        found[at >= 0] = self._files["word-places"][at[at >= 0]]
        return found


@cache
def read_table() -> Table:
    """Read the table that comes with the package."""
    return Table(**read_shipped(FILE))


def asked_words(question: str, language: Language | None = None) -> list[str]:
    """List the words of a question that are translated: what says how it asks is none of them.

    Of a word in letters its stem stands for it.

    :param language: of the words in letters; as `language_of` tells if None.
    """
    stemmer = Stemmer.Stemmer(_STEMMERS[language or language_of(question)])  # of no two threads
    found = (word for word in split(question) if not is_function_word(word) and _says(word))
    return [word if has_han(word) else stemmer.stemWord(word) for word in found]


def said_words(text: str) -> list[str]:
    """List the Chinese words of a text that others may be translated by, each once."""
    return list(dict.fromkeys(word for word in words(text) if has_han(word[0])))


def _says(word: str) -> bool:
    """Tell whether a word says something: of one in letters, whether it has three of them."""
    return has_han(word) or (len(word) > 2 and word.isalpha())
