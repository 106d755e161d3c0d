"""Question sets to figures: ranking, refusal, time."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from attrs import evolve

from duanci.assistant import Assistant
from duanci.config import Settings
from duanci.encoder import Encoder, open_encoder
from duanci.errors import EvaluationError
from duanci.manifest import Source
from duanci.records import Paragraph, Report
from duanci.renewal import make_build

Progress = Callable[[int, int], None]

_DEPTH = 10  # places of the ranking that recall, MRR and nDCG look at


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the ids of the paragraphs that answer it; none: it must be refused.

    `turns` are the earlier questions of its conversation, oldest first.
    """

    text: str
    gold: tuple[str, ...]
    kind: str = ""
    turns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question: the place of the best-placed gold (from 1; None: not ranked)."""

    question: Question
    place: int | None
    answered: bool
    ranked: tuple[str, ...]
    milliseconds: float


@dataclass(slots=True)
class Evaluation:
    """The outcomes of a question set, and how long its index took to build (0: not built)."""

    outcomes: list[Outcome] = field(default_factory=list)
    build_seconds: float = 0.0

    def figures(self) -> dict[str, Any]:
        """Return the figures; those without a question to count are None."""
        kinds = sorted({o.question.kind for o in self.outcomes if o.question.kind})
        return {
            **_figures(self.outcomes),
            "build_seconds": round(self.build_seconds, 2),
            "by_kind": {
                k: _figures([o for o in self.outcomes if o.question.kind == k]) for k in kinds
            },
        }


def evaluate(
    file: Path, settings: Settings, report: str | None = None, progress: Progress | None = None
) -> Evaluation:
    """Ask all questions of a set.

    :param file: JSONL, asked of the build in force; or a SQuAD `.json`, whose contexts are
        indexed for the run.
    :param report: the symbol of the one report to keep to.
    :raises EvaluationError: the file cannot be read as either.
    """
    if file.suffix == ".jsonl":
        questions = read_questions(file)
        return run(Assistant.open(settings), questions, report, progress)
    contexts, questions = read_squad(file)
    encoder = open_encoder(settings)
    with TemporaryDirectory(prefix="duanci-eval-") as folder:
        started = time.perf_counter()
        own = evolve(settings, index=Path(folder))
        index_contexts(own.index, file.stem, contexts, encoder)
        seconds = time.perf_counter() - started
        assistant = Assistant.open_with(own, encoder)
        evaluation = run(assistant, questions, None, progress)
        evaluation.build_seconds = seconds
        return evaluation


def run(
    assistant: Assistant,
    questions: Sequence[Question],
    report: str | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Ask questions of an assistant, warm as a server is, and note what became of each."""
    assistant.warm_up()
    evaluation = Evaluation()
    for question in questions:
        started = time.perf_counter()
        reply = assistant.reply(question.text, question.turns, report)
        elapsed = (time.perf_counter() - started) * 1000
        ranked = tuple(p.id for p in reply.ranking)
        places = [ranked.index(gold) + 1 for gold in question.gold if gold in ranked]
        place = min(places, default=None)
        evaluation.outcomes.append(
            Outcome(question, place, reply.answered, ranked[:_DEPTH], elapsed)
        )
        if progress:
            progress(len(evaluation.outcomes), len(questions))
    return evaluation


def read_questions(file: Path) -> list[Question]:
    """Read a question set: a JSON object a line, `{"q" or "turns", "gold", "kind"}`."""
    questions = []
    for number, line in enumerate(_read(file).split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            turns = [str(turn) for turn in record.get("turns", ())] or [str(record["q"])]
            gold = tuple(str(g) for g in record["gold"])
            kind = str(record.get("kind", ""))
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise EvaluationError(
                f'{file}:{number}: expected {{"q": "…", "gold": ["25"], "kind": "…"}}, found '
                f"{line[:60]!r}; mend the line"
            ) from exc
        questions.append(Question(turns[-1], gold, kind, tuple(turns[:-1])))
    return _not_empty(file, questions)


def read_squad(file: Path) -> tuple[list[str], list[Question]]:
    """Read a SQuAD-format file: its contexts, each once, and questions with their context's id."""
    try:
        articles = json.loads(_read(file))["data"]
        rows = [
            (str(paragraph["context"]), str(qa["question"]))
            for article in articles
            for paragraph in article["paragraphs"]
            for qa in paragraph["qas"]
        ]
    except (ValueError, KeyError, TypeError) as exc:
        raise EvaluationError(
            f"{file}: expected JSONL (.jsonl) or a SQuAD-format .json with data, paragraphs, qas"
        ) from exc
    ids = {context: str(at) for at, context in enumerate(dict.fromkeys(c for c, _ in rows), 1)}
    questions = [Question(question, (ids[context],)) for context, question in rows]
    return list(ids), _not_empty(file, questions)


def index_contexts(index: Path, name: str, contexts: Sequence[str], encoder: Encoder) -> None:
    """Write a build whose paragraphs are contexts, numbered from 1."""
    make_build(Settings(index=index), [make_source(name, contexts, "zh")], encoder)


def make_source(name: str, contexts: Sequence[str], language: str) -> Source:
    """Make a report whose paragraphs are contexts, numbered from 1."""
    paragraphs = tuple(
        Paragraph(name, "", str(at), (), context, (), at, at, language)
        for at, context in enumerate(contexts, 1)
    )
    return Source(Report(name, (), name, language, paragraphs), "")


def _not_empty(file: Path, questions: list[Question]) -> list[Question]:
    if not questions:
        raise EvaluationError(f"{file}: no question in it, expected one a line; add some")
    return questions


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise EvaluationError(
            f"{file}: cannot be read as UTF-8 text ({exc}); name a question set"
        ) from exc


def _figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    places = [o.place for o in outcomes if o.question.gold]
    refused = [not o.answered for o in outcomes if not o.question.gold]
    wrongly = [not o.answered for o in outcomes if o.question.gold]
    times = [o.milliseconds for o in outcomes]
    near = [p if p is not None and p <= _DEPTH else None for p in places]
    return {
        "questions": len(outcomes),
        "hit_at_1": _mean([p == 1 for p in places]),
        "hit_at_3": _mean([p is not None and p <= 3 for p in places]),
        "recall_at_10": _mean([p is not None for p in near]),
        "mrr_at_10": _mean([1 / p if p else 0.0 for p in near]),
        "ndcg_at_10": _mean([1 / float(np.log2(p + 1)) if p else 0.0 for p in near]),
        "refusal_recall": _mean(refused),
        "false_refusal_rate": _mean(wrongly),
        "query_ms_p50": round(float(np.percentile(times, 50)), 2) if times else None,
        "query_ms_p95": round(float(np.percentile(times, 95)), 2) if times else None,
    }


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
