from pathlib import Path

import numpy as np
import pytest

from duanci.vectors import VectorStore, write_vectors


@pytest.fixture
def store(tmp_path: Path) -> VectorStore:
    """Two pieces, places 0 and 1, and three windows."""
    windows = np.float32([[1, 0], [0.6, 0.8], [0.8, -0.6]])
    write_vectors(tmp_path, np.float32([[1, 0], [0, 1]]), windows)
    return VectorStore(tmp_path)


def test_all_vectors_come_back(store: VectorStore) -> None:
    expected = np.float32([[1, 0], [0, 1], [1, 0], [0.6, 0.8], [0.8, -0.6]])
    np.testing.assert_array_equal(store.all, expected)


def test_pieces_come_before_windows(store: VectorStore) -> None:
    assert store.shape == (5, 2)
    assert set(store.nearest(np.float32([1, 0]), 2)) == {0, 2}


def test_nearest_come_first(store: VectorStore) -> None:
    assert store.nearest(np.float32([0, 1]), 2).tolist() == [1, 3]
    assert store.nearest(np.float32([0.8, -0.6]), 99).tolist()[0] == 4
    assert len(store.nearest(np.float32([0, 1]), 99)) == 5
