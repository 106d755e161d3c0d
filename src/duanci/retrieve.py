"""From a question to ranked hits: its candidates, by words and late interaction together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from math import nan

import numpy as np
from numpy.typing import NDArray

from duanci.candidates import Candidate, Rows, Scores, Trust, find_candidates, trust_in_words
from duanci.config import DEFAULT_ENCODER
from duanci.encoder import Encoder
from duanci.index import Index, Shelf
from duanci.kinds import has_kind, named_kind
from duanci.lines import has_han
from duanci.query import Query, make_query
from duanci.reader import read
from duanci.records import Footnote, Paragraph
from duanci.segment import sentences_in, simplify

_PAIR_COST = 0.03  # what two sentences must be better by than one, to be quoted instead

# How much each signal counts, once its scores are standardised over the candidates. Chosen on
# public question sets and invented reports, see docs/quality.md; the dense vectors only propose
# candidates. They are of words, breadth, evenness, meaning, tokens and window.
WEIGHTS = (0.45, 0.1, 0.12, 0.25, 0.2, 0.4)
_MISPLACED = 0.4  # what a paragraph loses that lacks a place which the question names
_ELSEWHERE = 1.6  # and what more, where all that is asked is how it is there
_UNTOLD = 0.7  # and one that names nobody, or no place, where that is asked for
_LEAD = (1.0, 0.03)  # how far the first stands out, of scores and of windows, as a rule


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

    `read` tells how surely the paragraph in a row of the build answers, as a logit, and reads it
    once; see `reader`.
    `compare` reads the question with a text, once, and tells the same of it; see `cross_encoder`.
    """

    query: Query
    candidates: tuple[Candidate, ...]
    hits: tuple[Hit, ...]
    read: Callable[[int], float]
    compare: Callable[[str], float]


def retrieve(
    question: str,
    index: Index,
    encoder: Encoder,
    within: Rows | None = None,
    context: str = "",
) -> tuple[Ranking, ...]:
    """Rank the paragraphs of a build for a question, those in each language by themselves.

    Words and tokens meet those of their own language more easily, so that scores of paragraphs in
    several are not to be compared.

    :param within: rows of the paragraphs to keep to; None for all of them.
    :param context: earlier questions that this one leans on.
    :return: one ranking for each language that there is; one without hits where there is nothing.
    """
    query = make_query(question, index, encoder, context)
    kept = [shelf.kept_to(within) for shelf in index.shelves]
    found = [one for one in kept if one.rows is None or len(one.rows)] or kept[:1]
    return tuple(_rank(question, query, index, encoder, shelf) for shelf in found)


def _rank(question: str, query: Query, index: Index, encoder: Encoder, shelf: Shelf) -> Ranking:
    """Rank the paragraphs in one language."""
    query = query.centred_by(shelf.mean)
    candidates = find_candidates(query, index, shelf.rows)
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
    compare = cache(partial(compare_text, query, encoder))
    read_once = cache(partial(read_row, query, index))
    return Ranking(query, ranked, hits, read_once, compare)


def read_row(query: Query, index: Index, row: int) -> float:
    """Tell how surely a paragraph answers, as a logit; nan where tokens are another encoder's."""
    if index.build.encoder != DEFAULT_ENCODER:
        return nan
    encoding = query.encoding()
    return read(encoding.asking.centred[encoding.is_own], index.centred_tokens(row, query.mean))


def compare_text(query: Query, encoder: Encoder, text: str) -> float:
    """Tell how surely a text answers, as a logit, read together with the question."""
    return encoder.compare(simplify(query.text), simplify(text))


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


def join_scores(
    candidates: Sequence[Candidate], trust: Trust, weights: Sequence[float] = WEIGHTS
) -> NDArray[np.float64]:
    """Join the rankings of candidates: each standardised, weighted, added.

    A paragraph that lacks a place which the question names falls behind those that have it.

    :param weights: as `WEIGHTS`.
    :return: float64 (n,), higher is better.
    """
    if not candidates:
        return np.empty(0)
    lost = np.array([_MISPLACED * c.misplaced + _ELSEWHERE * c.elsewhere for c in candidates])
    scores = standardise(candidates, trust) @ np.array(weights)
    return np.asarray(scores - lost)


def standardise(candidates: Sequence[Candidate], trust: Trust) -> NDArray[np.float64]:
    """Return what ranks candidates, one at least, standardised over them.

    A question in words of its own meets none of them evenly: how evenly its tokens are met counts
    as far as its words do.

    :return: float64 (n, 6), as in `WEIGHTS`; of evenness, the less the spread the more.
    """
    signals = np.array(
        [(c.words, c.breadth, -c.spread, c.meaning, c.tokens, c.window) for c in candidates]
    )
    spread = signals.std(axis=0)
    standard = (signals - signals.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    return np.asarray(standard * [trust.words, trust.words, trust.words, trust.meaning, 1, 1])


def _untold(
    question: str, index: Index, candidates: Sequence[Candidate], scores: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell which of the best paragraphs have no name, person or place, where one is asked for.

    Of a text in letters it is not known.

    :return: bool (n,); only of those that others could overtake for it.
    """
    found = np.zeros(len(candidates), np.bool_)
    kind = named_kind(question)
    if kind:
        for at in np.flatnonzero(scores >= scores.max(initial=0) - _UNTOLD).tolist():
            text = index.paragraphs[candidates[at].row].text
            found[at] = has_han(text) and not has_kind(kind, question, text)
    return found


def _windows(index: Index, candidate: Candidate) -> tuple[NDArray[np.int32], Scores]:
    """Return the windows of a candidate's own piece and their scores, as `Hit` has them."""
    spans = index.windows_of(candidate.row)
    matches = candidate.windows[: len(spans)].copy()
    matches[sentences_in(len(matches)) :] -= _PAIR_COST
    return spans, matches
