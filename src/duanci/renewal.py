"""Making a new build and putting it in force, with only what changed made anew."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from duanci.builds import folder_of, new_build, put_in_force, writing
from duanci.changes import compare, compare_reports
from duanci.chunking import Progress
from duanci.config import Settings
from duanci.encoder import Encoder
from duanci.errors import BuildError, ReportError
from duanci.files import Survey
from duanci.index import FILES, Index
from duanci.interaction import interact, make_asking
from duanci.lexicon import Asked
from duanci.library import each_report
from duanci.making import write_build
from duanci.manifest import Manifest, Source, read_manifest
from duanci.opening import open_read
from duanci.recipe import current_recipe
from duanci.records import Build, Finding, Rebuilt
from duanci.segment import simplify, words
from duanci.sources import all_paragraphs, read_sources
from duanci.tokens import unit_rows

_ASKED = 30  # characters of its first paragraph that a new build is asked


def renew(
    settings: Settings,
    manifest: Manifest | None,
    survey: Survey,
    encoder: Encoder,
    progress: Progress | None = None,
    *,
    allow_findings: bool = False,
) -> Rebuilt:
    """Put a build of the reports as they are in force; whoever calls it holds the index.

    :param manifest: of the build in force, read and its files checked just now; what is the same
        is taken over from it. None for none.
    :param progress: is told how many pieces are embedded, of how many.
    :param allow_findings: build in spite of what the audit finds in the numbering.
    :raises ReportError: a report cannot be read, or the audit found something.
    :raises BuildError: the index cannot be written. In all cases the earlier build stays in force.
    """
    before = None
    if manifest:
        before = open_read(folder_of(settings.index, manifest.build.id), manifest)
    recipe = current_recipe()
    is_read = before is not None and before.manifest.recipe.reading == recipe.reading
    library = _Audited(settings, before.sources if before and is_read else (), allow_findings)
    digests = [digest for _, digest in survey.stamps()]
    build, embedded = _make(settings, (digests, library), encoder, before, progress)
    now = read_sources(folder_of(settings.index, build.id))
    if before and not is_read:
        changes = compare(before.paragraphs, all_paragraphs(now))
    else:
        changes = list(compare_reports(before.sources if before else (), now))
    return Rebuilt(build, True, embedded, tuple(changes), tuple(library.findings))


def make_build(
    settings: Settings,
    library: Sequence[Source],
    encoder: Encoder,
    progress: Progress | None = None,
) -> Build:
    """Put a build of some reports in force, wherever they come from, all of it made anew."""
    with writing(settings.index):
        digests = [source.sha256 for source in library]
        return _make(settings, (digests, library), encoder, None, progress)[0]


class _Audited:
    """The reports one after the other, with what the audit found in those that were read."""

    def __init__(self, settings: Settings, known: Sequence[Source], allow_findings: bool) -> None:
        self.findings: list[Finding] = []
        self._data, self._known, self._allow = settings.data, known, allow_findings

    def __iter__(self) -> Iterator[Source]:
        for source in each_report(self._data, self._known):
            self.findings += source.findings
            yield source
        if self.findings and not self._allow:
            raise _refused(self.findings)


def _make(
    settings: Settings,
    library: tuple[Sequence[str], Iterable[Source]],
    encoder: Encoder,
    before: Index | None,
    progress: Progress | None,
) -> tuple[Build, int]:
    """Put a build in force.

    :param library: the hashes of the reports' files, and the reports.
    :return: the build, and how many pieces were embedded.
    """
    recipe = current_recipe()
    same = before is not None and before.manifest.recipe.embedding == recipe.embedding
    if before:
        made = (before.build.fingerprint, before.manifest.arithmetic)
        same = same and made == (encoder.fingerprint, encoder.arithmetic)
    digests, sources = library
    digest = hashlib.sha256("".join(digests).encode()).hexdigest()
    with new_build(settings.index, digest) as (part, build_id, created):
        named, earlier = (build_id, created), before if same else None
        embedded = write_build(part, named, sources, recipe, encoder, earlier, progress)
        build = _prove(part, encoder)
        put_in_force(settings.index, part, build_id, settings.kept_builds)
    return build, embedded


def _prove(part: Path, encoder: Encoder) -> Build:
    """Open a build that was just written, all its files hashed, and ask it something.

    It is asked as retrieval asks it: by vector, by words, and for the tokens of what it found. What
    retrieval makes of these is none of the build, and takes as long to load as all else here.

    :raises BuildError: it does not give a paragraph.
    """
    index = open_read(part, read_manifest(part, FILES, trust_times=False), encoder)
    first = index.paragraphs[0]
    question = simplify(first.text[:_ASKED])
    encoded = encoder.encode_question(question)
    asked = words(question)  # none of a paragraph that has no more than signs
    near, _ = index.near(encoded.vector, 1)
    if not len(near) or (asked and not len(index.said(Asked([(asked, 1.0)]), 1))):
        raise BuildError(
            f"build {index.build.id} finds nothing for the words of {first.label}, expected that "
            "paragraph; the earlier build stays in force"
        )
    tokens, _ = index.tokens_of(index.members_of(int(near[0])))
    interact(make_asking(unit_rows(encoded.tokens), index.mean_token), tokens)
    return index.build


def _refused(findings: Sequence[Finding]) -> ReportError:
    """Return what to tell where the audit found something, and it is not allowed."""
    more = f" (and {len(findings) - 1} more, see `duanci check`)" if len(findings) > 1 else ""
    return ReportError(
        f"{findings[0]}{more}; no build was made, the earlier one stays in force; mend the "
        "report, or build in spite of it with --allow-findings"
    )
