"""What is indexed: pieces of text, each once, however many paragraphs have it.

A paragraph is its own piece, its text with its footnotes, and one for each heading above it. So a
paragraph that is renumbered or moved, or whose heading is another now, has the vectors that it
had.
"""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duanci.arrays import Growing, map_array
from duanci.chunking import Encoded, Vectors
from duanci.postings import Words
from duanci.ragged import Rows, places_of, starts_of
from duanci.records import Paragraph
from duanci.segment import sentences_in
from duanci.tokens import pack_tokens
from duanci.vectors import Kept

Keys = NDArray[np.uint64]

FILES = (
    "windows.npy",
    "window-starts.npy",
    "token-nibbles.npy",
    "token-scales.npy",
    "token-means.npy",
    "token-sentences.npy",
    "token-starts.npy",
)


_PACKED = 32  # pieces whose tokens are packed at once


def keys_of(texts: Iterable[str]) -> Keys:
    """Return what stands for texts, 128 bits each: uint64 (n, 2)."""
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts)
    return np.frombuffer(digests, "<u8").reshape(-1, 2)


def pieces_of(paragraph: Paragraph) -> tuple[str, ...]:
    """Return what a paragraph is found by: its text with its footnotes, then each heading.

    The first begins with the paragraph's text; footnotes follow, each on a line of its own.
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

    def sentence_counts(self, pieces: Rows) -> Rows:
        """Return how many sentences some pieces have, int64 (p,)."""
        return sentences_in(self.window_starts[pieces + 1] - self.window_starts[pieces])

    def windows_of(self, piece: int) -> slice:
        """Return where in `windows` a piece's windows are: its sentences, then its pairs."""
        return slice(int(self.window_starts[piece]), int(self.window_starts[piece + 1]))

    def tokens_of(self, piece: int) -> slice:
        """Return where a piece's tokens are."""
        return slice(int(self.token_starts[piece]), int(self.token_starts[piece + 1]))


class LayoutWriter:
    """Writes layouts one after the other, each array a file."""

    def __init__(self, folder: Path, files: ExitStack) -> None:
        """Begin to write.

        :param files: closes what is open, come what may.
        """
        self._folder, self._open = folder, files
        self._files: dict[str, Growing] = {}
        self._ends: dict[str, int] = {}
        self.windows = 0  # that are written

    def add(self, layout: Layout) -> None:
        """Add pieces."""
        for name, field in zip(FILES, fields(Layout), strict=True):
            array = getattr(layout, field.name)
            is_start = field.name.endswith("starts")
            if name not in self._files:
                file = Growing(self._folder / name, array.dtype, array.shape[1:])
                self._files[name] = self._open.enter_context(file)
                self._ends[name] = 0
                if is_start:
                    file.add([0])
            if is_start:
                array = array[1:] + self._ends[name]
                self._ends[name] = int(array[-1])
            self._files[name].add(array)
        self.windows += len(layout.windows)

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()


def read_layout(folder: Path) -> Layout:
    """Map what `LayoutWriter` wrote."""
    return Layout(*(map_array(folder / name) for name in FILES))


@dataclass(frozen=True, slots=True)
class Pieces:
    """p pieces with all that is indexed of them.

    `vectors` (p, d) and `window_vectors` (w, d) are of unit length, float32 or as a build keeps
    them; `words` are those of each sentence of each piece.
    """

    layout: Layout
    vectors: Kept
    window_vectors: Kept
    words: Words


def pick_layout(layout: Layout, rows: Rows) -> Layout:
    """Return what a layout has of some of its pieces, in the order of `rows`, int64 (r,)."""
    windows = places_of(layout.window_starts, rows)
    tokens = places_of(layout.token_starts, rows)
    return Layout(
        layout.windows[windows],
        starts_of(layout.window_starts[rows + 1] - layout.window_starts[rows]),
        layout.nibbles[tokens],
        layout.scales[tokens],
        layout.means[rows],
        layout.sentences[tokens],
        starts_of(layout.token_starts[rows + 1] - layout.token_starts[rows]),
    )


def pack_pieces(
    encoded: Sequence[Encoded], spans: Sequence[Sequence[tuple[int, int]]], words: Words
) -> Pieces:
    """Make pieces of what was encoded.

    :param spans: the windows of each, as offsets.
    :param words: those of each sentence of each piece.
    """
    packed = [
        pack_tokens([one.tokens for one in encoded[at : at + _PACKED]])
        for at in range(0, len(encoded), _PACKED)
    ]
    places = [
        _sentence_of(one.spans, cuts[: sentences_in(len(cuts))])
        for one, cuts in zip(encoded, spans, strict=True)
    ]
    layout = Layout(
        np.array([cut for cuts in spans for cut in cuts], np.int32).reshape(-1, 2),
        starts_of([len(cuts) for cuts in spans]),
        np.concatenate([nibbles for nibbles, _, _ in packed]),
        np.concatenate([scales for _, scales, _ in packed]),
        np.concatenate([means for _, _, means in packed]),
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
