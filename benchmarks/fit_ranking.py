"""Fit how much each signal counts in ranking, on public question sets.

    .venv/bin/python benchmarks/fit_ranking.py SQUAD_FILE... [--count 1000]

Every context of a set is indexed as a paragraph. The weights are those of a softmax over the
candidates of each question (L2-regularised, none below zero), fitted to all sets together; hit@1 is
cross-validated over five parts, no context in two of them, and shown for the weights in use too.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from duanci import retrieve
from duanci.config import load_settings
from duanci.encoder import Encoder, open_encoder
from duanci.evaluate import index_contexts, read_squad
from duanci.index import open_index

Rows = NDArray[np.float64]  # (candidates, signals), standardised, the gold first
SIGNALS = ("window words", "paragraph tokens", "window tokens")
IN_USE = np.array(retrieve.WEIGHTS)


def main() -> None:
    """Fit, cross-validate, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--count", type=int, default=1000, help="questions of each set")
    given = parser.parse_args()
    encoder = open_encoder(load_settings())
    questions: list[tuple[int, Rows]] = []
    for file in given.files:
        questions += [(part % 5, rows) for part, rows in signals(file, encoder, given.count)]
    print(f"{len(questions)} questions whose paragraph is a candidate")
    print("in use   ", dict(zip(SIGNALS, IN_USE.tolist(), strict=True)))
    print(f"  hit@1 {hit_at_1([rows for _, rows in questions], IN_USE):.4f}")
    weights = fit([rows for _, rows in questions])
    print("fitted   ", dict(zip(SIGNALS, (weights / weights.sum()).round(3).tolist(), strict=True)))
    held_out = []
    for part in range(5):
        learned = fit([rows for p, rows in questions if p != part])
        held_out.append(hit_at_1([rows for p, rows in questions if p == part], learned))
    print(f"  hit@1 {np.mean(held_out):.4f} cross-validated")


def signals(file: Path, encoder: Encoder, count: int) -> list[tuple[int, Rows]]:
    """Return, for each question, the number of its context and its candidates' signals."""
    contexts, questions = read_squad(file)
    found = []
    with tempfile.TemporaryDirectory(prefix="duanci-fit-") as folder:
        index_contexts(Path(folder), file.stem, contexts, encoder)
        index = open_index(Path(folder), encoder)
        for question in questions[:: max(1, len(questions) // count)]:
            query = retrieve.make_query(question.text, index, encoder)
            candidates = retrieve.find_candidates(query, index, None)
            gold = int(question.gold[0]) - 1
            order = sorted(candidates, key=lambda candidate: candidate.row != gold)
            if order[0].row == gold:
                rows = np.array([(c.words, c.tokens, c.window_tokens) for c in order])
                spread = rows.std(axis=0)
                standard = (rows - rows.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
                found.append((gold, standard))
    return found


def fit(questions: list[Rows], strength: float = 1e-3) -> NDArray[np.float64]:
    """Fit the weights to put the gold first."""

    def loss(weights: NDArray[np.float64]) -> float:
        total = 0.0
        for rows in questions:
            scores = rows @ weights
            total += float(np.logaddexp.reduce(scores) - scores[0])
        return total / len(questions) + strength * float(weights @ weights)

    start = np.full(len(SIGNALS), 0.5)
    found = minimize(loss, start, method="L-BFGS-B", bounds=[(0, None)] * len(SIGNALS))
    return np.asarray(found.x)


def hit_at_1(questions: list[Rows], weights: NDArray[np.float64]) -> float:
    """Return the share of questions whose gold is ranked first."""
    return float(np.mean([np.argmax(rows @ weights) == 0 for rows in questions]))


if __name__ == "__main__":
    main()
