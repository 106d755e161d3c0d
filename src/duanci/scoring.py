"""How the words of a question are matched in pieces: BM25, by the formulas of bm25s, and only here.

What is kept is of sentences: a window of two has the words of both.
"""

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from duanci.postings import K1, B, Totals, key_of
from duanci.ragged import Rows, places_of, starts_of

Scores = NDArray[np.float32]

_BM25 = "lucene"  # the variant, as bm25s names it
_FEW = 50_000  # words of all pieces: of so few every piece is scored, and once for each question
_ASKED = 16  # questions whose scores are kept then
_REMEMBERED = 8192  # words whose places are kept once they were looked up


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The words of a question.

    `words` are those that BM25 looks for, in groups with what the score of each counts. The
    coverage of `content` is asked for, by `rarity` float32 (c,), what each of them weighs.
    """

    words: Sequence[tuple[Sequence[str], float]]
    content: Sequence[str] = ()
    rarity: Scores = field(default_factory=lambda: np.empty(0, np.float32))


class Matched(NamedTuple):
    """How the words of a question are matched, float32 (n,) each, of n pieces or paragraphs.

    `words` are the BM25 scores of their best windows. What share of the content words, by rarity,
    in [0, 1], one window has at most is `coverage`, and what share all of a piece has `breadth`.
    """

    words: Scores
    coverage: Scores
    breadth: Scores


class Scorer:
    """Scores the pieces of an opened build."""

    def __init__(self, files: Mapping[str, Any], totals: Totals) -> None:
        """Score by what `postings` wrote.

        :param files: its arrays, by their names.
        """
        self._files, self._totals = files, totals
        scoring = _open_scoring()
        self._weigh_rarity = scoring._select_idf_scorer(_BM25)
        self._weigh_count = scoring._select_tfc_scorer(_BM25)
        self._own = threading.local()
        of_words = (files["word-keys"], files["word-places"])
        self.place = lru_cache(_REMEMBERED)(partial(_find_place, *of_words))
        self.pieces = len(files["sentence-starts"]) - 1  # how many there are
        self._scored = lru_cache(_ASKED)(self._score_all)

    @property
    def is_few(self) -> bool:
        """Whether all pieces are scored at once."""
        return len(self._files["sentence-words"]) <= _FEW

    def score(self, pieces: Rows, asked: Asked) -> Matched:
        """Match the words of a question in some pieces, int64 (p,)."""
        if not self.is_few:
            return self._score(pieces, asked)
        return Matched(*(one[pieces] for one in self._scored(asked)))

    def _score_all(self, asked: Asked) -> Matched:
        return self._score(np.arange(self.pieces), asked)

    def _score(self, pieces: Rows, asked: Asked) -> Matched:
        places = {word: self.place(word) for words, _ in asked.words for word in words}
        places |= {word: self.place(word) for word in asked.content}
        known = np.array(sorted({p for p in places.values() if p is not None}), np.int64)
        at = {place: column for column, place in enumerate(known.tolist())}
        column = {word: at[place] for word, place in places.items() if place is not None}
        counts, lengths, owner = self._count(pieces, known)
        parts = self._parts(counts, lengths, known)
        total = np.zeros(len(counts), np.float32)
        for words, share in asked.words:
            own = np.zeros(len(counts), np.float32)
            for word in words:
                if word in column:
                    own += parts[:, column[word]]
            total += share * own
        asked_for = [
            (column[word], weight)
            for word, weight in zip(asked.content, asked.rarity, strict=True)
            if word in column
        ]
        has = counts[:, [at for at, _ in asked_for]] > 0
        whole = max(float(np.sum(asked.rarity)), 1e-9)
        shares = np.array([weight for _, weight in asked_for], np.float32) / whole
        best = _largest(np.column_stack([total, has @ shares, has]), owner, len(pieces))
        return Matched(best[:, 0], best[:, 1], best[:, 2:] @ shares)

    def inverse_frequency(self, places: Rows) -> Scores:
        """Return the inverse document frequencies of words over windows, float32 (w,)."""
        frequencies = self._files["word-frequencies"][places, 1].tolist()
        windows = self._totals.windows
        return np.array([self._weigh_rarity(df, N=windows) for df in frequencies], np.float32)

    def _count(self, pieces: Rows, known: Rows) -> tuple[Scores, Scores, Rows]:
        """Count words in each window of some pieces.

        :param known: int64 (k,), ascending: places of the words.
        :return: how often each window has each, float32 (w, k); how many words it has, float32
            (w,); and which of the pieces it is of, int64 (w,).
        """
        files = self._files
        sentences = places_of(files["sentence-starts"], pieces)
        sizes = files["sentence-starts"][pieces + 1] - files["sentence-starts"][pieces]
        owner = np.repeat(np.arange(len(pieces)), sizes)
        starts = files["sentence-word-starts"]
        said = files["sentence-words"][places_of(starts, sentences)]
        lengths = starts[sentences + 1] - starts[sentences]
        counts = np.zeros((len(sentences), len(known)), np.float32)
        if len(known):
            columns = self._columns()
            columns[known] = np.arange(len(known))
            at = columns[said]
            columns[known] = -1
            is_known = at >= 0
            cells = np.repeat(np.arange(len(sentences)), lengths)[is_known] * len(known)
            flat = np.bincount(cells + at[is_known], minlength=counts.size)
            counts = flat.reshape(counts.shape).astype(np.float32)
        first = np.flatnonzero(owner[1:] == owner[:-1])
        return (
            np.concatenate([counts, counts[first] + counts[first + 1]]),
            np.concatenate([lengths, lengths[first] + lengths[first + 1]]).astype(np.float32),
            np.concatenate([owner, owner[first]]),
        )

    def _columns(self) -> NDArray[np.int16]:
        """Return this thread's table from words to columns, int16 (v,): -1 everywhere."""
        if not hasattr(self._own, "columns"):
            self._own.columns = np.full(len(self._files["word-keys"]), -1, np.int16)
        columns: NDArray[np.int16] = self._own.columns
        return columns

    def _parts(self, counts: Scores, lengths: Scores, known: Rows) -> Scores:
        """Return what each word adds to the score of each window, float32 (w, k)."""
        weighed = self._weigh_count(counts, lengths[:, None], self._totals.length, K1, B, None)
        return np.asarray(self.inverse_frequency(known) * weighed, np.float32)


@cache
def _open_scoring() -> Any:
    """Load the formulas of bm25s alone: the package loads scipy too, longer than all else."""
    os.environ.setdefault("DISABLE_TQDM", "1")  # bm25s's own: no progress bar is loaded
    package = find_spec("bm25s")
    assert package and package.origin
    spec = spec_from_file_location("bm25s.scoring", Path(package.origin).with_name("scoring.py"))
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _find_place(keys: NDArray[np.uint64], places: NDArray[np.int32], word: str) -> int | None:
    """Return the place of a word in the vocabulary; None where no piece has it."""
    key = key_of(word)
    at = int(keys.searchsorted(np.uint64(key)))
    if at == len(keys) or int(keys[at]) != key:
        return None
    return int(places[at])


def _largest(scores: Scores, owner: Rows, count: int) -> Scores:
    """Return the largest scores of each owner, float32 (count, k)."""
    order = np.argsort(owner, kind="stable")
    starts = starts_of(np.bincount(owner, minlength=count))
    if not count:
        return np.empty(scores[:0].shape, np.float32)
    return np.maximum.reduceat(scores[order], starts[:-1])
