"""The texts of `training/`, `refusal/` and `unseen/`: passages with questions, a passage a line."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from duanci.languages import language_of_report
from duanci.manifest import Source
from duanci.records import Paragraph, Report


def read_passages(folder: Path) -> Iterator[list[dict[str, Any]]]:
    """Give the passages of each report, in order: `paragraph`, `questions` and `near` of each."""
    for file in sorted(folder.glob("*.jsonl")):
        yield [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def make_source(name: str, texts: Sequence[str]) -> Source:
    """Make a report of paragraphs, numbered from 1, in the language of most of them."""
    language = language_of_report("\n".join(texts))
    paragraphs = tuple(
        Paragraph(name, "", str(at), (), text, (), at, at, language)
        for at, text in enumerate(texts, 1)
    )
    return Source(Report(name, (), name, language, paragraphs), "")
