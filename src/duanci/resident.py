"""What is in memory: let go of when it is not needed, fetched ahead of use.

Of a build's mapped files the system takes pages back itself when it needs them. Until then they
count as the process's, and a limit set on it counts them too. They stay in the system's cache, and
come back when they are read again. Linux only; elsewhere nothing is done.
"""

import ctypes
import mmap
import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

# Bytes of mapped files from which on they are let go of: a quarter of the build, but at least and
# at most so many.
_PART, _LEAST, _MOST = 4, 512 << 20, 1 << 30
LARGE = 4 << 30  # bytes of a build: of more, what is read may not be in the system's cache
_ARENAS = 2  # of the C library's allocator, where each thread would have one of its own
_M_ARENA_MAX = -8  # of malloc.h


def let_go(folder: Path, size: int) -> None:
    """Let go of what is mapped of the files under a folder, where the process has mapped much.

    :param size: bytes of the build that is in use: of a large one more may stay.
    """
    if not sys.platform.startswith("linux"):
        return
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[2])
    if pages * mmap.PAGESIZE > min(max(size // _PART, _LEAST), _MOST):
        _advise(str(folder.resolve()) + os.sep)


def fetch(parts: Iterable[NDArray[Any]]) -> None:
    """Have the system read parts of mapped arrays, all at once and not each as it is looked at."""
    if not sys.platform.startswith("linux"):
        return
    for part in parts:
        start = part.ctypes.data // mmap.PAGESIZE * mmap.PAGESIZE
        size = part.ctypes.data + part.nbytes - start
        _libc().madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), mmap.MADV_WILLNEED)


def keep_few_arenas() -> None:
    """Have threads share what they allocate from: what one has freed is used by another."""
    if sys.platform.startswith("linux"):
        if hasattr(_libc(), "mallopt"):
            _libc().mallopt(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Give back to the system what was freed: the allocator keeps what was in small parts."""
    if sys.platform.startswith("linux") and hasattr(_libc(), "malloc_trim"):
        _libc().malloc_trim(0)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def _advise(start: str) -> None:
    for line in Path("/proc/self/maps").read_text("utf-8", "surrogateescape").splitlines():
        # addresses, rights, offset, device, inode, path: rights end with s where it is shared
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[5].startswith(start) and fields[1].endswith("s"):
            first, last = (int(part, 16) for part in fields[0].split("-"))
            size = ctypes.c_size_t(last - first)
            _libc().madvise(ctypes.c_void_p(first), size, mmap.MADV_DONTNEED)
