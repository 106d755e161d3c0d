"""Dense vectors on disk: one for each piece, then one for each window; FAISS, and only here.

Few vectors are searched exactly. Many are parted into lists around centroids (IVF: Jégou et al.
2011), sixteen bits a number of the difference from the centroid, and a question looks into the
lists nearest to it. Eight bits lose a tenth of the nearest hundred, so close together they lie.
`vectors.faiss` is a file that FAISS itself reads, mapped.
"""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci.arrays import Growing, map_array
from duanci.chunking import Vectors
from duanci.ragged import Rows, starts_of
from duanci.vector_files import Coded, write_flat, write_lists

FILE, PLACES = "vectors.faiss", "vector-places.npy"
FILES = (FILE, PLACES)

EXACT = 12_500  # pieces, about 100,000 vectors: up to so many every vector is looked at
SAMPLE = 16_384  # pieces that centroids are learned from
_PROBES = 128  # lists that a question looks into, or an eighth of them if that is more:
# `benchmarks/scale.py` measures what that finds
_BLOCK = 65_536  # vectors that are scored at once


@dataclass(frozen=True, slots=True)
class Codec:
    """How vectors are kept: float32 in a flat index, or uint8, list number and differences.

    `empty` is the FAISS index without a vector, `owner` what its centroids belong to.
    """

    empty: Any
    owner: Any = None

    @property
    def lists(self) -> int:
        """How many lists vectors are parted into; 0 for a flat index."""
        return int(getattr(self.empty, "nlist", 0))

    def suits(self, pieces: int) -> bool:
        """Tell whether it is of use for so many pieces."""
        if pieces <= EXACT:
            return not self.lists
        return _lists_for(pieces) / 4 <= self.lists <= _lists_for(pieces) * 4

    def encode(self, vectors: Vectors) -> Coded:
        """Return vectors, float32 (n, d), as they are kept."""
        if not self.lists:
            return np.ascontiguousarray(vectors, np.float32)
        coded: Coded = self.empty.sa_encode(np.ascontiguousarray(vectors, np.float32))
        return coded

    def decode(self, coded: Coded) -> Vectors:
        """Return vectors as they were, or nearly: float32 (n, d)."""
        if not self.lists:
            return np.asarray(coded, np.float32)
        found: Vectors = self.empty.sa_decode(np.ascontiguousarray(coded))
        return found

    def header(self) -> bytearray:
        """Return what FAISS writes of the index without a vector."""
        import faiss

        return bytearray(faiss.serialize_index(self.empty).tobytes())

    def describe(self) -> dict[str, Any]:
        """Tell how vectors are kept and searched, for the manifest."""
        if not self.lists:
            return {"index": "Flat"}
        kind = f"IVF{self.lists},SQfp16"
        return {"index": kind, "lists": self.lists, "probes": _probes(self.lists)}


def flat_codec(dimension: int) -> Codec:
    """Return the codec that keeps vectors as they are."""
    import faiss

    return Codec(faiss.IndexFlatIP(dimension))


def learn_codec(vectors: Vectors, pieces: int) -> Codec:
    """Learn centroids from a sample of the vectors of so many pieces."""
    import faiss

    _use_all_cores()
    dimension, lists = vectors.shape[1], _lists_for(pieces)
    while lists > 1 and lists * 8 > len(vectors):
        lists //= 2
    quantizer = faiss.IndexFlatIP(dimension)
    bits, metric = faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    index = faiss.IndexIVFScalarQuantizer(quantizer, dimension, lists, bits, metric)
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = 64
    index.train(np.ascontiguousarray(vectors, np.float32))
    return Codec(index)


def _probes(lists: int) -> int:
    return min(lists, max(_PROBES, lists // 8))


def _lists_for(pieces: int) -> int:
    """Return into how many lists vectors are parted: about twice the root of their number."""
    return int(2 ** round(np.log2(2 * np.sqrt(8 * pieces))))


class VectorWriter:
    """Writes vectors as they come, pieces and their windows; when it is closed, the index."""

    def __init__(self, folder: Path, files: ExitStack, codec: Codec | None, pieces: int) -> None:
        """Begin to write.

        :param files: closes what is open, come what may.
        :param codec: how vectors are kept; None to learn it from those that come first.
        :param pieces: how many will come.
        """
        self._folder, self._open, self._expected = folder, files, pieces
        self.codec = codec
        self._waiting: list[tuple[Vectors, Vectors]] = []
        self._parts = [folder / ".pieces.part", folder / ".windows.part"]
        self._files: list[Growing] = []

    def add(self, vectors: Vectors, window_vectors: Vectors) -> None:
        """Add vectors of pieces, float32 (p, d), and of their windows, (w, d)."""
        if self.codec:
            self.add_coded(self.codec.encode(vectors), self.codec.encode(window_vectors))
            return
        self._waiting.append((vectors, window_vectors))
        if sum(len(vectors) for vectors, _ in self._waiting) >= min(SAMPLE, self._expected):
            self._learn()

    def add_coded(self, vectors: Coded, window_vectors: Coded) -> None:
        """Add vectors that are kept in this writer's codec already."""
        if not self._files:
            shape = vectors.shape[1:]
            self._files = [
                self._open.enter_context(Growing(part, vectors.dtype, shape))
                for part in self._parts
            ]
        for file, coded in zip(self._files, (vectors, window_vectors), strict=True):
            file.add(coded)

    def close(self) -> dict[str, Any]:
        """Write the index; return how it is searched.

        :raises OSError: the file cannot be written.
        """
        if self._waiting:
            self._learn()
        for file in self._files:
            file.close()
        parts = [map_array(part) for part in self._parts]
        assert self.codec
        header = self.codec.header()
        with (self._folder / FILE).open("wb") as index:
            if self.codec.lists:
                shape = (self.codec.lists, self.codec.empty.coarse_code_size())
                places = write_lists(index, header, shape, parts)
            else:
                places = write_flat(index, header, parts)
        np.save(self._folder / PLACES, places)
        for part in self._parts:
            part.unlink()
        return self.codec.describe()

    def _learn(self) -> None:
        waiting, self._waiting = self._waiting, []
        sample = np.concatenate([array for both in waiting for array in both])
        self.codec = learn_codec(sample, self._expected)
        for vectors, window_vectors in waiting:
            self.add(vectors, window_vectors)


class VectorStore:
    """The dense vectors of an opened build."""

    def __init__(self, folder: Path) -> None:
        import faiss

        path = str(folder / FILE)
        self._faiss: Any
        self._places = map_array(folder / PLACES)
        try:
            self._faiss = faiss.read_index(path, faiss.IO_FLAG_MMAP_IFC)
            if hasattr(self._faiss, "nlist"):
                self._faiss = faiss.read_index(path, faiss.IO_FLAG_MMAP)
        except RuntimeError:  # where FAISS cannot map, it reads
            self._faiss = faiss.read_index(path)
        self.codec = _codec_of(self._faiss)
        self._bytes = np.memmap(folder / FILE, np.uint8, "r").view(np.ndarray)
        if self.codec.lists:
            self._faiss.nprobe = _probes(self.codec.lists)
            self._starts = _list_starts(self._bytes, self._faiss)

    @property
    def shape(self) -> tuple[int, int]:
        """How many vectors, and of what dimension."""
        return int(self._faiss.ntotal), int(self._faiss.d)

    def take(self, places: Rows) -> Coded:
        """Return some vectors as the store's codec keeps them."""
        at = self._places[places]
        if not self.codec.lists:
            width = 4 * self.shape[1]
            rows = _gather(self._bytes, at, width)
            return rows.view(np.float32)
        lists = np.searchsorted(self._starts, at, side="right") - 1
        width = int(self._faiss.coarse_code_size())
        coarse = lists.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width]
        return np.concatenate([coarse, _gather(self._bytes, at, self._faiss.code_size)], axis=1)

    def nearest(self, vector: Vectors, count: int) -> tuple[Rows, Vectors]:
        """Return the places of the vectors of largest inner product, nearest first.

        :param vector: float32 (d,), of unit length.
        :return: int64 (n,), and float32 (n,) the inner products.
        """
        import faiss

        faiss.omp_set_num_threads(1)  # two threads make a single search five times slower
        products, places = self._faiss.search(vector[None, :], min(count, self._faiss.ntotal))
        is_found = places[0] >= 0
        return places[0][is_found], products[0][is_found]

    def nearest_of(self, vector: Vectors, places: Rows) -> tuple[Rows, Vectors]:
        """Return some places ordered by inner product, nearest first, as `nearest` does."""
        scores = np.empty(len(places), np.float32)
        for at in range(0, len(places), _BLOCK):
            own = places[at : at + _BLOCK]
            scores[at : at + _BLOCK] = self.codec.decode(self.take(own)) @ vector
        order = np.argsort(-scores, kind="stable")
        return places[order], scores[order]


def _codec_of(index: Any) -> Codec:
    """Return how the vectors of an index are kept: the same centroids, without a vector."""
    import faiss

    dimension = int(index.d)
    if not hasattr(index, "nlist"):
        return flat_codec(dimension)
    shape = (dimension, index.nlist, index.sq.qtype, index.metric_type, index.by_residual)
    empty = faiss.IndexIVFScalarQuantizer(index.quantizer, *shape)
    empty.sq, empty.is_trained = index.sq, True
    return Codec(empty, index)


def _use_all_cores() -> None:
    import faiss

    faiss.omp_set_num_threads(os.cpu_count() or 1)


def _gather(array: NDArray[np.uint8], starts: Rows, width: int) -> NDArray[np.uint8]:
    """Return bytes from some places on, (n, width)."""
    found: NDArray[np.uint8] = np.lib.stride_tricks.sliding_window_view(array, width)[starts]
    return found


def _list_starts(array: NDArray[np.uint8], index: Any) -> Rows:
    """Return where in the file each list begins, int64 (lists,)."""
    sizes = np.array([index.invlists.list_size(at) for at in range(index.nlist)], np.int64)
    starts = starts_of(sizes * (index.code_size + 8))
    return np.asarray(starts[:-1] + len(array) - starts[-1])
