"""What each line of a report is: a paragraph's first, a heading, an annex, an item, or plain text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from duanci.lines import (
    ANNEX,
    HAN,
    NUMBERED,
    Line,
    close_up,
    digits,
    display_width,
    ends_sentence,
    ends_with_colon,
    is_bulleted,
    is_item,
    is_spaced_out,
    strip_marks,
)
from duanci.numbering import Candidate, find_chain
from duanci.outline import Heading, style_of

_HEADING_WIDTH = 100  # columns; a longer line without `#` is no heading
_PARAGRAPH_WIDTH = 150  # columns; a longer numbered line is no list item
_OUTER_STYLES = frozenset({"part", "section", "han", "roman", "letter"})


class Role(Enum):
    """What a line is to the report."""

    PARAGRAPH = auto()
    HEADING = auto()
    SUBTITLE = auto()
    ANNEX = auto()
    ITEM = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Place:
    """A line with its role, and what the role needs to know."""

    line: Line
    role: Role
    number: str = ""
    text: str = ""
    scope: str = ""
    heading: Heading | None = None


class Structure:
    """The lines of a report with their roles."""

    def __init__(self, lines: Sequence[Line]) -> None:
        """Find annexes, then the chain of paragraph numbers in each scope, then the headings."""
        self.lines = list(lines)
        self.annexes = {at: found for at, line in enumerate(lines) if (found := _annex(lines, at))}
        self.numbers = {at: int(digits(m["number"])) for at, m in self._numbered()}
        self.chain: set[int] = set()
        self._counted: set[str] = set()
        self._link_scopes()
        self._roles = self._find_roles()
        self._join_headings()

    @property
    def has_paragraphs(self) -> bool:
        """Whether any numbered paragraph was found."""
        return bool(self.chain)

    @property
    def first_paragraph_line(self) -> int:
        """The line of the file on which the first paragraph begins."""
        return self.lines[min(self.chain)].number

    @property
    def headings(self) -> list[Heading]:
        """All headings, in the order of the file."""
        return [place.heading for place in self._roles if place.heading]

    @property
    def skipped_before(self) -> list[Line]:
        """Lines before the first paragraph that open with a number, and are no headings."""
        first = min(self.chain)
        return [
            self.lines[at]
            for at in self.numbers
            if at < first and self._roles[at].role is not Role.HEADING
        ]

    def places(self) -> Iterator[Place]:
        """Give every line with its role, in the order of the file."""
        return iter(self._roles)

    def is_counted(self, scope: str) -> bool:
        """Tell whether a scope has numbered paragraphs."""
        return scope in self._counted

    def _numbered(self) -> list[tuple[int, re.Match[str]]]:
        found = ((at, NUMBERED.match(line.text)) for at, line in enumerate(self.lines))
        return [(at, match) for at, match in found if match]

    def _link_scopes(self) -> None:
        bounds = [0, *sorted(self.annexes), len(self.lines)]
        last = 0
        for start, end in zip(bounds, bounds[1:], strict=False):
            within = [at for at in self.numbers if start <= at < end]
            expected = (1, last + 1) if start in self.annexes else (1,)
            chain = [within[i] for i in find_chain([self._candidate(at) for at in within], expected)]
            self.chain.update(chain)
            if chain:
                last = max(self.numbers[at] for at in chain)
                self._counted.add(self.annexes[start][0] if start in self.annexes else "")

    def _candidate(self, at: int) -> Candidate:
        line = self.lines[at]
        above = next((i for i in range(at - 1, -1, -1) if not self._is_plain_heading(i)), None)
        text = line.text
        short = display_width(text) <= _HEADING_WIDTH and not ends_sentence(text)
        below = at + 1 < len(self.lines) and (at + 1 in self.numbers or self._is_plain_heading(at + 1))
        return Candidate(
            number=self.numbers[at],
            is_marked=line.level > 0,
            is_short=short and not ends_with_colon(text),
            is_long=display_width(text) > _PARAGRAPH_WIDTH or len(re.findall(r"[。！？；]|[.!?]\s", text)) > 2,
            opens_list=above is not None and ends_with_colon(self.lines[above].text),
            after_heading=above is not None and above != at - 1,
            below_heading=below,
        )

    def _is_plain_heading(self, at: int) -> bool:
        """Tell whether a line is a heading whatever stands around it."""
        line = self.lines[at]
        if at in self.annexes:
            return True
        if at in self.numbers:
            return False
        return line.level > 0 or (
            line.blank_before
            and style_of(line.text) in _OUTER_STYLES
            and display_width(line.text) <= _HEADING_WIDTH
            and not ends_sentence(line.text)
        )

    def _find_roles(self) -> list[Place]:
        roles: list[Place] = []
        for at, line in enumerate(self.lines):
            roles.append(self._place(at, line, roles))
        return roles

    def _place(self, at: int, line: Line, before: Sequence[Place]) -> Place:
        if at in self.annexes:
            scope, title = self.annexes[at]
            heading = Heading(title, line.level, line.number) if title else None
            return Place(line, Role.ANNEX, scope=scope, heading=heading)
        if at in self.chain:
            match = NUMBERED.match(line.text)
            assert match
            return Place(line, Role.PARAGRAPH, digits(match["number"]).lstrip("0") or "0", match["rest"])
        if self._is_title(at, before):
            return Place(line, Role.TEXT)
        if self._is_heading(at, before):
            return Place(line, Role.HEADING, heading=Heading(_title(line.text), line.level, line.number))
        if self._is_subtitle(at, before):
            return Place(line, Role.SUBTITLE)
        return Place(line, Role.ITEM if self._is_counted_item(at) else Role.TEXT)

    def _is_title(self, at: int, before: Sequence[Place]) -> bool:
        """Tell whether a line is the report's own title: its one heading of the highest level."""
        line = self.lines[at]
        if not line.level or style_of(line.text) or any(p.role is Role.HEADING for p in before):
            return False
        others = [other.level for i, other in enumerate(self.lines) if other.level and i != at]
        return at < min(self.chain, default=0) and bool(others) and line.level < min(others)

    def _is_heading(self, at: int, before: Sequence[Place]) -> bool:
        line, text = self.lines[at], self.lines[at].text
        if line.level:
            return True
        if not line.blank_before and not (style_of(text) in _OUTER_STYLES and before):
            return False
        if (
            display_width(text) > _HEADING_WIDTH
            or ends_sentence(text)
            or ends_with_colon(text)
            or is_bulleted(text)
            or _is_parenthesis(text)
            or "\t" in text
            or "|" in text
        ):
            return False
        if not before or before[-1].role in (Role.HEADING, Role.ANNEX, Role.SUBTITLE):
            return bool(before) and (self._stands_above(at) or bool(style_of(text)))
        if at < min(self.chain) and not style_of(text):
            return False
        if not self._is_finished(at, before):
            return False
        if style_of(text) in _OUTER_STYLES and self._followed_by_blank(at) and at not in self.numbers:
            return True
        return self._stands_above(at)

    def _is_finished(self, at: int, before: Sequence[Place]) -> bool:
        """Tell whether the text above is complete, so that a line here is not a part of it."""
        above = before[-1]
        if above.role is Role.ITEM and not is_spaced_out(self.lines[at].text):
            style = style_of(self.lines[at].text)
            return ends_sentence(above.line.text) and style not in ("arabic", "letter-paren", "roman-paren")
        if is_item(self.lines[at].text) and is_item(above.line.text):
            return False
        if above.line.number < self.lines[min(self.chain)].number:
            return True
        return ends_sentence(above.line.text) or (
            style_of(self.lines[at].text) in _OUTER_STYLES and self.lines[at].blank_before
        )

    def _stands_above(self, at: int) -> bool:
        """Tell whether the next line opens a paragraph, or is a heading that does."""
        for below in range(at + 1, min(at + 6, len(self.lines))):
            line = self.lines[below]
            if below in self.chain or below in self.annexes:
                return True
            is_short = display_width(line.text) <= _HEADING_WIDTH and not ends_sentence(line.text)
            if not (line.level or (line.blank_before and is_short) or _is_parenthesis(line.text)):
                return False
            if is_item(line.text) and not style_of(line.text):
                return False
        return False

    def _followed_by_blank(self, at: int) -> bool:
        return at + 1 < len(self.lines) and self.lines[at + 1].blank_before

    def _is_subtitle(self, at: int, before: Sequence[Place]) -> bool:
        """Tell whether a line only adds to the heading above it."""
        if not before or before[-1].role not in (Role.HEADING, Role.ANNEX, Role.SUBTITLE):
            return False
        text = self.lines[at].text
        is_short = display_width(text) <= _HEADING_WIDTH and not ends_sentence(text)
        return (_is_parenthesis(text) or (is_short and not self.lines[at].blank_before)) and (
            self._stands_above(at)
        )

    def _is_counted_item(self, at: int) -> bool:
        """Tell whether a numbered line outside the chain is an item of a list."""
        if at not in self.numbers:
            return False
        earlier = [i for i in self.numbers if i < at and i not in self.chain]
        return self.numbers[at] == 1 or bool(earlier and self.numbers[earlier[-1]] == self.numbers[at] - 1)

    def _join_headings(self) -> None:
        """Put subtitles into the titles of the headings above them."""
        last = -1
        for at, place in enumerate(self._roles):
            if place.role in (Role.HEADING, Role.ANNEX):
                last = at
            elif place.role is Role.SUBTITLE and (heading := self._roles[last].heading):
                title = f"{heading.title} {strip_marks(place.line.text)}"
                self._roles[last] = replace(self._roles[last], heading=replace(heading, title=title))
            elif place.role is Role.SUBTITLE:
                heading = Heading(_title(place.line.text), 0, place.line.number)
                self._roles[last] = replace(self._roles[last], heading=heading)


def find_structure(lines: Sequence[Line]) -> Structure:
    """Find out what each line is."""
    return Structure(lines)


def _annex(lines: Sequence[Line], at: int) -> tuple[str, str] | None:
    """Return the scope and the title that a line opens, where it is the head of an annex."""
    line = lines[at]
    text = close_up(line.text)
    match = ANNEX.match(text)
    if not match or ends_sentence(text) or ends_with_colon(text) or text[0].islower():
        return None
    title = match["title"] or ""
    if not line.level:
        bare_gap = title and not (match["gap"] or "").strip()
        next_is_torn = at + 1 < len(lines) and not lines[at + 1].blank_before
        if not line.blank_before or display_width(text) > _HEADING_WIDTH or (bare_gap and next_is_torn):
            return None
        if at and not ends_sentence(lines[at - 1].text) and bare_gap and not lines[at - 1].level:
            return None
    scope = re.sub(rf"(?<=[{HAN}])\s+(?=[{HAN}])", "", match["name"])
    return re.sub(r"\s+", " ", scope).strip(), _title(title)


def _title(text: str) -> str:
    return strip_marks(close_up(text)).strip()


def _is_parenthesis(text: str) -> bool:
    return bool(re.fullmatch(r"[（(][^()（）]{2,}[)）]", text))
