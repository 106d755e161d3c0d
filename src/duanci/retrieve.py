"""From a question to ranked hits: candidates by vector and by words, ranked by late interaction."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duanci.encoder import Encoded, Encoder
from duanci.index import Index
from duanci.records import Hit, Window
from duanci.segment import content_words, simplify, words
from duanci.tokens import interact, unit_rows

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]

_CANDIDATES = 20  # paragraphs that are ranked
_VECTORS = 150  # paragraph and window vectors looked at for them

# How much each signal counts, once its scores are standardised over the candidates. Chosen on
# public question sets, see docs/quality.md; the dense vectors only propose candidates.
WINDOW_WORDS, PARAGRAPH_TOKENS, WINDOW_TOKENS = 0.4, 0.2, 0.4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paragraph that is ranked for a question, with what it is ranked by.

    `words` is the BM25 score of its best window; `tokens` and `window_tokens`, cosines in
    [-1, 1], the late interaction with the whole and with the best window; `least` the mean over
    the worst-matched third of the question's tokens; `windows` float32 (w,) the late interaction
    with each of its windows.
    """

    row: int
    words: float
    tokens: float
    window_tokens: float
    least: float
    windows: Scores


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is asked of an index.

    `seen` in [0, 1] is the share of its content words, by rarity, that occur in the index at all:
    near 0 for a question in another language.
    """

    text: str
    encoded: Encoded
    words: tuple[str, ...]
    content: tuple[str, ...]
    seen: float


def retrieve(
    question: str, index: Index, encoder: Encoder, only: Sequence[str] | None = None
) -> list[Hit]:
    """Rank the paragraphs of a build for a question.

    :param only: symbols of the reports to keep to; None for all of them.
    :return: hits, best first, of the paragraphs that any ranking proposes.
    """
    query = make_query(question, index, encoder)
    candidates = find_candidates(query, index, only)
    scores = join_scores(candidates, query.seen)
    order = np.argsort(-scores, kind="stable")
    return [_hit(index, candidates[at], float(scores[at])) for at in order]


def make_query(question: str, index: Index, encoder: Encoder) -> Query:
    """Encode a question and segment it."""
    content = tuple(dict.fromkeys(content_words(question)))
    rarity = index.words.rarity(content)
    known = np.array([index.words.has(word) for word in content], dtype=bool)
    seen = float(rarity[known].sum() / rarity.sum()) if len(content) else 0.0
    encoded = encoder.encode_question(simplify(question))
    return Query(question, encoded, tuple(words(question)), content, seen)


def find_candidates(query: Query, index: Index, only: Sequence[str] | None) -> list[Candidate]:
    """Find the paragraphs to rank, by vector and by words, and score each."""
    by_window = index.window_words.scores(query.words)
    best_window = np.maximum.reduceat(by_window, index.first_window[:-1])
    near = index.near(query.encoded.vector, _VECTORS if only is None else len(index.windows) * 2)
    rows = _propose([near, _descending(best_window)], index, only)
    question = unit_rows(query.encoded.tokens)
    return [_score(index, row, question, float(best_window[row])) for row in rows]


def join_scores(candidates: Sequence[Candidate], seen: float) -> NDArray[np.float64]:
    """Join the rankings of candidates: each standardised, weighted, added.

    Words count less the less of the question occurs in the index at all, so that a question in
    another language is not dragged down by them.

    :return: float64 (n,), higher is better.
    """
    signals = np.array([(c.words, c.tokens, c.window_tokens) for c in candidates], dtype=np.float64)
    signals = signals.reshape(len(candidates), 3)
    spread = signals.std(axis=0) if len(signals) else np.ones(3)
    mean = signals.mean(axis=0) if len(signals) else np.zeros(3)
    standard = (signals - mean) / np.where(spread > 1e-9, spread, 1.0)
    weights = [WINDOW_WORDS * min(1.0, 2 * seen), PARAGRAPH_TOKENS, WINDOW_TOKENS]
    return np.asarray(standard @ np.array(weights))


def _descending(scores: Scores) -> Rows:
    order = np.argsort(-scores, kind="stable")
    return order[scores[order] > 0]


def _propose(rankings: Sequence[Rows], index: Index, only: Sequence[str] | None) -> list[int]:
    """Take from several rankings in turn until there are enough rows."""
    if only is not None:
        kept = [row for row, p in enumerate(index.paragraphs) if p.report in only]
        rankings = [rows[np.isin(rows, kept)] for rows in rankings]
    proposed: dict[int, None] = {}
    for place in range(max(map(len, rankings), default=0)):
        for rows in rankings:
            if place < len(rows) and len(proposed) < _CANDIDATES:
                proposed[int(rows[place])] = None
    return list(proposed)


def _score(index: Index, row: int, question: Scores, by_words: float) -> Candidate:
    own = index.windows_of(row)
    sentences = (own.stop - own.start + 1) // 2  # n sentences make n - 1 pairs
    if not len(question):
        nothing = np.zeros(own.stop - own.start, dtype=np.float32)
        return Candidate(row, by_words, 0.0, 0.0, 0.0, nothing)
    best = interact(question, *index.tokens.take(row), sentences)
    pairs = np.maximum(best[1:], best[:-1])
    windows = np.concatenate([best, pairs]).mean(axis=1)
    whole = np.sort(best.max(axis=0))
    least = whole[: max(1, len(whole) // 3)]
    return Candidate(
        row, by_words, float(whole.mean()), float(windows.max()), float(least.mean()), windows
    )


def _hit(index: Index, candidate: Candidate, score: float) -> Hit:
    spans = index.windows[index.windows_of(candidate.row)]
    ranked = tuple(
        (Window(candidate.row, int(spans[at, 1]), int(spans[at, 2])), float(candidate.windows[at]))
        for at in np.argsort(-candidate.windows, kind="stable")
    )
    return Hit(candidate.row, index.paragraphs[candidate.row], score, ranked)
