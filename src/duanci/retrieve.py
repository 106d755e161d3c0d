"""From a question to ranked hits: candidates by vector and by words, ranked by late interaction."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from duanci.chunking import Encoded
from duanci.encoder import Encoder
from duanci.index import Index
from duanci.lexicon import Asked
from duanci.names import has_all, places
from duanci.ragged import starts_of
from duanci.records import Hit, Window
from duanci.segment import content_words, sentences_in, simplify, words
from duanci.tokens import interact, unit_rows

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]

_CANDIDATES = 20  # paragraphs that are ranked
_VECTORS = 150  # paragraph and window vectors looked at for them
_LARGE = 20_000  # vectors: so many are searched while words are, which costs a few a little
_ASIDE = ThreadPoolExecutor(4)
_FEW = 2000  # paragraphs: so many are all looked at, when a question keeps to them

_PAIR_COST = 0.01  # what two sentences must be better by than one, to be quoted instead
_CONTEXT = 0.35  # what the questions before count, of a question that leans on them

# How much each signal counts, once its scores are standardised over the candidates. Chosen on
# public question sets, see docs/quality.md; the dense vectors only propose candidates.
WEIGHTS = (0.4, 0.2, 0.4)  # of words, tokens and window_tokens
_MISPLACED = 0.4  # what a paragraph loses that lacks a place which the question names


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paragraph that is ranked for a question, with what it is ranked by.

    `words` is the BM25 score of its best window and `coverage` in [0, 1] the largest share of the
    question's content words, by rarity, that a window of it has. `closeness`, the same for all, is
    the cosine of the question with the nearest vector of all that was searched. `tokens` and
    `window_tokens`, cosines in [-1, 1], are the late interaction with the whole and with the best
    window; of the best cosines of the question's tokens, `least` is the mean over the worst third,
    and `spread` the standard deviation. `windows` float32 (w,) is the late interaction with each
    of its windows, those of its own text first; `misplaced` that the question names a place which
    the paragraph does not.
    """

    row: int
    words: float
    coverage: float
    closeness: float
    tokens: float
    window_tokens: float
    least: float
    spread: float
    windows: Scores
    misplaced: bool = False


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was found for a query: its candidates and their hits, both best first."""

    query: "Query"
    candidates: tuple[Candidate, ...]
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is asked of an index.

    `weights` float32 (t,), adding up to 1, is what each of its tokens counts; `asked` the
    words that BM25 looks for; `content` its content words and `rarity` float32 (c,)
    their inverse document frequencies; `seen` in [0, 1] the share of them, by rarity, that occur
    in the index at all: near 0 for a question in another language.
    """

    text: str
    encoded: Encoded
    weights: Scores
    asked: Asked
    content: tuple[str, ...]
    rarity: Scores
    seen: float


def retrieve(
    question: str,
    index: Index,
    encoder: Encoder,
    within: Rows | None = None,
    context: str = "",
) -> Ranking:
    """Rank the paragraphs of a build for a question.

    :param within: rows of the paragraphs to keep to; None for all of them.
    :param context: earlier questions that this one leans on.
    """
    query = make_query(question, index, encoder, context)
    candidates = find_candidates(query, index, within)
    scores = join_scores(candidates, query.seen)
    order = np.argsort(-scores, kind="stable")
    return Ranking(
        query,
        tuple(candidates[at] for at in order),
        tuple(_hit(index, candidates[at], float(scores[at])) for at in order),
    )


def make_query(question: str, index: Index, encoder: Encoder, context: str = "") -> Query:
    """Encode a question and segment it, together with the context that it leans on."""
    before = simplify(f"{context} ") if context else ""
    encoded = encoder.encode_question(before + simplify(question))
    own = encoded.spans[:, 0] >= len(before)
    content = tuple(content_words(question))
    rarity = index.words.rarity(content)
    known = np.array([index.words.has(word) for word in content], dtype=bool)
    seen = float(rarity[known].sum() / rarity.sum()) if len(content) else 0.0
    asked = _count(question, context, index)
    return Query(question, encoded, _weigh(own), asked, content, rarity, seen)


def find_candidates(
    query: Query, index: Index, within: Rows | None, limit: int = _CANDIDATES
) -> list[Candidate]:
    """Find the paragraphs to rank, by vector and by words, and score each.

    :param within: rows of the paragraphs to keep to; None for all of them.
    :param limit: how many at most.
    """
    near, said, closeness = _rankings(query, index, within, limit)
    rows = _propose((near, said), limit)
    best_words, covered = index.match(
        np.array(rows, np.int64), query.asked, query.content, query.rarity
    )
    named = places(query.text)
    met = _interact(index, rows, query)
    signals = zip(
        best_words.tolist(),
        covered.tolist(),
        (met.whole @ query.weights).tolist(),
        *met.unevenness(),
        strict=True,
    )
    return [
        Candidate(
            row=row,
            words=of_words,
            coverage=coverage,
            closeness=closeness,
            tokens=tokens,
            window_tokens=float(windows.max()),
            least=least,
            spread=spread,
            windows=windows,
            misplaced=bool(named) and not has_all(index.paragraphs[row], named),
        )
        for row, windows, (of_words, coverage, tokens, least, spread) in zip(
            rows, met.windows, signals, strict=True
        )
    ]


def join_scores(
    candidates: Sequence[Candidate], seen: float, weights: Sequence[float] = WEIGHTS
) -> NDArray[np.float64]:
    """Join the rankings of candidates: each standardised, weighted, added.

    Words count less the less of the question occurs in the index at all, so that a question in
    another language is not dragged down by them. A paragraph that lacks a place which the question
    names falls behind those that have it.

    :param seen: the share of the question's words that the index has.
    :param weights: of the words, the tokens and the window's tokens.
    :return: float64 (n,), higher is better.
    """
    signals = np.array([(c.words, c.tokens, c.window_tokens) for c in candidates], dtype=np.float64)
    signals = signals.reshape(len(candidates), 3)
    spread = signals.std(axis=0) if len(signals) else np.ones(3)
    mean = signals.mean(axis=0) if len(signals) else np.zeros(3)
    standard = (signals - mean) / np.where(spread > 1e-9, spread, 1.0)
    of_words, *of_tokens = weights
    misplaced = np.array([c.misplaced for c in candidates], dtype=np.float64)
    scores = standard @ np.array([of_words * min(1.0, 2 * seen), *of_tokens])
    return np.asarray(scores - _MISPLACED * misplaced)


def _weigh(own: NDArray[np.bool_]) -> Scores:
    """Weigh the tokens of a question, its own against those of its context."""
    shares = np.where(own, 1 - _CONTEXT, _CONTEXT) if not own.all() else np.ones(len(own))
    counts = np.where(own, max(own.sum(), 1), max((~own).sum(), 1))
    weights = shares / counts
    return np.asarray(weights / max(weights.sum(), 1e-9), dtype=np.float32)


def _count(question: str, context: str, index: Index) -> Asked:
    """Return the words of a question, and of its context, which count less."""
    asked, before = words(question), words(context)
    if not before:
        return ((asked, 1.0),)
    heaviness = index.words.rarity(before).sum() / max(index.words.rarity(asked).sum(), 1e-9)
    share = _CONTEXT / (1 - _CONTEXT) / max(float(heaviness), 1e-9)
    return ((asked, 1.0), (before, share))


def _rankings(
    query: Query, index: Index, within: Rows | None, limit: int
) -> tuple[Rows, Rows, float]:
    """Rank paragraphs by vector and by words; the first `limit` of each decide.

    :return: both rankings, and the cosine of the nearest vector.
    """
    vector, asked = query.encoded.vector, query.asked
    if within is not None and len(within) <= _FEW:
        near, closeness = index.near_of(vector, within)
        scores, _ = index.match(within, asked, (), np.empty(0, np.float32))
        order = np.argsort(-scores, kind="stable")
        return near, within[order[scores[order] > 0]], closeness
    if within is None:
        return _near_and_said(query, index, limit)
    closeness = index.near(vector, 1)[1]
    near = _keep(lambda count: index.near(vector, count)[0], within, _VECTORS, limit)
    said = _keep(lambda count: index.said(asked, count), within, limit, limit)
    return near, said, closeness


def _near_and_said(query: Query, index: Index, limit: int) -> tuple[Rows, Rows, float]:
    """Rank all paragraphs, as `_rankings` does; of many, both ways at once."""
    look = partial(index.near, query.encoded.vector, max(_VECTORS, limit))
    if index.vector_count < _LARGE:
        near, closeness = look()
        return near, index.said(query.asked, limit), closeness
    aside = _ASIDE.submit(look)
    said = index.said(query.asked, limit)
    near, closeness = aside.result()
    return near, said, closeness


def _keep(rank: Callable[[int], Rows], within: Rows, count: int, limit: int) -> Rows:
    """Rank ever more paragraphs until there are `limit` of those that are to be kept to."""
    before = -1
    while True:
        rows = rank(count)
        kept = rows[np.isin(rows, within)]
        if len(kept) >= limit or len(rows) == before:
            return kept
        before, count = len(rows), count * 8


def _propose(rankings: Sequence[Rows], limit: int) -> list[int]:
    """Take from several rankings in turn until there are enough rows."""
    proposed: dict[int, None] = {}
    for place in range(max(map(len, rankings), default=0)):
        for rows in rankings:
            if place < len(rows) and len(proposed) < limit:
                proposed[int(rows[place])] = None
    return list(proposed)


@dataclass(frozen=True, slots=True)
class _Met:
    """A question's tokens, met by some paragraphs.

    `whole` float32 (r, q) is the best cosine of each token in each paragraph, `windows` the score
    of each window, float32 (w,) of each.
    """

    whole: Scores
    windows: list[Scores]

    def unevenness(self) -> tuple[list[float], list[float]]:
        """Return of each paragraph the mean over the worst third of the tokens, and the spread."""
        if not self.whole.size:
            return [0.0] * len(self.whole), [0.0] * len(self.whole)
        worst = np.sort(self.whole, axis=1)[:, : max(1, self.whole.shape[1] // 3)]
        return worst.mean(axis=1).tolist(), self.whole.std(axis=1).tolist()


def _interact(index: Index, rows: Sequence[int], query: Query) -> _Met:
    """Let a question's tokens meet those of some paragraphs."""
    if not rows:
        return _Met(np.empty((0, len(query.weights)), np.float32), [])
    members = [index.members_of(row) for row in rows]
    taken, counts = index.tokens_of(np.concatenate(members).astype(np.int64))
    best = interact(unit_rows(query.encoded.tokens), taken)
    ends, pieces = starts_of(counts), starts_of([len(own) for own in members])
    scores = np.concatenate([best, np.maximum(best[1:], best[:-1])]) @ query.weights
    # of each piece, its sentences, then their pairs; a pair across two pieces is none
    order = [
        part
        for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
        for part in (np.arange(start, end), np.arange(start, end - 1) + len(best))
    ]
    windows = np.split(scores[np.concatenate(order)], starts_of(2 * counts - 1)[pieces[1:-1]])
    return _Met(np.maximum.reduceat(best, ends[pieces[:-1]], axis=0), windows)


def _hit(index: Index, candidate: Candidate, score: float) -> Hit:
    spans = index.windows_of(candidate.row)
    scores = candidate.windows[: len(spans)].copy()
    scores[sentences_in(len(scores)) :] -= _PAIR_COST
    paragraph = index.paragraphs[candidate.row]
    order = np.argsort(-scores, kind="stable")
    order = order[spans[order, 1] <= len(paragraph.text)]
    ranked = tuple(
        (Window(candidate.row, start, end), score)
        for (start, end), score in zip(spans[order].tolist(), scores[order].tolist(), strict=True)
    )
    return Hit(candidate.row, paragraph, score, ranked)
