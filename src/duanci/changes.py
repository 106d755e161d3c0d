"""What changed between two builds, paragraph by paragraph."""

from collections.abc import Sequence
from dataclasses import dataclass

from duanci.records import Paragraph


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of one report's paragraphs, by id: `renumbered` pairs the old id with the new."""

    report: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    edited: tuple[str, ...]
    renumbered: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return bool(self.added or self.removed or self.edited or self.renumbered)

    def __str__(self) -> str:
        """Return one line: `SYMBOL: edited 25; removed 30`."""
        parts = [
            f"{name} {', '.join(ids)}"
            for name, ids in (
                ("added", _folded(self.added)),
                ("removed", _folded(self.removed)),
                ("edited", self.edited),
                ("renumbered", tuple(f"{old} → {new}" for old, new in self.renumbered)),
            )
            if ids
        ]
        return f"{self.report}: {'; '.join(parts) or 'no change'}"


def compare(old: Sequence[Paragraph], new: Sequence[Paragraph]) -> list[Changes]:
    """Compare the paragraphs of two builds, report by report, in the order of the new one."""
    symbols = dict.fromkeys(p.report for p in [*new, *old])
    return [
        _compare_report(
            symbol, [p for p in old if p.report == symbol], [p for p in new if p.report == symbol]
        )
        for symbol in symbols
    ]


def _compare_report(symbol: str, old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Changes:
    was = {p.id: p.text for p in old}
    now = {p.id: p.text for p in new}
    gone = {id_: text for id_, text in was.items() if now.get(id_) != text}
    come = {id_: text for id_, text in now.items() if was.get(id_) != text}
    old_id = {text: id_ for id_, text in gone.items()}
    renumbered = [(old_id[text], id_) for id_, text in come.items() if text in old_id]
    left, arrived = {a for a, _ in renumbered}, {b for _, b in renumbered}
    removed = [id_ for id_ in gone if id_ not in left]
    added = [id_ for id_ in come if id_ not in arrived]
    edited = [id_ for id_ in added if id_ in removed]
    return Changes(
        symbol,
        tuple(id_ for id_ in added if id_ not in edited),
        tuple(id_ for id_ in removed if id_ not in edited),
        tuple(edited),
        tuple(renumbered),
    )


def _folded(ids: Sequence[str]) -> tuple[str, ...]:
    """Shorten a long list of ids: the first few, and how many more."""
    return tuple(ids) if len(ids) <= 12 else (*ids[:3], f"… ({len(ids)} in all)")
