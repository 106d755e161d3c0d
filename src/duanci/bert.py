"""A BERT with the lightest runtime: tokenizers and OpenVINO, on the folder's own weights.

sentence-transformers takes seconds and hundreds of megabytes to import, and runs a BERT at half
the speed. The graph is written here from the model's description (Devlin et al. 2019,
arXiv:1810.04805); the weights are mapped from the folder, not copied. A test holds its vectors to
those of sentence-transformers.
"""

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Bert:
    """The last layer of a BERT, for texts as tokens."""

    def __init__(self, folder: Path) -> None:
        """Load a sentence-transformers folder whose transformer is a BERT.

        :param folder: with config.json, model.safetensors, tokenizer.json.
        """
        import openvino
        from tokenizers import Tokenizer

        config = json.loads((folder / "config.json").read_text("utf-8"))
        self.dimension = int(config["hidden_size"])
        self.limit = int(config["max_position_embeddings"])
        self._pad = int(config["pad_token_id"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        graph = _write_graph(config, _map_weights(folder / "model.safetensors"))
        self._core = openvino.Core()
        hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        self._model = self._core.compile_model(graph, "CPU", hints)
        self._lock = threading.Lock()  # a compiled model runs one request at a time

    def tokenize(self, text: str) -> tuple[list[int], NDArray[np.int64]]:
        """Return a text's token ids and their [start, end) offsets, int64 (t, 2)."""
        found = self._tokenizer.encode(text)
        return found.ids, np.asarray(found.offsets, dtype=np.int64)

    def forward(self, ids: Sequence[Sequence[int]]) -> list[Vectors]:
        """Run texts given as token ids; return each one's token vectors, float32 (t, d)."""
        longest = max(map(len, ids))
        padded = np.full((len(ids), longest), self._pad, dtype=np.int64)
        mask = np.zeros((len(ids), longest), dtype=np.int64)
        for at, row in enumerate(ids):
            padded[at, : len(row)] = row
            mask[at, : len(row)] = 1
        with self._lock:
            vectors = self._model([padded, mask])[0]
        return [vectors[at, : len(row)].copy() for at, row in enumerate(ids)]


def _map_weights(file: Path) -> dict[str, NDArray[Any]]:
    """Map the arrays of a safetensors file: a header of JSON, then the arrays one by one."""
    data = np.memmap(file, dtype=np.uint8, mode="c")  # OpenVINO shares what could be written only
    start = 8 + int(data[:8].view("<u8")[0])
    header = json.loads(data[8:start].tobytes())
    weights = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = (start + offset for offset in entry["data_offsets"])
            dtype = {"F32": np.float32, "F16": np.float16}[entry["dtype"]]
            weights[name] = data[begin:end].view(dtype).reshape(entry["shape"])
    return weights


def _write_graph(config: dict[str, Any], weights: dict[str, NDArray[Any]]) -> Any:
    """Write the graph: token ids and mask, int64 (n, t), to the last layer, float32 (n, t, d)."""
    import openvino
    from openvino import opset13 as op

    layers = _Layers(config, weights)
    ids = op.parameter([-1, -1], np.int64, name="input_ids")
    mask = op.parameter([-1, -1], np.int64, name="attention_mask")
    hidden = layers.embed(ids)
    # what is masked gets so low a score that its weight vanishes
    kept = op.unsqueeze(op.convert(mask, "f32"), op.constant([1, 2]))
    penalty = op.multiply(
        op.subtract(op.constant(np.float32(1)), kept), op.constant(np.float32(-1e9))
    )
    for layer in range(config["num_hidden_layers"]):
        hidden = layers.transform(hidden, penalty, f"encoder.layer.{layer}")
    return openvino.Model([hidden], [ids, mask], "bert")


class _Layers:
    """The parts of a BERT as graph nodes."""

    def __init__(self, config: dict[str, Any], weights: dict[str, NDArray[Any]]) -> None:
        from openvino import opset13

        self._op = opset13
        self._weights = weights
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])
        self._zero = opset13.constant(np.int64(0))

    def embed(self, ids: Any) -> Any:
        op = self._op
        one = op.constant(np.int64(1))
        length = op.gather(op.shape_of(ids), one, self._zero)
        positions = op.range(self._zero, length, one, output_type="i64")
        words = op.gather(self._constant("embeddings.word_embeddings.weight"), ids, self._zero)
        places = op.gather(
            self._constant("embeddings.position_embeddings.weight"), positions, self._zero
        )
        kind = op.constant(self._weights["embeddings.token_type_embeddings.weight"][0])
        return self._norm(op.add(op.add(words, places), kind), "embeddings.LayerNorm")

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
        hidden = self._norm(op.add(hidden, output), f"{name}.attention.output.LayerNorm")
        inner = op.gelu(self._dense(hidden, f"{name}.intermediate.dense"), "erf")
        output = self._dense(inner, f"{name}.output.dense")
        return self._norm(op.add(hidden, output), f"{name}.output.LayerNorm")

    def _part(self, hidden: Any) -> Any:
        """Part (n, t, d) into heads, (n, heads, t, d / heads)."""
        op = self._op
        parted = op.reshape(hidden, op.constant([0, 0, self._heads, -1]), True)
        return op.transpose(parted, op.constant([0, 2, 1, 3]))

    def _dense(self, hidden: Any, name: str) -> Any:
        op = self._op
        product = op.matmul(hidden, self._constant(f"{name}.weight"), False, True)
        return op.add(product, self._constant(f"{name}.bias"))

    def _norm(self, hidden: Any, name: str) -> Any:
        op = self._op
        even = op.mvn(hidden, op.constant([-1]), True, self._epsilon, "inside_sqrt")
        scaled = op.multiply(even, self._constant(f"{name}.weight"))
        return op.add(scaled, self._constant(f"{name}.bias"))

    def _constant(self, name: str) -> Any:
        return self._op.constant(self._weights[name], shared_memory=True)
