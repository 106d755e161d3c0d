"""Ask reports in six languages together, in one build, what each of them is asked by itself.

    .venv/bin/python benchmarks/together.py [--every 3] [--threshold 0.18]

The invented reports in Chinese (see `reports.py`) and those in other languages (see `languages.py`)
are indexed together, and asked every third of their questions, near misses and conversations. A
question has to find its paragraph in its own report; others may answer a near miss. The two tables
are of the reports in Chinese, and of the others; milliseconds are of both.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tqdm import tqdm

import languages
import reports
from duanci.answer import answer_from_rankings
from duanci.config import Settings, load_settings
from duanci.encoder import Encoder, open_encoder
from duanci.evaluate import make_source
from duanci.followup import understand
from duanci.index import Index
from duanci.manifest import Source
from duanci.opening import open_index
from duanci.records import Report
from duanci.renewal import make_build
from duanci.report import parse_report
from duanci.retrieve import retrieve
from languages import Outcome, own_language, relation, table
from passages import read_passages

_CITATIONS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with those before it, the ids that answer, and of which group it is."""

    group: tuple[str, str]
    report: Report
    text: str
    turns: tuple[str, ...]
    gold: tuple[str, ...]


def read_chinese() -> tuple[list[Source], list[Asked]]:
    """Read the reports in Chinese and what is asked of each."""
    sources, asked = [], []
    for name in reports.NAMES:
        report = parse_report((reports.FOLDER / f"{name}.txt").read_text("utf-8")).report
        own = tuple(replace(paragraph, report=name) for paragraph in report.paragraphs)
        sources.append(Source(replace(report, symbol=name, aliases=(), paragraphs=own), ""))
        for one in reports.read_asked(name):
            group = (one.question.kind, relation(one.language.partition("-")[0], "zh"))
            question = one.question
            asked.append(
                Asked(group, sources[-1].report, question.text, question.turns, question.gold)
            )
    return sources, asked


def read_others() -> tuple[list[Source], list[Asked]]:
    """Read the reports in other languages and what is asked of each."""
    sources, asked = [], []
    files = sorted(languages.TEXTS.glob("*.jsonl"))
    for file, passages in zip(files, read_passages(languages.TEXTS), strict=True):
        own = own_language(passages)
        sources.append(make_source(file.stem, [one["paragraph"] for one in passages], own))
        report = sources[-1].report
        for number, passage in enumerate(passages, 1):
            for one in passage["questions"]:
                group = (one["kind"], relation(one["lang"], own))
                asked.append(Asked(group, report, one["q"], (), (str(number),)))
            for one in passage["near"]:
                asked.append(Asked(("near", relation(one["lang"], own)), report, one["q"], (), ()))
        conversations = reports.read_in_languages(file.parent / "conversations" / file.name)
        for said in conversations:
            question, group = said.question, (said.question.kind, relation(said.language, own))
            gold = () if question.kind.startswith("near") else question.gold
            asked.append(Asked(group, report, question.text, question.turns, gold))
    return sources, asked


def ask(
    asked: Sequence[Asked], index: Index, encoder: Encoder, threshold: float
) -> Iterator[tuple[Outcome, float]]:
    """Ask; tell what became of each question, and how many milliseconds it took."""
    for one in tqdm(asked, disable=None):
        started = time.perf_counter()
        text, context = understand(one.text, one.turns)
        rankings = retrieve(text, index, encoder, context=context)
        reply = answer_from_rankings(rankings, _CITATIONS, threshold)
        took = (time.perf_counter() - started) * 1000
        places = [
            at
            for at, paragraph in enumerate(reply.ranking, 1)
            if paragraph.report == one.report.symbol and paragraph.id in one.gold
        ]
        yield Outcome(one.group, min(places, default=0), reply.answered), took


def main() -> None:
    """Index, ask, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--every", type=int, default=3, help="ask each so manieth question")
    parser.add_argument("--threshold", type=float, default=load_settings().refusal_threshold)
    given = parser.parse_args()
    encoder = open_encoder(load_settings())
    chinese, others = read_chinese(), read_others()
    with TemporaryDirectory(prefix="duanci-together-") as folder:
        make_build(Settings(index=Path(folder)), chinese[0] + others[0], encoder)
        index = open_index(Path(folder), encoder)
        times = []
        for _, asked in (chinese, others):
            found = list(ask(asked[:: given.every], index, encoder, given.threshold))
            times += [took for _, took in found]
            print("\n".join([*table([outcome for outcome, _ in found]), ""]))
    p50, p95 = np.percentile(times, (50, 95))
    print(f"{len(index.shelves)} languages, p50 {p50:.0f} ms, p95 {p95:.0f} ms")


if __name__ == "__main__":
    main()
