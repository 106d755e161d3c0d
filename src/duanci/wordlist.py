"""A list of words on disk, of which only what texts need is read.

A list of hundreds of thousands of words takes a second to read and tens of megabytes to keep; a
question has twenty characters. What a text may hold of a list are words that begin with one of its
characters, and those are read when a text first has that character.
"""

import threading
from collections.abc import Callable, Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]

_SPACE, _NEWLINE = 0x20, 0x0A
_MARKED = 1 << 32  # added to the code of a character that stands behind the mark
_SIZES = np.ones(256, np.int64)  # of a character in UTF-8, by its first byte
_SIZES[0xC0:0xE0], _SIZES[0xE0:0xF0], _SIZES[0xF0:] = 2, 3, 4


class WordList:
    """A UTF-8 file with a word and its fields in a line, parted by single blanks."""

    def __init__(self, file: Path, mark: str = "") -> None:
        """Find where the words of each first character stand.

        :param file: ends with a line break.
        :param mark: a character that so many words begin with that the next one is looked at too.
        """
        with file.open("rb") as opened:
            self._data = mmap(opened.fileno(), 0, access=ACCESS_READ)
        self._mark = mark
        self._read: set[str] = set()
        self._turn = threading.Lock()
        self._codes, self._starts, self._stops = _runs(self._data, mark.encode())

    def read(self, text: str, take: Callable[[list[str]], None]) -> None:
        """Read all words that may stand in a text, but for those that were read before.

        :param take: is given the fields of lines, one after the other.
        """
        unread = {*text} - self._read
        if self._mark and self._mark in text:
            behind = (part[:1] for part in text.split(self._mark)[1:])
            unread |= {self._mark + char for char in behind} - self._read
        if not unread:
            return
        with self._turn:  # who finds a character read may rely on its words
            for key in unread - self._read:
                for start, stop in self._runs_of(key):
                    lines = self._data[start : stop - 1].decode()
                    take(lines.replace("\n", " ").split(" "))
                self._read.add(key)

    def _runs_of(self, key: str) -> Iterator[tuple[int, int]]:
        """Give where the runs of lines are whose words begin with a character, or mark and one."""
        code = int.from_bytes(key[-1].encode("utf-8", "surrogatepass"))
        code += _MARKED * (len(key) > 1)
        own = slice(*np.searchsorted(self._codes, [code, code + 1]).tolist())
        yield from zip(self._starts[own].tolist(), self._stops[own].tolist(), strict=True)

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


def _runs(data: mmap, mark: bytes) -> tuple[Rows, Rows, Rows]:
    """Find the runs of lines that begin with the same character, or with the mark and the same.

    :return: the code of each run's character, in ascending order, its bytes as a number and
        `_MARKED` more behind the mark; where the run begins, and where the next one does.
    """
    raw = np.frombuffer(data, np.uint8)
    # the four bytes from each place on, as a number: a line has as many
    heads = np.ndarray(len(data) - 3, ">u4", data, strides=(1,))
    starts = np.concatenate([np.zeros(1, np.int64), np.flatnonzero(raw[:-1] == _NEWLINE) + 1])
    leads = heads[starts].astype(np.int64)
    marked = np.zeros(len(starts), np.bool_)
    if mark:
        behind = raw[np.minimum(starts + len(mark), len(raw) - 1)]
        marked = (leads >> 8 * (4 - len(mark)) == int.from_bytes(mark)) & (behind != _SPACE)
        leads[marked] = heads[starts[marked] + len(mark)]
    codes = (leads >> 8 * (4 - _SIZES[leads >> 24])) + _MARKED * marked
    turns = np.flatnonzero(np.diff(codes, prepend=-1))
    codes, starts = codes[turns], starts[turns]
    order = np.argsort(codes, kind="stable")
    return codes[order], starts[order], np.append(starts[1:], len(data))[order]
