"""The heads of annexes: where each begins, and the scope that its paragraphs are numbered in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from duanci.lines import (
    HAN,
    RAISED,
    Line,
    close_up,
    display_width,
    ends_sentence,
    ends_with_colon,
    strip_marks,
)

_WIDTH = 100  # columns; a longer line is no head
_ANNEX = re.compile(
    r"^(?P<name>(?:附\s*[件錄录文])\s*"
    r"(?:[一二三四五六七八九十]{1,3}|[IVXivx]{1,5}(?![a-z])|\d{1,2}|[A-Z](?![A-Za-z]))?"
    r"|(?:annex|appendix|annexe|appendice|anexo|apéndice|enclosure|приложение|дополнение)"
    r"(?:\s+(?:[IVX]{1,5}|\d{1,2}|[A-Z])(?!\w))?)"
    r"(?P<continued>\s*[（(]\s*(?:续|續|continued|cont\.?|suite)\s*[)）])?"
    rf"(?:\s?[*{RAISED}]+)?"
    r"(?:(?P<gap>\s*[.:：、—–-]\s*|\s+)(?P<title>\S.*)"
    rf"|(?P<glued>(?![一二三四五六七八九十第至和及中内所的])[{HAN}].*))?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex: its scope (`附件一`, `Annex I`) and the title on the same line, "" for none.

    `is_repeated`: a page only prints the head of the annex that it is in once more.
    """

    scope: str
    title: str
    is_repeated: bool = False


def is_annex(text: str) -> bool:
    """Tell whether a line by itself could be the head of an annex."""
    return bool(_ANNEX.match(close_up(text)))


def find_annexes(lines: Sequence[Line]) -> dict[int, Annex]:
    """Find the heads of annexes, by their position among the lines."""
    annexes: dict[int, Annex] = {}
    scope = ""
    for at in range(len(lines)):
        if annex := _annex_at(lines, at):
            annexes[at] = replace(annex, is_repeated=annex.scope == scope and not annex.title)
            scope = annex.scope
    return annexes


def _annex_at(lines: Sequence[Line], at: int) -> Annex | None:
    line = lines[at]
    text = close_up(line.text)
    match = _ANNEX.match(text)
    if not match or ends_sentence(text) or ends_with_colon(text) or text[0].islower():
        return None
    title = match["title"] or match["glued"] or ""
    runs_on = bool(title) and not (match["gap"] or "").strip()
    if not line.level:
        begins = line.blank_before or (not title and _follows_an_end(lines, at))
        if not begins or display_width(text) > _WIDTH or match["glued"]:
            return None
        if runs_on and not _stands_alone(lines, at):
            return None
    scope = re.sub(rf"(?<=[{HAN}])\s+(?=[{HAN}])", "", match["name"])
    return Annex(re.sub(r"\s+", " ", scope).strip(), strip_marks(title).strip())


def _stands_alone(lines: Sequence[Line], at: int) -> bool:
    """Tell whether a line neither ends a sentence from above nor runs on below."""
    runs_on = at + 1 < len(lines) and not lines[at + 1].blank_before
    return _follows_an_end(lines, at) and not runs_on


def _follows_an_end(lines: Sequence[Line], at: int) -> bool:
    above = lines[at - 1] if at else None
    return above is None or above.level > 0 or ends_sentence(above.text) or is_annex(above.text)
