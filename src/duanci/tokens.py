"""Token vectors on disk, and late interaction: each token of a question meets its best in a text.

Late interaction is ColBERT's (Khattab & Zaharia 2020, arXiv:2004.12832), here over the encoder's
own last layer. Its token vectors crowd around a common direction; they are centred, turned to
their principal axes and half whitened there, which sets them apart, and cut to the first axes.
The transform is fitted to the build's own tokens and stored with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duanci.encoder import Encoded, Span, Vectors

FILES = ("tokens.npy", "token-sentences.npy", "token-starts.npy", "token-axes.npz")
_AXES = 128
_WHITENING = 0.25  # power of the variance that each axis is divided by: 0 none, 0.5 all of it
_SAMPLE = 60_000  # tokens that the axes are fitted to
_SCALE = 127.0


@dataclass(frozen=True, slots=True)
class Axes:
    """The transform: subtract `mean` (d,), multiply by `basis` (d, a), bring to unit length."""

    mean: Vectors
    basis: Vectors

    def apply(self, tokens: Vectors) -> Vectors:
        """Transform token vectors, float32 (t, d), to unit rows, float32 (t, a)."""
        turned = (tokens - self.mean) @ self.basis
        norms = np.linalg.norm(turned, axis=1, keepdims=True)
        return np.asarray(turned / np.maximum(norms, 1e-9), dtype=np.float32)


def fit_axes(tokens: Vectors) -> Axes:
    """Fit the transform to token vectors, float32 (t, d)."""
    sample = tokens
    if len(tokens) > _SAMPLE:
        sample = tokens[np.random.default_rng(0).choice(len(tokens), _SAMPLE, replace=False)]
    mean = sample.mean(axis=0)
    variances, directions = np.linalg.eigh(np.cov((sample - mean).T).astype(np.float64))
    kept = np.argsort(variances)[::-1][:_AXES]
    floor = 1e-3 * variances[kept].mean()
    basis = directions[:, kept] * (np.maximum(variances[kept], 0) + floor) ** -_WHITENING
    return Axes(mean.astype(np.float32), basis.astype(np.float32))


def write_tokens(folder: Path, encoded: Sequence[Encoded], sentences: Sequence[Sequence[Span]]) -> None:
    """Write the token vectors of paragraphs, eight bits a number, sentence by sentence.

    :param sentences: the sentences of each paragraph, as offsets.
    """
    everything = np.concatenate([one.tokens for one in encoded])
    axes = fit_axes(everything)
    starts = np.cumsum([0, *(len(one.tokens) for one in encoded)])
    places = [_sentence_of(one.spans, cuts) for one, cuts in zip(encoded, sentences, strict=True)]
    np.save(folder / FILES[0], np.rint(axes.apply(everything) * _SCALE).astype(np.int8))
    np.save(folder / FILES[1], np.concatenate(places).astype(np.int32))
    np.save(folder / FILES[2], starts.astype(np.int64))
    np.savez(folder / FILES[3], mean=axes.mean, basis=axes.basis)


class TokenStore:
    """The token vectors of an opened build."""

    def __init__(self, folder: Path) -> None:
        self._tokens = np.load(folder / FILES[0], mmap_mode="r")
        self._sentences = np.load(folder / FILES[1], mmap_mode="r")
        self._starts = np.load(folder / FILES[2])
        axes = np.load(folder / FILES[3])
        self.axes = Axes(axes["mean"], axes["basis"])

    def take(self, row: int) -> tuple[Vectors, NDArray[np.int32]]:
        """Return a paragraph's token vectors, float32 (t, a), and each one's sentence, int32 (t,)."""
        start, end = self._starts[row], self._starts[row + 1]
        tokens = self._tokens[start:end].astype(np.float32) / _SCALE
        return tokens, np.asarray(self._sentences[start:end])


def interact(question: Vectors, tokens: Vectors, sentences: NDArray[np.int32]) -> Vectors:
    """Score the sentences of a text, and its pairs of neighbours, by late interaction.

    :param question: float32 (q, a), unit rows.
    :param tokens: float32 (t, a), unit rows, in the order of the text.
    :param sentences: int32 (t,), the sentence of each token, ascending from 0.
    :return: float32 (s, q): for each sentence, the best cosine that each question token finds.
    """
    count = int(sentences[-1]) + 1 if len(sentences) else 0
    best = np.full((count, len(question)), -1.0, dtype=np.float32)
    if count:
        present, first = np.unique(sentences, return_index=True)
        best[present] = np.maximum.reduceat(tokens @ question.T, first, axis=0)
    return best


def _sentence_of(spans: NDArray[np.int64], sentences: Sequence[Span]) -> NDArray[np.int64]:
    """Return which sentence each token stands in; one between two belongs to the one before."""
    starts = np.array([start for start, _ in sentences], dtype=np.int64)
    return np.maximum(np.searchsorted(starts, spans[:, 0], side="right") - 1, 0)
