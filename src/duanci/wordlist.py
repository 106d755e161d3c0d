"""A list of words on disk, of which only what texts need is read.

A list of hundreds of thousands of words takes a second to read and tens of megabytes to keep; a
question has twenty characters. What a text may hold of a list are words that begin with one of its
characters, and those are read when a text first has that character.
"""

import threading
from collections.abc import Callable
from mmap import ACCESS_READ, mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Rows = NDArray[np.int64]

_SPACE, _NEWLINE = 0x20, 0x0A


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
        self._blocks: dict[str, list[tuple[int, int]]] = {}
        starts, ends = _runs(np.frombuffer(self._data, np.uint8), mark.encode())
        for start, end, stop in zip(starts, ends, [*starts[1:], len(self._data)], strict=True):
            key = self._data[start:end].decode()
            self._blocks.setdefault(key, []).append((start, stop - 1))

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
                for start, end in self._blocks.get(key, ()):
                    lines = self._data[start:end].decode()
                    take(lines.replace("\n", " ").split(" "))
                self._read.add(key)

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


def _runs(data: Bytes, mark: bytes) -> tuple[list[int], list[int]]:
    """Find the runs of lines that begin with the same character, or with the mark and the same.

    :return: where each run begins, and where the characters end that it has in common.
    """
    starts = np.concatenate([np.zeros(1, np.int64), np.flatnonzero(data[:-1] == _NEWLINE) + 1])
    padded = np.concatenate([data, np.zeros(8, np.uint8)])
    marked = padded[starts + len(mark)] != _SPACE if mark else np.zeros(len(starts), np.bool_)
    for at, byte in enumerate(mark):
        marked &= padded[starts + at] == byte
    places = starts + marked * len(mark)
    lead = padded[places]
    sizes = 1 + (lead >= 0xC0) + (lead >= 0xE0) + (lead >= 0xF0).astype(np.int64)
    codes = marked.astype(np.int64)
    for at in range(4):
        codes = codes << 8 | np.where(at < sizes, padded[places + at], 0)
    turns = np.flatnonzero(np.diff(codes, prepend=-1))
    return starts[turns].tolist(), (places + sizes)[turns].tolist()
