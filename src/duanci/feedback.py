"""Thumbs up and down of readers: noted beside the index, and made into a question set."""

import codecs
import errno
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from duanci.errors import BuildError, EvaluationError
from duanci.records import Answer

_FILE = "feedback.jsonl"
_MODE = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)


class Verdict(StrEnum):
    """What a reader thought of an answer."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Collected:
    """Questions as a question set has them, a line each, and how many others were left out.

    Left out are those whose answer was found wrong: what would have been right is not known.
    """

    questions: tuple[dict[str, Any], ...]
    left_out: int


class _Entry(BaseModel):
    """A line of the file: `turns` are the earlier questions, `reports` stand beside `cited`."""

    model_config = ConfigDict(strict=True, frozen=True)

    time: str
    verdict: Verdict
    question: str
    turns: list[str]
    build: str
    answered: bool
    cited: list[str]
    reports: list[str]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if len(self.cited) != len(self.reports) or bool(self.cited) != self.answered:
            raise ValueError("an answer cites, a refusal does not, and each citation has a report")
        return self


def record(index: Path, verdict: Verdict, answer: Answer, history: Sequence[str] = ()) -> None:
    """Note what a reader thought of an answer, as a line of `feedback.jsonl` in the index.

    Several threads and processes may do so at once.

    :param history: the earlier questions of the conversation, oldest first.
    :raises BuildError: the file cannot be written.
    """
    paragraphs = [citation.paragraph for citation in answer.citations]
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "verdict": verdict.value,
        "question": answer.question,
        "turns": list(history),
        "build": answer.build,
        "answered": answer.answered,
        "cited": [paragraph.id for paragraph in paragraphs],
        "reports": [paragraph.report for paragraph in paragraphs],
    }
    line = json.dumps(entry, ensure_ascii=False) + "\n"
    file = index / _FILE
    try:
        _append(file, line.encode("utf-8", "replace"))
    except OSError as exc:
        raise BuildError(
            f"cannot write {file}: {exc.strerror or exc}; the verdict is lost: free the disk or "
            "check the permissions, and give it again"
        ) from exc


def read_feedback(index: Path) -> list[dict[str, Any]]:
    """Read what readers thought of answers, oldest first; nothing if nobody has said anything.

    :return: entries with `time` (ISO 8601, UTC), `verdict`, `question`, `turns`, `build`,
        `answered`, `cited` (paragraph ids), and `reports` (symbols, parallel to `cited`).
    :raises EvaluationError: the file cannot be read, or a line of it is damaged.
    """
    file = index / _FILE
    try:
        lines = file.read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise EvaluationError(
            f"{file}: cannot be read ({exc.strerror or exc}); check its permissions"
        ) from exc
    return [_parse(file, at, line) for at, line in enumerate(lines, 1) if line.strip()]


def to_questions(entries: Iterable[Mapping[str, Any]], *, report: str | None = None) -> Collected:
    """Make what readers thought of answers into questions that `evaluate.read_questions` reads.

    The gold of an answer found right is what it cited, that of a refusal found right nothing. Of
    the same question after the same conversation, the last verdict counts.

    :param entries: as `read_feedback` returns them.
    :param report: the symbol of the one report to keep to: an answer that does not cite it is not
        looked at, and of another what it cites of that report is gold.
    """
    last = {(*entry["turns"], entry["question"]): entry for entry in entries}
    questions = []
    left_out = 0
    for turns, entry in last.items():
        gold = _gold(entry, report)
        if entry["answered"] and not gold:
            continue
        if entry["verdict"] == Verdict.DOWN:
            left_out += 1
            continue
        asked = {"turns": list(turns)} if entry["turns"] else {"q": entry["question"]}
        questions.append({**asked, "gold": gold, "kind": "feedback"})
    return Collected(tuple(questions), left_out)


def _gold(entry: Mapping[str, Any], report: str | None) -> list[str]:
    cited = zip(entry["cited"], entry["reports"], strict=True)
    return list(dict.fromkeys(id_ for id_, symbol in cited if report in (None, symbol)))


def _append(file: Path, line: bytes) -> None:
    """Append a line by one write, so that lines of other writers stay whole."""
    handle = os.open(file, _MODE, 0o666)
    try:
        whole = (b"\n" if _is_torn(handle) else b"") + line
        if os.write(handle, whole) < len(whole):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(handle)


def _is_torn(handle: int) -> bool:
    """Tell whether a file ends within a line, as a full disk leaves it."""
    if os.lseek(handle, 0, os.SEEK_END) == 0:
        return False
    os.lseek(handle, -1, os.SEEK_END)
    return os.read(handle, 1) != b"\n"


def _parse(file: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        return _Entry.model_validate_json(line).model_dump(mode="json")
    except ValidationError as exc:
        found = line[:60].decode("utf-8", "replace")
        raise EvaluationError(
            f'{file}:{number}: expected {{"verdict": "up", "question": "…", "cited": ["25"], …}}, '
            f"found {found!r}; mend the line"
        ) from exc
