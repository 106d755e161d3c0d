"""Page furniture: the page numbers, running heads and job numbers that a page prints on itself."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

RULE = re.compile(r"^(?:[-_*=—–─]\s?){3,}$")
_PROSE = 20  # characters; a longer line between two page numbers is text
_MASTHEAD = 60  # lines in which a document prints its symbol
_PAGE = re.compile(
    r"^(?:(?:page|p\.|página|стр\.?)\s*\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?|第\s*\d{1,4}\s*[页頁]|"
    r"[-–—]\s*\d{1,4}\s*[-–—]|\d{1,4}\s*/\s*\d{1,4}|\d*\s?/\s?(?:\.\.\.|…))$",
    re.IGNORECASE,
)
_JOB_NUMBER = re.compile(r"^\*?(?:(?:[A-Z]{2}\.)?\d{2}-\d{5}(?:\s*\([A-Z]\))?|\d{6,7})\*?$")
_BARE_NUMBER = re.compile(r"^\d{1,4}$")
_SYMBOL = re.compile(r"^[A-Z][A-Z0-9]{0,7}(?:/[A-Z0-9][A-Za-z0-9.\-]*(?:\([A-Za-z0-9]+\))?)+$")
_BODY = re.compile(r"^[\s#*]*(?:\d{1,4}\s?\\?[.．、]\s*\S|目\s*[录錄次]|contents$)", re.IGNORECASE)
_BLANKS = " \t\u3000\xa0#*"


def find_furniture(raw: Sequence[str]) -> frozenset[int]:
    """Return the numbers (from 1) of the lines that a page prints around its text.

    A line is furniture when every piece of it is (pieces are parted by two blanks or a tab): a
    page number, a job number, the document's symbol; so is a line repeated beside page breaks.
    """
    texts = [line.replace("\f", "").strip(_BLANKS) for line in raw]
    symbols, last = _symbols(texts)
    found = {
        number
        for number, text in enumerate(texts, 1)
        if text and len(text) < 150 and _is_furniture(text, symbols if number > last else set())
    }
    breaks = found | {
        n for n, line in enumerate(raw, 1) if "\f" in line or RULE.match(line.strip())
    }
    found |= _repeated(texts, breaks, last)
    found |= {
        n for n, s in enumerate(texts, 1) if _BARE_NUMBER.match(s) and _is_alone(texts, n, breaks)
    }
    return frozenset(found | _counted(texts))


def _counted(texts: Sequence[str]) -> set[int]:
    """Return the bare numbers that stand alone and count on by one from page to page."""
    alone = [
        (number, int(text))
        for number, text in enumerate(texts, 1)
        if _BARE_NUMBER.match(text) and not any(texts[max(number - 2, 0) : number - 1])
        if not any(texts[number : number + 1])
    ]
    pairs = [
        (one, other)
        for (one, page), (other, next_page) in zip(alone, alone[1:], strict=False)
        if next_page == page + 1 and any(len(text) > _PROSE for text in texts[one : other - 1])
    ]
    return {number for pair in pairs for number in pair}


def _symbols(texts: Sequence[str]) -> tuple[set[str], int]:
    """Return the symbols that stand in the masthead, and the line on which the last is printed."""
    symbols: set[str] = set()
    last = 0
    for number, text in enumerate(texts[:_MASTHEAD], 1):
        if _BODY.match(text):
            break
        pieces = [piece for piece in _pieces(text) if _SYMBOL.match(piece)]
        if set(pieces) - symbols:
            symbols, last = symbols | set(pieces), number
    return symbols, last


def _pieces(text: str) -> list[str]:
    return re.split(r"\s{2,}|\t", text)


def _is_furniture(text: str, symbols: set[str]) -> bool:
    pieces = _pieces(text)
    if len(pieces) == 1 and " " in text and text.split(" ")[0] in symbols:
        pieces = text.split(" ", 1)
    sure = [bool(_PAGE.match(p) or _JOB_NUMBER.match(p) or p in symbols) for p in pieces]
    return any(sure) and all(s or _BARE_NUMBER.match(p) for s, p in zip(sure, pieces, strict=True))


def _repeated(texts: Sequence[str], breaks: set[int], last: int) -> set[int]:
    """Return the lines that stand beside three page breaks or more, alike but for their digits."""
    near = {n for at in breaks for n in _neighbours(texts, at) if n > last}
    alike = {n: re.sub(r"\d+", "0", texts[n - 1]) for n in near - breaks}
    counts = Counter(alike.values())
    return {n for n, text in alike.items() if counts[text] >= 3 and _is_head(text)}


def _is_head(text: str) -> bool:
    return len(text) < 100 and not text.endswith(tuple("。；;：:|，,、")) and not _BODY.match(text)


def _neighbours(texts: Sequence[str], number: int) -> Iterator[int]:
    """Give the nearest lines with text at and beyond a page break, on either side."""
    for step in (-1, 1):
        at = number
        while abs(at - number) < 4 and 0 <= at - 1 < len(texts):
            if texts[at - 1] and (at != number or not RULE.match(texts[at - 1])):
                yield at
                if at != number:
                    break
            at += step


def _is_alone(texts: Sequence[str], number: int, breaks: set[int]) -> bool:
    """Tell whether a bare number stands alone beside a page break."""
    beside = {number - 1, number + 1}
    if any(texts[n - 1] and n not in breaks for n in beside if 1 <= n <= len(texts)) and not (
        {number, *beside} & breaks
    ):
        return False
    return any(n in breaks for n in range(number - 3, number + 4))
