"""A BERT with the lightest runtime, on the folder's own weights.

sentence-transformers takes seconds and hundreds of megabytes to import, and runs a BERT at a
fraction of the speed. The weights are mapped from the folder, in eight bits, run by OpenVINO, where
the folder has them and the processor can multiply them; else in fp32, run by ONNX Runtime. Four
fifths of the weights are the vectors of words, of which a text has a few: these stay on disk and
are read as texts need them. Tests hold its vectors to those of sentence-transformers.
"""

import importlib.util
import json
import os
import queue
import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci import fp32_graph, int8, int8_graph
from duanci.packed import PIECES
from duanci.resident import give_back
from duanci.unigram import Unigram

Vectors = NDArray[np.float32]
Tokenized = tuple[list[int], NDArray[np.int64]]

_WORDS = "embeddings.word_embeddings.weight"
_TYPES: dict[str, Any] = {"F32": np.float32, "F16": np.float16, "I8": np.int8}
_BATCH_TOKENS = 256
_STREAMS = 4  # passes at once, at most: each has weights of its own, 22 MB
_MANY = 8  # batches that are worth more passes at once
_CPU_INFO = Path("/proc/cpuinfo")
_MULTIPLIES_INT8 = {"avx512_vnni", "avx_vnni"}  # without them fp32 is faster


class Bert:
    """The last layer of a BERT, for texts as tokens."""

    def __init__(self, folder: Path, arithmetic: str = "") -> None:
        """Open a sentence-transformers folder whose transformer is a BERT.

        The graph is made ready meanwhile; the first call of `forward` waits for it.

        :param folder: with config.json, model.safetensors, tokenizer.json, and for int8 the file
            that `int8` names.
        :param arithmetic: "fp32" or "int8"; "": int8 where folder and processor have it.
        """
        config = json.loads((folder / "config.json").read_text("utf-8"))
        self.dimension = int(config["hidden_size"])
        self.limit = int(config["max_position_embeddings"])
        self.arithmetic = arithmetic or arithmetic_for(folder)
        self._pad = int(config["pad_token_id"])
        file = folder / "model.safetensors"
        places = _read_header(file)
        self._words = _Rows(file, places[_WORDS])
        is_int8 = self._is_int8 = self.arithmetic == "int8"
        self.streams = min(len(os.sched_getaffinity(0)), _STREAMS) if is_int8 else 1
        weights = map_weights(folder / int8.FILE) if is_int8 else map_weights(file)
        self._positions = (weights["positions"] if is_int8 else int8.positions_of(weights)).copy()
        # each runs a pass at a time; the last one used comes first, its weights are in the cache
        self._runs: queue.LifoQueue[fp32_graph.Run] = queue.LifoQueue()
        open_graph = int8_graph.open_graph if is_int8 else fp32_graph.open_graph
        self._open = partial(open_graph, config, weights)
        self._opened, self._turn = 1, threading.Lock()
        aside = ThreadPoolExecutor(1)
        self._ready = aside.submit(self._add_run)
        aside.shutdown(wait=False)
        self._tokenize = _open_tokenizer(folder)

    def tokenize(self, text: str) -> Tokenized:
        """Return a text's token ids and their [start, end) offsets, int64 (t, 2)."""
        return self._tokenize(text)

    def batches(self, lengths: Sequence[int]) -> list[int]:
        """Part texts, sorted by their tokens, into batches; return how many each has.

        In fp32 each text has a pass of its own: several at once gain nothing. In eight bits texts
        of one batch are made equally long; so a text has the same vectors whatever else is encoded.
        More than `_BATCH_TOKENS` in a pass gain nothing, and sizes are powers of two, as each new
        shape costs a pass more. For many batches all `streams` are made ready.
        """
        if not self._is_int8:
            return [1] * len(lengths)
        found: list[int] = []
        for length, own in groupby(map(padded_length, lengths)):
            left, most = len(list(own)), max(1, _BATCH_TOKENS // length)
            while left:
                found.append(1 << (min(left, most).bit_length() - 1))
                left -= found[-1]
        with self._turn:
            while len(found) >= _MANY and self._opened < self.streams:
                self._add_run()
                self._opened += 1
        return found

    def forward(self, ids: Sequence[Sequence[int]]) -> list[Vectors]:
        """Run texts given as token ids; return each one's token vectors, float32 (t, d).

        As many calls as there are `streams` run at once; more wait for one another.
        """
        longest = max(map(len, ids))
        if self._is_int8:
            longest = min(padded_length(longest), self.limit)
        padded = np.full((len(ids), longest), self._pad, dtype=np.int64)
        mask = np.zeros((len(ids), longest), dtype=np.int64)
        for at, row in enumerate(ids):
            padded[at, : len(row)] = row
            mask[at, : len(row)] = 1
        embedded = self.embed(padded)
        self._ready.result()
        run = self._runs.get()
        try:
            vectors = run(embedded, mask)
            return [vectors[at, : len(row)].copy() for at, row in enumerate(ids)]
        finally:
            self._runs.put(run)

    def embed(self, ids: NDArray[np.int64]) -> Vectors:
        """Return the vectors of tokens at their places, float32 (…, t, d), before any layer.

        :param ids: int64 (…, t).
        """
        return self._words.read(ids) + self._positions[: ids.shape[-1]]

    def _add_run(self) -> None:
        """Open the graph once more, for one more pass at a time."""
        self._runs.put(self._open())
        if not self._is_int8:
            del self._open  # and with it the weights, of which what was opened has its own
            give_back()


def padded_length(tokens: int) -> int:
    """Return how long a text is made in eight bits; of few lengths, each is met before."""
    step = 4 if tokens <= 32 else 8 if tokens <= 64 else 16
    return -(-tokens // step) * step


def arithmetic_for(folder: Path) -> str:
    """Return the fastest arithmetic that folder, processor and what is installed have."""
    has_all = (folder / int8.FILE).is_file() and has_vnni() and has_openvino()
    return "int8" if has_all else "fp32"


def has_vnni() -> bool:
    """Tell whether the processor multiplies eight bits faster than fp32; told on Linux alone."""
    told = _CPU_INFO.read_text("utf-8") if _CPU_INFO.is_file() else ""
    flags = {word for line in told.split("\n") if line.startswith("flags") for word in line.split()}
    return not flags.isdisjoint(_MULTIPLIES_INT8)


def has_openvino() -> bool:
    """Tell whether what runs eight bits is installed."""
    return importlib.util.find_spec("openvino") is not None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an array stands in a file."""

    dtype: Any
    shape: tuple[int, ...]
    start: int


class _Rows:
    """The rows of a matrix in a file, read when they are asked for.

    A mapping would do too, but counts each page that was ever touched as memory of the process.
    """

    def __init__(self, file: Path, place: _Place) -> None:
        self._file = file.open("rb", buffering=0)
        weakref.finalize(self, self._file.close)
        self._place = place

    def read(self, rows: NDArray[np.int64]) -> Vectors:
        """Return rows, float32 (*rows.shape, d)."""
        wanted, places = np.unique(rows, return_inverse=True)
        file, start, width = self._file.fileno(), self._place.start, self._place.shape[1]
        size = width * np.dtype(self._place.dtype).itemsize
        read = b"".join(os.pread(file, size, start + row * size) for row in wanted.tolist())
        found = np.frombuffer(read, self._place.dtype).reshape(-1, width)
        return found.astype(np.float32, copy=False)[places.reshape(rows.shape)]


def _open_tokenizer(folder: Path) -> Callable[[str], Tokenized]:
    """Open a folder's tokenizer: by its pieces, where it has them apart, or else all of it."""
    if (folder / PIECES).is_file():
        return Unigram(folder).tokenize
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def tokenize(text: str) -> Tokenized:
        found = tokenizer.encode(text)
        return found.ids, np.asarray(found.offsets, dtype=np.int64)

    return tokenize


def _read_header(file: Path) -> dict[str, _Place]:
    """Read where a safetensors file has its arrays: a header of JSON tells."""
    with file.open("rb") as opened:
        size = int.from_bytes(opened.read(8), "little")
        header = json.loads(opened.read(size))
    header.pop("__metadata__", None)
    start = 8 + size
    return {
        name: _Place(
            _TYPES[entry["dtype"]], tuple(entry["shape"]), start + entry["data_offsets"][0]
        )
        for name, entry in header.items()
    }


def map_weights(file: Path) -> int8.Weights:
    """Map the arrays of a safetensors file, copy on write: runtimes share what can be written."""
    data = np.memmap(file, dtype=np.uint8, mode="c")
    return {
        name: np.frombuffer(data, place.dtype, prod(place.shape), place.start).reshape(place.shape)
        for name, place in _read_header(file).items()
    }
