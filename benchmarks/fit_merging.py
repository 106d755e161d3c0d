"""Fit what tells which of the reports, in several languages, answers; see `duanci.merging`.

    .venv/bin/python benchmarks/fit_merging.py [--count 300] [--to src/duanci/merging.json]

The reports in `refusal/` and `refusal/languages/`, which refusal is learned from, are indexed
together, and asked what each of them answers, and near misses: `count` questions of each kind, in
the report's language, in Chinese, and in another. Their report's language is to have the weightiest
lead. Each kind counts alike. Printed is how often it has, by weights fitted without a fifth of the
questions each, and how often its own lead is the paragraph that answers.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from tqdm import tqdm

from duanci import merging
from duanci.answer import look_at_lead
from duanci.config import Settings, load_settings
from duanci.encoder import Encoder, open_encoder
from duanci.evaluate import make_source
from duanci.index import Index
from duanci.languages import language_of_report
from duanci.manifest import Source
from duanci.merging import Lead
from duanci.opening import open_index
from duanci.renewal import make_build
from duanci.retrieve import retrieve
from passages import read_passages

FOLDERS = (Path(__file__).with_name("refusal"), Path(__file__).with_name("refusal") / "languages")
_FOLDS = 5
_NEAR = "near"

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on a report: in which languages both are, and the row that answers, -1: none."""

    text: str
    kind: str
    language: str
    of_report: str
    row: int

    @property
    def group(self) -> tuple[str, ...]:
        """What counts alike: its kind, whether the report is in Chinese, how it is asked."""
        asked = "in another"
        if self.language in (self.of_report, "zh"):
            asked = "in its language" if self.language == self.of_report else "in Chinese"
        return "Han" if self.of_report == "zh" else "letters", self.kind, asked


@dataclass(frozen=True, slots=True)
class Sample:
    """The leads for a question: which of them is of its language, and whether that answers."""

    asked: Asked
    leads: Sequence[Lead]
    own: int
    is_right: bool


def read_reports() -> tuple[list[Source], list[Asked]]:
    """Read the reports and all that is asked of them."""
    sources: list[Source] = []
    asked: list[Asked] = []
    row = 0
    for folder in FOLDERS:
        for passages in read_passages(folder):
            texts = [passage["paragraph"] for passage in passages]
            language = language_of_report("\n".join(texts))
            sources.append(make_source(f"report {len(sources)}", texts, language))
            for at, passage in enumerate(passages, row):
                for one in passage["questions"]:
                    asked.append(Asked(one["q"], one["kind"], one["lang"], language, at))
                asked += [Asked(o["q"], _NEAR, o["lang"], language, -1) for o in passage["near"]]
            row += len(texts)
    return sources, asked


def choose(asked: Sequence[Asked], count: int) -> list[Asked]:
    """Choose so many questions of each group at random, or all."""
    groups: dict[tuple[str, ...], list[Asked]] = {}
    for one in asked:
        groups.setdefault(one.group, []).append(one)
    rng = random.Random(7)
    return [one for own in groups.values() for one in rng.sample(own, min(count, len(own)))]


def ask(asked: Sequence[Asked], index: Index, encoder: Encoder) -> Iterator[Sample]:
    """Ask, and look at the leads of all languages."""
    for one in tqdm(asked, disable=None):
        rankings = retrieve(one.text, index, encoder)
        leads = [look_at_lead(ranking, is_read=True) for ranking in rankings]
        languages = [ranking.hits[0].paragraph.language for ranking in rankings]
        own = languages.index(one.of_report)
        yield Sample(one, leads, own, rankings[own].hits[0].row == one.row)


def fit(samples: Sequence[Sample]) -> dict[str, float]:
    """Fit weights by which the lead of a question's own language outweighs each of the others."""
    counts = Counter(one.asked.group for one in samples)
    rows = [_values(one) for one in samples]
    scales = np.vstack(rows).std(axis=0) + 1e-9
    pairs = [
        (values[one.own] - np.delete(values, one.own, axis=0)) / scales
        for one, values in zip(samples, rows, strict=True)
    ]
    weights = np.repeat([1 / counts[one.asked.group] for one in samples], list(map(len, pairs)))
    apart = np.vstack(pairs)
    model = LogisticRegression(fit_intercept=False, max_iter=5000)
    sides = np.repeat([1, 0], len(apart))
    model.fit(np.vstack([apart, -apart]), sides, np.tile(weights / weights.mean(), 2))
    names = [field.name for field in fields(Lead)]
    return dict(zip(names, (model.coef_[0] / scales).round(4).tolist(), strict=True))


def show(samples: Sequence[Sample]) -> None:
    """Print how often the right language is chosen, by weights fitted without the question."""
    order = np.random.default_rng(7).permutation(len(samples))
    told: dict[tuple[str, ...], list[tuple[bool, bool, bool]]] = {}
    for fold in range(_FOLDS):
        left = set(order[fold::_FOLDS].tolist())
        weights = fit([one for at, one in enumerate(samples) if at not in left])
        for at in left:
            one = samples[at]
            is_own = int(np.argmax(_values(one) @ np.array([*weights.values()]))) == one.own
            told.setdefault(one.asked.group, []).append(
                (is_own, is_own and one.is_right, one.is_right)
            )
    print("| report | kind | asked | questions | its language | its paragraph | … at most |")
    print("|---" * 7 + "|")
    for group, own in sorted(told.items()):
        shares = [f"{share:.3f}" for share in np.mean(own, axis=0)]
        if group[1] == _NEAR:
            shares[1:] = ["—", "—"]
        print(f"| {' | '.join([*group, str(len(own)), *shares])} |")


def main() -> None:
    """Index, ask, fit, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=300, help="questions of each kind")
    parser.add_argument("--to", type=Path, default=merging.FILE)
    given = parser.parse_args()
    encoder = open_encoder(load_settings())
    sources, asked = read_reports()
    with TemporaryDirectory(prefix="duanci-merging-") as folder:
        make_build(Settings(index=Path(folder)), sources, encoder)
        index = open_index(Path(folder), encoder)
        samples = list(ask(choose(asked, given.count), index, encoder))
    show(samples)
    given.to.write_text(json.dumps(fit(samples), indent=1) + "\n", "utf-8")


def _values(sample: Sample) -> Array:
    """Return the signals of leads, float64 (n, k)."""
    return np.array([list(asdict(lead).values()) for lead in sample.leads])


if __name__ == "__main__":
    main()
