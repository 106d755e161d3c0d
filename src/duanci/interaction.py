"""Late interaction: each token of a question meets its best in a text.

It is ColBERT's (Khattab & Zaharia 2020, arXiv:2004.12832), here over the encoder's own last layer.
The encoder's tokens all point much the same way, and their cosines lie close together. Paragraphs
are ranked by *centred* ones: the mean of all tokens is taken away first (as from word vectors: Mu &
Viswanath 2018, arXiv:1702.01417), from a question's a mean that leans to its own, since questions,
above all in other languages, have another. How well anything matches at all is told by plain ones.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duanci.chunking import Vectors
from duanci.ragged import Rows, starts_of
from duanci.tokens import Tokens, unpack

Scores = NDArray[np.float32]

_OF_MEAN = 20  # tokens: the mean of all counts as so many of a question's own
_AT_ONCE = 512  # tokens that are unpacked before they meet the question: so few stay in the cache


@dataclass(frozen=True, slots=True)
class Asking:
    """A question's tokens, float32 (q, d), as they meet others: `plain` and `centred` unit rows.

    `mean` float32 (d,) is that of all tokens; `mix` float32 (q + 1, q) makes the centred rows, in
    its columns, of the plain ones and the mean.
    """

    plain: Vectors
    centred: Vectors
    mean: Scores
    mix: Vectors


@dataclass(frozen=True, slots=True)
class Met:
    """What a question's tokens met in r paragraphs: cosines, plain or centred.

    `whole` float32 (r, q) is the best of each token in each paragraph, `windows` the mean over the
    tokens, by their weights, of each window, float32 (w,) of each paragraph.
    """

    whole: Scores
    windows: list[Scores]


def make_asking(question: Vectors, mean: Scores) -> Asking:
    """Centre a question's tokens, float32 (q, d), unit rows, by the mean of all, float32 (d,)."""
    count = len(question)
    own = 1 / (_OF_MEAN + count)
    mix = np.vstack([np.eye(count) - own, np.full((1, count), -_OF_MEAN * own)]).astype(np.float32)
    basis = np.vstack([question, mean])
    norms = np.linalg.norm(mix.T @ basis, axis=1)
    mix /= np.maximum(norms, 1e-9)
    return Asking(question, mix.T @ basis, mean, mix)


def interact(asking: Asking, tokens: Tokens) -> tuple[Scores, Scores]:
    """Let each token of a question find its best in each sentence.

    :return: the best plain and the best centred cosine, float32 (count, q) each; -1 in a sentence
        without a token.
    """
    count = len(asking.plain)
    best = np.full((tokens.count, 2 * count), -1.0, dtype=np.float32)
    if len(tokens.nibbles):
        basis = np.vstack([asking.plain, asking.mean]).T
        products = (tokens.means @ basis)[tokens.owner]
        levels = np.empty((_AT_ONCE, len(basis)), np.float32)
        for at in range(0, len(products), _AT_ONCE):
            own = slice(at, at + _AT_ONCE)
            products[own] += unpack(tokens.nibbles[own], tokens.scales[own], levels) @ basis
        # of a unit vector less the mean: |t - m|² = 1 - 2 t·m + |m|²
        norms = np.sqrt(np.maximum(1 - 2 * products[:, -1] + asking.mean @ asking.mean, 1e-6))
        centred = (products @ asking.mix - asking.centred @ asking.mean) / norms[:, None]
        first = np.flatnonzero(np.diff(tokens.sentence, prepend=-1))
        both = np.hstack([products[:, :-1], centred])
        best[tokens.sentence[first]] = np.maximum.reduceat(both, first, axis=0)
    return best[:, :count], best[:, count:]


def gather(
    best: Scores, counts: Rows, starts: Rows, are_telling: NDArray[np.bool_], weights: Scores
) -> Met:
    """Gather what was met in sentences by paragraph and window.

    :param best: float32 (n, q), as of `interact`.
    :param counts: int64 (p,), how many of the n sentences each piece has.
    :param starts: int64 (r + 1,), where the pieces of each paragraph begin.
    :param are_telling: bool (p,), the pieces whose windows are asked for.
    :param weights: float32 (q,), adding up to 1.
    """
    ends = starts_of(counts)
    scores = np.concatenate([best, np.maximum(best[1:], best[:-1])]) @ weights
    # of each piece, its sentences, then their pairs; a pair across two pieces is none
    of_pieces = [
        np.concatenate([scores[start:end], scores[len(best) + start : len(best) + end - 1]])
        for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    ]
    windows = [
        np.concatenate([of_pieces[at] for at in range(first, last) if are_telling[at]])
        for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    ]
    return Met(np.maximum.reduceat(best, ends[starts[:-1]], axis=0), windows)
