"""The reports in the data directory."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from duanci.errors import ReportError
from duanci.files import Stamp, list_files, read_bytes
from duanci.manifest import Source, move_source
from duanci.records import Report
from duanci.report import parse_bytes

_EXAMPLES = "questions.json"
_EXAMPLE_COUNT = 4  # titles that are asked for without it


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
