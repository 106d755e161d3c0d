"""Words on disk: BM25 over windows, found sparsely; by the formulas of bm25s, and only here.

A question looks at the pieces that have its words, the rarest word first, and adds up the most that
each may weigh there, until no piece that it has not met can be among the best (MaxScore: Turtle &
Flood 1995); those that it has met and that may be are then scored exactly, from the words of their
sentences. What is kept is of sentences: a window of two has the words of both.
"""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from queue import LifoQueue
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from duanci.arrays import map_array
from duanci.postings import FILES, K1, B, key_of, read_totals
from duanci.ragged import Rows, places_of, starts_of

__all__ = ["FILES", "Asked", "Lexicon", "Matched"]

Scores = NDArray[np.float32]
Asked = Sequence[tuple[Sequence[str], float]]  # words, and what the BM25 score of them counts

_BM25 = "lucene"  # the variant, as bm25s names it
_AT_ONCE = 4  # questions that look for pieces at a time; each holds 4 bytes a piece
_FEW = 50_000  # words of all pieces: of so few every piece is scored
_SHORT = 20_000  # postings: so few are read rather than thought about
_FIRST = 4000  # postings that are read before it is thought about
_AGAIN = 3  # how many times more must have been read before it is thought about again
_OPEN = 0.3  # nor is it while more than this share of what words may count is left
_DEARER = 2000  # what scoring a piece exactly costs more than reading a posting
_LOOKED_AT = 3  # pieces that are scored to see what the best have, for each that is wanted
_REMEMBERED = 8192  # words whose places are kept once they were looked up
_MARGIN = 1e-4  # what rounding may do to a bound


@dataclass(frozen=True, slots=True)
class _Term:
    """A word of a question: its place in the vocabulary, what it counts, how much at most."""

    place: int
    weight: float
    bound: float
    length: int


class Matched(NamedTuple):
    """How the words of a question are matched, float32 (n,) each, of n pieces or paragraphs.

    `words` are the BM25 scores of their best windows. What share of the content words, by rarity,
    in [0, 1], one window has at most is `coverage`, and what share all of a piece has `breadth`.
    """

    words: Scores
    coverage: Scores
    breadth: Scores


class Lexicon:
    """BM25 of an opened build, over windows."""

    def __init__(self, folder: Path) -> None:
        loaded = {name.removesuffix(".npy"): map_array(folder / name) for name in FILES[1:]}
        self._files: dict[str, Any] = loaded
        self._totals = read_totals(folder)
        scoring = _open_scoring()
        self._weigh_rarity = scoring._select_idf_scorer(_BM25)
        self._weigh_count = scoring._select_tfc_scorer(_BM25)
        self._own = threading.local()
        of_words = (loaded["word-keys"], loaded["word-places"])
        self._place = lru_cache(_REMEMBERED)(partial(_find_place, *of_words))
        self._free: LifoQueue[Scores | None] = LifoQueue()
        for _ in range(_AT_ONCE):
            self._free.put(None)

    def has(self, word: str) -> bool:
        """Tell whether any piece has a word."""
        return self._place(word) is not None

    def pieces_with(self, words: Sequence[str], count: int) -> Rows:
        """Return the first pieces that have the rarest of some words; none where one is unknown."""
        places = [self._place(word) for word in words]
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
        places = [self._place(word) for word in words]
        frequencies = self._files["word-frequencies"]
        counts = np.array([0 if p is None else frequencies[p, 0] for p in places], np.float32)
        pieces = len(self._files["sentence-starts"]) - 1
        return np.log1p((pieces - counts + 0.5) / (counts + 0.5)).astype(np.float32)

    def best(self, asked: Asked, count: int) -> tuple[Rows, Scores]:
        """Return the pieces whose best windows score highest, and their scores.

        :return: in no order, `count` pieces and those that score as high as the last of them;
            fewer where fewer share a word.
        """
        terms = self._terms(asked)
        if not terms:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        pieces = self._likely(asked, terms, count)
        best = self._score(pieces, asked)
        if len(best) > count:
            is_best = best >= np.partition(best, -count)[-count]
            pieces, best = pieces[is_best], best[is_best]
        return pieces[best > 0], best[best > 0]

    def _likely(self, asked: Asked, terms: Sequence[_Term], count: int) -> Rows:
        """Return pieces among which the best `count` are."""
        pieces = len(self._files["sentence-starts"]) - 1
        if len(self._files["sentence-words"]) <= _FEW:
            return np.arange(pieces)
        most = self._free.get()
        if most is None:
            most = np.zeros(pieces, np.float32)
        met: list[Rows] = []
        try:
            return self._narrow(asked, terms, count, most, met)
        finally:
            for own in met:
                most[own] = 0
            self._free.put(most)

    def score(self, pieces: Rows, asked: Asked, content: Sequence[str], rarity: Scores) -> Matched:
        """Match the words of a question in some pieces.

        :param pieces: int64 (p,).
        :param content: words whose coverage is asked for, and `rarity` float32 (c,) their weights.
        """
        places = {word: self._place(word) for words, _ in asked for word in words}
        places |= {word: self._place(word) for word in content}
        known = np.array(sorted({p for p in places.values() if p is not None}), np.int64)
        at = {place: column for column, place in enumerate(known.tolist())}
        column = {word: at[place] for word, place in places.items() if place is not None}
        counts, lengths, owner = self._count(pieces, known)
        parts = self._parts(counts, lengths, known)
        total = np.zeros(len(counts), np.float32)
        for words, share in asked:
            own = np.zeros(len(counts), np.float32)
            for word in words:
                if word in column:
                    own += parts[:, column[word]]
            total += share * own
        asked_for = [
            (column[word], weight)
            for word, weight in zip(content, rarity, strict=True)
            if word in column
        ]
        has = counts[:, [at for at, _ in asked_for]] > 0
        shares = np.array([w for _, w in asked_for], np.float32) / max(float(np.sum(rarity)), 1e-9)
        best = _largest(np.column_stack([total, has @ shares, has]), owner, len(pieces))
        return Matched(best[:, 0], best[:, 1], best[:, 2:] @ shares)

    def _inverse_frequency(self, places: Rows) -> Scores:
        """Return the inverse document frequencies of words over windows, float32 (w,)."""
        frequencies = self._files["word-frequencies"][places, 1].tolist()
        windows = self._totals.windows
        return np.array([self._weigh_rarity(df, N=windows) for df in frequencies], np.float32)

    def _terms(self, asked: Asked) -> list[_Term]:
        """List the words of a question, those that may count most first."""
        weights: dict[int, float] = {}
        for words, share in asked:
            for word in words:
                place = self._place(word)
                if place is not None:
                    weights[place] = weights.get(place, 0.0) + share
        places = np.array([*weights], np.int64)
        starts = self._files["word-starts"]
        idf = self._inverse_frequency(places)
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
        scores = self._score(likely, asked)
        return pieces, float(np.partition(scores, -count)[-count]) * (1 - _MARGIN)

    def _score(self, pieces: Rows, asked: Asked) -> Scores:
        return self.score(pieces, asked, (), np.empty(0, np.float32)).words

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
        return np.asarray(self._inverse_frequency(known) * weighed, np.float32)


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
