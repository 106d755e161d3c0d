"""Show where a question's milliseconds go, stage by stage, in this process.

    .venv/bin/python benchmarks/question_time.py SET.json [--passages N] [--questions 300]
        [--cores 2] [--clock wall|processor] [--picture FILE.svg] [--json FILE]

The questions of a SQuAD-format SET are asked of the shipped report and of the set's own passages.
Stages are timed from outside, by wrapping the functions that they consist of; what a stage calls of
another counts for that one alone. A question is encoded beside what is done with its words;
`encoding` is how long it is waited for then. `wire` is an answer written as JSON. The last row is
of questions asked without any wrapping. Linux only.
"""

import argparse
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from duanci import (
    answer,
    assistant,
    candidates,
    index,
    interaction,
    kinds,
    lexicon,
    names,
    query,
    retrieve,
    vectors,
    wire,
)
from duanci.assistant import Assistant, checked_question
from duanci.config import Settings, load_settings
from duanci.encoder import Encoder, open_encoder
from duanci.errors import QuestionError
from duanci.evaluate import index_contexts, read_squad
from duanci.rebuild import rebuild
from machine import CLOCKS, Watch, describe, keep_to

ROOT = Path(__file__).parents[1]

# Which functions make up a stage: where their name is looked up, and the name.
STAGES: dict[str, tuple[tuple[Any, str], ...]] = {
    "segmenting": (
        (query, "rename"),
        (query, "words"),
        (query, "content_words"),
        (query, "simplify"),
        (assistant, "understand"),
    ),
    "encoding": ((Future, "result"),),
    "FAISS": ((vectors.VectorStore, "nearest"), (index.Index, "near")),
    "BM25": (
        (lexicon.Lexicon, "best"),
        (lexicon.Lexicon, "score"),
        (lexicon.Lexicon, "rarity"),
        (index.Index, "said"),
        (index.Index, "match"),
    ),
    "translating": ((index.Index, "translate"), (query, "asked_words")),
    "unpacking tokens": (
        (interaction, "unpack"),
        (index.Index, "tokens_of"),
        (index.Index, "centred_tokens"),
    ),
    "token interaction": (
        (candidates, "interact"),
        (retrieve, "find_candidates"),
    ),
    "tagging": ((kinds, "tagged"), (names, "tagged")),
    "reading": ((retrieve, "read"),),
    "refusal": ((answer, "confidence"),),
    "quoting": ((assistant, "answer_from_rankings"), (assistant, "retrieve")),
    "wire": ((wire, "answer_json"),),
}
REST = "all else"
_COLOURS = (
    "#c9a227 #d98e73 #8a3b12 #1c4f8f #4aa3a2 #6f9bd1 #2f5d27 #6fa35c #e0b8d4 #7b5c9e #b0a6bd "
    "#dddddd #999999"
).split()


class Stopwatch:
    """Seconds of each stage in the thread that made it; one runs at a time, the innermost."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.spent: dict[str, float] = dict.fromkeys([*STAGES, REST], 0.0)
        self._clock, self._running, self._since = clock, [REST], clock()
        self._thread = threading.get_ident()

    def wrap(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same and counts for a stage."""

        def timed(*given: Any, **named: Any) -> Any:
            if threading.get_ident() != self._thread:
                return function(*given, **named)
            self._turn_to(stage)
            try:
                return function(*given, **named)
            finally:
                self._turn_back()

        return timed

    def start(self) -> None:
        """Begin at nothing."""
        self.spent = dict.fromkeys(self.spent, 0.0)
        self._since = self._clock()

    def stop(self) -> dict[str, float]:
        """Return the milliseconds of each stage since `start`."""
        self._note()
        return {stage: 1000 * seconds for stage, seconds in self.spent.items()}

    def _turn_to(self, stage: str) -> None:
        self._note()
        self._running.append(stage)

    def _turn_back(self) -> None:
        self._note()
        self._running.pop()

    def _note(self) -> None:
        now = self._clock()
        self.spent[self._running[-1]] += now - self._since
        self._since = now


@contextmanager
def wrapped(stopwatch: Stopwatch) -> Iterator[None]:
    """Wrap the functions of all stages while a block runs."""
    kept = [
        (where, name, getattr(where, name), stage)
        for stage, own in STAGES.items()
        for where, name in own
    ]
    try:
        for where, name, function, stage in kept:
            setattr(where, name, stopwatch.wrap(stage, function))
        yield
    finally:
        for where, name, function, _ in kept:
            setattr(where, name, function)


def ask(asked: Assistant, question: str) -> None:
    """Answer a question as `ask --json` does, the printing left out."""
    json.dumps(wire.answer_json(asked.ask(question)), ensure_ascii=False)


def measure(
    asked: Assistant, questions: Sequence[str], clock: Callable[[], float]
) -> dict[str, Any]:
    """Ask every other question with the stages timed, the others without, in turns.

    No question is asked twice, as what is remembered of it would be left out.

    :return: milliseconds: the mean of each stage, p50 and p95 with and without timing them.
    """
    stopwatch = Stopwatch(clock)
    staged: list[dict[str, float]] = []
    plain: list[float] = []
    for place, question in enumerate(questions):
        if place % 2:
            started = clock()
            ask(asked, question)
            plain.append(1000 * (clock() - started))
            continue
        with wrapped(stopwatch):
            stopwatch.start()
            ask(asked, question)
            staged.append(stopwatch.stop())
    totals = [sum(one.values()) for one in staged]
    return {
        "stages": {stage: float(np.mean([one[stage] for one in staged])) for stage in staged[0]},
        "mean": float(np.mean(totals)),
        "p50": float(np.median(totals)),
        "p95": float(np.percentile(totals, 95)),
        "plain_p50": float(np.median(plain)),
        "plain_p95": float(np.percentile(plain, 95)),
    }


def open_both(
    name: str, contexts: Sequence[str], folder: Path, loaded: Encoder
) -> dict[str, Assistant]:
    """Index the shipped report and a set's passages; return who answers from each."""
    own = Settings(data=ROOT / "data", index=folder / "report")
    rebuild(own, loaded)
    index_contexts(folder / "set", name, contexts, loaded)
    opened = (own, Settings(index=folder / "set"))
    report, passages = (Assistant.open_with(settings, loaded) for settings in opened)
    return {
        f"the shipped report, {report.build.paragraphs} paragraphs": report,
        f"{name}, {passages.build.paragraphs} passages": passages,
    }


def is_question(text: str) -> bool:
    """Tell whether a text can be asked at all: some questions of public sets are empty."""
    try:
        return bool(checked_question(text))
    except QuestionError:
        return False


def draw(found: dict[str, dict[str, Any]], file: Path) -> None:
    """Draw a bar for each subject, its stages one after the other."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8.4, 2.8), layout="constrained")
    starts = np.zeros(len(found))
    for stage, colour in zip([*STAGES, REST], _COLOURS, strict=True):
        widths = np.array([one["stages"][stage] for one in found.values()])
        axes.barh(list(found), widths, left=starts, color=colour, label=stage)
        starts += widths
    axes.set_xlabel("milliseconds, mean of a question")
    axes.invert_yaxis()
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, fontsize=8, ncols=6, loc="outside lower center")
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("set", type=Path, help="SQuAD-format questions with their passages")
    parser.add_argument("--passages", type=int, help="so many of the first, not all")
    parser.add_argument("--questions", type=int, default=300, help="so many, spread over the set")
    parser.add_argument("--picture", type=Path, help="write a picture, .svg or .png")
    parser.add_argument("--json", type=Path, help="write the figures as JSON")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="which time is told")
    given = parser.parse_args()
    keep_to(given.cores)
    contexts, asked = read_squad(given.set)
    contexts = contexts[: given.passages]
    questions = [q.text for q in asked if is_question(q.text) and int(q.gold[0]) <= len(contexts)]
    questions = questions[:: max(1, len(questions) // given.questions)][: given.questions]
    with TemporaryDirectory(prefix="duanci-question-time-") as folder:
        opened = open_both(given.set.stem, contexts, Path(folder), open_encoder(load_settings()))
        watch, spent = Watch(), time.process_time()
        found = {name: measure(one, questions, CLOCKS[given.clock]) for name, one in opened.items()}
        others = watch.others(time.process_time() - spent)
    print(
        f"{given.set.name}: {len(questions)} questions, ms each, {given.clock} time; {describe()}; "
        f"others took {others:.0%}\n\n| | {' | '.join(found)} |\n|---|{'---|' * len(found)}"
    )
    for stage in [*STAGES, REST]:
        own = (f"{one['stages'][stage]:.2f}" for one in found.values())
        print(f"| {stage} | {' | '.join(own)} |")
    for name, fields in (("mean", ["mean"]), ("p50 / p95", ["p50", "p95"])):
        own = (" / ".join(f"{one[f]:.1f}" for f in fields) for one in found.values())
        print(f"| {name} | {' | '.join(own)} |")
    own = (f"{one['plain_p50']:.1f} / {one['plain_p95']:.1f}" for one in found.values())
    print(f"| … without timing the stages | {' | '.join(own)} |")
    if given.json:
        told = {"machine": describe(), "others": others, "found": found}
        given.json.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    if given.picture:
        draw(found, given.picture)


if __name__ == "__main__":
    main()
