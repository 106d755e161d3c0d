"""Dense vectors on disk: one for each piece, then one for each window; FAISS, and only here.

Few vectors are kept in 32 bits a number, and a question is compared with each. Many are kept in 16,
and a question is compared with one bit of each number first (RaBitQ: Gao & Long 2024,
arXiv:2405.12497, after a random rotation), where that does not rule a vector out with one more (Gao
et al. 2024, arXiv:2409.09913); those that seem nearest are then compared in 16, each at unit length
again, as it was before it was rounded. The bits are in parts, which are searched at the same time.
`vectors.faiss` is a file that FAISS itself reads, and is mapped; `bits.faiss` has one such index
after the other, and is read.
"""

import os
import sys
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from math import ceil, isqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci.arrays import Growing, map_array
from duanci.chunking import Vectors
from duanci.ragged import Rows
from duanci.tokens import unit_rows

FILE = "vectors.faiss"
FILES = (FILE,)
BITS = "bits.faiss"  # there where vectors are many

Kept = NDArray[Any]  # vectors as they are kept, float32 or float16 (n, d)

EXACT = 5000  # pieces, about 40,000 vectors: up to so many are kept in 32 bits
_SAMPLE = 131_072  # vectors whose mean is taken away before only bits are kept of each number
_BITS = 2  # of each number, that are kept to find those which are compared in 16
_COMPARED = 500  # vectors that are, or half the root of all if that is more: `benchmarks/scale.py`
# measures what that finds
_BLOCK = 16_384  # vectors that are written, or scored, at once
_PARTS = 4  # that the bits are in: the vector at place p is in part p mod 4
_SPARE = 1.25  # of its share of those that are compared, what a part finds: it may have more
_SEARCHERS = ThreadPoolExecutor(os.cpu_count())


class VectorWriter:
    """Writes vectors as they come, pieces and their windows; when it is closed, the index."""

    def __init__(self, folder: Path, files: ExitStack, pieces: int, dimension: int) -> None:
        """Begin to write.

        :param files: closes what is open, come what may.
        :param pieces: how many will come.
        """
        self._folder, self._is_few = folder, pieces <= EXACT
        kind = np.float32 if self._is_few else np.float16
        self._parts = [folder / ".pieces.part", folder / ".windows.part"]
        self._files = [
            files.enter_context(Growing(part, kind, (dimension,))) for part in self._parts
        ]

    def add(self, vectors: Kept, window_vectors: Kept) -> None:
        """Add vectors of pieces, (p, d), and of their windows, (w, d)."""
        for file, own in zip(self._files, (vectors, window_vectors), strict=True):
            file.add(_restored(own) if self._is_few else own)

    def close(self) -> dict[str, Any]:
        """Write the index; return how it is searched, for the manifest.

        :raises OSError: the file cannot be written.
        """
        for file in self._files:
            file.close()
        parts = [map_array(part) for part in self._parts]
        told = _write_few(self._folder, parts) if self._is_few else _write_many(self._folder, parts)
        for part in self._parts:
            part.unlink()
        return told


class VectorStore:
    """The dense vectors of an opened build."""

    def __init__(self, folder: Path, search: Mapping[str, Any]) -> None:
        """Map vectors.

        :param search: how they are searched, as the manifest says.
        """
        path = folder / FILE
        self._compared = int(search.get("compared", 0))
        parts = int(search.get("parts", 0))
        self._has_bits = parts > 0
        self._indexes = _read_bits(folder / BITS, parts) if parts else [_map_index(path)]
        kind: Any = np.float16 if self._has_bits else np.float32
        start = path.stat().st_size - int(np.prod(self.shape)) * np.dtype(kind).itemsize
        self._rows = np.memmap(path, kind, "r", start, self.shape).view(np.ndarray)
        self._start = start
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    @property
    def shape(self) -> tuple[int, int]:
        """How many vectors, and of what dimension."""
        return sum(index.ntotal for index in self._indexes), int(self._indexes[0].d)

    def take(self, places: Rows) -> Kept:
        """Return some vectors as they are kept."""
        found: Kept = self._rows[places]
        return found

    def nearest(self, vector: Vectors, count: int) -> tuple[Rows, Vectors]:
        """Return the places of the vectors of largest inner product, nearest first.

        :param vector: float32 (d,), of unit length.
        :return: int64 (n,), and float32 (n,) the inner products.
        """
        if self._has_bits:
            return self._nearest_by_bits(vector, min(count, len(self._rows)))
        return _search(self._indexes[0], vector, count)

    def _nearest_by_bits(self, vector: Vectors, count: int) -> tuple[Rows, Vectors]:
        """Compare all by their bits, then the nearest by their 16-bit numbers."""
        parts = len(self._indexes)
        wanted = ceil(max(self._compared, count) * _SPARE / parts)
        found = _SEARCHERS.map(partial(_search, vector=vector, count=wanted), self._indexes)
        of_parts = [own * parts + part for part, (own, _) in enumerate(found)]
        places = np.sort(np.concatenate(of_parts))
        products = _restored(self._read(places)) @ vector
        nearest = np.argsort(-products, kind="stable")[:count]
        return places[nearest], products[nearest]

    def _read(self, places: Rows) -> Kept:
        """Return some vectors, as `take` does, without mapping the pages that they lie in.

        A page that is mapped brings its neighbours with it, 64 KB, all of which count as memory
        of the process. Windows cannot read at a place, and maps.

        :param places: ascending.
        """
        if sys.platform == "win32":
            return self.take(places)
        width = self._rows.shape[1] * self._rows.itemsize
        first = np.flatnonzero(np.diff(places, prepend=-2) != 1)
        runs = zip(places[first].tolist(), np.diff(first, append=len(places)).tolist(), strict=True)
        read = [os.pread(self._file, width * n, self._start + width * at) for at, n in runs]
        return np.frombuffer(b"".join(read), self._rows.dtype).reshape(len(places), -1)

    def nearest_of(self, vector: Vectors, places: Rows) -> tuple[Rows, Vectors]:
        """Return some places ordered by inner product, nearest first, as `nearest` does."""
        scores = np.empty(len(places), np.float32)
        for at in range(0, len(places), _BLOCK):
            own = places[at : at + _BLOCK]
            scores[at : at + _BLOCK] = _restored(self.take(own)) @ vector
        order = np.argsort(-scores, kind="stable")
        return places[order], scores[order]


def _restored(kept: Kept) -> Vectors:
    """Return vectors in 32 bits a number, those kept in 16 at unit length again.

    Rounding makes a vector a little longer or shorter. Where all lie close together and a question
    beside them, that is most of what their products change by, and more than these differ.
    """
    return kept if kept.dtype == np.float32 else unit_rows(kept.astype(np.float32))


def _map_index(path: Path) -> Any:
    import faiss

    try:
        return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError:  # where FAISS cannot map, it reads
        return faiss.read_index(str(path))


def _read_bits(path: Path, parts: int) -> list[Any]:
    import faiss

    reader = faiss.FileIOReader(str(path))
    return [faiss.read_index(reader) for _ in range(parts)]


def _search(index: Any, vector: Vectors, count: int) -> tuple[Rows, Vectors]:
    """Return the places of the nearest vectors of a FAISS index, and their products."""
    import faiss

    faiss.omp_set_num_threads(1)  # two threads make a single search five times slower
    products, places = index.search(vector[None, :], min(count, index.ntotal))
    is_found = places[0] >= 0
    return places[0][is_found], products[0][is_found]


def _count_compared(total: int) -> int:
    """Return how many of some vectors are compared in 16 bits."""
    return min(total, max(_COMPARED, isqrt(total) // 2))


def _write_few(folder: Path, parts: Sequence[Kept]) -> dict[str, Any]:
    import faiss

    _write(folder / FILE, faiss.IndexFlatIP(parts[0].shape[1]), parts)
    return {"index": "Flat"}


def _write_many(folder: Path, parts: Sequence[Kept]) -> dict[str, Any]:
    import faiss

    dimension, total = parts[0].shape[1], sum(map(len, parts))
    form, metric = f"RR{dimension},RaBitQfs{_BITS}", faiss.METRIC_INNER_PRODUCT
    with (folder / BITS).open("wb") as file:
        writer = faiss.PyCallbackIOWriter(file.write)  # type: ignore[attr-defined]
        for bits in _bits_of(parts, faiss.index_factory(dimension, form, metric)):
            faiss.write_index(bits, writer)
    kind = faiss.ScalarQuantizer.QT_fp16
    _write(folder / FILE, faiss.IndexScalarQuantizer(dimension, kind, metric), parts)
    return {"index": form, "parts": _PARTS, "compared": _count_compared(total), "rows": "SQfp16"}


def _bits_of(parts: Sequence[Kept], blank: Any) -> list[Any]:
    """Return FAISS indexes of a few bits for each number of each vector.

    :param blank: an index of that kind, to be trained.
    """
    import faiss

    faiss.omp_set_num_threads(os.cpu_count() or 1)
    step = max(1, sum(map(len, parts)) // _SAMPLE)
    blank.train(np.concatenate([part[::step] for part in parts]).astype(np.float32))
    learned = faiss.serialize_index(blank)
    found = [faiss.deserialize_index(learned) for _ in range(_PARTS)]
    place = 0
    for part in parts:
        for at in range(0, len(part), _BLOCK):
            block = part[at : at + _BLOCK].astype(np.float32)
            for number, index in enumerate(found):
                own = block[(number - place) % _PARTS :: _PARTS]
                if len(own):  # FAISS ends the process where there is nothing to add
                    index.add(own)
            place += len(block)
    return found


def _write(path: Path, index: Any, parts: Sequence[Kept]) -> None:
    """Write a FAISS index of vectors, which are in files and not in it.

    :param index: an index without vectors, with what else is to be written. FAISS writes: a mark
        and the dimension, four bytes each, how many vectors, eight, and more; last how many
        numbers, or bytes where they are not float32, and then they.
    """
    import faiss

    header = bytearray(faiss.serialize_index(index).tobytes())
    total, dimension = sum(map(len, parts)), parts[0].shape[1]
    unit = 1 if parts[0].dtype == np.float16 else 4
    header[8:16] = np.int64(total).tobytes()
    header[-8:] = np.int64(total * dimension * parts[0].itemsize // unit).tobytes()
    with path.open("wb") as file:
        file.write(header)
        for part in parts:
            for at in range(0, len(part), _BLOCK):
                file.write(np.ascontiguousarray(part[at : at + _BLOCK]).tobytes())
