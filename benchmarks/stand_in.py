"""`duanci index` with an encoder that costs next to nothing, for measuring all the rest.

    .venv/bin/python benchmarks/stand_in.py --data FOLDER --index FOLDER index

Each pair of characters has a random unit vector of the default encoder's dimension; a text's vector
is the mean of those of its pairs.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

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

    def _encode(self, text: str, cuts: Sequence[Span]) -> Encoded:
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64)
        places = (codes[:-1:2] * 31 + codes[1::2]) % _TABLE if len(codes) > 1 else codes % _TABLE
        tokens = self._table[places]
        starts = np.arange(len(tokens)) * 2
        ends = np.minimum(starts + 2, len(text))
        sums = np.concatenate([np.zeros((1, _DIMENSION), np.float32), np.cumsum(tokens, axis=0)])
        windows = np.empty((len(cuts), _DIMENSION), np.float32)
        for at, (start, end) in enumerate(cuts):
            first, last = np.searchsorted(starts, [start, end])
            windows[at] = _unit(sums[last] - sums[min(first, last - 1)])
        return Encoded(_unit(sums[-1]), windows, tokens, np.stack([starts, ends], axis=1))


def _unit(vector: Vectors) -> Vectors:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


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
