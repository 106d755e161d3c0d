"""The words of sentences on disk: written as they come, then turned into postings by blocks.

words.json                how many windows there are, and how many words they have on average
sentence-words.npy        int32 (n,): the words of all sentences, one after the other
sentence-word-starts.npy  int64 (s + 1,): where each sentence's begin
sentence-starts.npy       int64 (p + 1,): where each piece's sentences begin
sentence-pieces.npy       int32 (s,): the piece of each sentence
sentence-lengths.npy      int32 (s,): how many words it has
pair-lengths.npy          int32 (s,): of it and the next; 0 for the last of a piece
word-keys.npy             uint64 (v,), ascending: a hash of each word, and no word itself
word-places.npy           int32 (v,): the places of those in the vocabulary
word-frequencies.npy      int32 (v, 2): how many pieces, and how many windows, have a word
word-tops.npy             float32 (v,): the most that it weighs in any window, before rarity
word-starts.npy           int64 (v + 1,): where the postings of each word begin
word-sentences.npy        int32 (m,): the sentences that have it, ascending
word-counts.npy           uint16 (m,): how often
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duanci.arrays import Growing, map_array, write_mapped
from duanci.ragged import Rows, places_of, starts_of

K1, B = 1.2, 0.6  # of BM25

_TOTALS = "words.json"
_SAID = ("sentence-words.npy", "sentence-word-starts.npy", "sentence-starts.npy")
_SENTENCES = ("sentence-pieces.npy", "sentence-lengths.npy", "pair-lengths.npy")
_WORDS = ("word-keys.npy", "word-places.npy", "word-frequencies.npy", "word-tops.npy")
_POSTINGS = ("word-starts.npy", "word-sentences.npy", "word-counts.npy")
FILES = (_TOTALS, *_SAID, *_SENTENCES, *_WORDS, *_POSTINGS)

_BLOCK = 4_000_000  # words that are turned into postings at once
_MOST = np.iinfo(np.uint16).max

Keys = NDArray[np.uint64]


def key_of(word: str) -> int:
    """Return what stands for a word, 64 bits: the same in every process."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


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
        keys = np.fromiter(map(key_of, vocabulary), np.uint64, len(vocabulary))
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
        self._of_sentences = [
            files.enter_context(Growing(folder / name, "int32")) for name in _SENTENCES
        ]
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
        owner = np.repeat(np.arange(len(counts)), counts)
        pairs = np.zeros(len(lengths), np.int64)
        first = np.flatnonzero(owner[1:] == owner[:-1])
        pairs[first] = lengths[first] + lengths[first + 1]
        done = self._pieces.count - 1
        self._windows += len(lengths) + len(first)
        self._length += int(lengths.sum() + pairs.sum())
        self._starts.add(self._ids.count + words.starts[1:])
        self._pieces.add(self._of_sentences[0].count + np.cumsum(counts))
        self._ids.add(table[words.ids])
        for file, array in zip(self._of_sentences, (owner + done, lengths, pairs), strict=True):
            file.add(array)

    def close(self) -> None:
        """Write the vocabulary and the postings."""
        for file in (self._ids, self._starts, self._pieces, *self._of_sentences):
            file.close()
        totals = Totals(self._windows, max(self._length / max(self._windows, 1), 1e-9))
        (self._folder / _TOTALS).write_text(json.dumps(asdict(totals)))
        np.save(self._folder / _WORDS[0], self._keys)
        np.save(self._folder / _WORDS[1], self._places)
        _write_postings(self._folder, len(self._keys), totals)

    def _number(self, keys: Keys) -> NDArray[np.int32]:
        """Return the places of words in the vocabulary, to which new ones are added."""
        at = np.searchsorted(self._keys, keys)
        known = np.zeros(len(keys), bool)
        inside = at < len(self._keys)
        known[inside] = self._keys[at[inside]] == keys[inside]
        new = np.unique(keys[~known])
        if len(new):
            before = np.searchsorted(self._keys, new)
            fresh = np.arange(len(self._keys), len(self._keys) + len(new), dtype=np.int32)
            self._keys = np.insert(self._keys, before, new)
            self._places = np.insert(self._places, before, fresh)
            at = np.searchsorted(self._keys, keys)
        return self._places[at]


@dataclass(frozen=True, slots=True)
class _Block:
    """The postings of some sentences, word by word: word, sentence, how often; int64 (m,)."""

    words: Rows
    sentences: Rows
    counts: Rows


def _write_postings(folder: Path, size: int, totals: Totals) -> None:
    """Turn the words of sentences into the sentences of words, twice: to count, and to write."""
    lengths = np.zeros(size, np.int64)
    for block in _blocks(folder):
        lengths += np.bincount(block.words, minlength=size)
    starts = starts_of(lengths)
    np.save(folder / _POSTINGS[0], starts)
    sentences = write_mapped(folder / _POSTINGS[1], "int32", (int(starts[-1]),))
    counts = write_mapped(folder / _POSTINGS[2], "uint16", (int(starts[-1]),))
    frequencies, tops = np.zeros((size, 2), np.int32), np.zeros(size, np.float32)
    pieces, of_one, of_two = (map_array(folder / name) for name in _SENTENCES)
    cursor = starts[:-1].copy()
    for block in _blocks(folder):
        here = np.bincount(block.words, minlength=size)
        shift = cursor - (np.cumsum(here) - here)
        places = np.arange(len(block.words)) + shift[block.words]
        sentences[places], counts[places] = block.sentences, np.minimum(block.counts, _MOST)
        cursor += here
        _count_block(block, pieces, (of_one, of_two), totals, frequencies, tops)
    for name, array in zip(_WORDS[2:], (frequencies, tops), strict=True):
        np.save(folder / name, array)


def _count_block(
    block: _Block,
    pieces: NDArray[np.int32],
    lengths: tuple[NDArray[np.int32], NDArray[np.int32]],
    totals: Totals,
    frequencies: NDArray[np.int32],
    tops: NDArray[np.float32],
) -> None:
    """Add to how many pieces and windows have each word, and to the most it weighs in a window."""
    if not len(block.words):
        return
    of_one, of_two = lengths
    words, sentences, counts = block.words, block.sentences, block.counts
    same = words[1:] == words[:-1]
    again = same & (pieces[sentences[1:]] == pieces[sentences[:-1]])
    follows = np.flatnonzero(same & (sentences[1:] == sentences[:-1] + 1))
    both = counts.copy()
    both[follows] += counts[follows + 1]
    alone = np.ones(len(words), bool)
    alone[follows + 1] = False
    alone[sentences == 0] = False
    before = sentences[alone] - 1
    owner = np.concatenate([words, words[alone]])
    norm = np.concatenate([of_two[sentences], of_two[before]])
    found = np.concatenate([both, counts[alone]])
    is_pair = norm > 0
    size = len(tops)
    frequencies[:, 0] += np.bincount(words[np.r_[True, ~again]], minlength=size)
    frequencies[:, 1] += np.bincount(np.concatenate([words, owner[is_pair]]), minlength=size)
    all_words = np.concatenate([words, owner[is_pair]])
    all_found = np.concatenate([counts, found[is_pair]]).astype(np.float32)
    all_norms = np.concatenate([of_one[sentences], norm[is_pair]]).astype(np.float32)
    weight = all_found / (K1 * (1 - B + B * all_norms / totals.length) + all_found)
    np.maximum.at(tops, all_words, weight.astype(np.float32))


def _blocks(folder: Path) -> Iterator[_Block]:
    """Give the postings of all sentences, by blocks of whole pieces."""
    ids, starts, of_pieces = (map_array(folder / name) for name in _SAID)
    ends = starts[of_pieces]  # in words, of each piece
    piece = 0
    while piece < len(of_pieces) - 1:
        last = int(np.searchsorted(ends, ends[piece] + _BLOCK, side="right")) - 1
        last = min(max(last, piece + 1), len(of_pieces) - 1)
        first, stop = int(of_pieces[piece]), int(of_pieces[last])
        yield _invert(ids[starts[first] : starts[stop]], starts[first : stop + 1], first)
        piece = last


def _invert(ids: NDArray[np.int32], starts: Rows, first: int) -> _Block:
    """Turn some sentences' words into words' sentences.

    :param first: the place of the first of the sentences.
    """
    count = len(starts) - 1
    said_in = np.repeat(np.arange(count), np.diff(starts))
    pairs, counts = np.unique(ids * np.int64(count) + said_in, return_counts=True)
    words, sentences = np.divmod(pairs, max(count, 1))
    return _Block(words, sentences + first, counts)
