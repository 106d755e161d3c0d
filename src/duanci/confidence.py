"""How sure an answer is: whether the index is about the question at all, and what the answer lacks.

Two logistic models over a few signals and their products; the less sure of them decides. What is
about something else lies far from all of the index, and its words match nothing well. A near miss
matches well but for the one thing that is asked for: its matches are uneven, or the quotation has
no number, date, person or place where one is asked for, or the paragraph does not name what the
question names. How well an answer matches depends on how many words it shares: products tell a
paraphrase from a near miss. Of a question in another language one model tells all, and so one does
of a question that leans on those before it, by its own tokens: what it leans on is there. Of a
paragraph without a Han character, whose tokens are met otherwise, one of four more tells. A country
or a year that the question names, the term that is all it has, or half the words of a topic that it
asks what is said of, must be in the paragraph: without it no match makes sure.

Where that leaves it in doubt, question and paragraph are read together (see `cross_encoder`), and
what that tells is weighed with what the models told.

`confidence.json` has the models; `benchmarks/fit_refusal.py` fits and writes them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import exp, isnan, nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duanci.candidates import Candidate
from duanci.items import lacks_item
from duanci.kinds import asked_kind, cannot_tell, counts, has_kind, lacks_holder
from duanci.languages import language_of
from duanci.lines import has_han
from duanci.names import has_all, has_term, marks, names
from duanci.query import Query
from duanci.records import Paragraph

FILE = Path(__file__).with_suffix(".json")
_MISSING = ("unnamed", "unmarked", "uncounted", "untold")
_ELSEWHERE = 0.05  # how sure an answer is at most that is about another country or year
_DOUBTFUL = (0.08, 0.6)  # how sure an answer is that is read closely: between them
_RELATED = 0.12  # and at least so sure is the model that tells whether the index is about it


@dataclass(frozen=True, slots=True)
class Signals:
    """What tells how well a paragraph answers a question.

    `window` to `coverage`, `lead` and `window_lead` are the candidate's; `read` is what the reader
    tells, nan where it tells nothing and counts as it does as a rule; `length` is how many
    tokens the question has, and `asks` is 1 where it asks for a number, a date, a name, a person or
    a place. The next are 1 where something is missing, and else 0: `elsewhere` a country or a
    year of the question, the term that is all it has, its topic, the item of a list that it asks
    for by number, or who holds an office where there is a deputy, or nobody is named; `unnamed` any
    place or another name of it, `unmarked` a Latin word among Han ones; `uncounted` the number or
    the date that is asked for, `untold` the person, the place or the name. `counted` is 1 where
    there is a number of the very noun that is counted.
    """

    window: float
    tokens: float
    match: float
    closeness: float
    least: float
    spread: float
    coverage: float
    lead: float
    window_lead: float
    read: float
    length: float
    asks: float
    elsewhere: float
    unnamed: float
    unmarked: float
    uncounted: float
    untold: float
    counted: float


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model over some signals, standardised, and the products of each two.

    `means` and `scales` float64 (k,) standardise them; `weights` float64 (k + 1, k + 1) are of the
    products of each two of 1 and the signals.
    """

    signals: tuple[str, ...]
    means: NDArray[np.float64]
    scales: NDArray[np.float64]
    weights: NDArray[np.float64]

    def logit(self, signals: Signals) -> float:
        """Return the logit of what the model tells; what is missing cannot raise it."""
        values = np.array([getattr(signals, name) for name in self.signals])
        complete = np.where([name in _MISSING for name in self.signals], 0.0, values)
        return min(self._weigh(values), self._weigh(complete))

    def _weigh(self, values: NDArray[np.float64]) -> float:
        known = np.where(np.isnan(values), self.means, values)
        row = np.concatenate([[1.0], (known - self.means) / self.scales])
        return float(row @ self.weights @ row)


@dataclass(frozen=True, slots=True)
class Weighing:
    """What the logit of the models, and that of what reads closely, count in the logit of both."""

    bias: float
    first: float
    compared: float

    def logit(self, first: float, compared: float) -> float:
        """Return the logit of both."""
        return self.bias + self.first * first + self.compared * compared


def confidence(
    query: Query,
    candidate: Candidate,
    paragraph: Paragraph,
    quoted: str,
    read: float,
    compare: Callable[[], float],
) -> float:
    """Estimate how likely a paragraph answers a question, in [0, 1].

    :param quoted: what would be quoted from it.
    :param read: what the reader tells of it, as a logit; nan where it tells nothing.
    :param compare: reads question and paragraph together, where it is asked to, and tells how
        surely this answers, as a logit; nan where it tells nothing.
    """
    found = find_signals(query, candidate, paragraph, quoted, read)
    names = deciding(query, paragraph)
    logits = {name: read_models()[name].logit(found) for name in names}
    first = min(logits.values())
    if found.elsewhere:
        return min(share(first), _ELSEWHERE)
    compared = compare() if is_doubtful(logits) else nan
    return share(first if isnan(compared) else read_weighings()[names[-1]].logit(first, compared))


def is_doubtful(logits: Mapping[str, float]) -> bool:
    """Tell whether models, by their names, leave an answer so much in doubt that it is read."""
    low, high = _DOUBTFUL
    return low < share(min(logits.values())) < high and share(logits.get("related", 0)) > _RELATED


def share(logit: float) -> float:
    """Return how sure a logit is, in [0, 1]."""
    return 1 / (1 + exp(-max(logit, -700.0)))


def deciding(query: Query, paragraph: Paragraph) -> tuple[str, ...]:
    """Return the names of the models that tell how sure an answer is; the less sure decides."""
    if not has_han(paragraph.text):
        return (f"lettered{_asked_from(query, paragraph)}",)
    if query.leans:
        return ("foreign follow-up" if is_foreign(query, paragraph) else "follow-up",)
    return ("foreign",) if is_foreign(query, paragraph) else ("related", "complete")


def _asked_from(query: Query, paragraph: Paragraph) -> str:
    """Tell how a question is asked of a paragraph in letters, as its model's name has it."""
    if query.leans:
        return " follow-up"
    if has_han(query.text):
        return " Chinese"
    return " foreign" if is_foreign(query, paragraph) else ""


def find_signals(
    query: Query, candidate: Candidate, paragraph: Paragraph, quoted: str, read: float
) -> Signals:
    """Look at what a paragraph that was ranked for a question has, and lacks, of it."""
    question = query.text
    kind = asked_kind(question)
    is_native = not is_foreign(query, paragraph)
    is_han = has_han(paragraph.text)  # numbers, people and offices are known in Chinese
    is_missing = is_han and bool(kind) and not has_kind(kind, question, quoted)
    elsewhere = (
        not has_all(paragraph, query.pinned)
        or (is_native and not _has_topic(query, paragraph))
        or lacks_item(question, paragraph.text)
        or (is_han and lacks_holder(kind, question, paragraph.text))
        or (is_han and cannot_tell(kind, question, "\n".join([paragraph.text, quoted])))
    )
    unnamed = candidate.misplaced or (is_native and not has_all(paragraph, names(query.named)))
    return Signals(
        candidate.own_window,
        candidate.own_tokens,
        candidate.match,
        candidate.closeness,
        candidate.least,
        candidate.spread,
        candidate.coverage,
        candidate.lead,
        candidate.window_lead,
        read,
        float(query.encoding().is_own.sum()),
        float(bool(kind)),
        float(elsewhere),
        float(unnamed),
        float(not has_all(paragraph, marks(query.named))),
        float(is_missing and kind in ("number", "date")),
        float(is_missing and kind not in ("number", "date")),
        float(counts(kind, question, quoted)),
    )


def _has_topic(query: Query, paragraph: Paragraph) -> bool:
    """Tell whether a paragraph has the words of a question that is no more than a topic.

    Half of them, by rarity, are enough. In other scripts, whose words are inflected, it is enough
    that the reports have them.
    """
    if not has_han(query.named):
        return not query.terms or query.seen == 1
    there = sum(rarity for word, rarity in query.terms if has_term(paragraph, word))
    return 2 * there >= sum(rarity for _, rarity in query.terms)


def is_foreign(query: Query, paragraph: Paragraph) -> bool:
    """Tell whether a question is in another language than a paragraph."""
    return language_of(query.text) != language_of(paragraph.text)


@cache
def read_models() -> dict[str, Model]:
    """Read the models, by the names that `deciding` gives."""
    return {
        name: Model(
            tuple(model["signals"]),
            *(np.array(model[field]) for field in ("means", "scales", "weights")),
        )
        for name, model in json.loads(FILE.read_text("utf-8"))["models"].items()
    }


@cache
def read_weighings() -> dict[str, Weighing]:
    """Read what is counted of answers in doubt, by the last of the names that `deciding` gives."""
    told = json.loads(FILE.read_text("utf-8"))["weighings"]
    return {name: Weighing(**counts) for name, counts in told.items()}
