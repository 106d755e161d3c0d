"""Names of international bodies in the UN's languages: asked by one, found by another.

A reader asks about UNCTAD or ЮНКТАД, and the report prints 贸发会议. An encoder does not know that
they are one, and words do not meet. A question's name for a body is exchanged for the one that the
reports use most. `bodies.json` has a record for each body, from language to names; it knows nothing
of any report. A name that is a common word too, or of two bodies, is left out.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from duanci.lines import has_han

FILE = Path(__file__).with_suffix(".json")

_KEY = 2  # characters by which names are looked up
_ARABIC = re.compile("[\u0600-\u06ff]")


def rename(
    question: str, rarity: Callable[[str], float | None]
) -> tuple[str, list[tuple[int, int]]]:
    """Call the bodies of a question as the reports call them most.

    A name that the reports have in the question's own script stays.

    :param rarity: tells how rare a name is in the reports, lower is more frequent; None where no
        report has it.
    :return: the question, and the [start, end) offsets in it of the names that were exchanged.
    """
    parts, spans, size, end = [], [], 0, 0
    for at, name, better in _walk(question, rarity):
        if better != name:
            parts += [question[end:at], better]
            size += at - end + len(better)
            spans.append((size - len(better), size))
            end = at + len(name)
    return "".join([*parts, question[end:]]), spans


def find_bodies(text: str) -> list[str]:
    """List the names of bodies in a text, as they are written there."""
    return [name for _, name, _ in _walk(text, lambda _: None)]


def _walk(text: str, rarity: Callable[[str], float | None]) -> Iterator[tuple[int, str, str]]:
    """Give the names in a text, each with where it stands and the better one."""
    at = 0
    while at < len(text):
        name, better = _find(text, at, rarity)
        if name:
            yield at, name, better
        at += max(len(name), 1)


def _find(question: str, at: int, rarity: Callable[[str], float | None]) -> tuple[str, str]:
    """Return the name that stands at a place of a question, and the better one; "" for none."""
    for name, others in _read().get(question[at : at + _KEY], ()):
        if question.startswith(name, at) and _is_whole(question, at, name):
            return name, _better(name, others, rarity)
    return "", ""


def _is_whole(question: str, at: int, name: str) -> bool:
    """Tell whether a name is no part of a word; Han parts none."""
    if has_han(name):
        return True
    before, after = question[:at][-1:], question[at + len(name) :][:1]
    # Arabic writes "and", "for" and "in" together with the word
    begins = not _is_letter(before) or _ARABIC.match(name) is not None
    return begins and not _is_letter(after)


def _better(name: str, names: Iterable[str], rarity: Callable[[str], float | None]) -> str:
    known = {other: rare for other in names if (rare := rarity(other)) is not None}
    if not known:
        return name
    best = min(known, key=lambda other: known[other])
    stays = name in known and (has_han(name) == has_han(best) or known[name] <= known[best])
    return name if stays else best


def _is_letter(char: str) -> bool:
    return char.isalpha() and not has_han(char)


@cache
def _read() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Read the names by their first characters, the longest first, each with all of its body's."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for body in json.loads(FILE.read_text("utf-8")):
        own = tuple(dict.fromkeys(name for names in body.values() for name in names))
        for name in own:
            found.setdefault(name[:_KEY], {})[name] = own
    return {
        key: sorted(names.items(), key=lambda one: -len(one[0])) for key, names in found.items()
    }
