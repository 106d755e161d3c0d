"""How much memory the process takes: pages of a build's files are let go of when they are many.

The system takes such pages back itself when it needs them. Until then they count as the process's,
and a limit set on it counts them too. They stay in the system's cache, and come back when they are
read again. Linux only; elsewhere nothing is done.
"""

import ctypes
import mmap
import os
import sys
from pathlib import Path

# Bytes of mapped files from which on they are let go of: a quarter of the build, but at least and
# at most so many.
_PART, _LEAST, _MOST = 4, 512 << 20, 2 << 30
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


def keep_few_arenas() -> None:
    """Have threads share what they allocate from: what one has freed is used by another."""
    if sys.platform.startswith("linux"):
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            libc.mallopt(_M_ARENA_MAX, _ARENAS)


def _advise(start: str) -> None:
    libc = ctypes.CDLL(None)
    for line in Path("/proc/self/maps").read_text("utf-8", "surrogateescape").splitlines():
        # addresses, rights, offset, device, inode, path: rights end with s where it is shared
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[5].startswith(start) and fields[1].endswith("s"):
            first, last = (int(part, 16) for part in fields[0].split("-"))
            size = ctypes.c_size_t(last - first)
            libc.madvise(ctypes.c_void_p(first), size, mmap.MADV_DONTNEED)
