from pathlib import Path

import numpy as np
import pytest

from duanci.chunking import Encoded
from duanci.vectors import VectorStore, write_vectors

NO_TOKENS = (np.empty((0, 2), np.float32), np.empty((0, 2), np.int64))


@pytest.fixture
def store(tmp_path: Path) -> VectorStore:
    """Two paragraphs of one and two windows: places 0, 1, then 2, then 3 and 4."""
    first = Encoded(np.float32([1, 0]), np.float32([[1, 0]]), *NO_TOKENS)
    second = Encoded(np.float32([0, 1]), np.float32([[0.6, 0.8], [0.8, -0.6]]), *NO_TOKENS)
    write_vectors(tmp_path, [first, second], 2)
    return VectorStore(tmp_path)


def test_paragraphs_come_before_windows(store: VectorStore) -> None:
    assert store.shape == (5, 2)
    assert set(store.nearest(np.float32([1, 0]), 2)) == {0, 2}


def test_nearest_come_first(store: VectorStore) -> None:
    assert store.nearest(np.float32([0, 1]), 2).tolist() == [1, 3]
    assert store.nearest(np.float32([0.8, -0.6]), 99).tolist()[0] == 4
    assert len(store.nearest(np.float32([0, 1]), 99)) == 5
