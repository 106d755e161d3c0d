"""Packed token vectors.

What is kept of a token is its difference from the mean of its piece, four bits a number with one
scale for each block of 32 (as in llama.cpp's Q4_0). `interaction` lets a question's meet them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duanci.chunking import Vectors

Rows = NDArray[np.int64]

_LARGEST_BLOCK = 32
_ZERO = 8  # the nibble that stands for zero


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of r pieces: t tokens in `count` sentences, all one after the other.

    `nibbles` uint8 (t, d / 2) and `scales` float16 (t, d / block), as of `pack`, hold residuals,
    which with `means` float32 (r, d) add up to a token's vector; `owner` int64 (t,) is which of the
    pieces it stands in, `sentence` int64 (t,), ascending, in which of all their sentences.
    """

    nibbles: NDArray[np.uint8]
    scales: NDArray[np.float16]
    means: Vectors
    owner: Rows
    sentence: Rows
    count: int


def pack_tokens(
    pieces: Sequence[Vectors],
) -> tuple[NDArray[np.uint8], NDArray[np.float16], Vectors]:
    """Pack the tokens of p pieces, float32 (t, d) each.

    :return: nibbles and scales as of `pack`, one piece after the other; float32 (p, d) their means.
    """
    unit = unit_rows(np.concatenate(pieces))
    means = np.zeros((len(pieces), unit.shape[1]), np.float32)
    first = 0
    for mean, tokens in zip(means, pieces, strict=True):
        own = unit[first : first + len(tokens)]
        if len(own):
            mean[:] = own.mean(axis=0)
            own -= mean
        first += len(own)
    return *pack(unit), means


def pack(vectors: Vectors) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Pack vectors, float32 (t, d), into nibbles, uint8 (t, d / 2), and scales, (t, d / block)."""
    count, width = vectors.shape
    block = math.gcd(width, _LARGEST_BLOCK)
    blocks = vectors.reshape(count, width // block, block)
    scales = (np.abs(blocks).max(axis=2) / 7).astype(np.float16)
    divisors = np.where(scales > 0, scales, 1).astype(np.float32)[..., None]
    levels = (np.clip(np.rint(blocks / divisors), -8, 7) + _ZERO).astype(np.uint8)
    low, high = np.split(levels.reshape(count, width), 2, axis=1)
    return low | high << 4, scales


def unpack(
    nibbles: NDArray[np.uint8], scales: NDArray[np.float16], into: Vectors | None = None
) -> Vectors:
    """Return what was packed, float32 (t, d), within half a level of each block's scale.

    :param into: float32 (t or more, d), that is written to and returned, rather than new memory.
    """
    count, half = nibbles.shape
    levels = np.empty((count, half * 2), np.float32) if into is None else into[:count]
    levels[:, :half] = (nibbles & 0x0F).view(np.int8) - np.int8(_ZERO)
    levels[:, half:] = (nibbles >> 4).view(np.int8) - np.int8(_ZERO)
    blocks = levels.reshape(count, scales.shape[1], levels.shape[1] // scales.shape[1])
    blocks *= scales.astype(np.float32)[..., None]
    return levels


def unit_rows(vectors: Vectors) -> Vectors:
    """Return vectors, float32 (n, d), at unit length."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-9), dtype=np.float32)
