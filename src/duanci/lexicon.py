"""Words on disk: BM25 over paragraphs and over windows; bm25s, and only here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

PARAGRAPHS, WINDOWS = "words", "window-words"
_K1, _B = 1.2, 0.6
_NO_WORD = "\0"  # what a document without words has: bm25s takes no empty vocabulary


def write_lexicon(folder: Path, name: str, documents: Sequence[Sequence[str]]) -> None:
    """Write BM25 (Lucene's form) over documents given as words."""
    import bm25s

    model = bm25s.BM25(method="lucene", k1=_K1, b=_B)
    model.index([list(words) or [_NO_WORD] for words in documents], show_progress=False)
    model.save(str(folder / name), show_progress=False)


class Lexicon:
    """BM25 of an opened build, over paragraphs or over windows."""

    def __init__(self, folder: Path, name: str, count: int) -> None:
        import bm25s

        self._model: Any = bm25s.BM25.load(str(folder / name), mmap=True, show_progress=False)
        self._count = count
        self._document_frequency = np.diff(np.asarray(self._model.scores["indptr"]))

    def scores(self, words: Sequence[str]) -> Scores:
        """Return the score of every document, float32 (n,); zero where no word is shared."""
        known = [word for word in words if word in self._model.vocab_dict]
        if not known:
            return np.zeros(self._count, dtype=np.float32)
        return np.asarray(self._model.get_scores(known), dtype=np.float32)

    def coverage(self, words: Sequence[str], weights: Scores) -> Scores:
        """Return what share of the words, by weight, each document has: float32 (n,) in [0, 1]."""
        covered = np.zeros(self._count, dtype=np.float32)
        starts, places = self._model.scores["indptr"], self._model.scores["indices"]
        for word, weight in zip(words, weights, strict=True):
            column = self._model.vocab_dict.get(word)
            if column is not None:
                covered[places[starts[column] : starts[column + 1]]] += weight
        return covered / max(float(np.sum(weights)), 1e-9)

    def has(self, word: str) -> bool:
        """Tell whether any document has a word."""
        return word in self._model.vocab_dict

    def rarity(self, words: Sequence[str]) -> Scores:
        """Return the inverse document frequency of words, float32 (w,); largest for unknown ones.

        `log(1 + (n - df + 0.5) / (df + 0.5))`, as in Lucene's BM25.
        """
        places = [self._model.vocab_dict.get(word) for word in words]
        counts = np.array(
            [0 if p is None else self._document_frequency[p] for p in places], np.float32
        )
        return np.log1p((self._count - counts + 0.5) / (counts + 0.5)).astype(np.float32)
