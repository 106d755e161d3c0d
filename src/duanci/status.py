"""How an index fares: which build is in force, and whether the reports have changed since."""

from dataclasses import dataclass
from datetime import UTC, datetime

from duanci.builds import current_id, folder_of
from duanci.config import Settings
from duanci.files import Survey
from duanci.manifest import Manifest, read_manifest
from duanci.records import Build


@dataclass(frozen=True, slots=True)
class Status:
    """What is to be known of the build that answers.

    `age_seconds` is since it was made; `changed` are the names of the reports' files that were
    changed, added or taken out since; `notice` is what else a reader should know, or "".
    `rebuilding` tells that a new build is being made, `progress` how many pieces of text of how
    many are embedded, and `problem` why the last try made none.
    """

    build: Build
    age_seconds: int
    changed: tuple[str, ...]
    notice: str = ""
    rebuilding: bool = False
    progress: tuple[int, int] = (0, 0)
    problem: str = ""


def read_status(settings: Settings, trust_times: bool = True) -> Status:
    """Tell how the build in force fares, from its manifest alone.

    :param trust_times: as of `read_manifest`; False hashes all its files.
    :raises IndexMissing: there is none.
    :raises IndexMismatch: it was made by another schema, or is damaged.
    """
    folder = folder_of(settings.index, current_id(settings.index))
    manifest = read_manifest(folder, trust_times=trust_times)
    return status_of(manifest, Survey(settings.data))


def status_of(manifest: Manifest, survey: Survey, notice: str = "") -> Status:
    """Tell how a build fares."""
    build = manifest.build
    age = datetime.now(UTC) - datetime.fromisoformat(build.created)
    return Status(build, int(age.total_seconds()), survey.changed(manifest.stamps), notice)
