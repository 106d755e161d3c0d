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
    :param weights: those of a transformers `BertModel`, by name, float32; what is opened has its
        own.
    :return: takes embedded tokens, float32 (n, t, d), and their mask, int64 (n, t), and gives the
        last layer, float32 (n, t, d).
    """
    graph = _Bert(config, weights)
    rows = graph.through()
    run = graph.open(graph.add("Reshape", rows, graph.by_text), count_cores())

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
    run = graph.open(graph.linear(graph.through(first_alone=True), "out"), count_cores())

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
        texts = self.add("Shape", "embedded", end=1)
        self.by_text = self.add("Concat", texts, self.flat, axis=0)

    def through(self, first_alone: bool = False) -> str:
        """Return what the last layer gives.

        :param first_alone: only of the first token of each text.
        """
        rows = self.even(self.add("Reshape", "embedded", self.flat), "embeddings.LayerNorm")
        for layer in range(self._layers):
            own = f"encoder.layer.{layer}"
            asking, met = rows, "met"
            if first_alone and layer == self._layers - 1:
                asking = self.add(
                    "Reshape", self.first(self.add("Reshape", rows, self.by_text), 1), self.flat
                )
                met = self.first(met, 2)
            seen = self.attend(asking, rows, met, own)
            rows = self.even(self.add("Add", seen, asking), f"{own}.attention.output.LayerNorm")
            inner = self.add("Gelu", self.linear(rows, f"{own}.intermediate.dense"))
            said = self.linear(inner, f"{own}.output.dense")
            rows = self.even(self.add("Add", said, rows), f"{own}.output.LayerNorm")
        return rows

    def attend(self, asking: str, rows: str, met: str, own: str) -> str:
        """Return what a layer's attention adds to rows that ask, by all rows of their texts."""
        parts = (("query", asking), ("key", rows), ("value", rows))
        asked = (
            self.add("Reshape", self.linear(of, f"{own}.attention.self.{part}"), self.by_text)
            for part, of in parts
        )
        heads = {"q_num_heads": self._heads, "kv_num_heads": self._heads}
        seen = self.add("Attention", *asked, met, **heads)
        return self.linear(self.add("Reshape", seen, self.flat), f"{own}.attention.output.dense")

    def first(self, values: str, axis: int) -> str:
        """Return the first along an axis, which stays."""
        start, end = self.constant([0]), self.constant([1])
        return self.add("Slice", values, start, end, self.constant([axis]))

    def even(self, rows: str, name: str) -> str:
        """Even out rows as this BERT does, and scale them."""
        return self.norm(rows, name, self._epsilon)
