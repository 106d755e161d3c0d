"""From a question to ranked hits: candidates by vector and by words, ranked by late interaction."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from math import nan

import numpy as np
from numpy.typing import NDArray

from duanci.config import DEFAULT_ENCODER
from duanci.encoder import Encoder
from duanci.index import Index
from duanci.interaction import Met, gather, interact
from duanci.kinds import has_kind, named_kind
from duanci.lines import has_han
from duanci.names import has_all
from duanci.query import Query, make_query
from duanci.reader import read
from duanci.records import Footnote, Paragraph
from duanci.segment import sentences_in

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]

_CANDIDATES = 20  # paragraphs that are ranked
_VECTORS = 150  # paragraph and window vectors looked at for them
_LARGE = 20_000  # vectors: so many are searched while words are, which costs a few a little
_ASIDE = ThreadPoolExecutor(4)
_FEW = 2000  # paragraphs: so many are all looked at, when a question keeps to them

_PAIR_COST = 0.03  # what two sentences must be better by than one, to be quoted instead

# How much each signal counts, once its scores are standardised over the candidates. Chosen on
# public question sets, see docs/quality.md; the dense vectors only propose candidates.
WEIGHTS = (0.45, 0.1, 0.12, 0.2, 0.4)  # of words, breadth, evenness, tokens and window
_FOREIGN = 0.25  # how far words count of a question without a Han character
_MISPLACED = 0.4  # what a paragraph loses that lacks a place which the question names
_UNTOLD = 0.7  # and one that names nobody, or no place, where that is asked for
_LEAD = (1.0, 0.03)  # how far the first stands out, of scores and of windows, as a rule


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paragraph that is ranked for a question, with what it is ranked by.

    `words` is the BM25 score of its best window, and of the question's content words, by rarity,
    `coverage` is the largest share in [0, 1] that a window has, and `breadth` that a piece of it
    has; 0 of a question with a context, whose words are not all in it. `tokens` and `window`,
    centred cosines in [-1, 1], are the late interaction with the whole and with the best window,
    and `windows` float32 (w,) that with each window, those of its own text first. Of the best plain
    cosines of the question's tokens, `least` is the mean over the worst third, and `spread` the
    standard deviation, by `Query.own`. All but `coverage` and `least` rank.

    What else there is tells how sure an answer is. `own_tokens` and `own_window` are as `tokens`
    and `window`, by the weights of what is the question's own (`Query.own`). `closeness`, the same
    for all, is the cosine of the question with the nearest vector of all that was searched. `match`
    is as `own_window`, in plain cosines. `misplaced` tells that the question names a place which
    the paragraph does not, and `untold` that it asks for a name, a person or a place, and the
    paragraph has none. How far the first stands out, the same for all, are `lead`, of its score
    over the second's, and `window_lead`, of its `window` over the best of the others; see
    `tell_lead`.
    """

    row: int
    words: float
    coverage: float
    breadth: float
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
    untold: bool = False
    lead: float = 0.0
    window_lead: float = 0.0


@dataclass(frozen=True, slots=True)
class Window:
    """One or two consecutive sentences of a paragraph: `text[start:end]` of its text."""

    row: int  # of the paragraph in the build
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """A paragraph with its score for a question; higher is better.

    `look` gives int32 (w, 2), the [start, end) offsets of its windows, sentences before their
    pairs, some of them beyond its text, in its footnotes; and float32 (w,), their scores.
    """

    row: int
    paragraph: Paragraph
    score: float
    look: Callable[[], tuple[NDArray[np.int32], Scores]]

    @property
    def windows(self) -> list[tuple[Window, float]]:
        """The windows of its text, best first, with their scores."""
        spans, matches = self.look()
        order = np.argsort(-matches, kind="stable")
        order = order[spans[order, 1] <= len(self.paragraph.text)]
        ranked = zip(spans[order].tolist(), matches[order].tolist(), strict=True)
        return [(Window(self.row, start, end), score) for (start, end), score in ranked]

    @property
    def notes(self) -> tuple[Footnote, ...]:
        """The footnotes that match better than any window of the text does."""
        if not self.paragraph.footnotes:
            return ()
        spans, matches = self.look()
        start = len(self.paragraph.text)
        least = matches[spans[:, 1] <= start].max(initial=-np.inf)
        found = []
        for note in self.paragraph.footnotes:
            end = start + 1 + len(note.text)
            is_in = (spans[:, 0] > start) & (spans[:, 1] <= end)
            if matches[is_in].max(initial=-np.inf) > least:
                found.append(note)
            start = end
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was found for a query: its candidates and their hits, both best first.

    `read` tells how surely the paragraph in a row of the build answers, as a logit; see `reader`.
    """

    query: Query
    candidates: tuple[Candidate, ...]
    hits: tuple[Hit, ...]
    read: Callable[[int], float]


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
    scores = join_scores(candidates, trust_in_words(query, candidates))
    untold = _untold(question, index, candidates, scores)
    scores -= _UNTOLD * untold
    order = np.argsort(-scores, kind="stable")
    noted = [replace(c, untold=True) if u else c for c, u in zip(candidates, untold, strict=True)]
    ranked = tell_lead([noted[at] for at in order.tolist()], scores[order])
    scored = zip(ranked, scores[order].tolist(), strict=True)
    hits = tuple(
        Hit(one.row, index.paragraphs[one.row], score, partial(_windows, index, one))
        for one, score in scored
    )
    return Ranking(query, ranked, hits, partial(read_row, query, index))


def read_row(query: Query, index: Index, row: int) -> float:
    """Tell how surely a paragraph answers, as a logit; nan where tokens are another encoder's."""
    if index.build.encoder != DEFAULT_ENCODER:
        return nan
    return read(query.asking.centred, index.centred_tokens(row))


def tell_lead(ranked: Sequence[Candidate], scores: NDArray[np.float64]) -> tuple[Candidate, ...]:
    """Note in candidates, best first, how far the first stands out; as usual where it is alone.

    :param scores: float64 (n,), descending; of those that are `untold` they tell nothing.
    """
    lead, window_lead = _LEAD
    rivals = [at for at, one in enumerate(ranked) if at and not one.untold]
    if rivals:
        lead = float(scores[0] - scores[rivals[0]])
        window_lead = ranked[0].window - max(ranked[at].window for at in rivals)
    return tuple(replace(one, lead=lead, window_lead=window_lead) for one in ranked)


def find_candidates(
    query: Query, index: Index, within: Rows | None, limit: int = _CANDIDATES
) -> list[Candidate]:
    """Find the paragraphs to rank, by vector and by words, and score each.

    :param within: rows of the paragraphs to keep to; None for all of them.
    :param limit: how many at most.
    """
    near, said, closeness = _rankings(query, index, within, limit)
    rows = _propose((near, said), limit)
    matched = index.match(np.array(rows, np.int64), query.asked, query.content, query.rarity)
    stands_alone = len(query.asked) == 1
    centred, own_centred, own_plain = _meet(index, rows, query)
    signals = zip(
        *(scores.tolist() for scores in matched),
        (centred.whole @ query.weights).tolist(),
        (own_centred.whole @ query.own).tolist(),
        [float(windows.max()) for windows in own_centred.windows],
        [float(windows.max()) for windows in own_plain.windows],
        *_unevenness(own_plain.whole, query.own),
        strict=True,
    )
    return [
        Candidate(
            row=row,
            words=of_words,
            coverage=coverage,
            breadth=breadth if stands_alone else 0.0,
            tokens=tokens,
            window=float(windows.max()),
            own_tokens=own_tokens,
            own_window=own_window,
            closeness=closeness,
            match=match,
            least=least,
            spread=spread,
            windows=windows,
            misplaced=_is_misplaced(query, index.paragraphs[row]),
        )
        for row, windows, (
            of_words,
            coverage,
            breadth,
            tokens,
            own_tokens,
            own_window,
            match,
            least,
            spread,
        ) in zip(rows, centred.windows, signals, strict=True)
    ]


def _is_misplaced(query: Query, paragraph: Paragraph) -> bool:
    """Tell whether a paragraph lacks a place that a question names.

    Names in another script are known in Chinese alone.
    """
    if not query.places or not (has_han(query.text) or has_han(paragraph.text)):
        return False
    return not has_all(paragraph, query.places)


def trust_in_words(query: Query, candidates: Sequence[Candidate]) -> float:
    """Tell how far a question's words count, in [0, 1], by what share of them anything has.

    Where nothing has more than a few of them, a question says what it wants in words of its own,
    and those few are common ones. One in another language has its numbers and names.
    """
    share = max((candidate.coverage for candidate in candidates), default=0.0)
    least = 0.0 if has_han(query.text) else _FOREIGN
    return max(min(1.0, 2 * share - 0.4), least)


def join_scores(
    candidates: Sequence[Candidate], trust: float, weights: Sequence[float] = WEIGHTS
) -> NDArray[np.float64]:
    """Join the rankings of candidates: each standardised, weighted, added.

    A paragraph that lacks a place which the question names falls behind those that have it.

    :param trust: how far words count, as of `trust_in_words`.
    :param weights: as `WEIGHTS`.
    :return: float64 (n,), higher is better.
    """
    if not candidates:
        return np.empty(0)
    misplaced = np.array([c.misplaced for c in candidates], dtype=np.float64)
    scores = standardise(candidates, trust) @ np.array(weights)
    return np.asarray(scores - _MISPLACED * misplaced)


def standardise(candidates: Sequence[Candidate], trust: float) -> NDArray[np.float64]:
    """Return what ranks candidates, one at least, standardised over them.

    A question in words of its own meets none of them evenly: what words tell, and how evenly its
    tokens are met, counts the less.

    :return: float64 (n, 5), as in `WEIGHTS`; of evenness, the less the spread the more.
    """
    signals = np.array([(c.words, c.breadth, -c.spread, c.tokens, c.window) for c in candidates])
    spread = signals.std(axis=0)
    standard = (signals - signals.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    return np.asarray(standard * [trust, trust, trust, 1, 1])


def _untold(
    question: str, index: Index, candidates: Sequence[Candidate], scores: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell which of the best paragraphs have no name, person or place, where one is asked for.

    :return: bool (n,); only of those that others could overtake for it.
    """
    found = np.zeros(len(candidates), np.bool_)
    kind = named_kind(question)
    if kind:
        for at in np.flatnonzero(scores >= scores.max(initial=0) - _UNTOLD).tolist():
            text = index.paragraphs[candidates[at].row].text
            found[at] = not has_kind(kind, question, text)
    return found


def _rankings(
    query: Query, index: Index, within: Rows | None, limit: int
) -> tuple[Rows, Rows, float]:
    """Rank paragraphs by vector and by words; the first `limit` of each decide.

    :return: both rankings, and the cosine of the nearest vector.
    """
    vector, asked = query.encoded.vector, query.asked
    if within is not None and len(within) <= _FEW:
        near, closeness = index.near_of(vector, within)
        scores = index.match(within, asked, (), np.empty(0, np.float32)).words
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


def _meet(index: Index, rows: Sequence[int], query: Query) -> tuple[Met, Met, Met]:
    """Let a question's tokens meet those of some paragraphs.

    :return: centred; centred and plain by the weights of what is the question's own.
    """
    if not rows:
        nothing = Met(np.empty((0, len(query.weights)), np.float32), [])
        return nothing, nothing, nothing
    pieces, starts, are_telling = index.members_of_all(np.array(rows, np.int64))
    taken, counts = index.tokens_of(pieces)
    plain, centred = interact(query.asking, taken)
    shape = counts, starts, are_telling
    met = gather(centred, *shape, query.weights)
    is_all = query.own is query.weights
    own = met if is_all else gather(centred, *shape, query.own)
    return met, own, gather(plain, *shape, query.own)


def _unevenness(whole: Scores, weights: Scores) -> tuple[list[float], list[float]]:
    """Return of each paragraph the mean over the worst third of the tokens, and the spread.

    :param whole: float32 (r, q), the best cosine of each token in each paragraph.
    :param weights: float32 (q,), adding up to 1: what each token counts in the spread.
    """
    if not whole.size:
        return [0.0] * len(whole), [0.0] * len(whole)
    worst = np.sort(whole, axis=1)[:, : max(1, whole.shape[1] // 3)]
    off = whole - (whole @ weights)[:, None]
    return worst.mean(axis=1).tolist(), np.sqrt(off**2 @ weights).tolist()


def _windows(index: Index, candidate: Candidate) -> tuple[NDArray[np.int32], Scores]:
    """Return the windows of a candidate's own piece and their scores, as `Hit` has them."""
    spans = index.windows_of(candidate.row)
    matches = candidate.windows[: len(spans)].copy()
    matches[sentences_in(len(matches)) :] -= _PAIR_COST
    return spans, matches
