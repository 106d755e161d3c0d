"""What each line of a report is: a paragraph's first, a heading, an annex, an item, or plain text.

Three passes: the heads of annexes, which part the report into scopes; the chain of paragraph
numbers through each scope; then the lines between, each by its looks and by what stands around it.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from duanci.annexes import Annex, find_annexes
from duanci.headings import Surroundings, has_heading_looks, is_outer, is_parenthesis
from duanci.lines import (
    NUMBERED,
    Line,
    close_up,
    digits,
    display_width,
    ends_sentence,
    ends_with_colon,
    strip_marks,
)
from duanci.numbering import Candidate, find_chain
from duanci.outline import Heading, ordinals_of

_PARAGRAPH_WIDTH = 150  # columns; a longer numbered line is no list item


class Role(Enum):
    """What a line is to the report."""

    PARAGRAPH = auto()
    HEADING = auto()
    SUBTITLE = auto()
    ANNEX = auto()
    ITEM = auto()
    TEXT = auto()
    REPEATED = auto()


@dataclass(frozen=True, slots=True)
class Place:
    """A line with its role, and what the role needs to know."""

    line: Line
    role: Role
    number: str = ""
    text: str = ""
    scope: str = ""
    heading: Heading | None = None


@dataclass(frozen=True, slots=True)
class Structure:
    """The lines of a report with their roles, and which scopes have numbered paragraphs."""

    places: tuple[Place, ...]
    counted: frozenset[str]
    skipped: tuple[Line, ...]  # before the first paragraph, with a number, and no headings

    @property
    def headings(self) -> list[Heading]:
        """All headings, in the order of the file."""
        return [place.heading for place in self.places if place.heading]

    @property
    def first_line(self) -> int:
        """The line of the file on which the first paragraph begins; 0 where there is none."""
        return next((p.line.number for p in self.places if p.role is Role.PARAGRAPH), 0)


def find_structure(lines: Sequence[Line], titles: Collection[str] = ()) -> Structure:
    """Find out what each line is.

    :param titles: the titles that the table of contents lists, folded.
    """
    annexes = find_annexes(lines)
    chain, counted = _find_chain(lines, annexes)
    places = _find_places(lines, annexes, chain, titles)
    first = min(chain, default=0)
    skipped = tuple(
        place.line
        for place in places[:first]
        if place.role in (Role.TEXT, Role.ITEM) and NUMBERED.match(place.line.text)
    )
    return Structure(tuple(_join_headings(places)), counted, skipped)


def _find_chain(
    lines: Sequence[Line], annexes: dict[int, Annex]
) -> tuple[frozenset[int], frozenset[str]]:
    """Find the lines that open paragraphs, and the scopes that have any."""
    candidates = _find_candidates(lines, annexes)
    starts = [at for at in sorted(annexes) if not annexes[at].is_repeated]
    chain: list[int] = []
    counted: set[str] = set()
    last = 0
    for start, end in zip([0, *starts], [*starts, len(lines)], strict=True):
        within = [at for at in candidates if start <= at < end]
        expected = (1, last + 1) if start in annexes else (1,)
        found = [within[i] for i in find_chain([candidates[at] for at in within], expected)]
        if found:
            chain += found
            last = max(candidates[at].number for at in found)
            counted.add(annexes[start].scope if start in annexes else "")
    return frozenset(chain), frozenset(counted)


def _find_candidates(lines: Sequence[Line], annexes: dict[int, Annex]) -> dict[int, Candidate]:
    """List the lines that open with a number, with what their looks say."""
    numbered = {
        at: match
        for at, line in enumerate(lines)
        if not line.is_row and (match := NUMBERED.match(line.text))
    }
    plain = {
        at
        for at, line in enumerate(lines)
        if at in annexes or (at not in numbered and _is_plain_heading(line))
    }
    spaced = sum(lines[at].blank_before for at in numbered) > 0.7 * len(numbered)
    candidates = {}
    above: int | None = None
    for at in range(len(lines)):
        if at in numbered:
            below = at + 1 in numbered or at + 1 in plain
            candidates[at] = _candidate(lines, at, numbered[at], above, below, spaced)
        if at not in plain:
            above = at
    return candidates


def _candidate(
    lines: Sequence[Line],
    at: int,
    match: re.Match[str],
    above: int | None,
    below_heading: bool,
    spaced: bool,
) -> Candidate:
    line, text = lines[at], lines[at].text
    before = lines[above].text if above is not None else ""
    after_heading = above is not None and above != at - 1
    finished = (
        above is None or after_heading or ends_sentence(before) or _is_maybe_heading(lines[above])
    )
    announced = ends_with_colon(before)
    is_long = display_width(text) > _PARAGRAPH_WIDTH
    short = not is_long and not ends_sentence(text) and not ends_with_colon(text)
    return Candidate(
        number=int(match["number"]),
        is_marked=line.level > 0,
        is_short=short,
        is_long=is_long,
        is_glued=not match["gap"] and match["rest"][:1].isdigit(),
        is_torn=spaced and not line.blank_before and not finished and not announced,
        is_sound=line.blank_before and finished and not announced and not short,
        opens_list=announced,
        after_heading=after_heading,
        below_heading=below_heading,
    )


def _is_plain_heading(line: Line) -> bool:
    """Tell whether a line without an Arabic number is a heading whatever stands around it."""
    if line.level:
        return has_heading_looks(line)
    return line.blank_before and is_outer(line.text) and has_heading_looks(line)


def _is_maybe_heading(line: Line) -> bool:
    if line.level or is_parenthesis(line.text):
        return True
    styles = {ordinal.style for ordinal in ordinals_of(line.text)}
    return line.blank_before and bool(styles - {"arabic"}) and has_heading_looks(line)


def _find_places(
    lines: Sequence[Line],
    annexes: dict[int, Annex],
    chain: frozenset[int],
    titles: Collection[str],
) -> list[Place]:
    around = Surroundings(lines, chain | annexes.keys(), min(chain, default=0), titles)
    places: list[Place] = []
    for at, line in enumerate(lines):
        place = _place(line, at, annexes, chain, around)
        if place.role is Role.PARAGRAPH:
            around.open_paragraph(at)
        elif place.role in (Role.HEADING, Role.ANNEX):
            around.open_section(at, place.heading.title if place.heading else "")
        elif place.role is Role.ITEM:
            around.add_item(at)
        elif place.role is Role.TEXT:
            around.add_text(at)
        places.append(place)
    return places


def _place(
    line: Line, at: int, annexes: dict[int, Annex], chain: frozenset[int], around: Surroundings
) -> Place:
    if at in annexes:
        if annexes[at].is_repeated:
            return Place(line, Role.REPEATED)
        title = annexes[at].title
        heading = Heading(title, line.level, line.number) if title else None
        return Place(line, Role.ANNEX, scope=annexes[at].scope, heading=heading)
    match = NUMBERED.match(line.text)
    if at in chain and match:
        number = digits(match["number"]).lstrip("0") or "0"
        return Place(line, Role.PARAGRAPH, number, match["rest"])
    if around.is_report_title(at):
        return Place(line, Role.TEXT)
    if around.is_subtitle(at):
        return Place(line, Role.SUBTITLE)
    if around.is_heading(at):
        return Place(
            line, Role.HEADING, heading=Heading(_title(line.text), line.level, line.number)
        )
    return Place(line, Role.ITEM if around.is_item(at) else Role.TEXT)


def _join_headings(places: list[Place]) -> list[Place]:
    """Put subtitles into the titles of the headings above them."""
    joined: list[Place] = []
    last = -1
    for at, place in enumerate(places):
        joined.append(place)
        if place.role in (Role.HEADING, Role.ANNEX):
            last = at
        elif place.role is Role.SUBTITLE:
            title = _title(place.line.text)
            if above := joined[last].heading:
                heading = replace(above, title=_join_titles(above.title, title))
            else:
                heading = Heading(title, 0, place.line.number)
            joined[last] = replace(joined[last], heading=heading)
    return joined


def _join_titles(above: str, below: str) -> str:
    is_wide = ord(above[-1]) > 0x2E7F and ord(below[0]) > 0x2E7F and not is_parenthesis(below)
    return above + ("" if is_wide else " ") + below


def _title(text: str) -> str:
    text = close_up(text)
    return strip_marks(text).strip() or text
