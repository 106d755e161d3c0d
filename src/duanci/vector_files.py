"""`vectors.faiss` as FAISS itself writes it, from vectors that lie in files: a part at a time."""

from collections.abc import Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from duanci.ragged import Rows, starts_of

_BLOCK = 65_536  # vectors that are written at once
_NO_LISTS = 32  # bytes in which FAISS writes lists that are all empty, at the end of an index

Coded = NDArray[Any]  # vectors as a codec keeps them, a row each


def write_flat(file: IO[bytes], header: bytearray, parts: Sequence[Coded]) -> Rows:
    """Write a flat index; return where in the file each vector begins.

    Its form: a header with the number of vectors, then how many numbers follow, then they.

    :param header: of an index without a vector.
    :param parts: float32 (n, d) each.
    """
    count, width = sum(map(len, parts)), parts[0].shape[1]
    header[8:16] = np.int64(count).tobytes()  # after a mark and the dimension, four bytes each
    header[-8:] = np.int64(count * width).tobytes()
    file.write(header)
    _write_rows(file, parts)
    places: Rows = len(header) + np.arange(count, dtype=np.int64) * width * 4
    return places


def _write_rows(file: IO[bytes], parts: Sequence[Coded]) -> None:
    for part in parts:
        for at in range(0, len(part), _BLOCK):
            file.write(np.ascontiguousarray(part[at : at + _BLOCK]).tobytes())


def write_lists(
    file: IO[bytes], header: bytearray, shape: tuple[int, int], parts: Sequence[Coded]
) -> Rows:
    """Write an index of lists; return where in the file each vector's code begins.

    Its form: the header, the sizes of the lists, then for each its codes and its places.

    :param header: of an index without a vector.
    :param shape: how many lists there are, and in how many bytes a vector tells its list.
    :param parts: uint8 (n, c) each: the list, then the code.
    """
    lists, coarse = shape
    width = parts[0].shape[1] - coarse
    numbers = np.concatenate([_list_numbers(part, coarse) for part in parts])
    header[8:16] = np.int64(len(numbers)).tobytes()
    sizes = np.bincount(numbers, minlength=lists).astype("<u8")
    counts = np.array([lists, width, lists], "<u8")
    file.write(header[:-_NO_LISTS] + b"ilar" + counts[:2].tobytes())
    file.write(b"full" + counts[2:].tobytes() + sizes.tobytes())
    starts = starts_of(sizes.astype(np.int64))
    order = np.argsort(numbers, kind="stable").astype(np.int64)
    places = np.empty(len(order), np.int64)
    for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        own = order[first:last]
        places[own] = file.tell() + np.arange(len(own)) * width
        split = int(np.searchsorted(own, len(parts[0])))
        for part, rows in zip(parts, (own[:split], own[split:] - len(parts[0])), strict=True):
            file.write(np.ascontiguousarray(part[rows][:, coarse:]).tobytes())
        file.write(own.tobytes())
    return places


def _list_numbers(coded: Coded, width: int) -> NDArray[np.uint32]:
    """Read the number of its list off each vector: its first bytes, the smallest first."""
    found = np.zeros((len(coded), 4), np.uint8)
    found[:, :width] = coded[:, :width]
    return found.view("<u4").ravel()
