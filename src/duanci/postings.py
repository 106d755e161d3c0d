"""The words of sentences on disk: written as they come, then turned into postings by blocks.

words.json                how many windows there are, and how many words they have on average
sentence-words.npy        int32 (n,): the words of all sentences, one after the other
sentence-word-starts.npy  int64 (s + 1,): where each sentence's begin
sentence-starts.npy       int64 (p + 1,): where each piece's sentences begin
word-keys.npy             uint64 (v,), ascending: a hash of each word, and no word itself
word-places.npy           int32 (v,): the places of those in the vocabulary
word-frequencies.npy      int32 (v, 2): how many pieces, and how many windows, have a word
word-tops.npy             float32 (v,): the most that it weighs in any window, before rarity
word-starts.npy           int64 (v + 1,): where the postings of each word begin
word-pieces.npy           int32 (m,): the pieces that have it, ascending
word-weights.npy          float16 (m,): the most that it weighs in a window of each, rounded up
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duanci.arrays import Growing, map_array, write_mapped
from duanci.ragged import Rows, find_places, places_of, starts_of

K1, B = 1.2, 0.6  # of BM25

_TOTALS = "words.json"
_SAID = ("sentence-words.npy", "sentence-word-starts.npy", "sentence-starts.npy")
_WORDS = ("word-keys.npy", "word-places.npy", "word-frequencies.npy", "word-tops.npy")
_POSTINGS = ("word-starts.npy", "word-pieces.npy", "word-weights.npy")
FILES = (_TOTALS, *_SAID, *_WORDS, *_POSTINGS)

_BLOCK = 4_000_000  # words that are turned into postings at once

Keys = NDArray[np.uint64]


def key_of(word: str) -> int:
    """Return what stands for a word, 64 bits: the same in every process."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


def keys_of(words: Collection[str]) -> Keys:
    """Return what stands for each of some words in a build, as `key_of` does: uint64 (w,)."""
    return np.fromiter(map(key_of, words), np.uint64, len(words))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of s sentences, as numbers in a vocabulary.

    `vocabulary` uint64 (v,) are the keys of its words; `ids` int32 (n,) are all words, sentence
    after sentence; `starts` int64 (s + 1,) where each sentence's begin.
    """

    vocabulary: Keys
    ids: NDArray[np.int32]
    starts: Rows

    @classmethod
    def number(cls, sentences: Iterable[Sequence[str]]) -> "Words":
        """Give the words of sentences numbers."""
        vocabulary: dict[str, int] = {}
        numbered = [[vocabulary.setdefault(w, len(vocabulary)) for w in s] for s in sentences]
        starts = starts_of([len(one) for one in numbered])
        ids = np.fromiter(chain.from_iterable(numbered), np.int32, int(starts[-1]))
        keys = keys_of(vocabulary)
        return cls(keys, ids, starts)

    def pick(self, rows: Rows) -> "Words":
        """Return some of the sentences, in the order of `rows`, int64 (r,)."""
        starts = starts_of(self.starts[rows + 1] - self.starts[rows])
        return Words(self.vocabulary, self.ids[places_of(self.starts, rows)], starts)


@dataclass(frozen=True, slots=True)
class Totals:
    """How many windows there are, and how many words they have on average."""

    windows: int
    length: float


def read_totals(folder: Path) -> Totals:
    """Read what a build says of all its windows."""
    return Totals(**json.loads((folder / _TOTALS).read_text("utf-8")))


def read_words(folder: Path) -> tuple[Words, Rows]:
    """Map the words of all sentences, and where the sentences of each piece begin."""
    ids, starts, of_pieces = (map_array(folder / name) for name in _SAID)
    keys, places = (map_array(folder / name) for name in _WORDS[:2])
    vocabulary = np.empty(len(keys), np.uint64)
    vocabulary[places] = keys
    return Words(vocabulary, ids, starts), of_pieces


class PostingsWriter:
    """Writes the words of pieces as they come, and when it is closed their postings."""

    def __init__(self, folder: Path, files: ExitStack) -> None:
        """Begin to write.

        :param files: closes what is open, come what may.
        """
        self._folder = folder
        kinds = zip(_SAID, ("int32", "int64", "int64"), strict=True)
        said = [files.enter_context(Growing(folder / name, kind)) for name, kind in kinds]
        self._ids, self._starts, self._pieces = said
        self._starts.add([0])
        self._pieces.add([0])
        self._keys, self._places = np.empty(0, np.uint64), np.empty(0, np.int32)
        self._windows = self._length = 0

    def add(self, words: Words, counts: Rows) -> None:
        """Add pieces.

        :param words: of their sentences, piece after piece.
        :param counts: int64 (p,), how many sentences each has.
        """
        used = np.flatnonzero(np.bincount(words.ids, minlength=len(words.vocabulary)))
        table = np.zeros(len(words.vocabulary), np.int32)
        table[used] = self._number(words.vocabulary[used])
        lengths = np.diff(words.starts)
        pairs = _pair_lengths(lengths, np.repeat(np.arange(len(counts)), counts))
        self._windows += len(lengths) + int((pairs >= 0).sum())
        self._length += int(lengths.sum() + pairs[pairs >= 0].sum())
        self._pieces.add(self._starts.count - 1 + np.cumsum(counts))
        self._starts.add(self._ids.count + words.starts[1:])
        self._ids.add(table[words.ids])

    def close(self) -> None:
        """Write the vocabulary and the postings."""
        for file in (self._ids, self._starts, self._pieces):
            file.close()
        totals = Totals(self._windows, max(self._length / max(self._windows, 1), 1e-9))
        (self._folder / _TOTALS).write_text(json.dumps(asdict(totals)), "utf-8")
        np.save(self._folder / _WORDS[0], self._keys)
        np.save(self._folder / _WORDS[1], self._places)
        _write_postings(self._folder, len(self._keys), totals)

    def _number(self, keys: Keys) -> NDArray[np.int32]:
        """Return the places of words in the vocabulary, to which new ones are added."""
        new = np.unique(keys[find_places(self._keys, keys) < 0])
        if len(new):
            before = np.searchsorted(self._keys, new)
            fresh = np.arange(len(self._keys), len(self._keys) + len(new), dtype=np.int32)
            self._keys = np.insert(self._keys, before, new)
            self._places = np.insert(self._places, before, fresh)
        return self._places[np.searchsorted(self._keys, keys)]


@dataclass(frozen=True, slots=True)
class _Block:
    """The postings of some sentences of whole pieces, word by word.

    `words`, `sentences` and `counts` int64 (m,) are a word, a sentence of the block, and how often
    it has it; `lengths` int64 (s,) how many words each sentence has, `pieces` int64 (s,) its piece.
    """

    words: Rows
    sentences: Rows
    counts: Rows
    lengths: Rows
    pieces: Rows

    @property
    def firsts(self) -> Rows:
        """Where the next word or the next piece begins."""
        if not len(self.words):
            return np.empty(0, np.int64)
        pieces = self.pieces[self.sentences]
        is_next = (self.words[1:] != self.words[:-1]) | (pieces[1:] != pieces[:-1])
        return np.flatnonzero(np.r_[True, is_next])


def _pair_lengths(lengths: Rows, pieces: Rows) -> Rows:
    """Return how many words each sentence and the next have; -1 for the last of a piece."""
    pairs = np.full(len(lengths), -1, np.int64)
    first = np.flatnonzero(pieces[1:] == pieces[:-1])
    pairs[first] = lengths[first] + lengths[first + 1]
    return pairs


def _write_postings(folder: Path, size: int, totals: Totals) -> None:
    """Turn the words of sentences into the pieces of words, twice: to count, and to write."""
    lengths = np.zeros(size, np.int64)
    for block in _blocks(folder):
        lengths += np.bincount(block.words[block.firsts], minlength=size)
    starts = starts_of(lengths)
    np.save(folder / _POSTINGS[0], starts)
    pieces = write_mapped(folder / _POSTINGS[1], "int32", (int(starts[-1]),))
    weights = write_mapped(folder / _POSTINGS[2], "float16", (int(starts[-1]),))
    frequencies, tops = np.zeros((size, 2), np.int32), np.zeros(size, np.float32)
    frequencies[:, 0] = lengths
    cursor = starts[:-1].copy()
    for block in _blocks(folder):
        firsts, weighed, windows = block.firsts, *_weigh(block, totals, size)
        frequencies[:, 1] += windows
        words = block.words[firsts]
        here = np.bincount(words, minlength=size)
        places = np.arange(len(words)) + (cursor - (np.cumsum(here) - here))[words]
        pieces[places] = block.pieces[block.sentences[firsts]]
        most = np.maximum.reduceat(weighed, firsts) if len(firsts) else weighed
        weights[places] = _rounded_up(most)
        np.maximum.at(tops, words, most)
        cursor += here
    for name, array in zip(_WORDS[2:], (frequencies, tops), strict=True):
        np.save(folder / name, array)


def _weigh(block: _Block, totals: Totals, size: int) -> tuple[NDArray[np.float32], Rows]:
    """Weigh words in windows.

    :return: float32 (m,), the most that a word weighs in a sentence or in it and the next; int64
        (size,), how many windows have each word.
    """
    words, sentences, counts = block.words, block.sentences, block.counts
    pairs = _pair_lengths(block.lengths, block.pieces)
    follows = np.flatnonzero((words[1:] == words[:-1]) & (sentences[1:] == sentences[:-1] + 1))
    both = counts.copy()
    both[follows] += counts[follows + 1]
    own_pair = pairs[sentences]
    alone = np.ones(len(words), bool)  # the sentence before it has not the word
    alone[follows + 1] = False
    before = alone & (np.append(pairs, -1)[sentences - 1] >= 0)  # but they are a window
    windows = np.bincount(words, minlength=size)
    for of_pair in (own_pair >= 0, before):
        windows += np.bincount(words[of_pair], minlength=size)
    in_pair = np.where(own_pair >= 0, _weight(both, np.maximum(own_pair, 0), totals), 0)
    weight = np.maximum(_weight(counts, block.lengths[sentences], totals), in_pair)
    return weight.astype(np.float32), windows


def _weight(counts: Rows, lengths: Rows, totals: Totals) -> NDArray[np.float64]:
    """Weigh words by how often windows have them and how long those are, before rarity."""
    return np.asarray(counts / (K1 * (1 - B + B * lengths / totals.length) + counts))


def _rounded_up(values: NDArray[np.float32]) -> NDArray[np.float16]:
    halves = values.astype(np.float16)
    return np.where(halves < values, np.nextafter(halves, np.float16(np.inf)), halves)


def _blocks(folder: Path) -> Iterator[_Block]:
    """Give the postings of all sentences, by blocks of whole pieces."""
    ids, starts, of_pieces = (map_array(folder / name) for name in _SAID)
    ends = starts[of_pieces]  # in words, of each piece
    piece = 0
    while piece < len(of_pieces) - 1:
        last = int(np.searchsorted(ends, ends[piece] + _BLOCK, side="right")) - 1
        last = min(max(last, piece + 1), len(of_pieces) - 1)
        first, stop = int(of_pieces[piece]), int(of_pieces[last])
        owner = np.repeat(np.arange(piece, last), np.diff(of_pieces[piece : last + 1]))
        yield _invert(ids[starts[first] : starts[stop]], np.diff(starts[first : stop + 1]), owner)
        piece = last


def _invert(ids: NDArray[np.int32], lengths: Rows, pieces: Rows) -> _Block:
    """Turn some sentences' words into words' sentences.

    :param lengths: int64 (s,), how many of the words each sentence has.
    :param pieces: int64 (s,), its piece.
    """
    count = max(len(lengths), 1)
    said_in = np.repeat(np.arange(len(lengths)), lengths)
    pairs, counts = np.unique(ids * np.int64(count) + said_in, return_counts=True)
    return _Block(*np.divmod(pairs, count), counts, lengths, pieces)
