"""From a question to ranked hits: several rankings joined over their candidates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duanci.encoder import Encoded, Encoder
from duanci.index import Index
from duanci.records import Hit, Window
from duanci.segment import simplify, words
from duanci.tokens import interact

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]

_CANDIDATES = 30  # paragraphs from each ranking
_VECTORS = 150  # paragraph and window vectors looked at for them

#: What a candidate is ranked by, and how much each counts once its scores are standardised.
SIGNALS = {
    "paragraph cosine": 0.5,
    "window cosine": 0.5,
    "paragraph words": 1.0,
    "window words": 1.0,
    "paragraph tokens": 1.0,
    "window tokens": 1.5,
}


@dataclass(frozen=True, slots=True)
class Ranking:
    """The candidates of a question.

    `rows` int64 (n,), their paragraphs, best first; `signals` float32 (n, 6) in the order of
    `SIGNALS`; `scores` float64 (n,), higher is better; `windows`, for each candidate, the score
    of each of its windows, float32 (w,), in their order.
    """

    rows: Rows
    signals: Scores
    scores: NDArray[np.float64]
    windows: tuple[Scores, ...]


def retrieve(
    question: str, index: Index, encoder: Encoder, only: Sequence[str] | None = None
) -> list[Hit]:
    """Rank the paragraphs of a build for a question.

    :param only: symbols of the reports to keep to; None for all of them.
    :return: hits, best first, of the paragraphs that any ranking proposes.
    """
    ranking = rank(question, index, encoder, only)
    return [
        _hit(index, int(row), float(score), parts)
        for row, score, parts in zip(ranking.rows, ranking.scores, ranking.windows, strict=True)
    ]


def rank(
    question: str, index: Index, encoder: Encoder, only: Sequence[str] | None = None
) -> Ranking:
    """Rank the paragraphs of a build for a question; see `retrieve`."""
    simplified = simplify(question)
    encoded = encoder.encode_question(simplified)
    asked = words(question)
    by_words, by_window_words = index.words.scores(asked), index.window_words.scores(asked)
    best_words = np.maximum.reduceat(by_window_words, index.first_window[:-1])
    rows = _candidates(index, encoded, [by_words, best_words], only)
    weights = _token_weights(index, simplified, encoded)
    turned = index.tokens.axes.apply(encoded.tokens)
    signals = np.zeros((len(rows), len(SIGNALS)), dtype=np.float32)
    windows = []
    for at, row in enumerate(rows.tolist()):
        whole, cosines = index.cosines(encoded.vector, row)
        token_whole, token_parts = _interact(index, turned, weights, row)
        own = by_window_words[index.windows_of(row)]
        signals[at] = (
            whole, cosines.max(), by_words[row], own.max(), token_whole, token_parts.max(initial=0),
        )  # fmt: skip
        windows.append(_window_scores(cosines, own, token_parts))
    scores = join_scores(signals)
    order = np.argsort(-scores, kind="stable")
    return Ranking(rows[order], signals[order], scores[order], tuple(windows[at] for at in order))


def join_scores(signals: Scores) -> NDArray[np.float64]:
    """Join rankings: each standardised over the candidates, weighted, added.

    :param signals: float32 (n, 6), in the order of `SIGNALS`.
    :return: float64 (n,), higher is better.
    """
    if not len(signals):
        return np.zeros(0)
    wide = signals.astype(np.float64)
    spread = wide.std(axis=0)
    standard = (wide - wide.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    return np.asarray(standard @ np.array(list(SIGNALS.values())))


def _candidates(
    index: Index, encoded: Encoded, by_words: Sequence[Scores], only: Sequence[str] | None
) -> Rows:
    """Return the rows that any ranking proposes, ascending."""
    lists = [index.near(encoded.vector, _VECTORS if only is None else len(index.windows) * 2)]
    for scores in by_words:
        order = np.argsort(-scores, kind="stable")
        lists.append(order[scores[order] > 0])
    if only is not None:
        kept = [row for row, p in enumerate(index.paragraphs) if p.report in only]
        lists = [rows[np.isin(rows, kept)] for rows in lists]
    return np.unique(np.concatenate([rows[:_CANDIDATES] for rows in lists])).astype(np.int64)


def _token_weights(index: Index, question: str, encoded: Encoded) -> Scores:
    """Weigh the question's tokens, adding up to 1."""
    count = len(encoded.tokens)
    return np.full(count, 1 / max(count, 1), dtype=np.float32)


def _interact(index: Index, turned: Scores, weights: Scores, row: int) -> tuple[float, Scores]:
    """Return the late interaction of a question with a paragraph and with its windows."""
    own = index.windows_of(row)
    tokens, sentences = index.tokens.take(row)
    if not len(tokens) or not len(turned):
        return 0.0, np.zeros(own.stop - own.start, dtype=np.float32)
    best = interact(turned, tokens, sentences)
    missing = (own.stop - own.start + 1) // 2 - len(best)
    if missing:
        best = np.concatenate([best, np.full((missing, best.shape[1]), -1, np.float32)])
    pairs = np.maximum(best[1:], best[:-1])
    return float(best.max(axis=0) @ weights), np.concatenate([best, pairs]) @ weights


def _window_scores(cosines: Scores, by_words: Scores, by_tokens: Scores) -> Scores:
    """Score the windows of one paragraph for quoting."""
    return by_tokens + cosines


def _hit(index: Index, row: int, score: float, parts: Scores) -> Hit:
    spans = index.windows[index.windows_of(row)]
    ranked = tuple(
        (Window(row, int(spans[at, 1]), int(spans[at, 2])), float(parts[at]))
        for at in np.argsort(-parts, kind="stable")
    )
    return Hit(row, index.paragraphs[row], score, ranked)
