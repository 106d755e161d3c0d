"""Arrays on disk: written as they grow, mapped when they are read (numpy's `.npy` format).

Those that come with the package are read whole.
"""

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray

# NumPy has Python parse what stands before an array, which CPython does wrongly now and then in two
# threads at once (its issue 106905: "AST constructor recursion depth mismatch").
_PARSING = threading.RLock()


def read_shipped(name: str) -> dict[str, NDArray[Any]]:
    """Read the arrays of a file of this package, `.npz`, by their names; numbers as float32."""
    file = resources.files("duanci").joinpath(name)
    with _PARSING, file.open("rb") as opened, np.load(opened) as found:
        arrays = {array: found[array] for array in found.files}
    return {
        array: values.astype(np.float32) if values.dtype.kind == "f" else values
        for array, values in arrays.items()
    }


class Growing:
    """A file that rows are added to; how many they are is written when it is closed."""

    def __init__(self, path: Path, dtype: DTypeLike, width: tuple[int, ...] = ()) -> None:
        self.count = 0
        self._dtype, self._width = np.dtype(dtype), width
        self._file: IO[bytes] = path.open("wb")
        self._write_header()

    def add(self, rows: NDArray[Any] | Sequence[Any]) -> None:
        """Add rows, (n, *width)."""
        found = np.ascontiguousarray(rows, self._dtype)
        self._file.write(found.reshape(-1).view(np.uint8).data)
        self.count += len(found)

    def close(self) -> None:
        """Write how many rows there are, and close the file."""
        if not self._file.closed:
            self._file.seek(0)
            self._write_header()  # numpy leaves room in it for the number of rows to grow
            self._file.close()

    def __enter__(self) -> "Growing":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            with suppress(OSError):  # what went wrong is being told already
                self._file.close()

    def _write_header(self) -> None:
        shape = (self.count, *self._width)
        descr = npy.dtype_to_descr(self._dtype)
        header = {"descr": descr, "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(self._file, header)


def map_array(path: Path) -> NDArray[Any]:
    """Map an array; what is looked at of it is read then."""
    return _map(path, "r")


def write_mapped(path: Path, dtype: DTypeLike, shape: tuple[int, ...]) -> NDArray[Any]:
    """Make a file of zeros, mapped for writing; it is written when the array is let go of.

    :raises OSError: the disk has no room for it, which a mapping would tell by ending the process.
    """
    with Growing(path, dtype, shape[1:]) as file:
        file.count = shape[0]
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if size:
        with path.open("r+b") as made:
            _reserve(made.fileno(), path.stat().st_size, size)
    return _map(path, "r+")


def _map(path: Path, mode: Literal["r", "r+"]) -> NDArray[Any]:
    with _PARSING:
        array: NDArray[Any] = np.load(path, mmap_mode=mode).view(np.ndarray)
    return array


def _reserve(handle: int, start: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, start, size)
    else:
        os.truncate(handle, start + size)
