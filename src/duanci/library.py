"""The reports in the data directory."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from duanci.errors import ReportError
from duanci.manifest import Source, move_source
from duanci.records import Report
from duanci.report import parse_bytes, read_bytes

Stamp = tuple[str, str]  # of a file: its name without folders, and the hash of its bytes

_EXAMPLES = "questions.json"
_EXAMPLE_COUNT = 4  # titles that are asked for without it
_ENDINGS = {".md", ".txt"}


def list_files(data: Path) -> list[Path]:
    """List the files of reports: `*.md` and `*.txt`, anything named `README*` left out.

    :raises ReportError: there is no such directory, or no report in it.
    """
    if not data.is_dir():
        raise ReportError(
            f"{data}: no such directory, expected the reports there; "
            "make it or name one with --data"
        )
    files = sorted(
        path
        for path in data.iterdir()
        if path.is_file()
        and path.suffix.lower() in _ENDINGS
        and not path.name.upper().startswith("README")
        and not path.name.startswith(".")
    )
    if not files:
        raise ReportError(
            f"{data}: no report, expected a file that ends in .md or .txt; put one there"
        )
    return files


def read_library(data: Path) -> list[Source]:
    """Read all reports of the data directory; see `each_report`."""
    return list(each_report(data))


def each_report(data: Path, known: Sequence[Source] = ()) -> Iterator[Source]:
    """Read the reports of the data directory, one after the other.

    :param known: reports as they were read before; of these, unchanged files are not parsed again.
    :raises ReportError: one cannot be read, or two have the same symbol.
    """
    by_stamp = {source.stamp: source for source in known}
    seen: dict[str, str] = {}
    for path in list_files(data):
        source = _read(path, by_stamp)
        report = source.report
        if report.symbol in seen:
            raise ReportError(
                f"{report.file}: symbol {report.symbol} is that of {seen[report.symbol]} too, "
                "expected one file for each report; take one of them out"
            )
        seen[report.symbol] = report.file
        yield source


class Survey:
    """Tells whether the reports are still as a build has them; a file is read when it changed."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._hashes: dict[str, tuple[tuple[int, int], str]] = {}

    def stamps(self) -> tuple[Stamp, ...]:
        """Return the stamps of the files, in their order.

        :raises ReportError: there is no report, or one cannot be read.
        """
        return tuple((path.name, self._hash(path)) for path in list_files(self._data))

    def changed(self, stamps: Sequence[Stamp]) -> tuple[str, ...]:
        """Return the names of the files that were changed, added or taken out since `stamps`."""
        try:
            now = self.stamps()
        except ReportError:
            now = ()
        return tuple(dict.fromkeys(name for name, _ in sorted({*now} ^ {*stamps})))

    def _hash(self, path: Path) -> str:
        try:
            stat = path.stat()
        except OSError as exc:
            raise ReportError(f"{path}: cannot be read ({exc.strerror})") from exc
        seen = (stat.st_size, stat.st_mtime_ns)
        before, digest = self._hashes.get(path.name, ((-1, -1), ""))
        if before != seen:
            digest = hashlib.sha256(read_bytes(path)).hexdigest()
            self._hashes[path.name] = (seen, digest)
        return digest


def _read(path: Path, known: dict[Stamp, Source]) -> Source:
    data = read_bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    same = known.get((path.name, digest))
    if same:
        return move_source(same, str(path))
    parsed = parse_bytes(data, str(path))
    return Source(parsed.report, digest, parsed.findings)


def example_questions(data: Path, reports: Sequence[Report]) -> tuple[str, ...]:
    """Give questions to begin with, from `questions.json` beside the reports.

    The file maps symbols to lists of questions. Without it the titles of sections are asked for.
    """
    try:
        listed = json.loads((data / _EXAMPLES).read_text("utf-8"))
        found = [str(q) for report in reports for q in listed.get(report.symbol, ())]
    except FileNotFoundError:
        found = []
    except (OSError, ValueError, AttributeError, TypeError) as exc:
        raise ReportError(
            f"{data / _EXAMPLES}: expected a JSON object from symbols to lists of "
            f"questions ({exc}); mend or remove it"
        ) from exc
    if found:
        return tuple(found)
    titles: dict[str, None] = {}
    for paragraph in (p for report in reports for p in report.paragraphs if p.section):
        titles[paragraph.section[-1]] = None
        if len(titles) == _EXAMPLE_COUNT:
            break
    return tuple(titles)
