"""`duanci index` with an encoder that costs next to nothing, for measuring all the rest.

    .venv/bin/python benchmarks/stand_in.py --data FOLDER --index FOLDER index

Each pair of characters has a random unit vector of the default encoder's dimension; a text's vector
is the mean of those of its pairs.
"""

import argparse
import time
from collections.abc import Sequence
from math import nan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duanci.chunking import Encoded, Progress, Span, Vectors
from duanci.config import Settings
from duanci.printing import print_rebuilt
from duanci.rebuild import rebuild

_DIMENSION = 384
_TABLE = 4096


class StandIn:
    """An encoder without a model: the same vectors in every run."""

    name = "stand-in"
    fingerprint = "0000000000000000"
    dimension = _DIMENSION
    arithmetic = "fp32"

    def __init__(self) -> None:
        table = np.random.default_rng(7).normal(size=(_TABLE, _DIMENSION)).astype(np.float32)
        self._table = table / np.linalg.norm(table, axis=1, keepdims=True)

    def encode_question(self, question: str) -> Encoded:
        """Return the vectors of a question; it has no windows."""
        return self._encode(question, ())

    def encode_paragraphs(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[Span]],
        progress: Progress | None = None,
    ) -> list[Encoded]:
        """Return the vectors of paragraphs and of their windows."""
        return [self._encode(text, cuts) for text, cuts in zip(texts, spans, strict=True)]

    def compare(self, question: str, paragraph: str) -> float:
        """Tell nothing of whether a paragraph answers."""
        return nan

    def _encode(self, text: str, cuts: Sequence[Span]) -> Encoded:
        tokens = self._tokens(np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64))
        starts = np.arange(len(tokens)) * 2
        ends = np.minimum(starts + 2, len(text))
        cut = np.searchsorted(starts, np.array([(0, len(text)), *cuts])).reshape(-1, 2)
        cut[:, 0] = np.minimum(cut[:, 0], cut[:, 1] - 1)
        padded = np.concatenate([tokens, tokens[:1]])  # so that a window may end with the text
        sums = np.add.reduceat(padded, cut.ravel(), axis=0)[::2]
        vectors = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
        return Encoded(vectors[0], vectors[1:], tokens, np.stack([starts, ends], axis=1))

    def _tokens(self, codes: NDArray[np.int64]) -> Vectors:
        """Return the vector of each pair of characters, float32 (t, d)."""
        if len(codes) < 2:
            return self._table[codes % _TABLE]
        return self._table[(codes[:-1:2] * 31 + codes[1::2]) % _TABLE]


class Likeness(StandIn):
    """An encoder whose vectors lie as the default encoder's do, at next to no cost.

    Each pair of characters has the mean of the vectors that the default encoder gives to tokens
    there, over some real passages; a pair that they have not, that of its two characters.
    """

    name = "likeness"

    def __init__(self, file: Path) -> None:
        with np.load(file) as tables:
            self._table, self._chars, self._is_seen = (
                tables[name] for name in ("pairs", "chars", "seen")
            )

    def _tokens(self, codes: NDArray[np.int64]) -> Vectors:
        first, second = codes[: len(codes) - len(codes) % 2].reshape(-1, 2).T
        pairs = (first * 31 + second) % len(self._table)
        found = self._table[pairs]
        missing = ~self._is_seen[pairs]
        size = len(self._chars)
        found[missing] = self._chars[first[missing] % size] + self._chars[second[missing] % size]
        found[missing] /= 2
        if len(codes) % 2:
            found = np.concatenate([found, self._chars[codes[-1:] % size]])
        return found


def learn_likeness(passages: Sequence[str], file: Path) -> None:
    """Write the tables of `Likeness`, from the default encoder's tokens of passages."""
    from duanci.encoder import open_encoder

    encoder = open_encoder(Settings())
    size = 2 * _TABLE
    pairs, chars = (np.zeros((rows, encoder.dimension), np.float32) for rows in (4 * size, size))
    of_pairs, of_chars = np.zeros(4 * size), np.zeros(size)
    for at in range(0, len(passages), 256):
        texts = passages[at : at + 256]
        for text, one in zip(
            texts, encoder.encode_paragraphs(texts, [()] * len(texts)), strict=True
        ):
            codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64)
            lengths = one.spans[:, 1] - one.spans[:, 0]
            token = np.repeat(np.arange(len(lengths)), lengths)
            place = np.concatenate([np.arange(a, b) for a, b in one.spans])
            inside = place < len(codes) - 1
            here = (codes[place[inside]] * 31 + codes[place[inside] + 1]) % len(pairs)
            np.add.at(pairs, here, one.tokens[token[inside]])
            np.add.at(of_pairs, here, 1)
            np.add.at(chars, codes[place] % size, one.tokens[token])
            np.add.at(of_chars, codes[place] % size, 1)
    pairs /= np.maximum(of_pairs, 1)[:, None]
    chars /= np.maximum(of_chars, 1)[:, None]
    chars[of_chars == 0] = chars[of_chars > 0].mean(axis=0)
    np.savez(file, pairs=pairs, chars=chars, seen=of_pairs > 0)


def main() -> None:
    """Rebuild and print what `duanci index` prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("command", choices=["index"])
    given = parser.parse_args()
    started = time.perf_counter()
    rebuilt = rebuild(Settings(data=given.data, index=given.index), StandIn())
    print_rebuilt(rebuilt, time.perf_counter() - started)


if __name__ == "__main__":
    main()
