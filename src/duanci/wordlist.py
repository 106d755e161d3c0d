"""A list of words on disk, of which only what texts need is read.

A list of hundreds of thousands of words takes a second to read and tens of megabytes to keep; a
question has twenty characters. What a text may hold of a list are words that begin with two
characters which stand side by side in it, and its characters alone; these are read when a text
first has them.
"""

import threading
from collections.abc import Callable
from itertools import pairwise
from mmap import ACCESS_READ, mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Keys = NDArray[np.uint64]

_SPACE, _NEWLINE = 0x20, 0x0A
_LONGEST = 4  # bytes of a character in UTF-8
_SIZES = np.ones(256, np.int64)  # of a character, by its first byte
_SIZES[0xC0:0xE0], _SIZES[0xE0:0xF0], _SIZES[0xF0:] = 2, 3, 4


class WordList:
    """A UTF-8 file with a word and its fields in a line, parted by single blanks."""

    def __init__(self, file: Path) -> None:
        """Find where the words of each two first characters stand.

        :param file: ends with a line break.
        """
        with file.open("rb") as opened:
            self._data = mmap(opened.fileno(), 0, access=ACCESS_READ)
        self._read: set[str] = set()
        self._turn = threading.Lock()
        self._keys, self._starts, self._stops = _runs(self._data)

    def read(self, text: str, take: Callable[[list[str]], None]) -> None:
        """Read all words that may stand in a text, but for those that were read before.

        :param take: is given the fields of lines, one after the other.
        """
        unread = {a + b for a, b in pairwise(text)} | {char + " " for char in text}
        unread -= self._read
        if not unread:
            return
        with self._turn:  # who finds two characters read may rely on their words
            self._take(list(unread - self._read), take)

    def _take(self, heads: list[str], take: Callable[[list[str]], None]) -> None:
        """Read the words that begin with two characters, or are one, with a blank behind it."""
        keys = np.array([_key(head) for head in heads], np.uint64)
        firsts = np.searchsorted(self._keys, keys).tolist()
        ends = np.searchsorted(self._keys, keys, side="right").tolist()
        runs = [at for first, end in zip(firsts, ends, strict=True) for at in range(first, end)]
        if runs:
            starts, stops = self._starts[runs].tolist(), self._stops[runs].tolist()
            lines = b"".join(self._data[a:b] for a, b in zip(starts, stops, strict=True))
            take(lines[:-1].decode().replace("\n", " ").split(" "))
        # those that no word begins with are without number, and are looked up again
        self._read.update(
            head for head, first, end in zip(heads, firsts, ends, strict=True) if first < end
        )

    def total(self) -> int:
        """Return the sum of a list's numbers, which are the second of three fields."""
        data = np.frombuffer(self._data, np.uint8)
        blanks = np.flatnonzero(data == _SPACE)
        before, behind = blanks[0::2], blanks[1::2]
        total = 0
        for place in range(int((behind - before).max()) - 1):
            at = behind - 1 - place
            digits = data[at[at > before]] - ord("0")
            total += int(digits.sum(dtype=np.int64)) * 10**place
        return total


def _key(head: str) -> int:
    """Return the number that stands for two characters: the bytes of each, in four."""
    first, second = (char.encode("utf-8", "surrogatepass") for char in head)
    return int.from_bytes(first) << 8 * _LONGEST | int.from_bytes(second)


def _runs(data: mmap) -> tuple[Keys, Rows, Rows]:
    """Find the runs of lines that begin with the same two characters.

    :return: the key of each run, in ascending order; where the run begins, and where it ends.
    """
    raw = np.frombuffer(data[:] + bytes(_LONGEST - 1), np.uint8)
    # the bytes from each place on, as a number
    heads = np.ndarray(len(data), ">u4", raw, strides=(1,))
    starts = np.concatenate(
        [np.zeros(1, np.int64), np.flatnonzero(raw[: len(data) - 1] == _NEWLINE) + 1]
    )
    first, size = _characters(heads[starts])
    second, _ = _characters(heads[starts + size])
    keys = first << np.uint64(8 * _LONGEST) | second
    turns = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    keys, starts = keys[turns], starts[turns]
    order = np.argsort(keys, kind="stable")
    return keys[order], starts[order], np.append(starts[1:], len(data))[order]


def _characters(heads: NDArray[np.uint32]) -> tuple[Keys, Rows]:
    """Return the first character of each four bytes, its own bytes as a number, and their count."""
    sizes = _SIZES[heads >> 24]
    return (heads >> 8 * (_LONGEST - sizes)).astype(np.uint64), sizes
