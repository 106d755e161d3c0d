import ctypes
import mmap
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from duanci import resident
from duanci.arrays import map_array
from duanci.resident import fetch, let_go

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is done")


def _resident(path: Path) -> int:
    """Return how many kilobytes of a mapped file are in memory."""
    found, here = 0, False
    for line in Path("/proc/self/smaps").read_text("utf-8").splitlines():
        if "-" in line.split(maxsplit=1)[0]:
            here = line.endswith(str(path))
        elif here and line.startswith("Rss:"):
            found += int(line.split()[1])
    return found


def test_mapped_pages_are_let_go_of_and_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = tmp_path / "index" / "own.npy", tmp_path / "index2" / "other.npy"
    mapped = []
    for path in (own, other):
        path.parent.mkdir()
        np.save(path, np.arange(1 << 18))
        mapped.append(map_array(path))
        assert mapped[-1].sum() == (1 << 17) * ((1 << 18) - 1)
        assert _resident(path) >= 2048
    monkeypatch.setattr(resident, "_LEAST", 4096)
    let_go(own.parent, 40 << 30)
    assert _resident(own) >= 2048  # a quarter of so large a build is more than is mapped
    let_go(own.parent, 16)
    assert (_resident(own), _resident(other) >= 2048) == (0, True)
    assert mapped[0].sum() == (1 << 17) * ((1 << 18) - 1)


def test_what_was_written_to_a_mapped_file_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resident, "_LEAST", 4096)
    path = tmp_path / "written.npy"
    np.save(path, np.zeros(5000))
    written = np.load(path, mmap_mode="r+")
    written[:] = 7
    let_go(tmp_path, 16)
    assert written.tolist() == [7] * 5000
    assert np.load(path).tolist() == [7] * 5000


def _cached(part: np.ndarray) -> bool:
    """Tell whether the system has in memory all pages of a part of a mapped file."""
    start = part.ctypes.data // mmap.PAGESIZE * mmap.PAGESIZE
    size = part.ctypes.data + part.nbytes - start
    told = (ctypes.c_ubyte * -(-size // mmap.PAGESIZE))()
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.mincore(ctypes.c_void_p(start), ctypes.c_size_t(size), told) == 0
    return all(page & 1 for page in told)


def test_parts_of_mapped_files_are_fetched_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "large.npy"
    np.save(path, np.arange(1 << 21))
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    mapped = map_array(path)
    parts = [mapped[at : at + 3000] for at in range(0, 1 << 21, 1 << 18)]
    if _cached(mapped):
        pytest.skip("files in this folder are always in memory")
    fetch([*parts, mapped[:0]])
    ends = time.monotonic() + 20
    while not all(map(_cached, parts)) and time.monotonic() < ends:
        time.sleep(0.01)
    assert all(map(_cached, parts))
    assert not _cached(mapped)


_FREES = """
from pathlib import Path
from duanci.resident import give_back

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4

parts = [b"x" * (100_000 + at) for at in range(1000)]  # each too small for a mapping of its own
last = b"x" * 100_000  # behind them, and kept
del parts
before = held()
give_back()
print(before - held(), len(last))
"""


def test_what_was_freed_is_given_back() -> None:
    if not hasattr(ctypes.CDLL(None), "malloc_trim"):
        pytest.skip("it is the GNU C library's")
    found = subprocess.run(
        [sys.executable, "-c", _FREES], capture_output=True, text=True, check=True
    )
    kilobytes, kept = found.stdout.split()
    assert int(kilobytes) > 80_000
    assert kept == "100000"
