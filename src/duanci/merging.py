"""Which of several rankings answers a question: there is one for each language of the reports.

Words and tokens meet those of their own language more easily, so that scores in two languages are
not to be compared (as in federated search, where it is called merging of results). What the first
paragraph of each ranking has of the question is weighed instead, and whether it is in a language
that the question is not in, which it has to have the less for.

`merging.json` has the weights; `benchmarks/fit_merging.py` fits and writes them.
"""

import json
from dataclasses import asdict, dataclass
from functools import cache
from math import isnan, log
from pathlib import Path

from duanci.candidates import Candidate
from duanci.confidence import is_foreign
from duanci.lines import has_han
from duanci.query import Query
from duanci.records import Paragraph

FILE = Path(__file__).with_suffix(".json")
_SUREST = 0.9997  # how sure an answer counts at most, and its opposite


@dataclass(frozen=True, slots=True)
class Lead:
    """What the first paragraph of a ranking has of a question.

    `sure` is the logit of how sure it answers, before it is read closely, and `compared` what
    reading it closely tells, as a logit, 0 where it tells nothing. `closeness` to `meaning` are the
    candidate's, by the question's own tokens. The last are 1 or 0: `lettered` that the paragraph
    has no Han character, `foreign` that it is in another language than the question, and
    `translated` that it has none and the question has.
    """

    sure: float
    compared: float
    closeness: float
    match: float
    window: float
    tokens: float
    coverage: float
    meaning: float
    lettered: float
    foreign: float
    translated: float

    @property
    def weight(self) -> float:
        """How much speaks for its ranking; higher is likelier."""
        weights = _read()
        return sum(weights[name] * float(value) for name, value in asdict(self).items())


def make_lead(
    query: Query, candidate: Candidate, paragraph: Paragraph, sure: float, compared: float
) -> Lead:
    """Look at what the first paragraph of a ranking has of a question.

    :param sure: how likely it answers, in [0, 1], before it is read closely.
    :param compared: what reading it closely tells, as a logit; nan where it tells nothing.
    """
    sure = min(max(sure, 1 - _SUREST), _SUREST)
    is_lettered = not has_han(paragraph.text)
    return Lead(
        log(sure / (1 - sure)),
        0.0 if isnan(compared) else compared,
        candidate.closeness,
        candidate.match,
        candidate.own_window,
        candidate.own_tokens,
        candidate.coverage,
        candidate.meaning,
        float(is_lettered),
        float(is_foreign(query, paragraph)),
        float(is_lettered and has_han(query.text)),
    )


@cache
def _read() -> dict[str, float]:
    """Read what each signal of a `Lead` counts."""
    weights: dict[str, float] = json.loads(FILE.read_text("utf-8"))
    return weights
