"""Ask questions that were written to be hard, of the articles of DRCD's development set.

    .venv/bin/python benchmarks/written.py drcd_dev.json [--threshold 0.18]

`written.jsonl` has them: `paraphrase` (no content word of the paragraph that answers), `foreign`
(in English, French, Spanish, Russian, Arabic), `near` (about what an article tells of, and not
answered in it), each with the id of its paragraph in the set and, as offsets, what answers. The
articles, 360 paragraphs, are indexed in four libraries, each about as long as a report.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from duanci.answer import answer_from_rankings
from duanci.config import load_settings
from duanci.encoder import Encoder, open_encoder
from duanci.evaluate import index_contexts
from duanci.index import Index
from duanci.opening import open_index
from duanci.retrieve import retrieve

FILE = Path(__file__).with_suffix(".jsonl")
LIBRARIES = 4
_CITATIONS = 3
KINDS = ("fact", "paraphrase", "foreign", "near")


@dataclass(frozen=True, slots=True)
class Written:
    """A question: the place of its paragraph in the library, and [start, end) of what answers."""

    text: str
    kind: str
    language: str
    place: int
    answer: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Paragraphs that are indexed together, their ids in the set, and the questions on them."""

    ids: list[str]
    contexts: list[str]
    questions: list[Written]


def read_written(squad: Path) -> list[Shelf]:
    """Read the questions, with their articles from the set that they are about."""
    records = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
    wanted = {record["paragraph"] for record in records}
    shelves = [Shelf([], [], []) for _ in range(LIBRARIES)]
    for article in json.loads(squad.read_text("utf-8"))["data"]:
        if wanted.isdisjoint(paragraph["id"] for paragraph in article["paragraphs"]):
            continue
        smallest = min(shelves, key=lambda shelf: len(shelf.ids))
        for paragraph in article["paragraphs"]:
            smallest.ids.append(paragraph["id"])
            smallest.contexts.append(paragraph["context"])
    for shelf in shelves:
        places = {identity: place for place, identity in enumerate(shelf.ids)}
        for record in records:
            if record["paragraph"] in places:
                answer = tuple(record["answer"]) if "answer" in record else None
                place = places[record["paragraph"]]
                shelf.questions.append(
                    Written(record["q"], record["kind"], record["lang"], place, answer)
                )
    return shelves


def open_contexts(contexts: Sequence[str], encoder: Encoder) -> Index:
    """Index contexts as paragraphs; what is on disk goes when it has been opened."""
    with TemporaryDirectory(prefix="duanci-contexts-") as folder:
        index_contexts(Path(folder), "library", contexts, encoder)
        return open_index(Path(folder), encoder)


def ask(shelf: Shelf, encoder: Encoder, threshold: float) -> Iterator[tuple[Written, int, bool]]:
    """Ask the questions of a shelf; yield each with its paragraph's place, 0: none, if answered."""
    index = open_contexts(shelf.contexts, encoder)
    for question in shelf.questions:
        yield question, *ask_one(question.text, [question.place], index, encoder, threshold)


def ask_one(
    question: str,
    wanted: Sequence[int],
    index: Index,
    encoder: Encoder,
    threshold: float,
    context: str = "",
) -> tuple[int, bool]:
    """Ask a question; tell where the first paragraph that is wanted is ranked, and if it answers.

    :param wanted: rows of the paragraphs that answer.
    :param context: earlier questions that it leans on.
    :return: the place is 0 where none is ranked.
    """
    (ranking,) = retrieve(question, index, encoder, context=context)
    places = [at for at, hit in enumerate(ranking.hits, 1) if hit.row in wanted]
    answered = answer_from_rankings([ranking], _CITATIONS, threshold).answered
    return min(places, default=0), answered


def table(asked: Sequence[tuple[Written, int, bool]]) -> list[str]:
    """Write what became of the questions as a table in Markdown."""
    lines = ["| kind | language | questions | hit@1 | hit@3 | refused |", "|---" * 6 + "|"]
    groups = {(KINDS.index(q.kind), q.language) for q, _, _ in asked}
    wholes = {(kind, "") for kind, _ in groups}
    for kind, language in sorted(groups | wholes):
        own = [one for one in asked if KINDS[kind] == one[0].kind]
        own = [one for one in own if language in ("", one[0].language)]
        hits = [sum(0 < place <= k for _, place, _ in own) / len(own) for k in (1, 3)]
        refused = sum(not is_answered for _, _, is_answered in own) / len(own)
        ranked = " | — | — | " if KINDS[kind] == "near" else " | {:.3f} | {:.3f} | ".format(*hits)
        name = language or "all"
        lines.append(f"| {KINDS[kind]} | {name} | {len(own)}{ranked}{refused:.3f} |")
    return lines


def main() -> None:
    """Ask, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path, help="DRCD's development set, SQuAD format")
    parser.add_argument("--threshold", type=float, default=load_settings().refusal_threshold)
    given = parser.parse_args()
    encoder = open_encoder(load_settings())
    asked = [
        one for shelf in read_written(given.file) for one in ask(shelf, encoder, given.threshold)
    ]
    print("\n".join(table(asked)))


if __name__ == "__main__":
    main()
