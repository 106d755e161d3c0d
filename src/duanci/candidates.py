"""The paragraphs that may answer a question, and how well each of them matches it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from duanci.index import Index
from duanci.interaction import Met, gather, interact
from duanci.lexicon import Asked, Matched
from duanci.lines import has_han
from duanci.names import has_all
from duanci.query import Encoding, Query
from duanci.ragged import places_of, starts_of
from duanci.records import Paragraph

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]

_CANDIDATES = 20  # paragraphs that are ranked
_VECTORS = 150  # paragraph and window vectors looked at for them
_POOL = 60  # paragraphs, nearest first, whose meaning is looked at to propose more
_LARGE = 20_000  # vectors: so many are searched while words are, which costs a few a little
_ENOUGH = 1.5  # so many times as far as words are known, what they mean does not count
_FOREIGN = 0.25  # how far words count of a question without a Han character
_LOOKING = ThreadPoolExecutor(4)
_MORE = 8  # so many times as many are looked at where too few are to be kept to
_FEW = 2000  # paragraphs: so many are all looked at, when a question keeps to them


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paragraph that is ranked for a question, with what it is ranked by.

    `words` is the BM25 score of its best window, and of the question's content words, by rarity,
    `coverage` is the largest share in [0, 1] that a window has, and `breadth` that a piece of it
    has; 0 of a question with a context, whose words are not all in it. `meaning` is how likely it
    means what is asked by other words, the mean of the logarithms of one more than the odds, by
    `Query.meant_weights`, and 0 where words are known; see `translation`. `tokens` and `window`,
    centred cosines in [-1, 1], are the late interaction with the whole and with the best window, by
    `Encoding.weights`. Of the best plain cosines of the question's own tokens, `least` is the mean
    over the worst third, and `spread` the standard deviation, by `Encoding.own`. All but `coverage`
    and `least` rank.

    `windows` float32 (w,) is the late interaction with each window, those of its own text first, by
    `Encoding.own`; it tells what to quote, and what else there is how sure an answer is.
    `own_tokens` and `own_window` are as `tokens` and `window`, by `Encoding.own`. `closeness`, the
    same for all, is the cosine of the question with the nearest vector of all that was searched.
    `match` is as `own_window`, in plain cosines. `misplaced` tells that the question names a place
    which the paragraph does not, `elsewhere` that it only points to that place (那里), and `untold`
    that it asks for a name, a person or a place, and the paragraph has none. How far the first
    stands out, the same for all, are `lead`, of its score over the second's, and `window_lead`, of
    its `window` over the best of the others; see `tell_lead`.
    """

    row: int
    words: float
    coverage: float
    breadth: float
    meaning: float
    tokens: float
    window: float
    own_tokens: float
    own_window: float
    closeness: float
    match: float
    least: float
    spread: float
    windows: Scores
    misplaced: bool = False
    elsewhere: bool = False
    untold: bool = False
    lead: float = 0.0
    window_lead: float = 0.0


class Trust(NamedTuple):
    """How far the words of a question count, and how far what they mean, both in [0, 1]."""

    words: float
    meaning: float


def find_candidates(
    query: Query, index: Index, within: Rows | None, limit: int = _CANDIDATES
) -> list[Candidate]:
    """Find the paragraphs to rank, by vector and by words, and score each.

    Of a question whose words are hardly known, by what they mean too.

    :param within: rows of the paragraphs to keep to; None for all of them.
    :param limit: how many at most.
    """
    near, said, closeness = _rankings(query, index, within, limit)
    rows = _propose((near, said), limit)
    matched = _match(index, rows, query)
    meanings = np.zeros(len(rows), np.float32)
    if _trust(query, matched.coverage).meaning > 0:
        pool = np.union1d(near[: max(_POOL, limit)], said[:limit])
        meant = _meanings(index, pool, query)
        rows = _propose((near, said, _best_first(pool, meant)), limit)
        meanings = meant[np.searchsorted(pool, rows)]
        matched = _match(index, rows, query)
    stands_alone = len(query.asked.words) == 1
    encoding = query.encoding()
    centred, own_centred, own_plain = _meet(index, rows, encoding)
    signals = zip(
        *(scores.tolist() for scores in matched),
        meanings.tolist(),
        (centred.whole @ encoding.weights).tolist(),
        _best(centred),
        (own_centred.whole @ encoding.own).tolist(),
        _best(own_centred),
        _best(own_plain),
        *_unevenness(own_plain.whole, encoding.own),
        strict=True,
    )
    return [
        Candidate(
            row=row,
            words=of_words,
            coverage=coverage,
            breadth=breadth if stands_alone else 0.0,
            meaning=meaning,
            tokens=tokens,
            window=window,
            own_tokens=own_tokens,
            own_window=own_window,
            closeness=closeness,
            match=match,
            least=least,
            spread=spread,
            windows=windows,
            misplaced=(misplaced := _is_misplaced(query, index.paragraphs[row])),
            elsewhere=misplaced and query.is_pointed_to,
        )
        for row, windows, (
            of_words,
            coverage,
            breadth,
            meaning,
            tokens,
            window,
            own_tokens,
            own_window,
            match,
            least,
            spread,
        ) in zip(rows, own_centred.windows, signals, strict=True)
    ]


def trust_in_words(query: Query, candidates: Sequence[Candidate]) -> Trust:
    """Tell how far a question's words count, by what share of them anything has.

    Where nothing has more than a few of them, a question says what it wants in words of its own,
    and those few are common ones: what they mean counts the more. One in another language has its
    numbers and names.
    """
    return _trust(query, [candidate.coverage for candidate in candidates])


def _trust(query: Query, coverage: Sequence[float] | Scores) -> Trust:
    share = max(coverage, default=0.0)
    known = min(1.0, max(0.0, 2 * float(share) - 0.4))
    least = 0.0 if has_han(query.text) else _FOREIGN
    return Trust(max(known, least), max(0.0, 1 - _ENOUGH * known))


def _match(index: Index, rows: Sequence[int], query: Query) -> Matched:
    """Match the words of a question in some paragraphs."""
    return index.match(np.array(rows, np.int64), query.asked)


def _meanings(index: Index, rows: Rows, query: Query) -> Scores:
    """Return how likely each paragraph means the words of a question, as `Candidate.meaning`."""
    return np.asarray(np.log1p(index.translate(rows, query.meant)) @ query.meant_weights)


def _best_first(rows: Rows, scores: Scores) -> Rows:
    """Rank rows by their scores; those that have none are left out."""
    order = np.argsort(-scores, kind="stable")
    return rows[order[scores[order] > 0]]


def _best(met: Met) -> list[float]:
    """Return of each paragraph what its best window met."""
    return [float(windows.max()) for windows in met.windows]


def _is_misplaced(query: Query, paragraph: Paragraph) -> bool:
    """Tell whether a paragraph lacks a place that a question names."""
    return not has_all(paragraph, query.places)


def _rankings(
    query: Query, index: Index, within: Rows | None, limit: int
) -> tuple[Rows, Rows, float]:
    """Rank paragraphs by vector and by words; the first `limit` of each decide.

    :return: both rankings, and the cosine of the nearest vector.
    """
    asked = query.asked
    if within is not None and len(within) <= _FEW:
        said = _best_first(within, index.match(within, asked).words)
        near, closeness = index.near_of(query.encoding().encoded.vector, within)
        return near, said, closeness
    if within is None:
        return _near_and_said(query, index, limit)
    said = _said_within(asked, index, within, limit)
    near, closeness = _near_within(query.encoding().encoded.vector, index, within)
    return near, said, closeness


def _near_and_said(query: Query, index: Index, limit: int) -> tuple[Rows, Rows, float]:
    """Rank all paragraphs, as `_rankings` does; of many, both ways at once."""

    def look() -> tuple[Rows, float]:
        return index.near(query.encoding().encoded.vector, max(_VECTORS, limit))

    wait = _LOOKING.submit(look).result if index.vector_count >= _LARGE else look
    said = index.said(query.asked, limit)
    near, closeness = wait()
    return near, said, closeness


def _said_within(asked: Asked, index: Index, within: Rows, limit: int) -> Rows:
    """Rank ever more paragraphs by words until there are `limit` of those to keep to."""
    before, count = -1, limit
    while True:
        rows = index.said(asked, count)
        kept = rows[np.isin(rows, within)]
        if len(kept) >= limit or len(rows) == before:
            return kept
        before, count = len(rows), count * _MORE


def _near_within(vector: Scores, index: Index, within: Rows) -> tuple[Rows, float]:
    """Rank ever more paragraphs by vector until there are enough of those to keep to.

    Where few of the nearest ten thousand are, as in another language, they are looked at alone.
    """
    for count in (_VECTORS, _VECTORS * _MORE, _VECTORS * _MORE**2):
        rows, _ = index.near(vector, count)
        kept = rows[np.isin(rows, within)]
        if len(kept) >= _POOL:
            return kept, index.near_of(vector, kept[:1])[1]
    return index.near_of(vector, within)


def _propose(rankings: Sequence[Rows], limit: int) -> list[int]:
    """Take from several rankings in turn until there are enough rows."""
    proposed: dict[int, None] = {}
    for place in range(max(map(len, rankings), default=0)):
        for rows in rankings:
            if place < len(rows) and len(proposed) < limit:
                proposed[int(rows[place])] = None
    return list(proposed)


def _meet(index: Index, rows: Sequence[int], encoding: Encoding) -> tuple[Met, Met, Met]:
    """Let a question's tokens meet those of some paragraphs.

    :return: centred; centred and plain by the weights of what is the question's own.
    """
    if not rows:
        nothing = Met(np.empty((0, len(encoding.weights)), np.float32), [])
        return nothing, nothing, nothing
    pieces, starts, are_telling = index.members_of_all(np.array(rows, np.int64))
    distinct, place = np.unique(pieces, return_inverse=True)  # they share headings
    taken, counts = index.tokens_of(distinct)
    own = places_of(starts_of(counts), place)
    plain, centred = (best[own] for best in interact(encoding.asking, taken))
    shape = counts[place], starts, are_telling
    met = gather(centred, *shape, encoding.weights)
    is_all = encoding.own is encoding.weights
    by_own = met if is_all else gather(centred, *shape, encoding.own)
    return met, by_own, gather(plain, *shape, encoding.own)


def _unevenness(whole: Scores, weights: Scores) -> tuple[list[float], list[float]]:
    """Return of each paragraph the mean over the worst third of the tokens, and the spread.

    :param whole: float32 (r, q), the best cosine of each token in each paragraph.
    :param weights: float32 (q,), adding up to 1: what each token counts in the spread.
    """
    if not whole.size:
        return [0.0] * len(whole), [0.0] * len(whole)
    whole, weights = whole[:, weights > 0], weights[weights > 0]
    worst = np.sort(whole, axis=1)[:, : max(1, whole.shape[1] // 3)]
    off = whole - (whole @ weights)[:, None]
    return worst.mean(axis=1).tolist(), np.sqrt(off**2 @ weights).tolist()
