"""The index on disk: build, open, verify, swap.

`index/CURRENT` names the build in force; `index/builds/<id>/` holds

    manifest.json      schema, encoder, counts, reports, size and hash of every other file
    paragraphs.jsonl   a report or a paragraph a line, as in `records`
    vectors.faiss      unit vectors: one for each paragraph, then one for each window
    windows.npy        int32 (w, 3): row of the paragraph, start and end in its text
    words/             BM25 over paragraphs (bm25s)
"""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci import lexicon, tokens, vectors
from duanci.chunking import Progress
from duanci.encoder import Encoder
from duanci.errors import BuildError, IndexMismatch, IndexMissing
from duanci.records import Build, Footnote, Paragraph, Report
from duanci.references import scope_key
from duanci.segment import sentences, simplify, windows, words

SCHEMA = 4
_MEND = "run `duanci index`"
_FILES = ("paragraphs.jsonl", "windows.npy", vectors.FILE, *tokens.FILES)
_KEPT = 2  # builds: the one in force and the one before

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Source:
    """A report to index, with the hash of its file."""

    report: Report
    sha256: str


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
        _write_parts(part, sources, encoder, progress)
        _write_manifest(part, build_id, created, sources, encoder)
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
        raise IndexMissing(
            f"no index in {index} ({current} does not exist); {_MEND} first"
        ) from exc
    except OSError as exc:
        raise BuildError(
            f"{current} cannot be read ({exc.strerror}); check its permissions"
        ) from exc
    return open_build(index / "builds" / build_id, encoder)


def open_build(folder: Path, encoder: Encoder | None = None) -> "Index":
    """Open one build and check all that its manifest states."""
    manifest = _read_manifest(folder)
    _check_encoder(manifest, encoder)
    _check_files(folder, manifest)
    return Index(folder, manifest)


class Index:
    """An opened build: candidates by vector, candidates by words, token vectors, paragraphs."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.build = _as_build(manifest)
        self.reports = _read_reports(folder / "paragraphs.jsonl")
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
                f"expected {stated}; {_MEND}"
            )


def _write_parts(
    folder: Path, sources: Sequence[Source], encoder: Encoder, progress: Progress | None
) -> None:
    paragraphs = [p for source in sources for p in source.report.paragraphs]
    with (folder / "paragraphs.jsonl").open("w", encoding="utf-8") as file:
        for source in sources:
            for record in _records(source.report):
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
    texts = [searchable(p) for p in paragraphs]
    spans = [windows(text) for text in texts]
    table = [(row, start, end) for row, cuts in enumerate(spans) for start, end in cuts]
    np.save(folder / "windows.npy", np.array(table, dtype=np.int32))
    encoded = encoder.encode_paragraphs([simplify(text) for text in texts], spans, progress)
    vectors.write_vectors(folder, encoded, encoder.dimension)
    tokens.write_tokens(folder, encoded, [sentences(text) for text in texts])
    said = [[words(text[start:end]) for start, end in sentences(text)] for text in texts]
    lexicon.write_lexicon(folder, lexicon.PARAGRAPHS, [sum(parts, []) for parts in said])
    pairs = [[a + b for a, b in zip(parts, parts[1:], strict=False)] for parts in said]
    in_windows = [part for own in zip(said, pairs, strict=True) for part in chain(*own)]
    lexicon.write_lexicon(folder, lexicon.WINDOWS, in_windows)


def searchable(paragraph: Paragraph) -> str:
    """Return what a paragraph is found by: its text, then its footnotes and headings as lines.

    Windows that lie beyond the text are found, and never quoted.
    """
    notes = (note.text for note in paragraph.footnotes)
    return "\n".join([paragraph.text, *notes, *paragraph.section])


def _records(report: Report) -> list[dict[str, Any]]:
    head = {"symbol": report.symbol, "aliases": report.aliases, "file": report.file}
    first = {"report": {**head, "language": report.language}}
    return [first, *({"paragraph": asdict(p)} for p in report.paragraphs)]


def _read_reports(path: Path) -> tuple[Report, ...]:
    heads: list[dict[str, Any]] = []
    bodies: list[list[Paragraph]] = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if "report" in record:
                heads.append(record["report"])
                bodies.append([])
                continue
            fields = record["paragraph"]
            fields["section"] = tuple(fields["section"])
            fields["footnotes"] = tuple(Footnote(**note) for note in fields["footnotes"])
            bodies[-1].append(Paragraph(**fields))
    return tuple(
        Report(h["symbol"], tuple(h["aliases"]), h["file"], h["language"], tuple(body))
        for h, body in zip(heads, bodies, strict=True)
    )


def _write_manifest(
    folder: Path,
    build_id: str,
    created: datetime,
    sources: Sequence[Source],
    encoder: Encoder,
) -> None:
    table = np.load(folder / "windows.npy", mmap_mode="r")
    manifest = {
        "schema": SCHEMA,
        "id": build_id,
        "created": created.isoformat(timespec="seconds"),
        "encoder": {
            "name": encoder.name,
            "fingerprint": encoder.fingerprint,
            "dimension": encoder.dimension,
        },
        "counts": {
            "paragraphs": sum(len(source.report.paragraphs) for source in sources),
            "windows": len(table),
        },
        "reports": [
            {"symbol": s.report.symbol, "file": s.report.file, "sha256": s.sha256} for s in sources
        ],
        "files": {
            path.relative_to(folder).as_posix(): {
                "size": path.stat().st_size,
                "sha256": sha256(path),
            }
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text + "\n", "utf-8")


def sha256(path: Path) -> str:
    """Return the hash of a file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
        schema = manifest["schema"]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise IndexMismatch(f"build {folder.name}: {path} is missing or damaged; {_MEND}") from exc
    if schema != SCHEMA:
        raise IndexMismatch(
            f"build {folder.name} has schema {schema}, this duanci reads schema {SCHEMA}; {_MEND}"
        )
    return manifest


def _check_encoder(manifest: dict[str, Any], encoder: Encoder | None) -> None:
    if encoder is None:
        return
    made = manifest["encoder"]
    if (made["fingerprint"], made["dimension"]) != (encoder.fingerprint, encoder.dimension):
        raise IndexMismatch(
            f"build {manifest['id']} was made by encoder {made['name']} ({made['fingerprint']}), "
            f"the one in use is {encoder.name} ({encoder.fingerprint}); "
            f"{_MEND} with --encoder {encoder.name}, or ask with --encoder {made['name']}"
        )


def _check_files(folder: Path, manifest: dict[str, Any]) -> None:
    missing = set(_FILES) - set(manifest["files"])
    for name, stated in manifest["files"].items():
        path = folder / name
        if (
            not path.is_file()
            or path.stat().st_size != stated["size"]
            or sha256(path) != stated["sha256"]
        ):
            missing.add(name)
    if missing:
        names = ", ".join(sorted(missing))
        raise IndexMismatch(f"build {folder.name}: {names} missing or damaged; {_MEND}")


def _as_build(manifest: dict[str, Any]) -> Build:
    return Build(
        id=manifest["id"],
        created=manifest["created"],
        encoder=manifest["encoder"]["name"],
        fingerprint=manifest["encoder"]["fingerprint"],
        dimension=manifest["encoder"]["dimension"],
        reports=tuple(report["symbol"] for report in manifest["reports"]),
        paragraphs=manifest["counts"]["paragraphs"],
        windows=manifest["counts"]["windows"],
    )


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
