"""What a build says of itself: its manifest, and the reports that it holds.

`manifest.json` names schema, encoder and fingerprint, dimension, counts, each report's content
hash, and size and hash of every other file; opening a build checks them all.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from duanci.encoder import Encoder
from duanci.errors import IndexMismatch
from duanci.records import Build, Footnote, Paragraph, Report
from duanci.weights import sha256

SCHEMA = 4
MEND = "run `duanci index`"
REPORTS = "paragraphs.jsonl"
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Source:
    """A report to index, with the hash of its file."""

    report: Report
    sha256: str


def write_reports(folder: Path, sources: Sequence[Source]) -> None:
    """Write the reports and their paragraphs, one a line."""
    with (folder / REPORTS).open("w", encoding="utf-8") as file:
        for source in sources:
            for record in _records(source.report):
                file.write(json.dumps(record, ensure_ascii=False) + "\n")


def _records(report: Report) -> list[dict[str, Any]]:
    head = {"symbol": report.symbol, "aliases": report.aliases, "file": report.file}
    first = {"report": {**head, "language": report.language}}
    return [first, *({"paragraph": asdict(p)} for p in report.paragraphs)]


def read_reports(folder: Path) -> tuple[Report, ...]:
    """Read what `write_reports` wrote."""
    heads: list[dict[str, Any]] = []
    bodies: list[list[Paragraph]] = []
    with (folder / REPORTS).open(encoding="utf-8") as file:
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


def write_manifest(folder: Path, build: Build, sources: Sequence[Source]) -> None:
    """Write the manifest of a build whose other files are all there."""
    files = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = {
        "schema": SCHEMA,
        "id": build.id,
        "created": build.created,
        "encoder": {
            "name": build.encoder,
            "fingerprint": build.fingerprint,
            "dimension": build.dimension,
        },
        "counts": {"paragraphs": build.paragraphs, "windows": build.windows},
        "reports": [
            {"symbol": s.report.symbol, "file": s.report.file, "sha256": s.sha256} for s in sources
        ],
        "files": files,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / _MANIFEST).write_text(text + "\n", "utf-8")


def read_manifest(folder: Path, encoder: Encoder | None, expected: Iterable[str]) -> Build:
    """Read the manifest of a build and check all that it states.

    :param encoder: the encoder that questions will be asked with; None where none is needed.
    :param expected: names of files that must be there.
    :raises IndexMismatch: another encoder or schema made it, or it is damaged.
    """
    path = folder / _MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
        schema = manifest["schema"]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise IndexMismatch(f"build {folder.name}: {path} is missing or damaged; {MEND}") from exc
    if schema != SCHEMA:
        raise IndexMismatch(
            f"build {folder.name} has schema {schema}, this duanci reads schema {SCHEMA}; {MEND}"
        )
    build = _as_build(manifest)
    if encoder is not None:
        _check_encoder(build, encoder)
    _check_files(folder, manifest["files"], expected)
    return build


def _check_encoder(build: Build, encoder: Encoder) -> None:
    made, used = (build.fingerprint, build.dimension), (encoder.fingerprint, encoder.dimension)
    if made != used:
        raise IndexMismatch(
            f"build {build.id} was made by encoder {build.encoder} ({build.fingerprint}), "
            f"the one in use is {encoder.name} ({encoder.fingerprint}); "
            f"{MEND} with --encoder {encoder.name}, or ask with --encoder {build.encoder}"
        )


def _check_files(folder: Path, files: dict[str, dict[str, Any]], expected: Iterable[str]) -> None:
    harmed = set(expected) - set(files)
    for name, stated in files.items():
        path = folder / name
        is_whole = path.is_file() and path.stat().st_size == stated["size"]
        if not is_whole or sha256(path) != stated["sha256"]:
            harmed.add(name)
    if harmed:
        names = ", ".join(sorted(harmed))
        raise IndexMismatch(f"build {folder.name}: {names} missing or damaged; {MEND}")


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
