"""The lines of a report's file: what each is by itself, before its place among others is known."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from duanci.pages import RULE, find_furniture

HAN = r"\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
SUPERSCRIPT = f"[{RAISED}]+"
_SUPERSCRIPTS = str.maketrans("0123456789", RAISED)
_DIGITS = str.maketrans(RAISED + "０１２３４５６７８９", "0123456789" * 2)
_BLANKS = " \t\u3000\xa0\u2002\u2003\u200b\ufeff\v"

_WIDE = re.compile(  # East Asian width W or F
    r"[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f"
    r"\uff00-\uff60\uffe0-\uffe6\U0001f300-\U0001faff\U00020000-\U0003fffd]+"
)
_WIDEST_WRAP = 160  # columns; a file of longer lines is not wrapped
_LONGEST_END = 16  # characters; a full stop with all that may follow it is no longer

_CLOSING = r"[”’」』》）)\]】\"'*»]*$"
_SENTENCE = re.compile(rf"[。！？；.!?;…]\s?{_CLOSING}")
_FULL_STOP = re.compile(rf"[。！？.!?]\s?{_CLOSING}")
_COLON = re.compile(r"[:：][”’」』\"']*$")

_HASHES = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*$")
_BOLD_LINE = re.compile(r"^(\*{1,3}|__)(?=[^\s*])([^*]+?)(?<=\S)\1$")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_ITALIC = re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*]{2,80}?)(?<=[^\s\\])\*(?![\w*])")
_LINK = re.compile(r"(?<!!)\[([^\]\[]+)\]\([^()\s]*\)")
_QUOTE = re.compile(r"^(?:>\s?)+")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>~|])")
_RAISED_NUMBER = re.compile(
    r"<sup>\s*\[?(\d{1,3})\]?\s*</sup>|\[\^(\d{1,3})\](?!:)"
    r"|\$\s*\{?\}?\^\s*\{?\s*(\d{1,3})\s*\}?\s*\$"
)
_RAISED_STAR = re.compile(r"<sup>\s*(\\?\*+)\s*</sup>")
_NOTE = re.compile(rf"\[\^\d+\]:|<sup>[^<]{{1,6}}</sup>|[{RAISED}]|\\\*\s|\$\s*\{{?\}}?\^")
_NO_TEXT = re.compile(rf"{RULE.pattern}|^(?:!\[[^\]]*\]\([^)]*\)|<!--.*-->|<img\b[^>]*>)$")
_TAG = re.compile(
    r"</?(?:table|thead|tbody|tr|td|th|html|body|br|p|div|span|u|b|i|em|strong)\b[^>]*>"
)
_CELL_END = re.compile(r"</t[dh]>")
_ROW_END = re.compile(r"</tr>|</table>")

NUMBERED = re.compile(
    r"^(?:\*\*|__)?(?P<number>\d{1,5})(?:\*\*|__)?\s?\\?[.．、](?:\*\*|__)?"
    r"(?!\d(?!\d+(?![\d.．])))(?P<gap>\s*)(?P<rest>.*)$"  # `1.1998年…` opens, `3.5` does not
)
_NUMBER_TAB = re.compile(r"^(\S{1,7}[.．、)）])\t+(?=[^\t]+$)")  # no row of a table
_BULLET = re.compile(r"^(?:[-–—*+](?=\s)|[•·●○▪■◆►‣⁃])\s*(?=\S)")

SYMBOL = re.compile(
    r"(?<![\w/])[A-Z][A-Z0-9]{0,7}(?:/[A-Z0-9][A-Za-z0-9.\-]*(?:\([A-Za-z0-9]+\))?)+"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: its number from 1, its text without Markdown, what stands around it.

    `level` is the count of `#` before it, 0 for none; `torn` says that the blank before it holds
    a page break; `is_row` that it is a row of a table, its cells parted by tabs or pipes,
    or a line of a block quote.
    """

    number: int
    text: str
    level: int = 0
    blank_before: bool = True
    torn: bool = False
    is_note: bool = False
    is_row: bool = False


def digits(text: str) -> str:
    """Return full-width and raised digits as ASCII."""
    return text.translate(_DIGITS)


def ends_sentence(text: str) -> bool:
    """Tell whether a text ends with a full stop or its like, quotes and brackets after it apart."""
    return bool(_SENTENCE.search(strip_marks(text)[-_LONGEST_END:]))


def ends_with_full_stop(text: str) -> bool:
    """Tell whether a text ends with a full stop, so that no further list item is to come."""
    return bool(_FULL_STOP.search(strip_marks(text)[-_LONGEST_END:]))


def has_han(text: str) -> bool:
    """Tell whether a text has a Han character."""
    return re.search(f"[{HAN}]", text) is not None


def ends_with_colon(text: str) -> bool:
    """Tell whether a text announces what follows."""
    return bool(_COLON.search(strip_marks(text)[-_LONGEST_END:]))


def strip_marks(text: str) -> str:
    """Return a text without the footnote marks at its end."""
    if not text.endswith(tuple(RAISED + "*")):
        return text
    return re.sub(rf"\s*(?:{SUPERSCRIPT}|(?<=.)\*{{1,3}})$", "", text)


def is_bulleted(text: str) -> bool:
    """Tell whether a line opens with a bullet."""
    return bool(_BULLET.match(text))


def close_up(text: str) -> str:
    """Return a heading without the blanks that space its Han characters out (`教 益`)."""
    spaced = rf"(?<![^\s])([{HAN}](?:[ \u3000]+[{HAN}])+)(?=[\s*{RAISED}]|$)"
    return re.sub(spaced, lambda found: re.sub(r"\s", "", found[1]), text)


def is_spaced_out(text: str) -> bool:
    """Tell whether a line is one word of Han characters set apart by blanks."""
    return bool(re.fullmatch(rf"[{HAN}](?:[ \u3000]+[{HAN}])+[*{RAISED}]*", text))


def fold_title(text: str) -> str:
    """Return a heading as it is compared with others: letters and digits, NFKC, lower case."""
    folded = unicodedata.normalize("NFKC", strip_marks(text)).casefold()
    return "".join(char for char in folded if char.isalnum())


def display_width(text: str) -> int:
    """Return how many columns a text takes: two for a wide character."""
    return len(text) if text.isascii() else 2 * len(text) - len(_WIDE.sub("", text))


def clean(text: str) -> str:
    """Return a line's text without Markdown: emphasis, escapes, raised marks as printed."""
    text = _RAISED_NUMBER.sub(lambda m: (m[1] or m[2] or m[3]).translate(_SUPERSCRIPTS), text)
    text = _RAISED_STAR.sub(lambda m: m[1], text)
    text = _BOLD.sub(lambda m: m[2], text)
    text = _ITALIC.sub(lambda m: m[1], text)
    text = _LINK.sub(lambda m: m[1], text)
    return _ESCAPE.sub(lambda m: m[1], text)


def split_lines(text: str) -> list[Line]:
    """Split a file's text into its lines that say something.

    Blank lines, rules, page numbers and running heads are left out; where one stood is kept in
    `blank_before` and `torn`.
    """
    raw = re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff"))
    furniture = find_furniture(raw)
    tables_end = max((n for n, line in enumerate(raw, 1) if "</table>" in line), default=0)
    lines: list[Line] = []
    blank, torn = True, False
    cells: list[str] | None = None
    for number, line in enumerate(raw, 1):
        stripped = line.replace("\f", "").strip(_BLANKS)
        if "\f" in line:
            blank = torn = True
        if not stripped:
            blank = True
            continue
        if number in furniture or _NO_TEXT.match(stripped):
            blank = torn = True
            continue
        if number <= tables_end and ("<t" in stripped or cells is not None):
            rows, cells = _read_rows(stripped, cells or [])
            made = [Line(number, row, is_row=True) for row in rows]
        else:
            made = [_make_line(number, stripped)]
        for one in made:
            if one.text:
                lines.append(replace(one, blank_before=blank or one.level > 0, torn=torn))
                blank = torn = False
    return _close_double_spacing(lines)


def _make_line(number: int, stripped: str) -> Line:
    quoted = _QUOTE.match(stripped)
    stripped = _QUOTE.sub("", stripped)
    level = 0
    if hashes := _HASHES.match(stripped):
        level, stripped = len(hashes[1]), hashes[2]
    stripped = _TAG.sub("", stripped)
    note = bool(_NOTE.match(stripped)) and not level
    if note:
        stripped = re.sub(r"^\[\^(\d+)\]:", r"<sup>\1</sup> ", stripped)
    if (bold := _BOLD_LINE.match(stripped)) and not bold[2].count(bold[1]):
        stripped = bold[2]
    text = _NUMBER_TAB.sub(r"\1 ", clean(stripped).strip(_BLANKS))
    return Line(number, text, level, is_note=note, is_row=bool(quoted) or text.startswith("|"))


def _read_rows(text: str, cells: list[str]) -> tuple[list[str], list[str] | None]:
    """Read a line of an HTML table: the rows that it ends, and the cells of one left open."""
    rows = []
    inside = not text.rstrip().endswith("</table>") and "</table>" not in text
    parts = _ROW_END.split(text)
    for at, part in enumerate(parts):
        pieces = (_TAG.sub(" ", cell) for cell in _CELL_END.split(part))
        cells = cells + [clean(piece).strip() for piece in pieces if piece.strip()]
        if at < len(parts) - 1 or not inside:
            rows.append("\t".join(cells))
            cells = []
    return rows, cells if inside else None


def _close_double_spacing(lines: list[Line]) -> list[Line]:
    """Take the blanks out of a text that has one after every line of its wrapped paragraphs."""
    if len(lines) < 10 or sum(not line.blank_before for line in lines) > 0.02 * len(lines):
        return lines
    widths = sorted(display_width(line.text) for line in lines)
    wrap = widths[int(0.95 * (len(widths) - 1))]
    full = [line for line in lines if 0.8 * wrap <= display_width(line.text) <= 1.1 * wrap]
    open_ends = sum(not ends_sentence(line.text) for line in full)
    if wrap > _WIDEST_WRAP or len(full) < 0.4 * len(lines) or open_ends < 0.6 * len(full):
        return lines
    return list(_without_blanks(lines, wrap))


def _without_blanks(lines: list[Line], wrap: int) -> Iterator[Line]:
    above = 0
    for line in lines:
        runs_on = above >= 0.8 * wrap and not line.level and not line.torn
        yield replace(line, blank_before=False) if runs_on else line
        above = display_width(line.text)
