"""Runs of different lengths, kept one after the other: where each begins, and picking some."""

from collections.abc import Sequence

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
