"""From a question to ranked hits: dense and BM25 rankings joined over their candidates."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from duanci.encoder import Encoder
from duanci.index import Index
from duanci.records import Hit, Window
from duanci.segment import words

Scores = NDArray[np.float64]

_CANDIDATES = 50  # paragraphs from either ranking
_VECTORS = 200  # paragraph and window vectors looked at for them
_WEIGHTS = np.array([0.7, 1.0, 1.2])  # paragraph vector, best window, BM25


def retrieve(
    question: str, index: Index, encoder: Encoder, only: Sequence[str] | None = None
) -> list[Hit]:
    """Rank the paragraphs of a build for a question.

    :param only: symbols of the reports to keep to; None for all of them.
    :return: hits, best first, of the paragraphs that either ranking proposes.
    """
    vector = encoder.encode_question(question)
    by_words = index.by_words(words(question))
    allowed = None if only is None else _rows_of(index, only)
    rows = _candidates(index, vector, by_words, allowed)
    if not len(rows):
        return []
    cosines = [index.similarities(vector, int(row)) for row in rows]
    features = np.array(
        [[whole, float(parts.max()), by_words[row]] for row, (whole, parts) in zip(rows, cosines, strict=True)]
    )
    scores = join_scores(features)
    order = np.argsort(-scores, kind="stable")
    return [_hit(index, int(rows[at]), float(scores[at]), cosines[at][1]) for at in order]


def join_scores(features: Scores) -> Scores:
    """Join rankings: z-scores over the candidates, weighted and added.

    :param features: float64 (n, 3): cosine of the paragraph, of its best window, BM25 score.
    :return: float64 (n,), higher is better.
    """
    spread = features.std(axis=0)
    z = (features - features.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    return np.asarray(z @ _WEIGHTS)


def _candidates(
    index: Index, vector: NDArray[np.float32], by_words: NDArray[np.float32], allowed: set[int] | None
) -> NDArray[np.int64]:
    """Return the rows that either ranking proposes."""
    count = _VECTORS if allowed is None else len(index.paragraphs) + len(index.windows)
    near, _ = index.by_vector(vector, count)
    best = np.argsort(-by_words, kind="stable")
    wordy = best[by_words[best] > 0]
    if allowed is not None:
        near = np.array([row for row in near if int(row) in allowed], dtype=np.int64)
        wordy = np.array([row for row in wordy if int(row) in allowed], dtype=np.int64)
    return np.union1d(near[:_CANDIDATES], wordy[:_CANDIDATES]).astype(np.int64)


def _rows_of(index: Index, symbols: Sequence[str]) -> set[int]:
    return {row for row, p in enumerate(index.paragraphs) if p.report in symbols}


def _hit(index: Index, row: int, score: float, cosines: NDArray[np.float32]) -> Hit:
    start, _ = index.window_range(row)
    ranked = [
        (Window(row, int(index.windows[start + at, 1]), int(index.windows[start + at, 2])), float(cosines[at]))
        for at in np.argsort(-cosines, kind="stable")
    ]
    return Hit(row, index.paragraphs[row], score, tuple(ranked))
