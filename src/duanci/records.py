"""The records that pass between the parts of duanci. Frozen; nothing here computes much."""

from collections.abc import Sequence
from dataclasses import dataclass

_SHOWN = 12  # ids in one line


@dataclass(frozen=True, slots=True)
class Footnote:
    """A footnote: its mark as printed, its text, and the line of the file it starts on (from 1)."""

    mark: str
    text: str
    line: int

    def __str__(self) -> str:
        """Return the note as it is printed: mark, space, text."""
        return f"{self.mark} {self.text}"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One numbered paragraph of a report, whole.

    `number` is what is printed, in ASCII digits; `scope` is "" in the body and the printed
    name of the annex in an annex; `section` is the path of headings above, outermost first;
    `text` holds list items as lines, joined by newlines; `line` is its first line in the file,
    from 1, and `end_line` its last. `place` counts, from 1, the paragraphs of a scope that print
    the same number: more than one is a mistake of the report, which does not make them one.
    """

    report: str
    scope: str
    number: str
    section: tuple[str, ...]
    text: str
    footnotes: tuple[Footnote, ...]
    line: int
    end_line: int
    language: str = "zh"
    place: int = 1

    @property
    def id(self) -> str:
        """The paragraph id, unique in its report: `25`, `附件一/2`; `25#2` where 25 is repeated."""
        own = self.number if self.place == 1 else f"{self.number}#{self.place}"
        return f"{self.scope}/{own}" if self.scope else own

    @property
    def label(self) -> str:
        """What a reader would write to cite it: `第25段`, `附件一第2段`, `Annex I, para. 2`."""
        if self.language == "zh":
            again = f"（第{self.place}处）" if self.place > 1 else ""
            return f"{self.scope}第{self.number}段{again}"
        again = f" (place {self.place})" if self.place > 1 else ""
        own = f"para. {self.number}{again}"
        return f"{self.scope}, {own}" if self.scope else own


@dataclass(frozen=True, slots=True)
class Report:
    """One report as read from its file.

    `aliases` are the other symbols of its masthead: they find it too. `language` is that of
    most of it, one of six as in `languages`; labels are in Chinese where it is "zh", or else in
    English. Those `paragraphs` that lie in a build are read when one
    is asked for.
    """

    symbol: str
    aliases: tuple[str, ...]
    file: str
    language: str
    paragraphs: Sequence[Paragraph]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the audit of a report found: `file:line: what was found, what was expected`.

    `ambiguous` findings leave a printed number with two paragraphs.
    """

    file: str
    line: int
    message: str
    ambiguous: bool = False

    def __str__(self) -> str:
        """Return the finding as `file:line: message`."""
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Citation:
    """A paragraph that is cited, with what is quoted from it.

    `spans` are the [start, end) offsets of the quotes in the paragraph's text, in the order of
    the text; `score` is in [0, 1], higher is better. `notes` are those of the paragraph's footnotes
    that are quoted too.
    """

    paragraph: Paragraph
    spans: tuple[tuple[int, int], ...]
    score: float
    notes: tuple[Footnote, ...] = ()

    @property
    def quotes(self) -> tuple[str, ...]:
        """The quotations, each a verbatim substring of the paragraph's text."""
        return tuple(self.paragraph.text[start:end] for start, end in self.spans)

    @property
    def quoted(self) -> str:
        """The quotations in one line, then the footnotes: `“…” … “…” 脚注1：“…”`."""
        named = "脚注{}：“{}”" if self.paragraph.language == "zh" else "footnote {}: “{}”"
        quotes = " … ".join(f"“{quote}”" for quote in self.quotes)
        return " ".join([quotes, *(named.format(note.mark, note.text) for note in self.notes)])


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gets: a text with citations, or a refusal with what came nearest.

    `text` names each cited paragraph in square brackets by its label: `…[第25段]`.
    """

    question: str
    answered: bool
    text: str
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...]
    build: str
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class Build:
    """One generation of the index: its id, when it was made (ISO 8601, UTC), and of what."""

    id: str
    created: str
    encoder: str
    fingerprint: str
    dimension: int
    reports: tuple[str, ...]
    paragraphs: int
    windows: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of one report's paragraphs, by id.

    `became` is "added" or "removed" where that happened to the report itself. `renumbered` pairs
    the old id of the same text with the new; `moved` are those whose section is another now, by
    their new id.
    """

    report: str
    became: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    renumbered: tuple[tuple[str, str], ...] = ()
    moved: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return bool(
            self.became
            or self.added
            or self.removed
            or self.edited
            or self.renumbered
            or self.moved
        )

    def __str__(self) -> str:
        """Return one line: `SYMBOL: edited 25; removed 30`."""
        if self.became:
            count = len(self.added or self.removed)
            return f"{self.report}: report {self.became}, {count} paragraphs"
        parts = [
            f"{name} {', '.join(_folded(ids))}"
            for name, ids in (
                ("added", self.added),
                ("removed", self.removed),
                ("edited", self.edited),
                ("renumbered", tuple(f"{old} → {new}" for old, new in self.renumbered)),
                ("moved to another section", self.moved),
            )
            if ids
        ]
        return f"{self.report}: {'; '.join(parts) or 'no change'}"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What became of a rebuild.

    `made` is false where nothing had changed, and the build in force stays. `embedded` is how many
    pieces of text went through the encoder. `findings` are what the audit of the reports found.
    """

    build: Build
    made: bool
    embedded: int = 0
    changes: tuple[Changes, ...] = ()
    findings: tuple[Finding, ...] = ()


def _folded(ids: Sequence[str]) -> tuple[str, ...]:
    """Shorten a long list of ids: the first few, and how many more."""
    return tuple(ids) if len(ids) <= _SHOWN else (*ids[:3], f"… ({len(ids)} in all)")
