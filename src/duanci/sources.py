"""The reports of a build on disk: a line each, and each paragraph read when it is asked for.

reports.jsonl           a report a line, in their order, with how many paragraphs it has
scopes.json             the scopes that paragraphs are in
paragraphs.jsonl        a paragraph a line, as in `records`
paragraph-starts.npy    int64 (p + 1,): where each paragraph's line begins
paragraph-numbers.npy   int64 (p, 2): which of the scopes, and the number
"""

import json
import mmap
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from duanci.arrays import Growing, map_array
from duanci.manifest import Source
from duanci.records import Finding, Footnote, Paragraph, Report

PARAGRAPHS, _REPORTS, _SCOPES = "paragraphs.jsonl", "reports.jsonl", "scopes.json"
_STARTS, NUMBERS = "paragraph-starts.npy", "paragraph-numbers.npy"
FILES = (PARAGRAPHS, _REPORTS, _SCOPES, _STARTS, NUMBERS)

_REMEMBERED = 4096  # paragraphs that are kept once they were read


class _Lines:
    """The paragraphs of a build by row."""

    def __init__(self, folder: Path) -> None:
        self.starts, self.numbers = (map_array(folder / name) for name in (_STARTS, NUMBERS))
        self.scopes = read_scopes(folder)
        with (folder / PARAGRAPHS).open("rb") as file:
            self._lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.read = lru_cache(_REMEMBERED)(partial(_read, self._lines, self.starts))

    def raw(self, first: int, last: int) -> bytes:
        """Return the lines of some paragraphs as they are written."""
        return self._lines[self.starts[first] : self.starts[last]]


def _read(lines: mmap.mmap, starts: NDArray[np.int64], row: int) -> Paragraph:
    fields = json.loads(lines[starts[row] : starts[row + 1]])
    fields["section"] = tuple(fields["section"])
    fields["footnotes"] = tuple(Footnote(**note) for note in fields["footnotes"])
    return Paragraph(**fields)


class Paragraphs(Sequence[Paragraph]):
    """Paragraphs of a build, those of rows `first` to `last`, each read when it is asked for."""

    def __init__(self, lines: _Lines, first: int, last: int) -> None:
        self.lines, self.first, self.last = lines, first, last

    def __len__(self) -> int:
        return self.last - self.first

    @overload
    def __getitem__(self, at: int) -> Paragraph: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Paragraph, ...]: ...
    def __getitem__(self, at: int | slice) -> Paragraph | tuple[Paragraph, ...]:
        if isinstance(at, slice):
            return tuple(self.lines.read(self.first + own) for own in range(len(self))[at])
        return self.lines.read(self.first + range(len(self))[at])

    def __iter__(self) -> Iterator[Paragraph]:
        return map(self.lines.read, range(self.first, self.last))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(one == another for one, another in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash((self.first, self.last))

    def __repr__(self) -> str:
        return f"<{len(self)} paragraphs>"


class SourceWriter:
    """Writes reports with their paragraphs, one after the other."""

    def __init__(self, folder: Path, files: ExitStack) -> None:
        """Begin to write.

        :param files: closes what is open, come what may.
        """
        self.symbols: list[str] = []
        self.stamps: list[tuple[str, str, str]] = []  # symbol, file, hash
        self._folder = folder
        self._reports = files.enter_context((folder / _REPORTS).open("w", encoding="utf-8"))
        self._paragraphs = files.enter_context((folder / PARAGRAPHS).open("wb"))
        self._starts = files.enter_context(Growing(folder / _STARTS, "int64"))
        self._starts.add([0])
        self._numbers = files.enter_context(Growing(folder / NUMBERS, "int64", (2,)))
        self._scopes: dict[str, int] = {}
        self._at = 0

    @property
    def count(self) -> int:
        """How many paragraphs are written."""
        return self._numbers.count

    def add(self, source: Source) -> None:
        """Write a report."""
        report = source.report
        found = [(finding.line, finding.message, finding.ambiguous) for finding in source.findings]
        head = {
            "symbol": report.symbol,
            "aliases": report.aliases,
            "file": report.file,
            "language": report.language,
            "sha256": source.sha256,
            "findings": found,
            "paragraphs": len(report.paragraphs),
        }
        self._reports.write(json.dumps(head, ensure_ascii=False) + "\n")
        self.symbols.append(report.symbol)
        self.stamps.append((report.symbol, report.file, source.sha256))
        if isinstance(report.paragraphs, Paragraphs):
            self._copy(report.paragraphs)
        else:
            self._add(report.paragraphs)

    def _add(self, paragraphs: Sequence[Paragraph]) -> None:
        lines = [_line(paragraph) for paragraph in paragraphs]
        ends = np.cumsum([len(line) for line in lines], dtype=np.int64)
        scopes = [self._scopes.setdefault(p.scope, len(self._scopes)) for p in paragraphs]
        numbers = np.array([scopes, [int(p.number) for p in paragraphs]], np.int64)
        self._write(b"".join(lines), ends, numbers.T)

    def _copy(self, paragraphs: Paragraphs) -> None:
        """Take paragraphs of another build over as they are written there."""
        lines, first, last = paragraphs.lines, paragraphs.first, paragraphs.last
        numbers = lines.numbers[first:last].copy()
        table = {at: lines.scopes[at] for at in np.unique(numbers[:, 0]).tolist()}
        own = {at: self._scopes.setdefault(scope, len(self._scopes)) for at, scope in table.items()}
        numbers[:, 0] = [own[at] for at in numbers[:, 0].tolist()]
        ends = lines.starts[first + 1 : last + 1] - lines.starts[first]
        self._write(lines.raw(first, last), ends, numbers)

    def _write(self, lines: bytes, ends: NDArray[np.int64], numbers: NDArray[np.int64]) -> None:
        self._paragraphs.write(lines)
        self._starts.add(self._at + ends)
        self._numbers.add(numbers)
        self._at += len(lines)

    def close(self) -> None:
        """Write what is left, and close the files."""
        scopes = json.dumps([*self._scopes], ensure_ascii=False)
        (self._folder / _SCOPES).write_text(scopes, "utf-8")
        for file in (self._reports, self._paragraphs, self._starts, self._numbers):
            file.close()


def read_sources(folder: Path) -> tuple[Source, ...]:
    """Read what `SourceWriter` wrote; of a report's paragraphs none until one is asked for."""
    lines = _Lines(folder)
    sources = []
    first = 0
    with (folder / _REPORTS).open(encoding="utf-8") as file:
        for line in file:
            head = json.loads(line)
            last = first + head["paragraphs"]
            sources.append(_source(head, Paragraphs(lines, first, last)))
            first = last
    return tuple(sources)


def read_scopes(folder: Path) -> list[str]:
    """Read the scopes that the paragraphs of a build are in."""
    return [str(scope) for scope in json.loads((folder / _SCOPES).read_text("utf-8"))]


def all_paragraphs(sources: Sequence[Source]) -> Sequence[Paragraph]:
    """Return the paragraphs of all reports of a build, as `read_sources` gives them."""
    if not sources:
        return ()
    ends = [source.report.paragraphs for source in (sources[0], sources[-1])]
    first, last = (own for own in ends if isinstance(own, Paragraphs))
    return Paragraphs(first.lines, first.first, last.last)


def _source(head: dict[str, Any], paragraphs: Paragraphs) -> Source:
    report = Report(
        head["symbol"], tuple(head["aliases"]), head["file"], head["language"], paragraphs
    )
    findings = tuple(Finding(report.file, *found) for found in head["findings"])
    return Source(report, head["sha256"], findings)


def _line(paragraph: Paragraph) -> bytes:
    """Do what `dataclasses.asdict` does, in a tenth of its time."""
    values = {name: getattr(paragraph, name) for name in Paragraph.__slots__}
    record = {**values, "footnotes": [asdict(note) for note in paragraph.footnotes]}
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"
