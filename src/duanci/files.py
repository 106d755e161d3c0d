"""The files of reports in the data directory: which there are, what they hold, what has changed."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from duanci.errors import ReportError

Stamp = tuple[str, str]  # of a file: its name without folders, and the hash of its bytes

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


def read_bytes(path: Path) -> bytes:
    """Read a report's file.

    :raises ReportError: no such file, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as exc:
        raise ReportError(
            f"{path}: no such file, expected a report in Markdown or plain text"
        ) from exc
    except OSError as exc:
        raise ReportError(f"{path}: cannot be read ({exc.strerror}), expected a text file") from exc


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
