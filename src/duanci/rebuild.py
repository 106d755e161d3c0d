"""From the reports as they are now to a new build in force, unless the one in force is as they are.

Most often nothing has changed, which is told without loading so much as numpy. What makes a build
is loaded only when one is to be made, while the encoder makes itself ready.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from duanci.builds import current_id, folder_of, writing
from duanci.config import Settings
from duanci.errors import DuanciError
from duanci.files import Survey
from duanci.manifest import Manifest, read_manifest
from duanci.recipe import current_recipe
from duanci.records import Rebuilt
from duanci.weights import Found, find_encoder

if TYPE_CHECKING:
    from duanci.chunking import Progress
    from duanci.encoder import Encoder


def rebuild(
    settings: Settings,
    encoder: "Encoder | None" = None,
    progress: "Progress | None" = None,
    *,
    allow_findings: bool = False,
) -> Rebuilt:
    """Read the reports and put a new build in force, unless the one in force is as they are.

    :param encoder: an encoder that is open already; else the one that the settings name.
    :param progress: is told how many pieces are embedded, of how many.
    :param allow_findings: build in spite of what the audit finds in the numbering.
    :raises ReportError: a report cannot be read, or the audit found something.
    :raises BuildError: the index cannot be written. In all cases the earlier build stays in force.
    """
    with writing(settings.index):
        manifest = _in_force(settings.index)
        used = encoder or find_encoder(settings)
        survey = Survey(settings.data)
        if manifest and _is_current(manifest, survey, used.fingerprint):
            return Rebuilt(manifest.build, made=False)
        if isinstance(used, Found):
            from duanci.encoder import open_found

            used = open_found(used)
        from duanci.renewal import renew

        return renew(settings, manifest, survey, used, progress, allow_findings=allow_findings)


def _in_force(index: Path) -> Manifest | None:
    """Read what the build in force says of itself; None where there is none that can be used."""
    try:
        return read_manifest(folder_of(index, current_id(index)))
    except DuanciError as exc:
        if (index / "CURRENT").exists():
            sys.stderr.write(f"{exc}; everything is made anew\n")
        return None


def _is_current(manifest: Manifest, survey: Survey, fingerprint: str) -> bool:
    made_by = (manifest.recipe, manifest.build.fingerprint)
    if made_by != (current_recipe(), fingerprint):
        return False
    return manifest.stamps == survey.stamps()
