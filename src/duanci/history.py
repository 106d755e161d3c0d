"""What changed between two builds that are kept, with the words of each edit."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from duanci.builds import current_id, folder_of, list_builds
from duanci.changes import Part, compare, compare_words, content_of
from duanci.errors import BuildError
from duanci.manifest import Source, read_manifest
from duanci.records import Changes, Paragraph
from duanci.sources import read_sources


@dataclass(frozen=True, slots=True)
class Edit:
    """A paragraph whose words were changed, as it is now, with its parts old and new."""

    paragraph: Paragraph
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed from one build to another: by report, and word by word."""

    old: str
    new: str
    changes: tuple[Changes, ...]
    edits: tuple[Edit, ...]


def compare_builds(index: Path, named: Sequence[str] = ()) -> Difference:
    """Compare two builds.

    :param named: none: the build before the one in force, with it; one: that one, with the one in
        force; two: the first with the second. The beginning of an id will do.
    :raises BuildError: there is no such build.
    """
    current = current_id(index)
    ids = [_find(index, name) for name in named]
    if not ids:
        before = [name for name in list_builds(index) if name < current]
        if not before:
            raise BuildError(
                f"{index} has no build before {current}, expected one to compare with; "
                "edit a report and run `duanci index`"
            )
        ids = [before[-1]]
    old_id, new_id = ids if len(ids) == 2 else (ids[0], current)
    old, new = _paragraphs(index, old_id), _paragraphs(index, new_id)
    changes = tuple(compare(old, new))
    return Difference(old_id, new_id, changes, tuple(_edits(old, new, changes)))


def _edits(
    old: Sequence[Paragraph], new: Sequence[Paragraph], changes: Sequence[Changes]
) -> list[Edit]:
    edited = {(one.report, id_) for one in changes for id_ in one.edited}
    was = {(p.report, p.id): p for p in old}
    return [
        Edit(p, tuple(compare_words(content_of(was[p.report, p.id]), content_of(p))))
        for p in new
        if (p.report, p.id) in edited
    ]


def _paragraphs(index: Path, build_id: str) -> list[Paragraph]:
    folder = folder_of(index, build_id)
    read_manifest(folder)
    sources: tuple[Source, ...] = read_sources(folder)
    return [p for source in sources for p in source.report.paragraphs]


def _find(index: Path, name: str) -> str:
    builds = list_builds(index)
    found = [build for build in builds if build.startswith(name)]
    if len(found) != 1:
        what = f"{len(found)} builds begin with" if found else "no build is named"
        raise BuildError(f"{what} {name!r}, expected one of {', '.join(builds) or 'none'}")
    return found[0]
