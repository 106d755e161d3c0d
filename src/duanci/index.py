"""The index on disk: build, open, verify, swap.

`index/CURRENT` names the build in force; `index/builds/<id>/` holds

    manifest.json      schema, encoder, counts, reports, size and hash of every other file
    paragraphs.jsonl   a report or a paragraph a line, as in `records`
    vectors.faiss      unit vectors: one for each paragraph, then one for each window
    windows.npy        int32 (w, 3): row of the paragraph, start and end in its text
    words/             BM25 over paragraphs (bm25s)
"""

import hashlib
import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duanci import lexicon, tokens, vectors
from duanci.chunking import Progress
from duanci.encoder import Encoder
from duanci.errors import BuildError, IndexMismatch, IndexMissing
from duanci.manifest import (
    MEND,
    REPORTS,
    Source,
    read_manifest,
    read_reports,
    write_manifest,
    write_reports,
)
from duanci.records import Build, Paragraph
from duanci.references import scope_key
from duanci.segment import sentences_in, simplify, windows, words

_FILES = (REPORTS, "windows.npy", vectors.FILE, *tokens.FILES)
_KEPT = 2  # builds: the one in force and the one before

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]


def write_build(
    index: Path, sources: Sequence[Source], encoder: Encoder, progress: Progress | None = None
) -> Build:
    """Write a build beside the one in force, verify it by opening it, then put it in force.

    :param index: the index directory; made if it is missing.
    :param sources: the reports, in the order in which they are listed.
    :return: the build that is now in force.
    :raises BuildError: the directory cannot be written; the earlier build stays in force.
    """
    created = datetime.now(UTC)
    digest = hashlib.sha256("".join(source.sha256 for source in sources).encode()).hexdigest()
    build_id = f"{created:%Y%m%dT%H%M%S%fZ}-{digest[:8]}"
    part = index / "builds" / f".{build_id}.part"
    folder = index / "builds" / build_id
    try:
        part.mkdir(parents=True)
        counts = _write_parts(part, sources, encoder, progress)
        symbols = tuple(source.report.symbol for source in sources)
        made_by = (encoder.name, encoder.fingerprint, encoder.dimension)
        made_at = created.isoformat(timespec="seconds")
        write_manifest(part, Build(build_id, made_at, *made_by, symbols, *counts), sources)
        _sync(part)
        part.rename(folder)
        build = open_build(folder, encoder).build
        _point_to(index, build_id)
    except OSError as exc:
        raise BuildError(
            f"cannot write the index {index}: {exc.strerror or exc}; the earlier build stays in "
            "force; free the disk or name another folder with --index"
        ) from exc
    finally:
        shutil.rmtree(part, ignore_errors=True)
    _drop_old(index, build_id)
    return build


def open_index(index: Path, encoder: Encoder | None = None) -> "Index":
    """Open the build in force.

    :param encoder: the encoder that questions will be asked with; None where none is needed.
    :raises IndexMissing: nothing has been built yet.
    :raises IndexMismatch: it was made by another encoder or schema, or is damaged.
    """
    current = index / "CURRENT"
    try:
        build_id = current.read_text("utf-8").strip()
    except FileNotFoundError as exc:
        raise IndexMissing(f"no index in {index} ({current} does not exist); {MEND} first") from exc
    except OSError as exc:
        raise BuildError(
            f"{current} cannot be read ({exc.strerror}); check its permissions"
        ) from exc
    return open_build(index / "builds" / build_id, encoder)


def open_build(folder: Path, encoder: Encoder | None = None) -> "Index":
    """Open one build and check all that its manifest states."""
    return Index(folder, read_manifest(folder, encoder, _FILES))


class Index:
    """An opened build: candidates by vector, candidates by words, token vectors, paragraphs."""

    def __init__(self, folder: Path, build: Build) -> None:
        self.build = build
        self.reports = read_reports(folder)
        self.paragraphs = tuple(p for report in self.reports for p in report.paragraphs)
        self.windows: NDArray[np.int32] = np.load(folder / "windows.npy", mmap_mode="r")
        self.first_window = np.searchsorted(self.windows[:, 0], np.arange(len(self.paragraphs) + 1))
        self.vectors = vectors.VectorStore(folder)
        self.words = lexicon.Lexicon(folder, lexicon.PARAGRAPHS, len(self.paragraphs))
        self.window_words = lexicon.Lexicon(folder, lexicon.WINDOWS, len(self.windows))
        self.tokens = tokens.TokenStore(folder)
        self._check_counts(folder)
        self._rows = {
            (p.report, scope_key(p.scope), int(p.number)): row
            for row, p in enumerate(self.paragraphs)
        }

    def near(self, vector: Scores, count: int) -> Rows:
        """Return the rows of the paragraphs among the `count` nearest vectors, nearest first.

        :param vector: float32 (d,), of unit length; paragraphs and windows are searched together.
        """
        places = self.vectors.nearest(vector, count)
        in_windows = np.maximum(places - len(self.paragraphs), 0)
        rows = np.where(places < len(self.paragraphs), places, self.windows[in_windows, 0])
        return np.array(list(dict.fromkeys(rows.tolist())), dtype=np.int64)

    def windows_of(self, row: int) -> slice:
        """Return where in `windows` a paragraph's windows are: its sentences, then its pairs."""
        return slice(int(self.first_window[row]), int(self.first_window[row + 1]))

    def rows_of(self, symbols: Sequence[str]) -> Rows:
        """Return the rows of the paragraphs of some reports."""
        rows = [row for row, p in enumerate(self.paragraphs) if p.report in symbols]
        return np.array(rows, dtype=np.int64)

    def find(self, report: str, scope: str, number: int) -> int | None:
        """Return the row of a paragraph; None where the report has none of that number."""
        return self._rows.get((report, scope_key(scope), number))

    def _check_counts(self, folder: Path) -> None:
        found = (len(self.paragraphs), len(self.windows), *self.vectors.shape)
        build = self.build
        stated = (
            build.paragraphs,
            build.windows,
            build.paragraphs + build.windows,
            build.dimension,
        )
        if found != stated:
            raise IndexMismatch(
                f"build {folder.name}: paragraphs, windows, vectors, dimension are {found}, "
                f"expected {stated}; {MEND}"
            )


def _write_parts(
    folder: Path, sources: Sequence[Source], encoder: Encoder, progress: Progress | None
) -> tuple[int, int]:
    """Write all that a build holds but its manifest; return how many paragraphs and windows."""
    paragraphs = [p for source in sources for p in source.report.paragraphs]
    write_reports(folder, sources)
    texts = [searchable(p) for p in paragraphs]
    spans = [windows(text) for text in texts]
    table = [(row, start, end) for row, cuts in enumerate(spans) for start, end in cuts]
    np.save(folder / "windows.npy", np.array(table, dtype=np.int32))
    encoded = encoder.encode_paragraphs([simplify(text) for text in texts], spans, progress)
    vectors.write_vectors(folder, encoded, encoder.dimension)
    single = [cuts[: sentences_in(len(cuts))] for cuts in spans]
    tokens.write_tokens(folder, encoded, single)
    said = [
        [words(text[start:end]) for start, end in cuts]
        for text, cuts in zip(texts, single, strict=True)
    ]
    lexicon.write_lexicon(folder, lexicon.PARAGRAPHS, [sum(parts, []) for parts in said])
    pairs = [[a + b for a, b in zip(parts, parts[1:], strict=False)] for parts in said]
    in_windows = [part for own in zip(said, pairs, strict=True) for part in chain(*own)]
    lexicon.write_lexicon(folder, lexicon.WINDOWS, in_windows)
    return len(paragraphs), len(table)


def searchable(paragraph: Paragraph) -> str:
    """Return what a paragraph is found by: its text, then its footnotes and headings as lines.

    Windows that lie beyond the text are found, and never quoted.
    """
    notes = (note.text for note in paragraph.footnotes)
    return "\n".join([paragraph.text, *notes, *paragraph.section])


def _point_to(index: Path, build_id: str) -> None:
    """Put a build in force: one rename."""
    part = index / f".CURRENT.{build_id}"
    with part.open("w", encoding="utf-8") as file:
        file.write(build_id + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(index / "CURRENT")
    _sync_folder(index)


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # Windows cannot open a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _drop_old(index: Path, current: str) -> None:
    builds = sorted(path for path in (index / "builds").iterdir() if path.name != current)
    finished = [path for path in builds if not path.name.startswith(".")]
    for path in finished[: -(_KEPT - 1)]:
        shutil.rmtree(path, ignore_errors=True)
