"""Dense vectors on disk: one for each paragraph, then one for each window; FAISS, and only here."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duanci.chunking import Encoded, Vectors

FILE = "vectors.faiss"


def write_vectors(folder: Path, encoded: Sequence[Encoded], dimension: int) -> None:
    """Write the vectors of paragraphs and windows as one flat inner-product index."""
    import faiss

    store = faiss.IndexFlatIP(dimension)
    store.add(np.stack([one.vector for one in encoded]))
    store.add(np.concatenate([one.windows for one in encoded]))
    faiss.write_index(store, str(folder / FILE))


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

    def nearest(self, vector: Vectors, count: int) -> NDArray[np.int64]:
        """Return the places of the vectors of largest inner product, nearest first.

        :param vector: float32 (d,), of unit length.
        """
        _, places = self._faiss.search(vector[None, :], min(count, self._faiss.ntotal))
        found: NDArray[np.int64] = places[0]
        return found
