"""A BERT in fp32 as a graph for ONNX Runtime.

Written from the model's description (Devlin et al. 2019, arXiv:1810.04805).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci.onnx_graph import Graph, count_cores

Vectors = NDArray[np.float32]
Run = Callable[[Vectors, NDArray[np.int64]], Vectors]


def open_graph(config: dict[str, Any], weights: dict[str, NDArray[Any]]) -> Run:
    """Open the graph of a BERT; a run takes all cores.

    :param config: as transformers writes it.
    :param weights: those of a transformers `BertModel`, by name, float32; they stay where they are.
    :return: takes embedded tokens, float32 (n, t, d), and their mask, int64 (n, t), and gives the
        last layer, float32 (n, t, d).
    """
    layers = _Layers(config, weights)
    graph = layers.graph
    flat = graph.add("Reshape", "embedded", layers.flat)
    rows = layers.norm(flat, "embeddings.LayerNorm")
    for layer in range(int(config["num_hidden_layers"])):
        own = f"encoder.layer.{layer}"
        met = layers.attend(rows, own)
        rows = layers.norm(graph.add("Add", met, rows), f"{own}.attention.output.LayerNorm")
        inner = graph.add("Gelu", layers.dense(rows, f"{own}.intermediate.dense"))
        said = layers.dense(inner, f"{own}.output.dense")
        rows = layers.norm(graph.add("Add", said, rows), f"{own}.output.LayerNorm")
    run = graph.open(graph.add("Reshape", rows, layers.shape), count_cores())

    def forward(embedded: Vectors, mask: NDArray[np.int64]) -> Vectors:
        texts, tokens = mask.shape
        met = np.broadcast_to(mask.astype(bool)[:, None, None], (texts, 1, tokens, tokens))
        return run({"embedded": embedded, "met": np.ascontiguousarray(met)})

    return forward


class _Layers:
    """The parts of a BERT as graph nodes; tokens of all texts are rows, (n t, d)."""

    def __init__(self, config: dict[str, Any], weights: dict[str, NDArray[Any]]) -> None:
        self._weights = weights
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])
        width = int(config["hidden_size"])
        self.graph = Graph(
            {
                "embedded": (np.float32, ("texts", "tokens", width)),
                "met": (np.bool_, ("texts", 1, "tokens", "tokens")),
            }
        )
        self.flat = self.graph.constant([-1, width])
        self.shape = self.graph.add("Shape", "embedded")

    def attend(self, rows: str, own: str) -> str:
        """Return what a layer's attention adds."""
        asked = (
            self.graph.add("Reshape", self.dense(rows, f"{own}.attention.self.{part}"), self.shape)
            for part in ("query", "key", "value")
        )
        heads = {"q_num_heads": self._heads, "kv_num_heads": self._heads}
        met = self.graph.add("Attention", *asked, "met", **heads)
        flat = self.graph.add("Reshape", met, self.flat)
        return self.dense(flat, f"{own}.attention.output.dense")

    def dense(self, rows: str, name: str) -> str:
        """Multiply by a matrix, and add its bias."""
        return self.graph.add("Gemm", rows, *self._own(name), transB=1)

    def norm(self, rows: str, name: str) -> str:
        """Even out rows, and scale them."""
        return self.graph.add("LayerNormalization", rows, *self._own(name), epsilon=self._epsilon)

    def _own(self, name: str) -> tuple[str, str]:
        weight, bias = (self._weights[f"{name}.{part}"] for part in ("weight", "bias"))
        return self.graph.weights(weight), self.graph.weights(bias)
