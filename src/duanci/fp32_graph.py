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
Judge = Callable[[Vectors], float]


def open_graph(config: dict[str, Any], weights: dict[str, NDArray[Any]]) -> Run:
    """Open the graph of a BERT; a run takes all cores.

    :param config: as transformers writes it.
    :param weights: those of a transformers `BertModel`, by name, float32; they stay where they are.
    :return: takes embedded tokens, float32 (n, t, d), and their mask, int64 (n, t), and gives the
        last layer, float32 (n, t, d).
    """
    graph = _Bert(config, weights)
    rows = graph.through()
    run = graph.open(graph.add("Reshape", rows, graph.shape), count_cores())

    def forward(embedded: Vectors, mask: NDArray[np.int64]) -> Vectors:
        texts, tokens = mask.shape
        met = np.broadcast_to(mask.astype(bool)[:, None, None], (texts, 1, tokens, tokens))
        return run({"embedded": embedded, "met": np.ascontiguousarray(met)})

    return forward


def open_judge(config: dict[str, Any], weights: dict[str, NDArray[Any]]) -> Judge:
    """Open the graph of a BERT that judges a text by its first token; a run takes all cores.

    :param config: as transformers writes it.
    :param weights: as of `open_graph`, with `out.weight` (1, d) and `out.bias` (1,).
    :return: takes the embedded tokens of a text, float32 (t, d), and gives a logit.
    """
    graph = _Bert(config, weights)
    start, end = graph.constant([0]), graph.constant([1])
    first = graph.add("Slice", graph.through(), start, end, start)
    # a text with many tokens gains nothing by weights that are packed
    run = graph.open(graph.linear(first, "out"), count_cores(), packs=False)

    def judge(embedded: Vectors) -> float:
        met = np.ones((1, 1, len(embedded), len(embedded)), bool)
        return float(run({"embedded": embedded[None], "met": met})[0, 0])

    return judge


class _Bert(Layers):
    """A BERT in the making; tokens of all texts are rows, (n t, d)."""

    def __init__(self, config: dict[str, Any], weights: dict[str, NDArray[Any]]) -> None:
        width = int(config["hidden_size"])
        inputs = {
            "embedded": (np.float32, ("texts", "tokens", width)),
            "met": (np.bool_, ("texts", 1, "tokens", "tokens")),
        }
        super().__init__(inputs, weights)
        self._layers = int(config["num_hidden_layers"])
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])
        self.flat = self.constant([-1, width])
        self.shape = self.add("Shape", "embedded")

    def through(self) -> str:
        """Return what the last layer gives."""
        rows = self.even(self.add("Reshape", "embedded", self.flat), "embeddings.LayerNorm")
        for layer in range(self._layers):
            own = f"encoder.layer.{layer}"
            met = self.attend(rows, own)
            rows = self.even(self.add("Add", met, rows), f"{own}.attention.output.LayerNorm")
            inner = self.add("Gelu", self.linear(rows, f"{own}.intermediate.dense"))
            said = self.linear(inner, f"{own}.output.dense")
            rows = self.even(self.add("Add", said, rows), f"{own}.output.LayerNorm")
        return rows

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
