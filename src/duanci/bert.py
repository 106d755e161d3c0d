"""A BERT with the lightest runtime: OpenVINO, on the folder's own weights.

sentence-transformers takes seconds and hundreds of megabytes to import, and runs a BERT at half
the speed. The graph is written here from the model's description (Devlin et al. 2019,
arXiv:1810.04805); the weights are mapped from the folder, not copied. Four fifths of them are the
vectors of words, of which a text has a few: these stay on disk and are read as texts need them. A
test holds its vectors to those of sentence-transformers.
"""

import json
import sys
import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci.packed import PIECES
from duanci.unigram import Unigram

Vectors = NDArray[np.float32]
Tokenized = tuple[list[int], NDArray[np.int64]]

_WORDS = "embeddings.word_embeddings.weight"
_TYPES: dict[str, type[np.floating[Any]]] = {"F32": np.float32, "F16": np.float16}


class Bert:
    """The last layer of a BERT, for texts as tokens."""

    def __init__(self, folder: Path) -> None:
        """Open a sentence-transformers folder whose transformer is a BERT.

        The graph is compiled meanwhile; the first call of `forward` waits for it.

        :param folder: with config.json, model.safetensors, tokenizer.json.
        """
        config = json.loads((folder / "config.json").read_text("utf-8"))
        self.dimension = int(config["hidden_size"])
        self.limit = int(config["max_position_embeddings"])
        self._pad = int(config["pad_token_id"])
        file = folder / "model.safetensors"
        places = _read_header(file)
        self._words = _Rows(file, places[_WORDS])
        weights = _map_weights(file, places)
        self._positions = weights["embeddings.position_embeddings.weight"]
        self._kind = weights["embeddings.token_type_embeddings.weight"][0]
        aside = ThreadPoolExecutor(1)
        self._model = aside.submit(_compile, config, weights)
        aside.shutdown(wait=False)
        self._tokenize = _open_tokenizer(folder)
        self._lock = threading.Lock()  # a compiled model runs one request at a time

    def tokenize(self, text: str) -> Tokenized:
        """Return a text's token ids and their [start, end) offsets, int64 (t, 2)."""
        return self._tokenize(text)

    def forward(self, ids: Sequence[Sequence[int]]) -> list[Vectors]:
        """Run texts given as token ids; return each one's token vectors, float32 (t, d)."""
        longest = max(map(len, ids))
        padded = np.full((len(ids), longest), self._pad, dtype=np.int64)
        mask = np.zeros((len(ids), longest), dtype=np.int64)
        for at, row in enumerate(ids):
            padded[at, : len(row)] = row
            mask[at, : len(row)] = 1
        model = self._model.result()
        with self._lock:
            embedded = self._words.read(padded) + self._positions[:longest] + self._kind
            vectors = model([embedded, mask])[0]
        return [vectors[at, : len(row)].copy() for at, row in enumerate(ids)]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an array stands in a file."""

    dtype: type[np.floating[Any]]
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
        found = np.empty((len(wanted), self._place.shape[1]), self._place.dtype)
        for at, row in enumerate(wanted.tolist()):
            self._file.seek(self._place.start + row * found[at].nbytes)
            self._file.readinto(found[at].data)
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


def _map_weights(file: Path, places: dict[str, _Place]) -> dict[str, NDArray[Any]]:
    """Map the arrays of a file, copy on write: OpenVINO shares what could be written only."""
    data = np.memmap(file, dtype=np.uint8, mode="c")
    return {
        name: np.frombuffer(data, place.dtype, prod(place.shape), place.start).reshape(place.shape)
        for name, place in places.items()
    }


def _compile(config: dict[str, Any], weights: dict[str, NDArray[Any]]) -> Any:
    # what converts models is not needed, and tells its maker over the network of each import
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
    import openvino

    hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    return openvino.Core().compile_model(_write_graph(config, weights), "CPU", hints)


def _write_graph(config: dict[str, Any], weights: dict[str, NDArray[Any]]) -> Any:
    """Write the graph: embedded tokens, float32 (n, t, d), to the last layer, float32 (n, t, d).

    Beside the tokens it takes their mask, int64 (n, t).
    """
    import openvino
    from openvino import opset13 as op

    layers = _Layers(config, weights)
    embedded = op.parameter([-1, -1, config["hidden_size"]], np.float32, name="embedded")
    mask = op.parameter([-1, -1], np.int64, name="attention_mask")
    hidden = layers.norm(embedded, "embeddings.LayerNorm")
    # what is masked gets so low a score that its weight vanishes
    kept = op.unsqueeze(op.convert(mask, "f32"), op.constant([1, 2]))
    penalty = op.multiply(
        op.subtract(op.constant(np.float32(1)), kept), op.constant(np.float32(-1e9))
    )
    for layer in range(config["num_hidden_layers"]):
        hidden = layers.transform(hidden, penalty, f"encoder.layer.{layer}")
    return openvino.Model([hidden], [embedded, mask], "bert")


class _Layers:
    """The parts of a BERT as graph nodes."""

    def __init__(self, config: dict[str, Any], weights: dict[str, NDArray[Any]]) -> None:
        from openvino import opset13

        self._op = opset13
        self._weights = weights
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])

    def transform(self, hidden: Any, penalty: Any, name: str) -> Any:
        op = self._op
        query, key, value = (
            self._part(self._dense(hidden, f"{name}.attention.self.{which}"))
            for which in ("query", "key", "value")
        )
        met = op.scaled_dot_product_attention(query, key, value, penalty)
        joined = op.reshape(
            op.transpose(met, op.constant([0, 2, 1, 3])), op.constant([0, 0, -1]), True
        )
        output = self._dense(joined, f"{name}.attention.output.dense")
        hidden = self.norm(op.add(hidden, output), f"{name}.attention.output.LayerNorm")
        inner = op.gelu(self._dense(hidden, f"{name}.intermediate.dense"), "erf")
        output = self._dense(inner, f"{name}.output.dense")
        return self.norm(op.add(hidden, output), f"{name}.output.LayerNorm")

    def _part(self, hidden: Any) -> Any:
        """Part (n, t, d) into heads, (n, heads, t, d / heads)."""
        op = self._op
        parted = op.reshape(hidden, op.constant([0, 0, self._heads, -1]), True)
        return op.transpose(parted, op.constant([0, 2, 1, 3]))

    def _dense(self, hidden: Any, name: str) -> Any:
        op = self._op
        product = op.matmul(hidden, self._constant(f"{name}.weight"), False, True)
        return op.add(product, self._constant(f"{name}.bias"))

    def norm(self, hidden: Any, name: str) -> Any:
        op = self._op
        even = op.mvn(hidden, op.constant([-1]), True, self._epsilon, "inside_sqrt")
        scaled = op.multiply(even, self._constant(f"{name}.weight"))
        return op.add(scaled, self._constant(f"{name}.bias"))

    def _constant(self, name: str) -> Any:
        return self._op.constant(self._weights[name], shared_memory=True)
