"""What is indexed: pieces of text, each once, however many paragraphs have it.

A paragraph is its own piece, its text with its footnotes, and one for each heading above it. So a
paragraph that is renumbered or moved, or whose heading is another now, has the vectors that it
had.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duanci.chunking import Encoded, Vectors
from duanci.lexicon import Words
from duanci.ragged import Rows, places_of, starts_of
from duanci.records import Paragraph
from duanci.segment import sentences_in
from duanci.tokens import pack_tokens

FILES = (
    "windows.npy",
    "window-starts.npy",
    "token-nibbles.npy",
    "token-scales.npy",
    "token-means.npy",
    "token-sentences.npy",
    "token-starts.npy",
)


def pieces_of(paragraph: Paragraph) -> tuple[str, ...]:
    """Return what a paragraph is found by: its text with its footnotes, then each heading.

    The first begins with the paragraph's text; what lies beyond it is found, and never quoted.
    """
    notes = (note.text for note in paragraph.footnotes)
    return ("\n".join([paragraph.text, *notes]), *paragraph.section)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where p pieces, with w windows and t tokens in all, have theirs.

    `windows` int32 (w, 2) are [start, end) offsets in the piece's text: of n sentences, then of
    their n - 1 pairs; `window_starts` int64 (p + 1,). Of tokens `nibbles` uint8 (t, d / 2) and
    `scales` float16 (t, d / block) are as `tokens.pack` has them, `means` float32 (p, d) the
    piece's mean, `sentences` int32 (t,) the sentence of its piece that a token stands in;
    `token_starts` int64 (p + 1,).
    """

    windows: NDArray[np.int32]
    window_starts: Rows
    nibbles: NDArray[np.uint8]
    scales: NDArray[np.float16]
    means: Vectors
    sentences: NDArray[np.int32]
    token_starts: Rows

    @property
    def count(self) -> int:
        """How many pieces."""
        return len(self.window_starts) - 1

    @property
    def sentence_counts(self) -> Rows:
        """How many sentences each piece has, int64 (p,)."""
        return sentences_in(np.diff(self.window_starts))

    def windows_of(self, piece: int) -> slice:
        """Return where in `windows` a piece's windows are: its sentences, then its pairs."""
        return slice(int(self.window_starts[piece]), int(self.window_starts[piece + 1]))

    def tokens_of(self, piece: int) -> slice:
        """Return where a piece's tokens are."""
        return slice(int(self.token_starts[piece]), int(self.token_starts[piece + 1]))

    def write(self, folder: Path) -> None:
        """Write the arrays, one a file."""
        for name, field in zip(FILES, fields(self), strict=True):
            np.save(folder / name, getattr(self, field.name))


def read_layout(folder: Path) -> Layout:
    """Map what `Layout.write` wrote."""
    return Layout(*(np.load(folder / name, mmap_mode="r").view(np.ndarray) for name in FILES))


@dataclass(frozen=True, slots=True)
class Pieces:
    """p pieces with all that is indexed of them.

    `vectors` float32 (p, d) and `window_vectors` float32 (w, d) are of unit length; `words` are
    those of each sentence of each piece.
    """

    layout: Layout
    vectors: Vectors
    window_vectors: Vectors
    words: Words

    def pick(self, rows: Rows) -> "Pieces":
        """Return some of the pieces, in the order of `rows`, int64 (r,)."""
        own = self.layout
        windows = places_of(own.window_starts, rows)
        tokens = places_of(own.token_starts, rows)
        starts = starts_of(own.sentence_counts)
        picked = Layout(
            own.windows[windows],
            starts_of(np.diff(own.window_starts)[rows]),
            own.nibbles[tokens],
            own.scales[tokens],
            own.means[rows],
            own.sentences[tokens],
            starts_of(np.diff(own.token_starts)[rows]),
        )
        return Pieces(
            picked,
            self.vectors[rows],
            self.window_vectors[windows],
            self.words.pick(places_of(starts, rows)),
        )


def join_pieces(parts: Sequence[Pieces]) -> Pieces:
    """Put pieces one after the other; words that none of them has are forgotten."""
    layouts = [part.layout for part in parts]
    joined = {
        field.name: np.concatenate([getattr(one, field.name) for one in layouts])
        for field in fields(Layout)
        if not field.name.endswith("starts")
    }
    return Pieces(
        Layout(
            window_starts=starts_of(
                np.concatenate([np.diff(one.window_starts) for one in layouts])
            ),
            token_starts=starts_of(np.concatenate([np.diff(one.token_starts) for one in layouts])),
            **joined,
        ),
        np.concatenate([part.vectors for part in parts]),
        np.concatenate([part.window_vectors for part in parts]),
        Words.join([part.words for part in parts]),
    )


def pack_pieces(
    encoded: Sequence[Encoded], spans: Sequence[Sequence[tuple[int, int]]], words: Words
) -> Pieces:
    """Make pieces of what was encoded.

    :param spans: the windows of each, as offsets.
    :param words: those of each sentence of each piece.
    """
    packed = [pack_tokens(one.tokens) for one in encoded]
    places = [
        _sentence_of(one.spans, cuts[: sentences_in(len(cuts))])
        for one, cuts in zip(encoded, spans, strict=True)
    ]
    layout = Layout(
        np.array([cut for cuts in spans for cut in cuts], np.int32).reshape(-1, 2),
        starts_of([len(cuts) for cuts in spans]),
        np.concatenate([nibbles for nibbles, _, _ in packed]),
        np.concatenate([scales for _, scales, _ in packed]),
        np.stack([mean for _, _, mean in packed]),
        np.concatenate(places),
        starts_of([len(one.tokens) for one in encoded]),
    )
    vectors = np.stack([one.vector for one in encoded])
    return Pieces(layout, vectors, np.concatenate([one.windows for one in encoded]), words)


def _sentence_of(spans: Rows, sentences: Sequence[tuple[int, int]]) -> NDArray[np.int32]:
    """Return which sentence each token stands in; one between two belongs to the one before."""
    starts = np.array([start for start, _ in sentences], dtype=np.int64)
    found = np.searchsorted(starts, spans[:, 0], side="right") - 1
    return np.maximum(found, 0).astype(np.int32)
