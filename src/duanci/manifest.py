"""What a build says of itself: its manifest.

`manifest.json` names schema, encoder, fingerprint, dimension, arithmetic, counts, each report's
content hash, the recipes that it was made by, how vectors are searched, and size, time and hash of
every other file. Opening a build checks them all: a file whose size and time are as written is
trusted, one with another time is hashed, and a build that was just written is hashed whole.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from duanci.errors import DamagedBuild, IndexMismatch
from duanci.records import Build, Finding, Report
from duanci.weights import is_as_sealed, seal_of

SCHEMA = 9
MEND = "run `duanci index`"
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
    """What a build says of itself.

    `stamps` are those of its sources, in their order; `search` tells how its vectors are searched,
    `arithmetic` what they were computed in: it may differ from machine to machine, by a little.
    """

    build: Build
    stamps: tuple[tuple[str, str], ...]
    recipe: Recipe
    search: dict[str, Any] = field(default_factory=dict)
    arithmetic: str = "fp32"


def move_source(source: Source, file: str) -> Source:
    """Return a source as it is when its file lies elsewhere."""
    findings = tuple(replace(finding, file=file) for finding in source.findings)
    return Source(replace(source.report, file=file), source.sha256, findings)


def write_manifest(
    folder: Path,
    build: Build,
    stamps: Iterable[tuple[str, str, str]],
    recipe: Recipe,
    search: dict[str, Any],
    arithmetic: str,
) -> None:
    """Write the manifest of a build whose other files are all there.

    :param stamps: of each report its symbol, its file and that file's hash.
    :param search: how its vectors are searched.
    :param arithmetic: what they were computed in.
    """
    files = {
        path.relative_to(folder).as_posix(): seal_of(path)
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
            "arithmetic": arithmetic,
        },
        "counts": {"paragraphs": build.paragraphs, "windows": build.windows},
        "reports": [{"symbol": s, "file": file, "sha256": digest} for s, file, digest in stamps],
        "recipe": asdict(recipe),
        "search": search,
        "files": files,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / _MANIFEST).write_text(text + "\n", "utf-8")


def read_manifest(folder: Path, expected: Iterable[str] = (), trust_times: bool = True) -> Manifest:
    """Read the manifest of a build and check all that it states.

    :param expected: names of files that must be there.
    :param trust_times: take a file of the right size and time for what was written; False: hash
        every file.
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
    _check_files(folder, files, expected, trust_times)
    return read


def _check_files(
    folder: Path, files: dict[str, dict[str, Any]], expected: Iterable[str], trust_times: bool
) -> None:
    harmed = set(expected) - set(files)
    for name, stated in files.items():
        try:
            is_whole = is_as_sealed(folder / name, stated, trust_times)
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
    recipe, search = Recipe(**manifest["recipe"]), dict(manifest["search"])
    return Manifest(build, stamps, recipe, search, manifest["encoder"].get("arithmetic", "fp32"))
