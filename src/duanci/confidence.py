"""How sure an answer is: whether the index is about the question at all, and what the answer lacks.

Two logistic models over a few signals, whose weights `benchmarks/fit_refusal.py` fits on public
question sets; the less sure of them decides. What is about something else lies far from all of
the index, and its words match nothing well. A near miss matches well but for the one thing that
is asked for: its matches are uneven, or the quotation has no number, date, person or place where
one is asked for, or the paragraph does not name what the question names.
"""

import re
from dataclasses import astuple, dataclass
from math import exp

from duanci.kinds import asked_kind, has_kind
from duanci.lines import HAN
from duanci.names import has_all, marks, names
from duanci.records import Paragraph
from duanci.retrieve import Candidate, Query

# Weights of window_tokens and closeness, and the bias: fitted.
_RELATED = (110.6, 54.2, -137.0)
# The same of window_tokens and least, for a question in another language. The public sets are
# Chinese, and cosines across languages are lower: what was fitted as -115.6 was raised by hand
# until 52 questions in five languages fell on the right side.
_RELATED_FOREIGN = (112.1, 28.15, -105.3)
# Weights of the signals of `Lacks` in their order, and the bias: fitted, but for `uncounted`.
# Public passages are full of numbers and dates, of which some other is quoted where the one that
# is asked for is not there; where they are rare, an answer without one is none.
COMPLETE = (-79.8, -2.2, -3.4, -3.0, -1.0, 3.56)
_FOREIGN = 0.2  # of a question's words seen: below it, in one script, it is in another language


@dataclass(frozen=True, slots=True)
class Lacks:
    """What an answer lacks of a question.

    `spread` is the candidate's. The others are 1 where something is missing, and else 0:
    `unnamed` a place or another name of the question, `unmarked` a year or a Latin word of it;
    `uncounted` the number or the date that is asked for, `untold` the person, the place or the
    name.
    """

    spread: float
    unnamed: float
    unmarked: float
    uncounted: float
    untold: float


def confidence(query: Query, candidate: Candidate, paragraph: Paragraph, quoted: str) -> float:
    """Estimate how likely a paragraph answers a question, in [0, 1].

    :param quoted: what would be quoted from it.
    """
    *weights, bias = COMPLETE
    values = astuple(lacks(query, candidate, paragraph, quoted))
    complete = bias + sum(w * v for w, v in zip(weights, values, strict=True))
    return 1 / (1 + exp(-min(complete, _related(query, candidate, paragraph))))


def lacks(query: Query, candidate: Candidate, paragraph: Paragraph, quoted: str) -> Lacks:
    """Look for what a paragraph that was ranked for a question lacks of it."""
    question = query.text
    kind = asked_kind(question)
    is_missing = bool(kind) and not has_kind(question, quoted)
    is_native = not is_foreign(query, paragraph)
    unnamed = candidate.misplaced or not has_all(paragraph, names(question))
    return Lacks(
        candidate.spread,
        float(is_native and unnamed),
        float(is_native and not has_all(paragraph, marks(question))),
        float(is_missing and kind in ("number", "date")),
        float(is_missing and kind not in ("number", "date")),
    )


def _related(query: Query, candidate: Candidate, paragraph: Paragraph) -> float:
    """Tell whether a paragraph is about what a question is about, as the logit of a share."""
    if is_foreign(query, paragraph):
        of_tokens, of_least, bias = _RELATED_FOREIGN
        return of_tokens * candidate.window_tokens + of_least * candidate.least + bias
    of_tokens, of_closeness, bias = _RELATED
    return of_tokens * candidate.window_tokens + of_closeness * candidate.closeness + bias


def is_foreign(query: Query, paragraph: Paragraph) -> bool:
    """Tell whether a question is in another language than a paragraph."""
    asked, said = (bool(re.search(f"[{HAN}]", text)) for text in (query.text, paragraph.text))
    return asked != said or (not asked and query.seen < _FOREIGN)
