"""XLM-R's tokens: a unigram model over pieces that are read as texts need them.

`tokenizers` reads its quarter of a million pieces from JSON, which takes a second and 270 MB. Here
it normalises texts, parts them into words and keeps account of offsets; what it would do to a word
(Kudo 2018, arXiv:1804.10959, by Viterbi's algorithm) is done as it does it. A test holds tokens and
offsets to its own.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci.packed import PIECES, SCORES, SPECIAL, UNKNOWN, normalizer, pre_tokenizer
from duanci.wordlist import WordList

_SPECIAL = re.compile(f"({'|'.join(map(re.escape, SPECIAL))})")
_UNKNOWN_COST = 10.0  # below the least likely piece, as sentencepiece has it


class Unigram:
    """The tokenizer of a folder that has its pieces apart, in `PIECES` and `SCORES`."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import PreTokenizedString, Token

        self._token, self._text = Token, PreTokenizedString
        self._normalizer, self._pre_tokenizer = normalizer(), pre_tokenizer()
        self._scores = np.load(folder / SCORES)
        self._unknown = (UNKNOWN, float(self._scores.min()) - _UNKNOWN_COST)
        self._list = WordList(folder / PIECES)
        self._pieces: dict[str, tuple[int, float]] = {}
        self._longest: dict[str, int] = {}  # piece by its first two characters

    def tokenize(self, text: str) -> tuple[list[int], NDArray[np.int64]]:
        """Return a text's token ids and their [start, end) offsets, int64 (t, 2)."""
        ids, offsets, start = [SPECIAL["<s>"]], [(0, 0)], 0
        for part in _SPECIAL.split(text):
            end = start + len(part)
            if part in SPECIAL:
                ids.append(SPECIAL[part])
                offsets.append((start, end))
            elif part:
                found = self._text(part)
                found.normalize(self._normalizer.normalize)
                self._pre_tokenizer.pre_tokenize(found)
                found.tokenize(self._cut)
                encoding = found.to_encoding()
                ids += encoding.ids
                offsets += [(start + a, start + b) for a, b in encoding.offsets]
            start = end
        return [*ids, SPECIAL["</s>"]], np.array([*offsets, (0, 0)], dtype=np.int64)

    def _cut(self, word: str) -> list[Any]:
        """Cut a word into the likeliest pieces; neighbours that are unknown are one token."""
        self._list.read(word, self._take)
        starts, ids = self._best(word)
        cuts: list[tuple[int, int, int]] = []  # the last one first
        end = len(word)
        while end > 0:
            start, piece = starts[end], ids[end]
            if piece == UNKNOWN and cuts and cuts[-1][0] == UNKNOWN:
                cuts[-1] = (UNKNOWN, start, cuts[-1][2])
            else:
                cuts.append((piece, start, end))
            end = start
        tokens, size = [], 0
        for piece, start, end in reversed(cuts):
            value = word[start:end]
            begin, size = size, size + len(value.encode())
            tokens.append(self._token(piece, value, (begin, size)))
        return tokens

    def _best(self, word: str) -> tuple[list[int], list[int]]:
        """Return of each place in a word where the piece begins that ends there, and its id."""
        pieces, longest, count = self._pieces, self._longest, len(word)
        best = [0.0, *[-np.inf] * count]
        starts, ids = [0] * (count + 1), [UNKNOWN] * (count + 1)
        for start, char in enumerate(word):
            number, score = pieces.get(char, self._unknown)
            reached = best[start] + score
            if reached > best[start + 1]:
                best[start + 1], starts[start + 1], ids[start + 1] = reached, start, number
            longer = longest.get(word[start : start + 2])
            if longer is None:
                continue
            here = best[start]
            for end in range(start + 2, min(start + longer, count) + 1):
                piece = pieces.get(word[start:end])
                if piece is not None and here + piece[1] > best[end]:
                    best[end], starts[end], ids[end] = here + piece[1], start, piece[0]
        return starts, ids

    def _take(self, fields: list[str]) -> None:
        numbers = list(map(int, fields[1::2]))
        scores = self._scores[numbers].tolist()
        for piece, number, score in zip(fields[0::2], numbers, scores, strict=True):
            self._pieces[piece] = (number, score)
            if len(piece) > 1:
                self._longest[piece[:2]] = max(len(piece), self._longest.get(piece[:2], 0))
