"""Which pieces each paragraph has, and which paragraphs have each piece.

members.npy, member-starts.npy    int32 (m,), int64 (p + 1,): the pieces of each paragraph, its
own first
holders.npy, holder-starts.npy    int32 (m,), int64 (n + 1,): the paragraphs of each piece
owners.npy, owner-starts.npy      int32 (p,), int64 (n + 1,): those whose own it is; a heading
would propose all that is below it
piece-keys.npy                    uint64 (n, 2): a hash of each piece's text
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duanci.arrays import map_array
from duanci.pieces import Keys
from duanci.ragged import Rows, places_of, starts_of

KEYS = "piece-keys.npy"
_MEMBERS = ("members.npy", "member-starts.npy")
_HOLDERS = ("holders.npy", "holder-starts.npy")
_OWNERS = ("owners.npy", "owner-starts.npy")
_FEW = 5  # paragraphs below a heading: it tells them from the others
FILES = (*_MEMBERS, *_HOLDERS, *_OWNERS, KEYS)


class Members:
    """The pieces of paragraphs and the paragraphs of pieces, of a build."""

    def __init__(self, folder: Path) -> None:
        self._members, self._starts = (map_array(folder / name) for name in _MEMBERS)
        self._holders, self._holder_starts = (map_array(folder / name) for name in _HOLDERS)
        self._owners, self._owner_starts = (map_array(folder / name) for name in _OWNERS)

    def of(self, row: int) -> Rows:
        """Return the pieces of a paragraph, its own first."""
        own: Rows = self._members[self._starts[row] : self._starts[row + 1]].astype(np.int64)
        return own

    def own(self, rows: Rows) -> Rows:
        """Return the own piece of each of some paragraphs."""
        own: Rows = self._members[self._starts[rows]].astype(np.int64)
        return own

    def of_all(self, rows: Rows) -> tuple[Rows, Rows]:
        """Return the pieces of some paragraphs, and where those of each begin."""
        starts = starts_of(self._starts[rows + 1] - self._starts[rows])
        return self._members[places_of(self._starts, rows)].astype(np.int64), starts

    def holders(self, pieces: Rows) -> tuple[Rows, Rows]:
        """Return the paragraphs that have some pieces, and for each which of these, by place."""
        sizes = self._holder_starts[pieces + 1] - self._holder_starts[pieces]
        rows = self._holders[places_of(self._holder_starts, pieces)].astype(np.int64)
        return rows, np.repeat(np.arange(len(pieces)), sizes)

    def tell_apart(self, rows: Rows, pieces: Rows) -> NDArray[np.bool_]:
        """Tell whether a piece of a paragraph tells it from others, bool (n,).

        Its own does, and a heading above few; what stands above many says of none of them that it
        is the one.

        :param rows: int64 (n,), and `pieces` int64 (n,), a piece of each.
        """
        sizes = self._holder_starts[pieces + 1] - self._holder_starts[pieces]
        return np.asarray((sizes <= _FEW) | (self.own(rows) == pieces), bool)

    def owners(self, pieces: Rows) -> Rows:
        """Return the paragraphs whose own some pieces are, piece by piece."""
        rows: Rows = self._owners[places_of(self._owner_starts, pieces)].astype(np.int64)
        return rows


def write_members(folder: Path, flat: Rows, starts: Rows, keys: Keys) -> None:
    """Write which pieces paragraphs have.

    :param flat: int64 (m,), the pieces of each paragraph, its own first, one after the other.
    :param starts: int64 (p + 1,), where those of each begin.
    :param keys: of the pieces' texts.
    """
    sizes = np.diff(starts)
    rows = np.repeat(np.arange(len(sizes)), sizes)
    own = flat[starts[:-1]]
    order, own_order = (np.argsort(pieces, kind="stable") for pieces in (flat, own))
    for names, values, lengths in (
        (_MEMBERS, flat, sizes),
        (_HOLDERS, rows[order], np.bincount(flat, minlength=len(keys))),
        (_OWNERS, own_order, np.bincount(own, minlength=len(keys))),
    ):
        np.save(folder / names[0], values.astype(np.int32))
        np.save(folder / names[1], starts_of(lengths))
    np.save(folder / KEYS, keys)


def number_keys(keys: Keys) -> tuple[Rows, Rows]:
    """Tell which keys are the same.

    :param keys: uint64 (n, 2).
    :return: where each different one comes first, int64 (u,), ascending; and for each of the n
        which of those it is.
    """
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    in_order = keys[order]
    is_new = np.ones(len(keys), bool)
    is_new[1:] = (in_order[1:] != in_order[:-1]).any(axis=1)
    first = order[is_new]
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    number = np.empty(len(keys), np.int64)
    number[order] = rank[np.cumsum(is_new) - 1]
    return np.sort(first), number


def find_keys(known: Keys, keys: Keys) -> Rows:
    """Return the place of each key among known ones, -1 where it is not there: int64 (n,)."""
    order = np.argsort(known[:, 0], kind="stable")
    first = known[order, 0]
    at = np.searchsorted(first, keys[:, 0])
    inside = np.minimum(at, max(len(known) - 1, 0))
    if not len(known):
        return np.full(len(keys), -1)
    is_known = (known[order[inside]] == keys).all(axis=1)
    return np.asarray(np.where(is_known, order[inside], -1), np.int64)


def join_keys(parts: Sequence[NDArray[np.uint64]]) -> Keys:
    """Put keys one after the other."""
    return np.concatenate([np.empty((0, 2), np.uint64), *parts])
