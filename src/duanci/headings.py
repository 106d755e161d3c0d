"""Headings and list items told apart: both are short lines, often numbered in the same way.

A heading stands above a numbered paragraph and below a finished one; an item continues a list.
"""

import re
from collections.abc import Collection, Sequence

from duanci.lines import (
    NUMBERED,
    Line,
    display_width,
    ends_sentence,
    ends_with_colon,
    ends_with_full_stop,
    fold_title,
    is_bulleted,
    is_spaced_out,
)
from duanci.outline import Ordinal, ordinals_of

_WIDTH = 100  # columns; a longer line without `#` is no heading
_MARKED_WIDTH = 240  # columns; a longer line is no heading, whatever its `#`
_LETTER = re.compile(r"[^\W\d_]")
_REACH = 6  # lines between the first heading of a stack and the paragraph below it
_OUTER = frozenset({"part", "section", "han", "roman", "letter"})


def is_outer(text: str) -> bool:
    """Tell whether a line is numbered as chapters are (第一章, 一、 I. A.)."""
    return any(ordinal.style in _OUTER for ordinal in ordinals_of(text))


def is_parenthesis(text: str) -> bool:
    """Tell whether a line is one remark in brackets, as `(议程项目 1)`."""
    return bool(re.fullmatch(r"[（(][^()（）]{2,}[)）]", text))


def has_heading_looks(line: Line) -> bool:
    """Tell whether a line could be a heading, wherever it stood."""
    text = line.text
    if line.is_row or is_bulleted(text) or "\t" in text or "|" in text or not _LETTER.search(text):
        return False
    if line.level:
        width = display_width(text)
        is_prose = text.endswith(("。", "；", ";")) or (ends_sentence(text) and width > _WIDTH)
        return width <= _MARKED_WIDTH and not is_prose
    return display_width(text) <= _WIDTH and not ends_sentence(text) and not ends_with_colon(text)


class Surroundings:
    """What stands around a line, as a walk through the lines comes to know it."""

    def __init__(
        self, lines: Sequence[Line], openings: Collection[int], first: int, titles: Collection[str]
    ) -> None:
        """Look ahead once: how far each line is above the opening of a paragraph or an annex.

        :param openings: positions of the lines that open paragraphs and annexes.
        :param first: position of the first paragraph.
        :param titles: the titles that the table of contents lists, folded.
        """
        self._lines = lines
        self._openings = openings
        self._first = first
        self._titles = titles
        self._heights = self._find_heights()
        self._report_title = self._find_report_title()
        self._above: int | None = None  # the last line that is no subtitle
        self._above_is = ""  # "", "paragraph", "section", "item" or "text"
        self._list: dict[str, int] = {}
        self._sections: dict[str, int] = {}

    def open_paragraph(self, at: int) -> None:
        """Take note of a paragraph's first line."""
        self._above, self._above_is, self._list = at, "paragraph", {}

    def open_section(self, at: int, title: str) -> None:
        """Take note of a heading or the head of an annex."""
        self._above, self._above_is, self._list = at, "section", {}
        for ordinal in ordinals_of(title):
            self._sections[ordinal.style] = ordinal.value

    def add_item(self, at: int) -> None:
        """Take note of a list item."""
        for ordinal in ordinals_of(self._lines[at].text):
            self._list[ordinal.style] = ordinal.value
        self._above, self._above_is = at, "item"

    def add_text(self, at: int) -> None:
        """Take note of any other line."""
        self._above = at
        self._above_is = "item" if self._above_is == "item" else "text"

    def is_report_title(self, at: int) -> bool:
        """Tell whether a line is the report's own title: its one heading of the highest level."""
        return at == self._report_title

    def is_subtitle(self, at: int) -> bool:
        """Tell whether a line only adds to the heading above it."""
        line = self._lines[at]
        if self._above_is != "section" or not self._heights[at] or not has_heading_looks(line):
            return False
        if line.level:
            return is_parenthesis(line.text)
        above = self._lines[self._above] if self._above is not None else line
        runs_on = above.blank_before and not line.blank_before and not ordinals_of(line.text)
        return is_parenthesis(line.text) or runs_on

    def is_heading(self, at: int) -> bool:
        """Tell whether a line that opens no paragraph is a heading."""
        line = self._lines[at]
        if not has_heading_looks(line):
            return False
        ordinals = ordinals_of(line.text)
        if line.level:
            return not self._is_only_listed(ordinals) and (
                bool(self._heights[at]) or not self._is_announced()
            )
        if fold_title(line.text) in self._titles and self._heights[at]:
            return True
        in_order = (
            bool(self._heights[at]) and is_outer(line.text) and self._is_next_section(ordinals)
        )
        if not (line.blank_before or self._is_finished() or in_order):
            return False
        if fold_title(line.text) in self._titles and ordinals:
            return True
        if not self._above_is:
            return bool(ordinals)
        if self._above_is == "section":
            return bool(self._heights[at] or is_outer(line.text))
        if at < self._first:
            return is_outer(line.text) or bool(ordinals and self._heights[at])
        return not self._is_announced() and self._is_between_paragraphs(at, ordinals)

    def is_item(self, at: int) -> bool:
        """Tell whether a line is an item of a list: bulleted, or numbered in a sequence."""
        line = self._lines[at]
        if is_bulleted(line.text):
            return True
        ordinals = ordinals_of(line.text)
        if not ordinals or line.is_row or (NUMBERED.match(line.text) and self._is_torn(at)):
            return False
        return self._is_next_item(ordinals) or self._is_announced() or not self._is_torn(at)

    def _is_between_paragraphs(self, at: int, ordinals: Sequence[Ordinal]) -> bool:
        line = self._lines[at]
        expected = self._is_next_section(ordinals)
        if self._is_next_item(ordinals) and not (expected and self._is_finished()):
            return False
        if is_spaced_out(line.text):
            return bool(self._heights[at])
        if self._is_finished():
            is_chapter = is_outer(line.text) and line.blank_before and expected
            return bool(self._heights[at]) or (is_chapter and self._is_followed_by_blank(at))
        return bool(self._heights[at]) and expected and is_outer(line.text)

    def _is_next_section(self, ordinals: Sequence[Ordinal]) -> bool:
        return any(self._sections.get(o.style, 0) == o.value - 1 for o in ordinals)

    def _is_next_item(self, ordinals: Sequence[Ordinal]) -> bool:
        return any(self._list.get(o.style) == o.value - 1 for o in ordinals)

    def _is_only_listed(self, ordinals: Sequence[Ordinal]) -> bool:
        return self._is_next_item(ordinals) and not self._is_next_section(ordinals)

    def _is_followed_by_blank(self, at: int) -> bool:
        return at + 1 < len(self._lines) and self._lines[at + 1].blank_before

    def _is_finished(self) -> bool:
        """Tell whether the text above is complete, so that a line here is not a part of it."""
        if self._above is None or self._above_is == "section":
            return True
        text = self._lines[self._above].text
        return ends_with_full_stop(text) if self._above_is == "item" else ends_sentence(text)

    def _is_announced(self) -> bool:
        return self._above is not None and ends_with_colon(self._lines[self._above].text)

    def _is_torn(self, at: int) -> bool:
        """Tell whether a line goes on with a sentence that the line above left open."""
        if self._above is None or self._lines[at].blank_before or self._list:
            return False
        text = self._lines[self._above].text
        return not ends_sentence(text) and not ends_with_colon(text)

    def _find_heights(self) -> list[int]:
        """Count the heading-like lines from each line down to a paragraph's first; 0 if none is."""
        heights = [0] * len(self._lines)
        for at in range(len(self._lines) - 2, -1, -1):
            below = self._lines[at + 1]
            if at + 1 in self._openings:
                heights[at] = 1
            elif 0 < heights[at + 1] < _REACH and has_heading_looks(below):
                heights[at] = heights[at + 1] + 1
        return heights

    def _find_report_title(self) -> int:
        marked = [(line.level, at) for at, line in enumerate(self._lines) if line.level]
        if len(marked) < 2 or marked[0][1] >= self._first or marked[0][0] >= sorted(marked)[1][0]:
            return -1
        return -1 if ordinals_of(self._lines[marked[0][1]].text) else marked[0][1]
