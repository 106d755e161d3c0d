from contextlib import ExitStack
from pathlib import Path

import faiss
import numpy as np
import pytest

from duanci import vectors
from duanci.vectors import VectorStore, VectorWriter

PIECES = np.float32([[1, 0], [0, 1]])  # places 0 and 1
WINDOWS = np.float32([[1, 0], [0.6, 0.8], [0.8, -0.6]])


@pytest.fixture
def store(tmp_path: Path) -> VectorStore:
    """Two pieces, places 0 and 1, and three windows, written in two parts."""
    writer = VectorWriter(tmp_path, ExitStack(), 2, 2)
    writer.add(PIECES[:1], WINDOWS[:1])
    writer.add(PIECES[1:], WINDOWS[1:])
    search = writer.close()
    assert search == {"index": "Flat"}
    return VectorStore(tmp_path, search)


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
    assert [path.name for path in tmp_path.iterdir()] == ["vectors.faiss"]


def _clustered(count: int) -> np.ndarray:
    """Vectors around 40 centres, float32 (count, 32), unit rows."""
    rng = np.random.default_rng(7)
    centres = rng.normal(size=(40, 32))
    found = centres[rng.integers(40, size=count)] + rng.normal(size=(count, 32)) * 0.3
    return np.float32(found / np.linalg.norm(found, axis=1, keepdims=True))


def _share_found(made: np.ndarray, vector: np.ndarray, found: np.ndarray) -> float:
    """What share of the 100 vectors nearest to one is among those found."""
    nearest = np.argsort(-(made.astype(np.float64) @ vector))[:100]
    return len({*nearest.tolist()} & {*found.tolist()}) / 100


@pytest.fixture
def many(tmp_path: Path) -> tuple[VectorStore, np.ndarray]:
    """6,000 pieces and 18,000 windows, too many to look at each, and what was written, by place."""
    made = _clustered(24_000)
    writer = VectorWriter(tmp_path, ExitStack(), 6000, 32)
    for at in range(0, 6000, 500):
        writer.add(made[at : at + 500], made[6000 + 3 * at : 7500 + 3 * at])
    search = writer.close()
    assert search == {"index": "RR32,RaBitQfs2", "parts": 4, "compared": 500, "rows": "SQfp16"}
    return VectorStore(tmp_path, search), made


def test_many_vectors_come_back_in_sixteen_bits(many: tuple[VectorStore, np.ndarray]) -> None:
    store, made = many
    assert store.shape == (24_000, 32)
    places = np.array([0, 23_999, 6000, 5999, 4321])
    np.testing.assert_array_equal(store.take(places), made[places].astype(np.float16))


def test_many_vectors_are_found_as_by_looking_at_all(
    many: tuple[VectorStore, np.ndarray],
) -> None:
    store, made = many
    shares = []
    for vector in _clustered(25_000)[24_000::20]:
        found, products = store.nearest(vector, 100)
        np.testing.assert_allclose(products, made[found] @ vector, atol=0.001)
        assert (np.diff(products) <= 0).all()
        shares.append(_share_found(made, vector, found))
    assert np.mean(shares) >= 0.99


def test_vectors_that_rounding_lengthens_by_more_than_they_differ_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "_COMPARED", 1000)
    rng = np.random.default_rng(7)
    made = rng.normal(size=64) / 8 + rng.normal(size=(24_050, 64)) / 160  # 3 degrees off the mean
    made = np.float32(made / np.linalg.norm(made, axis=1, keepdims=True))
    made, asked = made[:24_000], made[24_000:]
    writer = VectorWriter(tmp_path, ExitStack(), 6000, 64)
    writer.add(made[:6000], made[6000:])
    store = VectorStore(tmp_path, writer.close())
    places = np.arange(24_000)
    rounded = store.take(places).astype(np.float32)
    shares = []
    for vector in asked:
        nearest, products = store.nearest(vector, 100)
        np.testing.assert_allclose(products, made[nearest] @ vector, atol=3e-5)
        of_all, in_order = store.nearest_of(vector, places)
        np.testing.assert_allclose(in_order, made[of_all] @ vector, atol=3e-5)
        found = (nearest, of_all[:100], np.argsort(-(rounded @ vector))[:100])
        shares.append([_share_found(made, vector, one) for one in found])
    by_bits, of_some, as_rounded = np.mean(shares, axis=0)
    assert min(by_bits, of_some) >= 0.99
    assert as_rounded <= 0.9


def test_as_many_are_compared_as_the_manifest_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _clustered(24_000)
    with monkeypatch.context() as patched:
        patched.setattr(vectors, "_BITS", 1)
        patched.setattr(vectors, "_COMPARED", 2000)
        patched.setattr(vectors, "_PARTS", 3)
        writer = VectorWriter(tmp_path, ExitStack(), 6000, 32)
        writer.add(made[:6000], made[6000:])
        search = writer.close()
    assert search == {"index": "RR32,RaBitQfs1", "parts": 3, "compared": 2000, "rows": "SQfp16"}
    store = VectorStore(tmp_path, search)
    shares = {}
    for compared in (2000, 100):
        store = VectorStore(tmp_path, {**search, "compared": compared})
        of_all = []
        for vector in _clustered(25_000)[24_000::20]:
            of_all.append(_share_found(made, vector, store.nearest(vector, 100)[0]))
        shares[compared] = np.mean(of_all)
    assert shares[2000] >= 0.99
    assert shares[100] <= 0.8


def test_few_of_many_are_found_as_well(many: tuple[VectorStore, np.ndarray]) -> None:
    store, made = many
    assert store.nearest(made[77], 1)[0].tolist() == [77]
    assert len(store.nearest(made[77], 24_000)[0]) == 24_000
    assert len(store.nearest(made[77], 99_999)[0]) == 24_000


def test_files_of_many_are_such_as_faiss_reads(
    many: tuple[VectorStore, np.ndarray], tmp_path: Path
) -> None:
    store, made = many
    rows = faiss.read_index(str(tmp_path / "vectors.faiss"))
    assert (type(rows), rows.ntotal) == (faiss.IndexScalarQuantizer, 24_000)
    vector = made[5]
    np.testing.assert_array_equal(rows.search(vector[None], 9)[1][0], store.nearest(vector, 9)[0])
    reader = faiss.FileIOReader(str(tmp_path / "bits.faiss"))
    bits = [faiss.read_index(reader) for _ in range(4)]
    assert [index.ntotal for index in bits] == [6000] * 4
    for place in (0, 1, 2, 3, 4, 5999, 6000, 6001, 23_999):
        nearest = bits[place % 4].search(made[place][None], 1)[1][0].tolist()
        assert nearest == [place // 4]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bits.faiss", "vectors.faiss"]


def test_parts_hold_what_blocks_of_any_size_bring(
    many: tuple[VectorStore, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, made = many
    monkeypatch.setattr(vectors, "_BLOCK", 1001)
    other = tmp_path / "other"
    other.mkdir()
    writer = VectorWriter(other, ExitStack(), 6000, 32)
    writer.add(made[:6000], made[6000:])
    found = VectorStore(other, writer.close())
    for vector in made[:24_000:1999]:
        assert found.nearest(vector, 1)[0].tolist() == store.nearest(vector, 1)[0].tolist()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_disk_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "bits.faiss").symlink_to("/dev/full")
    writer = VectorWriter(tmp_path, ExitStack(), 6000, 32)
    writer.add(_clustered(6000), _clustered(18_000))
    with pytest.raises(OSError, match="No space left on device"):
        writer.close()


def test_vectors_taken_over_are_kept_bit_for_bit(
    many: tuple[VectorStore, np.ndarray], tmp_path: Path
) -> None:
    store, made = many
    other = tmp_path / "other"
    other.mkdir()
    writer = VectorWriter(other, ExitStack(), 6000, 32)
    writer.add(store.take(np.array([7, 5])), store.take(np.array([6000, 9000])))
    writer.add(made[9:10], made[8000:8001])
    taken = VectorStore(other, writer.close())
    expected = store.take(np.array([7, 5, 9, 6000, 9000, 8000]))
    np.testing.assert_array_equal(taken.take(np.arange(6)), expected)
    assert taken.nearest(made[5], 1)[0].tolist() == [1]


def test_vectors_that_are_few_again_are_of_unit_length(
    many: tuple[VectorStore, np.ndarray], tmp_path: Path
) -> None:
    store, made = many
    other = tmp_path / "other"
    other.mkdir()
    writer = VectorWriter(other, ExitStack(), 3, 32)
    writer.add(store.take(np.array([7, 5, 9])), store.take(np.array([6000, 9000])))
    taken = VectorStore(other, writer.close()).take(np.arange(5))
    assert taken.dtype == np.float32
    rounded = store.take(np.array([7, 5, 9, 6000, 9000])).astype(np.float32)
    assert np.abs(np.linalg.norm(rounded, axis=1) - 1).max() > 1e-5
    np.testing.assert_allclose(np.linalg.norm(taken, axis=1), 1, atol=2e-7)
    np.testing.assert_allclose(taken, made[[7, 5, 9, 6000, 9000]], atol=2e-4)


def test_from_which_number_of_pieces_on_they_are_many(tmp_path: Path) -> None:
    for pieces, kind in ((vectors.EXACT, np.float32), (vectors.EXACT + 1, np.float16)):
        folder = tmp_path / str(pieces)
        folder.mkdir()
        writer = VectorWriter(folder, ExitStack(), pieces, 2)
        writer.add(PIECES, WINDOWS)
        assert VectorStore(folder, writer.close()).take(np.arange(5)).dtype == kind
