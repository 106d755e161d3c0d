"""Fit how much each signal counts in ranking, on public question sets and on written questions.

    .venv/bin/python benchmarks/fit_ranking.py SQUAD_FILE... [--count 1000] [--written DRCD_FILE]

Every context of a set is indexed as a paragraph; the written questions (see `written.py`) are asked
of their own libraries. The weights are those of a softmax over the candidates of each question
(L2-regularised, none below zero), fitted to all together, each set and kind counting alike. hit@1
is cross-validated over five parts, no context in two of them, and shown for those in use too, and
for weights on the way from those to the fitted ones, which are scaled to add up to as much: what
lies between is much the same, and a choice of a question or two.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from duanci import retrieve
from duanci.candidates import find_candidates, trust_in_words
from duanci.config import load_settings
from duanci.encoder import Encoder, open_encoder
from duanci.evaluate import read_squad
from duanci.index import Index
from duanci.query import make_query
from written import open_contexts, read_written

Array = NDArray[np.float64]
SIGNALS = ("words", "breadth", "evenness", "meaning", "tokens", "window")
IN_USE = np.array(retrieve.WEIGHTS)
_PARTS = 5
_STEPS = 5  # from the weights in use to the fitted ones


@dataclass(frozen=True, slots=True)
class Sample:
    """A question whose paragraph is a candidate: of which set, in which part, and its signals.

    `signals` (candidates, 6) are standardised, those of the paragraph that answers first.
    """

    kind: str
    part: int
    signals: Array


def look(
    kind: str, asked: Iterable[tuple[str, int]], index: Index, encoder: Encoder
) -> list[Sample]:
    """Return what each question, given with its paragraph's row, has of signals."""
    found = []
    for text, gold in asked:
        query = make_query(text, index, encoder)
        candidates = find_candidates(query, index, None)
        order = sorted(candidates, key=lambda candidate: candidate.row != gold)
        if not order or order[0].row != gold:
            continue
        signals = retrieve.standardise(order, trust_in_words(query, candidates))
        found.append(Sample(kind, gold % _PARTS, signals))
    return found


def look_at_set(file: Path, encoder: Encoder, count: int) -> list[Sample]:
    """Index the contexts of a SQuAD-format set, and look at some of its questions."""
    contexts, questions = read_squad(file)
    some = questions[:: max(1, len(questions) // count)]
    index = open_contexts(contexts, encoder)
    return look(file.stem, ((q.text, int(q.gold[0]) - 1) for q in some), index, encoder)


def look_at_written(file: Path, encoder: Encoder) -> list[Sample]:
    """Look at the written questions that are answered."""
    found = []
    for shelf in read_written(file):
        index = open_contexts(shelf.contexts, encoder)
        for kind in ("paraphrase", "foreign"):
            own = [(q.text, q.place) for q in shelf.questions if q.kind == kind]
            found += look(kind, own, index, encoder)
    return found


def fit(samples: Sequence[Sample], strength: float = 1e-3) -> Array:
    """Fit the weights to put the gold first; each kind counts alike."""
    kinds = [sample.kind for sample in samples]
    counts = np.array([1 / kinds.count(kind) for kind in kinds]) / len(set(kinds))

    def loss(weights: Array) -> float:
        total = 0.0
        for sample, count in zip(samples, counts, strict=True):
            scores = sample.signals @ weights
            total += count * float(np.logaddexp.reduce(scores) - scores[0])
        return total + strength * float(weights @ weights)

    start = np.full(len(SIGNALS), 0.5)
    found = minimize(loss, start, method="L-BFGS-B", bounds=[(0, None)] * len(SIGNALS))
    return np.asarray(found.x)


def hits(samples: Sequence[Sample], weights: Array) -> list[tuple[str, bool]]:
    """Return of which kind each question is, and whether its gold is ranked first."""
    return [(one.kind, bool(np.argmax(one.signals @ weights) == 0)) for one in samples]


def tell(found: Sequence[tuple[str, bool]]) -> str:
    """Write hit@1 by kind."""
    kinds = dict.fromkeys(kind for kind, _ in found)
    shares = {kind: np.mean([hit for own, hit in found if own == kind]) for kind in kinds}
    return "  hit@1 " + ", ".join(f"{kind} {share:.4f}" for kind, share in shares.items())


def main() -> None:
    """Fit, cross-validate, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--count", type=int, default=1000, help="questions of each set")
    parser.add_argument("--written", type=Path, help="the set that `written.jsonl` is about")
    given = parser.parse_args()
    encoder = open_encoder(load_settings())
    samples = [one for file in given.files for one in look_at_set(file, encoder, given.count)]
    if given.written:
        samples += look_at_written(given.written, encoder)
    print(f"{len(samples)} questions whose paragraph is a candidate")
    print("in use   ", dict(zip(SIGNALS, IN_USE.tolist(), strict=True)))
    print(tell(hits(samples, IN_USE)))
    weights = fit(samples)
    fitted = weights * IN_USE.sum() / weights.sum()
    print("fitted   ", dict(zip(SIGNALS, fitted.round(3).tolist(), strict=True)))
    held_out = []
    for part in range(_PARTS):
        learned = fit([one for one in samples if one.part != part])
        held_out += hits([one for one in samples if one.part == part], learned)
    print(tell(sorted(held_out)), "cross-validated")
    for step in range(1, _STEPS + 1):
        between = IN_USE + (fitted - IN_USE) * step / _STEPS
        print("between  ", between.round(3).tolist())
        print(tell(hits(samples, between)))


if __name__ == "__main__":
    main()
