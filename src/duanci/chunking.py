"""Late chunking: one pass through a model gives a paragraph's vector, its windows' and its tokens'.

A window's vector is the mean of its tokens as they stand in the whole paragraph (Günther et al.
2024, arXiv:2409.04701). This holds for models that average their tokens.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Span = tuple[int, int]
Progress = Callable[[int, int], None]  # paragraphs done, paragraphs in all

_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Encoded:
    """One text as vectors, float32.

    `vector` (d,) is the paragraph's and `windows` (w, d) are those of its windows in their order,
    all of unit length. `tokens` (t, d) are the last layer's for each token that is a word or a
    part of one, as they come, and `spans` int64 (t, 2) where each stands in the text; both are
    empty where a model does not tell.
    """

    vector: Vectors
    windows: Vectors
    tokens: Vectors
    spans: NDArray[np.int64]


class TokenModel(Protocol):
    """A model that tells the vectors of its tokens."""

    dimension: int
    limit: int  # tokens in one pass, the special ones included
    arithmetic: str  # what it computes in: int8, fp32
    streams: int  # passes that may run at once

    def tokenize(self, text: str) -> tuple[list[int], NDArray[np.int64]]:
        """Return token ids, the special ones included, and [start, end) offsets (t, 2)."""

    def batches(self, lengths: Sequence[int]) -> list[int]:
        """Part texts of so many tokens, ascending, into batches; return how many each has."""

    def forward(self, ids: Sequence[Sequence[int]]) -> list[Vectors]:
        """Return each text's token vectors, float32 (t, d)."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text, or a part of it, as tokens: ids, and offsets in the whole text (-1 beside it)."""

    text: int
    ids: list[int]
    offsets: NDArray[np.int64]


def encode_late(
    model: TokenModel,
    texts: Sequence[str],
    spans: Sequence[Sequence[Span]],
    prompt: str,
    progress: Progress | None = None,
) -> list[Encoded]:
    """Encode texts and the windows that the spans cut out of them.

    :param texts: n texts; one longer than the model takes is read in pieces.
    :param spans: for each, the [start, end) offsets of its windows.
    :param prompt: what the model wants before each text.
    :param progress: is told after each batch how many texts are done.
    :return: n records, in the order of `texts`.
    """
    pieces = [piece for at, text in enumerate(texts) for piece in _cut(model, at, text, prompt)]
    pieces.sort(key=lambda piece: len(piece.ids))
    left = [0] * len(texts)
    for piece in pieces:
        left[piece.text] += 1
    tokens: list[list[tuple[NDArray[np.int64], Vectors]]] = [[] for _ in texts]
    done: dict[int, Encoded] = {}
    for batch, found in _run(model, pieces):
        for piece, vectors in zip(batch, found, strict=True):
            at = piece.text
            tokens[at].append((piece.offsets, vectors))
            left[at] -= 1
            if not left[at]:
                done[at] = _pool(texts[at], tokens[at], spans[at])
                tokens[at] = []
        if progress:
            progress(len(done), len(texts))
    return [done[at] for at in range(len(texts))]


def _cut(model: TokenModel, at: int, text: str, prompt: str) -> list[_Piece]:
    """Cut a text into pieces that the model can take, the prompt before each."""
    pieces: list[_Piece] = []
    start = 0
    while start < len(text) or not pieces:
        ids, offsets = model.tokenize(prompt + text[start:])
        end = len(text)
        if len(ids) > model.limit:
            # the closing special token stays; the next piece starts at the first one left out
            end = start + int(offsets[model.limit - 1][0]) - len(prompt)
            ids = [*ids[: model.limit - 1], ids[-1]]
            offsets = np.concatenate([offsets[: model.limit - 1], offsets[-1:]])
        inside = offsets[:, 1] > len(prompt)  # a first token may hold the prompt's last blank
        in_text = np.maximum(offsets, len(prompt)) - len(prompt) + start
        pieces.append(_Piece(at, ids, np.where(inside[:, None], in_text, -1)))
        start = max(end, start + 1)
    return pieces


def _pool(
    text: str, parts: Sequence[tuple[NDArray[np.int64], Vectors]], spans: Sequence[Span]
) -> Encoded:
    """Average the tokens of the paragraph, and of each of its windows."""
    in_order = sorted(parts, key=lambda part: int(part[0].max()))
    offsets = np.concatenate([part[0] for part in in_order])
    vectors = np.concatenate([part[1] for part in in_order])
    whole = _unit(vectors.mean(axis=0))
    middles = (offsets[:, 0] + offsets[:, 1] - 1) // 2
    windows = np.empty((len(spans), vectors.shape[1]), np.float32)
    for at, (start, end) in enumerate(spans):
        inside = (middles >= start) & (middles < end) & (offsets[:, 0] >= 0)
        windows[at] = _unit(vectors[inside].mean(axis=0)) if inside.any() else whole
    said = np.array([a >= 0 and bool(_WORD.search(text[a:b])) for a, b in offsets], dtype=bool)
    return Encoded(whole, windows, vectors[said], offsets[said])


def _unit(vector: Vectors) -> Vectors:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), dtype=np.float32)


def _run(
    model: TokenModel, pieces: Sequence[_Piece]
) -> Iterator[tuple[Sequence[_Piece], list[Vectors]]]:
    """Run pieces, sorted by length, in batches; as many at once as the model takes, and one more.

    The next ones begin while what became of the one before is worked on.
    """
    sizes = model.batches([len(piece.ids) for piece in pieces])
    ends = np.cumsum(sizes).tolist()
    batches = [pieces[end - size : end] for size, end in zip(sizes, ends, strict=True)]

    def forward(batch: Sequence[_Piece]) -> list[Vectors]:
        return model.forward([piece.ids for piece in batch])

    if len(batches) == 1:
        yield batches[0], forward(batches[0])
        return
    with ThreadPoolExecutor(model.streams) as pool:
        ahead = deque(pool.submit(forward, batch) for batch in batches[: model.streams + 1])
        for at, batch in enumerate(batches):
            found = ahead.popleft().result()
            if at + model.streams + 1 < len(batches):
                ahead.append(pool.submit(forward, batches[at + model.streams + 1]))
            yield batch, found
