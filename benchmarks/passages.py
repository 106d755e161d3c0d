"""The texts of `training/`, `refusal/` and `unseen/`: passages with questions, a passage a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def read_passages(folder: Path) -> Iterator[list[dict[str, Any]]]:
    """Give the passages of each report, in order: `paragraph`, `questions` and `near` of each."""
    for file in sorted(folder.glob("*.jsonl")):
        yield [json.loads(line) for line in file.read_text("utf-8").splitlines()]
