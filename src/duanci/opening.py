"""Opening a build: the one in force, checked against what its manifest and the encoder say."""

from pathlib import Path

from duanci.builds import current_id, folder_of, list_builds
from duanci.encoder import Encoder
from duanci.errors import DamagedBuild, IndexMismatch
from duanci.index import FILES, Index
from duanci.manifest import MEND, Manifest, read_manifest
from duanci.records import Build


def open_index(index: Path, encoder: Encoder | None = None) -> Index:
    """Open the build in force; where it is damaged, the last good one before it, and say so.

    :param encoder: the encoder that questions will be asked with; None where none is needed.
    :raises IndexMissing: nothing has been built yet.
    :raises IndexMismatch: it was made by another encoder or schema, or is damaged with all others.
    """
    build_id = current_id(index)
    try:
        return open_build(folder_of(index, build_id), encoder)
    except DamagedBuild as exc:
        if current_id(index) != build_id:
            return open_index(index, encoder)  # it was replaced, and removed, just now
        for name in reversed([name for name in list_builds(index) if name < build_id]):
            try:
                found = open_build(folder_of(index, name), encoder)
            except IndexMismatch:
                continue
            found.notice = f"{exc}; until then the build before it answers, {name}"
            return found
        raise


def open_build(folder: Path, encoder: Encoder | None = None) -> Index:
    """Open one build and check all that its manifest states.

    :param encoder: the encoder that questions will be asked with; None where none is needed.
    :raises IndexMismatch: it was made by another encoder or schema, or is damaged.
    """
    return open_read(folder, read_manifest(folder, FILES), encoder)


def open_read(folder: Path, manifest: Manifest, encoder: Encoder | None = None) -> Index:
    """Open a build whose manifest has been read, and its files checked, just now."""
    if encoder is not None:
        _check_encoder(manifest.build, encoder)
    return Index(folder, manifest)


def _check_encoder(build: Build, encoder: Encoder) -> None:
    made, used = (build.fingerprint, build.dimension), (encoder.fingerprint, encoder.dimension)
    if made != used:
        raise IndexMismatch(
            f"build {build.id} was made by encoder {build.encoder} ({build.fingerprint}), "
            f"the one in use is {encoder.name} ({encoder.fingerprint}); "
            f"{MEND} with --encoder {encoder.name}, or ask with --encoder {build.encoder}"
        )
