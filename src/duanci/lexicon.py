"""Words on disk: the pieces whose words match a question best, found sparsely.

A question looks at the pieces that have its words, the rarest word first, and adds up the most that
each may weigh there, until no piece that it has not met can be among the best (MaxScore: Turtle &
Flood 1995); those that it has met and that may be are then scored exactly, see `scoring`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci.arrays import map_array
from duanci.postings import FILES, read_totals
from duanci.ragged import Rows, starts_of
from duanci.scoring import Asked, Matched, Scorer

__all__ = ["FILES", "Asked", "Lexicon", "Matched"]

Scores = NDArray[np.float32]

_AT_ONCE = 4  # questions that look for pieces at a time; each holds 4 bytes a piece
_SHORT = 20_000  # postings: so few are read rather than thought about
_FIRST = 4000  # postings that are read before it is thought about
_AGAIN = 3  # how many times more must have been read before it is thought about again
_OPEN = 0.3  # nor is it while more than this share of what words may count is left
_DEARER = 2000  # what scoring a piece exactly costs more than reading a posting
_LOOKED_AT = 3  # pieces that are scored to see what the best have, for each that is wanted
_MARGIN = 1e-4  # what rounding may do to a bound


@dataclass(frozen=True, slots=True)
class _Term:
    """A word of a question: its place in the vocabulary, what it counts, how much at most."""

    place: int
    weight: float
    bound: float
    length: int


class Lexicon:
    """BM25 of an opened build, over windows."""

    def __init__(self, folder: Path) -> None:
        loaded = {name.removesuffix(".npy"): map_array(folder / name) for name in FILES[1:]}
        self._files: dict[str, Any] = loaded
        self._scorer = Scorer(loaded, read_totals(folder))
        self._free: LifoQueue[Scores | None] = LifoQueue()
        for _ in range(_AT_ONCE):
            self._free.put(None)

    def has(self, word: str) -> bool:
        """Tell whether any piece has a word."""
        return self._scorer.place(word) is not None

    def pieces_with(self, words: Sequence[str], count: int) -> Rows:
        """Return the first pieces that have the rarest of some words; none where one is unknown."""
        places = [self._scorer.place(word) for word in words]
        known = [place for place in places if place is not None]
        if not known or len(known) < len(places):
            return np.empty(0, np.int64)
        starts = self._files["word-starts"]
        first, end = min(
            (starts[place : place + 2].tolist() for place in known), key=lambda run: run[1] - run[0]
        )
        own = slice(first, min(end, first + count))
        return np.asarray(self._files["word-pieces"][own], np.int64)

    def rarity(self, words: Sequence[str]) -> Scores:
        """Return the inverse document frequency of words, float32 (w,); largest for unknown ones.

        `log(1 + (n - df + 0.5) / (df + 0.5))` over pieces, as in Lucene's BM25.
        """
        places = [self._scorer.place(word) for word in words]
        frequencies = self._files["word-frequencies"]
        counts = np.array([0 if p is None else frequencies[p, 0] for p in places], np.float32)
        pieces = self._scorer.pieces
        return np.log1p((pieces - counts + 0.5) / (counts + 0.5)).astype(np.float32)

    def best(self, asked: Asked, count: int) -> tuple[Rows, Scores]:
        """Return the pieces whose best windows score highest, and their scores.

        :return: in no order, `count` pieces and those that score as high as the last of them;
            fewer where fewer share a word.
        """
        if self._scorer.is_few:
            pieces = np.arange(self._scorer.pieces)
        else:
            asked = Asked(asked.words)
            pieces = self._likely(asked, count)
        best = self.score(pieces, asked).words
        if len(best) > count:
            is_best = best >= np.partition(best, -count)[-count]
            pieces, best = pieces[is_best], best[is_best]
        return pieces[best > 0], best[best > 0]

    def score(self, pieces: Rows, asked: Asked) -> Matched:
        """Match the words of a question in some pieces, int64 (p,)."""
        return self._scorer.score(pieces, asked)

    def _likely(self, asked: Asked, count: int) -> Rows:
        """Return pieces among which the best `count` are."""
        terms = self._terms(asked)
        if not terms:
            return np.empty(0, np.int64)
        most = self._free.get()
        if most is None:
            most = np.zeros(self._scorer.pieces, np.float32)
        met: list[Rows] = []
        try:
            return self._narrow(asked, terms, count, most, met)
        finally:
            for own in met:
                most[own] = 0
            self._free.put(most)

    def _terms(self, asked: Asked) -> list[_Term]:
        """List the words of a question, those that may count most first."""
        weights: dict[int, float] = {}
        for words, share in asked.words:
            for word in words:
                place = self._scorer.place(word)
                if place is not None:
                    weights[place] = weights.get(place, 0.0) + share
        places = np.array([*weights], np.int64)
        starts = self._files["word-starts"]
        idf = self._scorer.inverse_frequency(places)
        tops = self._files["word-tops"][places]
        terms = [
            _Term(place, weight * float(r), weight * float(r * top), int(length))
            for (place, weight), r, top, length in zip(
                weights.items(), idf, tops, starts[places + 1] - starts[places], strict=True
            )
        ]
        return sorted(terms, key=lambda term: -term.bound)

    def _narrow(
        self, asked: Asked, terms: Sequence[_Term], count: int, most: Scores, met: list[Rows]
    ) -> Rows:
        """Return pieces among which the best `count` are, as `_likely` does.

        :param most: float32 (p,), zeros: what the words that were read may count in each piece.
        :param met: gets the pieces that have any of them, each once.
        """
        ends = starts_of([term.length for term in terms])
        rests = [sum(term.bound for term in terms[at:]) for at in range(len(terms))]
        looked = 0  # what was read when it was last thought about
        for term, read, rest in zip(terms, ends.tolist(), rests, strict=False):
            left = int(ends[-1]) - read
            is_time = read >= max(_AGAIN * looked, _FIRST) and rest < _OPEN * rests[0]
            if is_time and left > _SHORT:
                pieces, least = self._least(asked, most, met, count)
                found = pieces[most[pieces] + rest >= least]
                if rest < least and _DEARER * len(found) < left:
                    return found
                looked = read
            met.append(self._add(term, most))
        pieces, least = self._least(asked, most, met, count)
        return np.asarray(pieces[most[pieces] >= least])

    def _add(self, term: _Term, most: Scores) -> Rows:
        """Add what a word may count to the pieces that have it; return those that had none."""
        own = slice(*self._files["word-starts"][term.place : term.place + 2].tolist())
        pieces = self._files["word-pieces"][own].astype(np.int64)
        weights = self._files["word-weights"][own].astype(np.float32)
        before = most[pieces]
        most[pieces] = before + weights * np.float32(term.weight)
        return np.asarray(pieces[before == 0])

    def _least(
        self, asked: Asked, most: Scores, met: Sequence[Rows], count: int
    ) -> tuple[Rows, float]:
        """Return the pieces that were met, and a score that `count` of them have at least.

        It is that of those that look best, worked out; 0 where there are fewer.
        """
        pieces = np.concatenate(met)
        size = _LOOKED_AT * count
        likely = pieces
        if len(pieces) > size:
            likely = pieces[np.argpartition(most[pieces], -size)[-size:]]
        if len(likely) < count:
            return pieces, 0.0
        scores = self.score(likely, asked).words
        return pieces, float(np.partition(scores, -count)[-count]) * (1 - _MARGIN)
