import gc
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from duanci.arrays import Growing, map_array, write_mapped


def test_rows_are_read_as_they_were_added(tmp_path: Path) -> None:
    with Growing(tmp_path / "a.npy", "int32", (2,)) as file:
        file.add([[1, 2]])
        file.add(np.empty((0, 2), np.int32))
        file.add(np.arange(200_000).reshape(-1, 2))
    found = map_array(tmp_path / "a.npy")
    assert (found.shape, found.dtype) == ((100_001, 2), np.int32)
    assert found[[0, 1, -1]].tolist() == [[1, 2], [0, 1], [199_998, 199_999]]
    np.testing.assert_array_equal(found, np.load(tmp_path / "a.npy"))


def test_array_without_a_row(tmp_path: Path) -> None:
    with Growing(tmp_path / "a.npy", "float16", (3,)):
        pass
    assert map_array(tmp_path / "a.npy").shape == (0, 3)


def test_failure_while_writing_closes_the_file(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="enough"),
        Growing(tmp_path / "a.npy", "int64") as file,
    ):
        raise RuntimeError("enough")
    with pytest.raises(ValueError, match="closed file"):
        file.add([1])


def test_mapped_array_is_written(tmp_path: Path) -> None:
    array = write_mapped(tmp_path / "a.npy", "uint16", (5,))
    assert array.tolist() == [0] * 5
    array[[4, 1]] = [7, 9]
    del array
    assert np.load(tmp_path / "a.npy").tolist() == [0, 9, 0, 0, 7]
    assert write_mapped(tmp_path / "b.npy", "int32", (0,)).tolist() == []


class Finalised:
    """Garbage in a circle, whose end lets other threads run."""

    def __init__(self) -> None:
        self.own = self
        weakref.finalize(self, time.sleep, 0)


@pytest.fixture
def often_collected() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(50)
    yield
    gc.set_threshold(*before)


def test_many_threads_map_arrays_while_garbage_is_collected(
    tmp_path: Path, often_collected: None
) -> None:
    np.save(tmp_path / "a.npy", np.zeros((3, 4)))
    wrong: list[Exception] = []

    def look(depth: int) -> None:
        if depth:
            return look(depth - 1)  # CPython confuses how deep threads are
        for _ in range(1000):
            Finalised()
            try:
                map_array(tmp_path / "a.npy")
            except Exception as exc:
                wrong.append(exc)

    threads = [threading.Thread(target=look, args=(5 * at,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
