"""Ask questions of reports in English, French, Spanish, Russian and Arabic.

    .venv/bin/python benchmarks/languages.py [--threshold 0.18]

`languages/` has six invented reports with questions, in the report's language, in Chinese and in
others, and conversations whose last question leans on the ones before it, as its README tells.
`elsewhere` is what is asked of one country, in the report's language or in Chinese, asked of
another that the report names and the paragraph does not; the report hardly answers it.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from duanci.config import load_settings
from duanci.countries import Named, find_in_letters, han_names
from duanci.encoder import Encoder, open_encoder
from duanci.followup import understand
from duanci.index import Index
from duanci.languages import language_of
from duanci.lines import has_han
from passages import read_passages
from reports import read_in_languages
from written import ask_one, open_contexts

TEXTS = Path(__file__).with_suffix("")
_NEAR = "near"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question: of what group, the place of its paragraph (0: none), answered."""

    group: tuple[str, str]
    place: int
    is_answered: bool


def ask_passages(
    passages: Sequence[dict[str, Any]], index: Index, encoder: Encoder, threshold: float
) -> Iterator[Outcome]:
    """Ask what was written on each paragraph of a report."""
    own = own_language(passages)
    for row, passage in enumerate(passages):
        near = [asked | {"kind": _NEAR} for asked in passage["near"]]
        for asked in passage["questions"] + near:
            group = (asked["kind"], relation(asked["lang"], own))
            yield Outcome(group, *ask_one(asked["q"], [row], index, encoder, threshold))


def ask_conversations(
    name: str, own: str, index: Index, encoder: Encoder, threshold: float
) -> Iterator[Outcome]:
    """Ask the last question of each conversation on a report."""
    for asked in read_in_languages(TEXTS / "conversations" / f"{name}.jsonl"):
        question = asked.question
        text, context = understand(question.text, question.turns)
        rows = [int(number) - 1 for number in question.gold]
        group = (question.kind, relation(asked.language, own))
        yield Outcome(group, *ask_one(text, rows, index, encoder, threshold, context))


def ask_elsewhere(
    passages: Sequence[dict[str, Any]], index: Index, encoder: Encoder, threshold: float
) -> Iterator[Outcome]:
    """Ask what is asked of one country of another, as the report spells it."""
    own = own_language(passages)
    spelt = [_named(passage["paragraph"]) for passage in passages]
    known = {country: name for names in spelt for country, name in names.items()}
    for passage, here in zip(passages, spelt, strict=True):
        others = sorted(known.keys() - here.keys())
        asked = [one for one in passage["questions"] if one["lang"] in (own, "zh")]
        for one in (one for one in asked if one["kind"] != "paraphrase"):
            named = _named(one["q"])
            if len(named) == 1 and others and named.keys() <= here.keys():
                ((_, name),) = named.items()
                other = others[len(one["q"]) % len(others)]
                spelling = other[0] if has_han(name) else known[other]
                question = one["q"].replace(name, spelling)
                group = ("elsewhere", relation(one["lang"], own))
                yield Outcome(group, *ask_one(question, [], index, encoder, threshold))


def own_language(passages: Sequence[dict[str, Any]]) -> str:
    """Tell in which language a report is."""
    return language_of(passages[0]["paragraph"])


def relation(language: str, own: str) -> str:
    """Tell how a question in a language is asked of a report in its own."""
    if language == own:
        return "in its language"
    return "in Chinese" if language == "zh" else "in another"


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Write what became of the questions as a table in Markdown."""
    lines = ["| kind | asked | questions | hit@1 | hit@3 | refused |", "|---" * 6 + "|"]
    for group in dict.fromkeys(one.group for one in outcomes):
        own = [one for one in outcomes if one.group == group]
        hits = [f"{np.mean([0 < one.place <= k for one in own]):.3f}" for k in (1, 3)]
        if group[0].startswith((_NEAR, "elsewhere")):
            hits = ["—", "—"]
        refused = f"{np.mean([not one.is_answered for one in own]):.3f}"
        lines.append(f"| {' | '.join([*group, str(len(own)), *hits, refused])} |")
    return lines


def main() -> None:
    """Ask, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--threshold", type=float, default=load_settings().refusal_threshold)
    given = parser.parse_args()
    encoder = open_encoder(load_settings())
    names = [file.stem for file in sorted(TEXTS.glob("*.jsonl"))]
    outcomes: list[Outcome] = []
    for name, passages in zip(names, tqdm(list(read_passages(TEXTS)), disable=None), strict=True):
        index = open_contexts([passage["paragraph"] for passage in passages], encoder)
        asking = index, encoder, given.threshold
        outcomes += ask_passages(passages, *asking)
        outcomes += ask_elsewhere(passages, *asking)
        outcomes += ask_conversations(name, own_language(passages), *asking)
    print("\n".join(table(outcomes)))


def _named(text: str) -> dict[Named, str]:
    """Return the countries that a text names, and how it spells each."""
    if has_han(text):
        return {names: name for name, names in han_names().items() if name in text}
    return {names: text[place] for place, names in find_in_letters(text)}


if __name__ == "__main__":
    main()
