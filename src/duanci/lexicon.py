"""Words on disk: BM25 over windows; bm25s, and only here.

bm25s scores documents one by one when it makes an index. Here its formulas are applied to the whole
matrix of counts at once, which takes a tenth of the time; what it loads and asks is its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci.ragged import Rows, places_of, starts_of

Scores = NDArray[np.float32]

FILES = ("word-frequencies.npy", "sentence-words.npy", "sentence-word-starts.npy")
FOLDER = "words"
_K1, _B = 1.2, 0.6


@dataclass(frozen=True, slots=True)
class Words:
    """The words of s sentences, as numbers in a vocabulary.

    `ids` int32 (n,) are all words, sentence after sentence; `starts` int64 (s + 1,) where each
    sentence's begin.
    """

    vocabulary: tuple[str, ...]
    ids: NDArray[np.int32]
    starts: Rows

    @classmethod
    def number(cls, sentences: Iterable[Sequence[str]]) -> "Words":
        """Give the words of sentences numbers."""
        vocabulary: dict[str, int] = {}
        numbered = [[vocabulary.setdefault(w, len(vocabulary)) for w in s] for s in sentences]
        starts = starts_of([len(one) for one in numbered])
        ids = np.fromiter(chain.from_iterable(numbered), np.int32, int(starts[-1]))
        return cls(tuple(vocabulary), ids, starts)

    @classmethod
    def join(cls, parts: Sequence["Words"]) -> "Words":
        """Put sentences one after the other; words that none of them has are forgotten."""
        vocabulary: dict[str, int] = {}
        renumbered = []
        for part in parts:
            used = np.unique(part.ids)
            table = np.zeros(len(part.vocabulary), np.int32)
            for old in used.tolist():
                table[old] = vocabulary.setdefault(part.vocabulary[old], len(vocabulary))
            renumbered.append(table[part.ids])
        starts = starts_of(np.concatenate([np.diff(part.starts) for part in parts]))
        return cls(tuple(vocabulary), np.concatenate(renumbered), starts)

    def pick(self, rows: Rows) -> "Words":
        """Return some of the sentences, in the order of `rows`, int64 (r,)."""
        starts = starts_of(np.diff(self.starts)[rows])
        return Words(self.vocabulary, self.ids[places_of(self.starts, rows)], starts)


def write_lexicon(folder: Path, words: Words, counts: Rows) -> None:
    """Write BM25 (Lucene's form) over the windows of pieces, and the words of each sentence.

    :param words: of all sentences, piece after piece.
    :param counts: int64 (p,), how many sentences each piece has.
    """
    import bm25s
    from scipy import sparse

    shape = (len(words.starts) - 1, len(words.vocabulary))
    ones = np.ones(len(words.ids), np.float32)
    sentences = sparse.csr_matrix((ones, words.ids, words.starts), shape=shape, copy=True)
    sentences.sum_duplicates()
    of_piece = np.repeat(np.arange(len(counts)), counts)
    whole = sparse.csr_matrix(
        (np.ones(len(of_piece), np.float32), (of_piece, range(len(of_piece))))
    )
    frequencies = (whole @ sentences).getnnz(axis=0).astype(np.int32)
    windows = _windows(counts) @ sentences
    model = bm25s.BM25(method="lucene", k1=_K1, b=_B)
    model.scores, model.nonoccurrence_array = _score(windows), None
    model.vocab_dict = {word: at for at, word in enumerate(words.vocabulary)}
    model.save(str(folder / FOLDER), show_progress=False)
    for name, array in zip(FILES, (frequencies, words.ids, words.starts), strict=True):
        np.save(folder / name, array)


class Lexicon:
    """BM25 of an opened build, over windows."""

    def __init__(self, folder: Path, windows: int, pieces: int) -> None:
        import bm25s

        self._model: Any = bm25s.BM25.load(str(folder / FOLDER), mmap=True, show_progress=False)
        self._windows, self._pieces = windows, pieces
        loaded = [np.load(folder / name, mmap_mode="r").view(np.ndarray) for name in FILES]
        self._frequencies, self._ids, self._starts = loaded

    @property
    def words(self) -> Words:
        """The words of every sentence."""
        return Words(tuple(self._model.vocab_dict), self._ids, self._starts)

    def scores(self, words: Sequence[str]) -> Scores:
        """Return the score of every window, float32 (w,); zero where no word is shared."""
        known = [word for word in words if word in self._model.vocab_dict]
        if not known:
            return np.zeros(self._windows, dtype=np.float32)
        return np.asarray(self._model.get_scores(known), dtype=np.float32)

    def coverage(self, words: Sequence[str], weights: Scores) -> Scores:
        """Return what share of the words, by weight, each window has: float32 (w,) in [0, 1]."""
        covered = np.zeros(self._windows, dtype=np.float32)
        starts, places = self._model.scores["indptr"], self._model.scores["indices"]
        for word, weight in zip(words, weights, strict=True):
            column = self._model.vocab_dict.get(word)
            if column is not None:
                covered[places[starts[column] : starts[column + 1]]] += weight
        return covered / max(float(np.sum(weights)), 1e-9)

    def has(self, word: str) -> bool:
        """Tell whether any piece has a word."""
        return word in self._model.vocab_dict

    def rarity(self, words: Sequence[str]) -> Scores:
        """Return the inverse document frequency of words, float32 (w,); largest for unknown ones.

        `log(1 + (n - df + 0.5) / (df + 0.5))` over pieces, as in Lucene's BM25.
        """
        places = [self._model.vocab_dict.get(word) for word in words]
        counts = np.array([0 if p is None else self._frequencies[p] for p in places], np.float32)
        return np.log1p((self._pieces - counts + 0.5) / (counts + 0.5)).astype(np.float32)


def _windows(counts: Rows) -> Any:
    """Return which sentences make up each window, a sparse matrix (w, s) of ones."""
    from scipy import sparse

    sizes = 2 * counts - 1
    piece = np.repeat(np.arange(len(counts)), sizes)
    place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    is_pair = place >= counts[piece]
    first = (np.cumsum(counts) - counts)[piece] + np.where(is_pair, place - counts[piece], place)
    rows = np.concatenate([np.arange(len(place)), np.flatnonzero(is_pair)])
    columns = np.concatenate([first, first[is_pair] + 1])
    shape = (len(place), int(counts.sum()))
    return sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)


def _score(documents: Any) -> dict[str, Any]:
    """Score every word of every document, given as a sparse matrix of counts (n, v)."""
    from bm25s.scoring import _select_idf_scorer, _select_tfc_scorer

    lengths = np.asarray(documents.sum(axis=1)).ravel()
    matrix = documents.tocsc()
    matrix.sort_indices()
    count = max(documents.shape[0], 1)
    frequency = np.diff(matrix.indptr)
    idf = _select_idf_scorer("lucene")
    rarity = np.array([idf(int(df), N=count) for df in frequency], np.float32)
    mean = max(float(lengths.mean()), 1e-9) if len(lengths) else 1.0
    weigh = _select_tfc_scorer("lucene")
    weighed = weigh(matrix.data, lengths[matrix.indices], mean, _K1, _B, None)
    scores = (np.repeat(rarity, frequency) * weighed).astype(np.float32)
    return {
        "data": scores,
        "indices": matrix.indices.astype(np.int32),
        "indptr": matrix.indptr.astype(np.int32),
        "num_docs": documents.shape[0],
    }
