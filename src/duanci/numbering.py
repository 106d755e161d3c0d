"""Which numbered lines open paragraphs: the chain of printed numbers through one scope.

A report prints its paragraph numbers beside many other numbers: items of lists, headings, years.
One line cannot tell them apart, their sequence can. The chain taken is the one that costs least:
a step to the next number is free, gaps, repeats and returns cost, and so does leaving out a line
that has no better explanation (a list counted from 1, a heading, a number out of all proportion).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

_NEVER = float("inf")
_LONGEST_EXCURSION = 9.0  # a chain never pays more than this for what it leaves out in one step


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that opens with a number, and what its looks say.

    `is_marked`: it is a Markdown heading. `is_short`: it could be a heading or a list item, being
    short and no sentence. `is_long`: it reads like a paragraph. `is_glued`: digits follow at once,
    so that it may be a decimal. `is_torn`: it goes on with a sentence from the line above.
    `is_sound`: it stands between finished sentences, as a paragraph does. `opens_list`: the text
    before it announces a list. `after_heading`: a heading stands between it and the text before.
    `below_heading`: what follows it is another numbered line or a heading, as below a heading.
    """

    number: int
    is_marked: bool = False
    is_short: bool = False
    is_long: bool = False
    is_glued: bool = False
    is_torn: bool = False
    is_sound: bool = False
    opens_list: bool = False
    after_heading: bool = False
    below_heading: bool = False


def find_chain(candidates: Sequence[Candidate], expected: Sequence[int] = (1,)) -> list[int]:
    """Choose the candidates that open paragraphs.

    :param candidates: the numbered lines of one scope, in the order of the file.
    :param expected: the numbers that a scope may start with at no cost.
    :return: positions in `candidates`, ascending; none where all are better explained otherwise.
    """
    skips = _skip_costs(candidates)
    best = [_NEVER] * len(candidates)
    before = [-1] * len(candidates)
    prefix = 0.0
    for j, candidate in enumerate(candidates):
        own = _inclusion_cost(candidate)
        start = 0.0 if candidate.number in expected else 1.5 + min(candidate.number, 30) * 0.02
        best[j] = prefix + start + own
        prefix += skips[j]
        left_out = 0.0
        for i in range(j - 1, -1, -1):
            cost = best[i] + left_out + _step_cost(candidates[i].number, candidate) + own
            if cost < best[j]:
                best[j], before[j] = cost, i
            left_out += skips[i]
            if left_out > min(_LONGEST_EXCURSION, best[j] - own):  # no costs are below 0
                break
    return _trace(best, before, skips)


def _trace(best: list[float], before: list[int], skips: list[float]) -> list[int]:
    last, cheapest, tail = -1, sum(skips), 0.0
    for j in range(len(best) - 1, -1, -1):
        if best[j] + tail < cheapest:
            last, cheapest = j, best[j] + tail
        tail += skips[j]
    chain = []
    while last >= 0:
        chain.append(last)
        last = before[last]
    return chain[::-1]


def _step_cost(previous: int, candidate: Candidate) -> float:
    number = candidate.number
    if number == previous + 1:
        return 0.0
    if number > previous:
        return 1.8 + 0.2 * min(number - previous - 1, 25)
    if number == previous:
        return 2.2
    return 2.5 if number == 1 and candidate.after_heading else 3.0


def _inclusion_cost(candidate: Candidate) -> float:
    cost = 0.0
    if candidate.is_short and candidate.below_heading:
        cost += 0.5
    elif candidate.is_marked:
        cost += 0.1
    if candidate.is_torn or candidate.is_glued:
        cost += 1.5
    return cost + (0.6 if candidate.opens_list and candidate.is_short else 0.0)


def _skip_costs(candidates: Sequence[Candidate]) -> list[float]:
    """Price the leaving out of each candidate, by how well something else explains it."""
    costs = []
    largest = 2 * median(c.number for c in candidates) + 150 if candidates else 0
    runs, run, before = 0, _Run(0, 0.0, 0.0), 0
    for candidate in candidates:
        if candidate.number == 1:
            run = _begin_run(candidate, is_first=runs == 0)
            runs += 1
        elif run.length and candidate.number == before + 1 and not candidate.after_heading:
            run = _Run(run.length + 1, 0.0, run.sound)
        else:
            run = _Run(0, 0.0, 0.0)
        costs.append(_skip_cost(candidate, run, largest))
        before = candidate.number
    return costs


@dataclass(frozen=True, slots=True)
class _Run:
    """Lines counted from 1: how many so far, and what it costs to take them for a mere list.

    `first` is added for the line that begins it, `sound` for each that stands as a paragraph does.
    """

    length: int
    first: float
    sound: float


def _begin_run(candidate: Candidate, is_first: bool) -> _Run:
    if candidate.opens_list:
        return _Run(1, 0.0, 0.0)
    first = 3.0 if candidate.after_heading or candidate.is_sound else 0.0
    return _Run(1, first, 2.2 if is_first else 0.0)


def _skip_cost(candidate: Candidate, run: _Run, largest: float) -> float:
    if candidate.is_torn or candidate.is_glued:
        return 0.2
    if candidate.is_short and candidate.below_heading and run.length <= 5:
        return 0.2 if candidate.is_marked else 0.4
    if candidate.is_marked:
        return 0.6
    if candidate.number > largest:
        return 0.3
    if not run.length:
        if candidate.opens_list and candidate.is_short:
            return 0.8
        return 6.0 if candidate.is_sound else 3.0
    extra = max(run.first, run.sound if candidate.is_sound else 0.0)
    if run.length > 5:
        return 0.02 + extra
    return (0.7 if candidate.is_long else 0.35) + extra
