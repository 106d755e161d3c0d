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
        last layer, float32 (n, t, d), 0 where the mask is.
    """
    graph = _Bert(config, weights)
    run = graph.open(graph.through(), count_cores())

    def forward(embedded: Vectors, mask: NDArray[np.int64]) -> Vectors:
        found = np.zeros_like(embedded)
        for text, count in enumerate(mask.sum(axis=1).tolist()):  # each by itself: none is padded
            found[text, :count] = run({"embedded": embedded[text, :count]})
        return found

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
        return float(run({"embedded": embedded})[0, 0])

    return judge


class _Bert(Layers):
    """A BERT in the making; the tokens of a text are rows, (t, d)."""

    def __init__(self, config: dict[str, Any], weights: dict[str, NDArray[Any]]) -> None:
        super().__init__({"embedded": (np.float32, ("tokens", config["hidden_size"]))}, weights)
        self._layers = int(config["num_hidden_layers"])
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])

    def through(self, first_alone: bool = False) -> str:
        """Return what the last layer gives.

        :param first_alone: only of the first token.
        """
        rows = self.norm("embedded", "embeddings.LayerNorm", self._epsilon)
        for layer in range(self._layers):
            own = f"encoder.layer.{layer}"
            asking = rows
            if first_alone and layer == self._layers - 1:
                start, end = self.constant([0]), self.constant([1])
                asking = self.add("Slice", rows, start, end, start)
            seen = self.attend(asking, rows, own)
            rows = self.norm_sum(seen, asking, f"{own}.attention.output.LayerNorm", self._epsilon)
            inner = self.add("Gelu", self.linear(rows, f"{own}.intermediate.dense"))
            said = self.linear(inner, f"{own}.output.dense")
            rows = self.norm_sum(said, rows, f"{own}.output.LayerNorm", self._epsilon)
        return rows

    def attend(self, asking: str, rows: str, own: str) -> str:
        """Return what a layer's attention adds to rows that ask, by all rows."""
        parts = (("query", asking), ("key", rows), ("value", rows))
        first = self.constant([0])
        asked = (
            self.add("Unsqueeze", self.linear(of, f"{own}.attention.self.{part}"), first)
            for part, of in parts
        )
        seen = self.add("Attention", *asked, q_num_heads=self._heads, kv_num_heads=self._heads)
        return self.linear(self.add("Squeeze", seen, first), f"{own}.attention.output.dense")
