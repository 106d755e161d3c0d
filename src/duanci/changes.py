"""What changed between two builds, paragraph by paragraph."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from duanci.manifest import Source
from duanci.records import Changes, Paragraph
from duanci.segment import tokenize


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text that is in both versions ("same"), or in one ("removed", "added")."""

    kind: str
    text: str


def compare(old: Sequence[Paragraph], new: Sequence[Paragraph]) -> list[Changes]:
    """Compare the paragraphs of two builds, report by report, in the order of the new one."""
    before, after = _by_report(old), _by_report(new)
    return [
        _compare_report(symbol, before.get(symbol, ()), after.get(symbol, ()))
        for symbol in dict.fromkeys([*after, *before])
    ]


def compare_reports(old: Sequence[Source], new: Sequence[Source]) -> Iterator[Changes]:
    """Compare the reports of two builds; of those whose file is the same nothing is read."""
    before, after = ({s.report.symbol: s for s in sources} for sources in (old, new))
    for symbol in dict.fromkeys([*after, *before]):
        was, now = before.get(symbol), after.get(symbol)
        if was and now and was.stamp == now.stamp:
            yield Changes(symbol)
        else:
            paragraphs = (source.report.paragraphs if source else () for source in (was, now))
            yield _compare_report(symbol, *paragraphs)


def compare_words(old: str, new: str) -> Iterator[Part]:
    """Compare two versions of a text word by word (difflib); the parts make up both."""
    was, now = tokenize(old), tokenize(new)
    matcher = difflib.SequenceMatcher(None, was, now, autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            yield Part("same", "".join(was[a:b]))
            continue
        if a < b:
            yield Part("removed", "".join(was[a:b]))
        if c < d:
            yield Part("added", "".join(now[c:d]))


def content_of(paragraph: Paragraph) -> str:
    """Return what a paragraph says: its text, then its footnotes as lines."""
    return "\n".join([paragraph.text, *map(str, paragraph.footnotes)])


def _by_report(paragraphs: Sequence[Paragraph]) -> dict[str, list[Paragraph]]:
    found: dict[str, list[Paragraph]] = {}
    for paragraph in paragraphs:
        found.setdefault(paragraph.report, []).append(paragraph)
    return found


def _compare_report(symbol: str, old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Changes:
    was, now = ({p.id: p for p in paragraphs} for paragraphs in (old, new))
    if not old or not new:
        return Changes(symbol, "added" if new else "removed", tuple(now), tuple(was))
    gone = {i: content_of(p) for i, p in was.items() if i not in now or _differ(p, now[i])}
    come = {i: content_of(p) for i, p in now.items() if i not in was or _differ(was[i], p)}
    free: dict[str, list[str]] = {}
    for id_, text in gone.items():
        free.setdefault(text, []).append(id_)
    renumbered = [(free[text].pop(0), id_) for id_, text in come.items() if free.get(text)]
    left, arrived = {a for a, _ in renumbered}, {b for _, b in renumbered}
    removed = [id_ for id_ in gone if id_ not in left]
    added = [id_ for id_ in come if id_ not in arrived]
    edited = [id_ for id_ in added if id_ in removed]
    same = [(i, i) for i in now if i in was and i not in come]
    moved = [b for a, b in [*same, *renumbered] if was[a].section != now[b].section]
    return Changes(
        symbol,
        "",
        tuple(id_ for id_ in added if id_ not in edited),
        tuple(id_ for id_ in removed if id_ not in edited),
        tuple(edited),
        tuple(renumbered),
        tuple(id_ for id_ in now if id_ in moved),
    )


def _differ(a: Paragraph, b: Paragraph) -> bool:
    return content_of(a) != content_of(b)
