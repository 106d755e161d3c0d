from contextlib import ExitStack
from pathlib import Path

import faiss
import numpy as np
import pytest

from duanci import vectors
from duanci.vectors import VectorStore, VectorWriter, flat_codec, learn_codec

PIECES = np.float32([[1, 0], [0, 1]])  # places 0 and 1
WINDOWS = np.float32([[1, 0], [0.6, 0.8], [0.8, -0.6]])


@pytest.fixture
def store(tmp_path: Path) -> VectorStore:
    """Two pieces, places 0 and 1, and three windows, written in two parts."""
    writer = VectorWriter(tmp_path, ExitStack(), flat_codec(2), 2)
    writer.add(PIECES[:1], WINDOWS[:1])
    writer.add(PIECES[1:], WINDOWS[1:])
    assert writer.close() == {"index": "Flat"}
    return VectorStore(tmp_path)


def test_vectors_come_back(store: VectorStore) -> None:
    expected = np.float32([[1, 0], [0, 1], [1, 0], [0.6, 0.8], [0.8, -0.6]])
    np.testing.assert_array_equal(store.take(np.arange(5)), expected)
    np.testing.assert_array_equal(store.take(np.array([4, 0])), expected[[4, 0]])


def test_pieces_come_before_windows(store: VectorStore) -> None:
    assert store.shape == (5, 2)
    assert set(store.nearest(np.float32([1, 0]), 2)[0]) == {0, 2}


def test_nearest_come_first(store: VectorStore) -> None:
    assert store.nearest(np.float32([0, 1]), 2)[0].tolist() == [1, 3]
    assert store.nearest(np.float32([0.8, -0.6]), 99)[0].tolist()[0] == 4
    assert len(store.nearest(np.float32([0, 1]), 99)[0]) == 5


def test_some_are_put_in_order(store: VectorStore) -> None:
    assert store.nearest_of(np.float32([0, 1]), np.array([4, 0, 3]))[0].tolist() == [3, 0, 4]


def test_file_is_one_that_faiss_reads(store: VectorStore, tmp_path: Path) -> None:
    index = faiss.read_index(str(tmp_path / "vectors.faiss"))
    assert (type(index), index.ntotal) == (faiss.IndexFlatIP, 5)
    np.testing.assert_array_equal(index.reconstruct_n(0, 5), [*PIECES, *WINDOWS])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "vector-places.npy",
        "vectors.faiss",
    ]


def _clustered(count: int) -> np.ndarray:
    """Vectors around 40 centres, float32 (count, 32), unit rows."""
    rng = np.random.default_rng(7)
    centres = rng.normal(size=(40, 32))
    found = centres[rng.integers(40, size=count)] + rng.normal(size=(count, 32)) * 0.3
    return np.float32(found / np.linalg.norm(found, axis=1, keepdims=True))


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[VectorStore, np.ndarray]:
    """2,000 pieces and 6,000 windows in lists, and the vectors that were written, by place."""
    monkeypatch.setattr(vectors, "SAMPLE", 500)
    made = _clustered(8000)
    writer = VectorWriter(tmp_path, ExitStack(), None, 2000)
    for at in range(0, 2000, 100):
        writer.add(made[at : at + 100], made[2000 + 3 * at : 2300 + 3 * at])
    told = writer.close()
    assert told == {"index": "IVF128,SQfp16", "lists": 128, "probes": 128}
    return VectorStore(tmp_path), made


def test_many_vectors_come_back_nearly(many: tuple[VectorStore, np.ndarray]) -> None:
    store, made = many
    assert store.shape == (8000, 32)
    places = np.array([0, 7999, 2000, 1999, 4321])
    found = store.codec.decode(store.take(places))
    np.testing.assert_allclose(found, made[places], atol=0.005)


def test_many_vectors_are_found_as_by_looking_at_all(
    many: tuple[VectorStore, np.ndarray],
) -> None:
    store, made = many
    shares = []
    for vector in _clustered(9000)[8000::20]:
        exact = set(np.argsort(-(made @ vector))[:100].tolist())
        shares.append(len(exact & set(store.nearest(vector, 100)[0].tolist())) / 100)
    assert np.mean(shares) >= 0.99


def test_file_of_lists_is_one_that_faiss_reads(
    many: tuple[VectorStore, np.ndarray], tmp_path: Path
) -> None:
    index = faiss.read_index(str(tmp_path / "vectors.faiss"))
    assert (type(index), index.ntotal, index.nlist) == (faiss.IndexIVFScalarQuantizer, 8000, 128)
    index.nprobe = 128
    vector = many[1][5]
    np.testing.assert_array_equal(
        index.search(vector[None], 9)[1][0], many[0].nearest(vector, 9)[0]
    )


def test_vectors_taken_over_are_kept_bit_for_bit(
    many: tuple[VectorStore, np.ndarray], tmp_path: Path
) -> None:
    store, made = many
    other = tmp_path / "other"
    other.mkdir()
    writer = VectorWriter(other, ExitStack(), store.codec, 3)
    writer.add_coded(store.take(np.array([7, 5])), store.take(np.array([2000, 4000])))
    writer.add(made[9:10], made[6000:6001])
    writer.close()
    taken = VectorStore(other)
    assert taken.codec.lists == 128
    expected = store.take(np.array([7, 5, 9, 2000, 4000, 6000]))
    np.testing.assert_array_equal(taken.take(np.arange(6)), expected)
    assert taken.nearest(made[5], 1)[0].tolist() == [1]


def test_codec_suits_a_number_of_pieces() -> None:
    assert flat_codec(2).suits(12_500)
    assert not flat_codec(2).suits(12_501)
    codec = learn_codec(_clustered(3000), 2000)
    assert not codec.suits(2000)
    assert codec.suits(12_501)
    assert not codec.suits(1_000_000)
