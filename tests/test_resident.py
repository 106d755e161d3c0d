import sys
from pathlib import Path

import numpy as np
import pytest

from duanci import resident
from duanci.arrays import map_array
from duanci.resident import let_go

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
