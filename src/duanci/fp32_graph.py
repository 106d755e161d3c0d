"""A BERT in fp32 as a graph for ONNX Runtime.

Written from the model's description (Devlin et al. 2019, arXiv:1810.04805).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci.onnx_graph import Layers, count_cores

Vectors = NDArray[np.float32]
Run = Callable[[Vectors, NDArray[np.int64]], Vectors]


def open_graph(config: dict[str, Any], weights: dict[str, NDArray[Any]]) -> Run:
    """Open the graph of a BERT; a run takes all cores.

    :param config: as transformers writes it.
    :param weights: those of a transformers `BertModel`, by name, float32; they stay where they are.
    :return: takes embedded tokens, float32 (n, t, d), and their mask, int64 (n, t), and gives the
        last layer, float32 (n, t, d).
    """
    graph = _Bert(config, weights)
    rows = graph.even(graph.add("Reshape", "embedded", graph.flat), "embeddings.LayerNorm")
    for layer in range(int(config["num_hidden_layers"])):
        own = f"encoder.layer.{layer}"
        met = graph.attend(rows, own)
        rows = graph.even(graph.add("Add", met, rows), f"{own}.attention.output.LayerNorm")
        inner = graph.add("Gelu", graph.linear(rows, f"{own}.intermediate.dense"))
        said = graph.linear(inner, f"{own}.output.dense")
        rows = graph.even(graph.add("Add", said, rows), f"{own}.output.LayerNorm")
    run = graph.open(graph.add("Reshape", rows, graph.shape), count_cores())

    def forward(embedded: Vectors, mask: NDArray[np.int64]) -> Vectors:
        texts, tokens = mask.shape
        met = np.broadcast_to(mask.astype(bool)[:, None, None], (texts, 1, tokens, tokens))
        return run({"embedded": embedded, "met": np.ascontiguousarray(met)})

    return forward


class _Bert(Layers):
    """A BERT in the making; tokens of all texts are rows, (n t, d)."""

    def __init__(self, config: dict[str, Any], weights: dict[str, NDArray[Any]]) -> None:
        width = int(config["hidden_size"])
        inputs = {
            "embedded": (np.float32, ("texts", "tokens", width)),
            "met": (np.bool_, ("texts", 1, "tokens", "tokens")),
        }
        super().__init__(inputs, weights)
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])
        self.flat = self.constant([-1, width])
        self.shape = self.add("Shape", "embedded")

    def attend(self, rows: str, own: str) -> str:
        """Return what a layer's attention adds."""
        asked = (
            self.add("Reshape", self.linear(rows, f"{own}.attention.self.{part}"), self.shape)
            for part in ("query", "key", "value")
        )
        heads = {"q_num_heads": self._heads, "kv_num_heads": self._heads}
        met = self.add("Attention", *asked, "met", **heads)
        return self.linear(self.add("Reshape", met, self.flat), f"{own}.attention.output.dense")

    def even(self, rows: str, name: str) -> str:
        """Even out rows as this BERT does, and scale them."""
        return self.norm(rows, name, self._epsilon)
