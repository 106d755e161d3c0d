"""Token vectors on disk, and late interaction: each token of a question meets its best in a text.

Late interaction is ColBERT's (Khattab & Zaharia 2020, arXiv:2004.12832), here over the encoder's
own last layer. What is kept of a token is its difference from the mean of all, four bits a number
with one scale for each block of 32 (as in llama.cpp's Q4_0).
"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duanci.chunking import Encoded, Span, Vectors

FILES = (
    "token-nibbles.npy",  # uint8 (t, d / 2): two numbers a byte
    "token-scales.npy",  # float16 (t, d / block)
    "token-mean.npy",  # float32 (d,)
    "token-sentences.npy",  # int32 (t,): the sentence of its paragraph that a token stands in
    "token-starts.npy",  # int64 (p + 1,): where each paragraph's tokens begin
)
_LARGEST_BLOCK = 32
_ZERO = 8  # the nibble that stands for zero


def write_tokens(
    folder: Path, encoded: Sequence[Encoded], sentences: Sequence[Sequence[Span]]
) -> None:
    """Write the token vectors of paragraphs, in the order of their texts.

    :param sentences: the sentences of each paragraph, as offsets.
    """
    tokens = unit_rows(np.concatenate([one.tokens for one in encoded]))
    mean = tokens.mean(axis=0) if len(tokens) else np.zeros(tokens.shape[1], np.float32)
    nibbles, scales = pack(tokens - mean)
    places = [_sentence_of(one.spans, cuts) for one, cuts in zip(encoded, sentences, strict=True)]
    starts = np.cumsum([0, *(len(one.tokens) for one in encoded)])
    arrays = (nibbles, scales, mean, np.concatenate(places).astype(np.int32), starts)
    for name, array in zip(FILES, arrays, strict=True):
        np.save(folder / name, array)


class TokenStore:
    """The token vectors of an opened build."""

    def __init__(self, folder: Path) -> None:
        self._nibbles, self._scales = (np.load(folder / name, mmap_mode="r") for name in FILES[:2])
        self._mean = np.load(folder / FILES[2])
        self._sentences = np.load(folder / FILES[3], mmap_mode="r")
        self._starts = np.load(folder / FILES[4])

    def take(self, row: int) -> tuple[Vectors, NDArray[np.int32]]:
        """Return a paragraph's token vectors, float32 (t, d), and their sentences, int32 (t,)."""
        own = slice(int(self._starts[row]), int(self._starts[row + 1]))
        return unpack(self._nibbles[own], self._scales[own]) + self._mean, self._sentences[own]


def interact(
    question: Vectors, tokens: Vectors, sentences: NDArray[np.int32], count: int
) -> Vectors:
    """Let each token of a question find its best in each sentence of a text.

    :param question: float32 (q, d), unit rows.
    :param tokens: float32 (t, d), unit rows, in the order of the text.
    :param sentences: int32 (t,), the sentence of each token, ascending.
    :param count: how many sentences there are.
    :return: float32 (count, q): the best cosine; -1 in a sentence without a token.
    """
    best = np.full((count, len(question)), -1.0, dtype=np.float32)
    if len(tokens):
        present, first = np.unique(sentences, return_index=True)
        best[present] = np.maximum.reduceat(tokens @ question.T, first, axis=0)
    return best


def pack(vectors: Vectors) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Pack vectors, float32 (t, d), into nibbles, uint8 (t, d / 2), and scales, (t, d / block)."""
    count, width = vectors.shape
    block = math.gcd(width, _LARGEST_BLOCK)
    blocks = vectors.reshape(count, width // block, block)
    scales = (np.abs(blocks).max(axis=2) / 7).astype(np.float16)
    divisors = np.where(scales > 0, scales, 1).astype(np.float32)[..., None]
    levels = (np.clip(np.rint(blocks / divisors), -8, 7) + _ZERO).astype(np.uint8)
    flat = levels.reshape(count, width)
    return flat[:, ::2] | flat[:, 1::2] << 4, scales


def unpack(nibbles: NDArray[np.uint8], scales: NDArray[np.float16]) -> Vectors:
    """Return what was packed, float32 (t, d), within half a level of each block's scale."""
    levels = np.empty((len(nibbles), nibbles.shape[1] * 2), dtype=np.float32)
    levels[:, ::2] = nibbles & 0x0F
    levels[:, 1::2] = nibbles >> 4
    levels -= _ZERO
    count, width = levels.shape
    blocks = levels.reshape(count, scales.shape[1], width // scales.shape[1])
    blocks *= scales.astype(np.float32)[..., None]
    return levels


def unit_rows(vectors: Vectors) -> Vectors:
    """Return vectors, float32 (n, d), at unit length."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-9), dtype=np.float32)


def _sentence_of(spans: NDArray[np.int64], sentences: Sequence[Span]) -> NDArray[np.int64]:
    """Return which sentence each token stands in; one between two belongs to the one before."""
    starts = np.array([start for start, _ in sentences], dtype=np.int64)
    return np.maximum(np.searchsorted(starts, spans[:, 0], side="right") - 1, 0)
