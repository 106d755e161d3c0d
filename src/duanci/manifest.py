"""What a build says of itself: its manifest, and the reports that it holds.

`manifest.json` names schema, encoder and fingerprint, dimension, counts, each report's content
hash, the recipes that it was made by, and size and hash of every other file; opening a build checks
them all.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from duanci.errors import DamagedBuild, IndexMismatch
from duanci.records import Build, Finding, Footnote, Paragraph, Report
from duanci.weights import sha256

SCHEMA = 5
MEND = "run `duanci index`"
REPORTS = "paragraphs.jsonl"
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Source:
    """A report to index, with the hash of its file and what the audit found in it."""

    report: Report
    sha256: str
    findings: tuple[Finding, ...] = ()

    @property
    def stamp(self) -> tuple[str, str]:
        """What tells whether its file is as it was: its name without folders, and its hash."""
        return Path(self.report.file).name, self.sha256


@dataclass(frozen=True, slots=True)
class Recipe:
    """The code that reads reports and the code that embeds them, each as a hash."""

    reading: str
    embedding: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a build says of itself: `stamps` are those of its sources, in their order."""

    build: Build
    stamps: tuple[tuple[str, str], ...]
    recipe: Recipe


def write_sources(folder: Path, sources: Sequence[Source]) -> None:
    """Write the reports and their paragraphs, one a line."""
    with (folder / REPORTS).open("w", encoding="utf-8") as file:
        for source in sources:
            for record in _records(source):
                file.write(json.dumps(record, ensure_ascii=False) + "\n")


def _records(source: Source) -> list[dict[str, Any]]:
    report = source.report
    head = {"symbol": report.symbol, "aliases": report.aliases, "file": report.file}
    found = [(finding.line, finding.message, finding.ambiguous) for finding in source.findings]
    audited = {"language": report.language, "sha256": source.sha256, "findings": found}
    written = ({"paragraph": _fields(p)} for p in report.paragraphs)
    return [{"report": {**head, **audited}}, *written]


def _fields(paragraph: Paragraph) -> dict[str, Any]:
    """Do what `dataclasses.asdict` does, in a tenth of its time."""
    values = {name: getattr(paragraph, name) for name in Paragraph.__slots__}
    return {**values, "footnotes": [asdict(note) for note in paragraph.footnotes]}


def read_sources(folder: Path) -> tuple[Source, ...]:
    """Read what `write_sources` wrote."""
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
    return tuple(_source(head, body) for head, body in zip(heads, bodies, strict=True))


def _source(head: dict[str, Any], paragraphs: Sequence[Paragraph]) -> Source:
    report = Report(
        head["symbol"], tuple(head["aliases"]), head["file"], head["language"], tuple(paragraphs)
    )
    findings = tuple(Finding(report.file, *found) for found in head["findings"])
    return Source(report, head["sha256"], findings)


def move_source(source: Source, file: str) -> Source:
    """Return a source as it is when its file lies elsewhere."""
    findings = tuple(replace(finding, file=file) for finding in source.findings)
    return Source(replace(source.report, file=file), source.sha256, findings)


def write_manifest(folder: Path, build: Build, sources: Sequence[Source], recipe: Recipe) -> None:
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
        "recipe": asdict(recipe),
        "files": files,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / _MANIFEST).write_text(text + "\n", "utf-8")


def read_manifest(folder: Path, expected: Iterable[str] = ()) -> Manifest:
    """Read the manifest of a build and check all that it states.

    :param expected: names of files that must be there.
    :raises DamagedBuild: a file is missing or not as it was written.
    :raises IndexMismatch: another schema made it.
    """
    path = folder / _MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
        schema = manifest["schema"]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise DamagedBuild(f"build {folder.name}: {path} is missing or damaged; {MEND}") from exc
    if schema != SCHEMA:
        raise IndexMismatch(
            f"build {folder.name} has schema {schema}, this duanci reads schema {SCHEMA}; {MEND}"
        )
    try:
        read = _as_manifest(manifest)
        files = dict(manifest["files"])
    except (KeyError, TypeError, ValueError) as exc:
        raise DamagedBuild(f"build {folder.name}: {path} is damaged ({exc}); {MEND}") from exc
    _check_files(folder, files, expected)
    return read


def _check_files(folder: Path, files: dict[str, dict[str, Any]], expected: Iterable[str]) -> None:
    harmed = set(expected) - set(files)
    for name, stated in files.items():
        path = folder / name
        try:
            is_whole = path.stat().st_size == stated["size"] and sha256(path) == stated["sha256"]
        except OSError:
            is_whole = False
        if not is_whole:
            harmed.add(name)
    if harmed:
        names = ", ".join(sorted(harmed))
        raise DamagedBuild(f"build {folder.name}: {names} missing or damaged; {MEND}")


def _as_manifest(manifest: dict[str, Any]) -> Manifest:
    build = Build(
        id=manifest["id"],
        created=manifest["created"],
        encoder=manifest["encoder"]["name"],
        fingerprint=manifest["encoder"]["fingerprint"],
        dimension=manifest["encoder"]["dimension"],
        reports=tuple(report["symbol"] for report in manifest["reports"]),
        paragraphs=manifest["counts"]["paragraphs"],
        windows=manifest["counts"]["windows"],
    )
    stamps = tuple((Path(r["file"]).name, str(r["sha256"])) for r in manifest["reports"])
    return Manifest(build, stamps, Recipe(**manifest["recipe"]))
