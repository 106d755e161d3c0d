"""Runs of different lengths, kept one after the other: where each begins, and finding some."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def starts_of(lengths: Sequence[int] | Rows) -> Rows:
    """Return where each of n runs begins, and where the last ends: int64 (n + 1,)."""
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def places_of(starts: Rows, runs: Rows) -> Rows:
    """Return the places of all that some runs hold, run by run.

    :param starts: int64 (n + 1,), as of `starts_of`.
    :param runs: int64 (r,), which runs.
    """
    lengths = starts[runs + 1] - starts[runs]
    before = starts_of(lengths)
    return np.asarray(np.arange(before[-1]) + np.repeat(starts[runs] - before[:-1], lengths))


def find_places(known: NDArray[Any], wanted: NDArray[Any]) -> Rows:
    """Return the place of each value among known ones, -1 where it is not there: int64 (n,).

    :param known: ascending, each once.
    """
    if not len(known):
        return np.full(len(wanted), -1, np.int64)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.asarray(np.where(known[at] == wanted, at, -1), np.int64)
