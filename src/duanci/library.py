"""The reports in the data directory."""

from pathlib import Path

from duanci.errors import ReportError
from duanci.report import Parsed, read_report

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


def read_library(data: Path) -> list[Parsed]:
    """Read all reports of the data directory.

    :raises ReportError: one cannot be read, or two have the same symbol.
    """
    library = [read_report(path) for path in list_files(data)]
    seen: dict[str, str] = {}
    for parsed in library:
        report = parsed.report
        if report.symbol in seen:
            raise ReportError(
                f"{report.file}: symbol {report.symbol} is that of {seen[report.symbol]} too, "
                "expected one file for each report; take one of them out"
            )
        seen[report.symbol] = report.file
    return library
