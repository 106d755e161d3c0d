"""Dense vectors on disk: one for each piece, then one for each window; FAISS, and only here."""

import errno
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duanci.chunking import Vectors

FILE = "vectors.faiss"


def write_vectors(folder: Path, vectors: Vectors, window_vectors: Vectors) -> None:
    """Write the vectors of pieces (p, d) and windows (w, d) as one flat inner-product index.

    :raises OSError: the file cannot be written.
    """
    import faiss

    store = faiss.IndexFlatIP(vectors.shape[1])
    store.add(np.ascontiguousarray(vectors))
    store.add(np.ascontiguousarray(window_vectors))
    try:
        faiss.write_index(store, str(folder / FILE))
    except RuntimeError as exc:  # which is all that FAISS tells of a full disk
        raise OSError(errno.EIO, f"{FILE} cannot be written, the disk may be full") from exc


class VectorStore:
    """The dense vectors of an opened build."""

    def __init__(self, folder: Path) -> None:
        import faiss

        faiss.omp_set_num_threads(1)  # two threads make a single search five times slower
        self._faiss = faiss.read_index(str(folder / FILE))

    @property
    def shape(self) -> tuple[int, int]:
        """How many vectors, and of what dimension."""
        return int(self._faiss.ntotal), int(self._faiss.d)

    @property
    def all(self) -> Vectors:
        """All vectors, float32 (n, d)."""
        found: Vectors = self._faiss.reconstruct_n(0, self._faiss.ntotal)
        return found

    def nearest(self, vector: Vectors, count: int) -> NDArray[np.int64]:
        """Return the places of the vectors of largest inner product, nearest first.

        :param vector: float32 (d,), of unit length.
        """
        _, places = self._faiss.search(vector[None, :], min(count, self._faiss.ntotal))
        found: NDArray[np.int64] = places[0]
        return found
