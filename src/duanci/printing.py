"""What the command line prints for people."""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from duanci.records import Answer, Changes, Paragraph, Rebuilt

if TYPE_CHECKING:
    from duanci.changes import Part
    from duanci.history import Difference
    from duanci.status import Status

_MARKS = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}
_COLOURS = {"same": None, "removed": "red", "added": "green"}


def print_answer(answer: Answer, several: bool) -> None:
    """Print an answer, then where its citations stand.

    :param several: whether there are several reports, so that citations must name theirs.
    """
    click.echo(answer.text)
    if answer.nearest:
        click.echo("\n最接近的段落 / nearest:" if _is_chinese(answer) else "\nNearest paragraphs:")
    for citation in answer.citations or answer.nearest:
        paragraph = citation.paragraph
        where = [paragraph.report] * several + [paragraph.label, *paragraph.section]
        click.echo(f"  {' · '.join(where)}")


def print_paragraph(paragraph: Paragraph, several: bool) -> None:
    """Print a paragraph with its place and its footnotes."""
    head = f"{paragraph.report} " * several + paragraph.label
    click.echo(f"{head}  {' · '.join(paragraph.section)}")
    click.echo(paragraph.text)
    for note in paragraph.footnotes:
        click.echo(f"  {note}")
    click.echo()


def print_rebuilt(rebuilt: Rebuilt, seconds: float) -> None:
    """Print what changed, and which build is in force."""
    build = rebuilt.build
    if not rebuilt.made:
        click.echo(f"no change: build {build.id} stays in force ({seconds:.1f} s)")
        return
    _print_changes(rebuilt.changes)
    click.echo(
        f"build {build.id}: {_count(len(build.reports), 'report')}, {build.paragraphs} paragraphs, "
        f"{build.windows} windows, {_count(rebuilt.embedded, 'piece')} of text embedded, "
        f"in {seconds:.1f} s"
    )


def print_status(status: "Status") -> None:
    """Print how the build in force fares."""
    build = status.build
    click.echo(f"build    {build.id}, made {_age(status.age_seconds)} ago")
    click.echo(f"reports  {', '.join(build.reports)}")
    click.echo(f"holds    {build.paragraphs} paragraphs, {build.windows} windows")
    click.echo(f"encoder  {build.encoder} ({build.fingerprint})")
    for line in warnings_of(status) or ["the reports are as the build has them"]:
        click.echo(line)


def warnings_of(status: "Status") -> list[str]:
    """Return what a reader should know before trusting the build, a line each."""
    lines = [status.notice] if status.notice else []
    if status.changed:
        shown = ", ".join(status.changed[:3]) + " …" * (len(status.changed) > 3)
        lines.append(
            f"the reports have changed since build {status.build.id} ({shown}): "
            "run `duanci index` to take the changes in"
        )
    return lines


def print_difference(difference: "Difference") -> None:
    """Print what changed from one build to another; removed words in [- -], added in {+ +}."""
    click.echo(f"{difference.old} → {difference.new}")
    _print_changes(difference.changes)
    for edit in difference.edits:
        click.echo(f"\n{edit.paragraph.report} {edit.paragraph.label}")
        click.echo("".join(_marked(edit.parts)))


def _print_changes(changes: Sequence[Changes]) -> None:
    changed = [change for change in changes if change]
    for change in changed or changes[:1]:
        click.echo(str(change))
    same = len(changes) - len(changed or changes[:1])
    if same:
        click.echo(f"{_count(same, 'report')} without any change")


def _marked(parts: "Sequence[Part]") -> Iterator[str]:
    for part in parts:
        opening, closing = _MARKS[part.kind]
        yield click.style(f"{opening}{part.text}{closing}", fg=_COLOURS[part.kind])


def _is_chinese(answer: Answer) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in answer.question)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _age(seconds: int) -> str:
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return _count(seconds // size, unit)
    return _count(seconds, "second")


class Bar:
    """A progress bar on stderr, where that is a terminal; is told done and total.

    Elsewhere there is none to tell: tqdm takes .04 s to load, and its lock.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._tqdm: Any = None

    def __enter__(self) -> Callable[[int, int], None] | None:
        return self._update if sys.stderr.isatty() else None

    def __exit__(self, *_: object) -> None:
        if self._tqdm:
            self._tqdm.close()

    def _update(self, done: int, total: int) -> None:
        if self._tqdm is None:
            from tqdm import tqdm

            self._tqdm = tqdm(total=total, unit=f" {self._unit}")
        self._tqdm.update(done - self._tqdm.n)
