"""Whether a paragraph answers a question, read off the tokens of both.

A near miss matches as well as an answer does, but for the one thing that is asked for. A small
transformer (Vaswani et al. 2017, arXiv:1706.03762; normalised before each part, as in Xiong et al.
2020, arXiv:2002.04745) looks at the centred tokens of question and paragraph together, with how
well each is met by its best in the other. `reader.npz` has what it learned, by
`benchmarks/fit_adapter.py`.
"""

from collections.abc import Callable
from functools import cache
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci.arrays import read_shipped
from duanci.chunking import Vectors
from duanci.onnx_graph import Graph, count_cores

FILE = "reader.npz"
HEADS = 4
_SUREST = 4.0  # the logit that is told at most, either way: 98 of 100
SCALE = 8.0  # brings what a unit row has, 0.05 as a rule, to the size of what is learned

Weights = dict[str, NDArray[np.float32]]


def read(asking: Vectors, tokens: Vectors) -> float:
    """Tell how surely a paragraph answers a question, as a logit; nan where either has no word.

    It is kept in [-4, 4]: beyond, it would be surer than it is right.

    :param asking: centred tokens of the question, float32 (q, d), unit rows.
    :param tokens: centred tokens of the paragraph, float32 (t, d), unit rows.
    """
    if not len(asking) or not len(tokens):
        return nan
    logit = float(_open_graph()({"asking": asking, "tokens": tokens})[0, 0])
    return min(max(logit, -_SUREST), _SUREST)


@cache
def read_weights() -> Weights:
    """Read what was learned, by its names in `benchmarks/fit_adapter.py`, float32."""
    return read_shipped(FILE)


@cache
def _open_graph() -> Callable[[dict[str, NDArray[Any]]], NDArray[Any]]:
    """Open the graph, which gives the logit, float32 (1, 1)."""
    layers = _Layers(read_weights())
    graph = layers.graph
    cosines = graph.add("MatMul", "asking", graph.add("Transpose", "tokens", perm=[1, 0]))
    met_asked = layers.best(cosines, 1)
    met_said = graph.add("Transpose", layers.best(cosines, 0), perm=[1, 0])
    asked, said = layers.meet("asked", "asking", met_asked), layers.meet("said", "tokens", met_said)
    sums = graph.weights(read_weights()["sums"][None])
    hidden = graph.add("Concat", sums, asked, said, axis=0)
    count = sum(name.endswith(".up.bias") for name in read_weights())
    for at in range(count):
        hidden = layers.run(f"layers.{at}", hidden, is_last=at == count - 1)
    return graph.open(layers.linear(layers.norm(hidden, "norm"), "out"), count_cores())


class _Layers:
    """The parts of the reader as graph nodes; what is read are rows, (1 + q + t, width)."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        width = weights["asked.weight"].shape[1]
        self.graph = Graph(
            {"asking": (np.float32, ("asked", width)), "tokens": (np.float32, ("said", width))}
        )

    def best(self, cosines: str, axis: int) -> str:
        """Return the largest cosines along an axis."""
        return self.graph.add("ReduceMax", cosines, self.graph.constant([axis]), keepdims=1)

    def meet(self, name: str, tokens: str, met: str) -> str:
        """Bring tokens, and how well each is met, (n, 1), to rows."""
        own = self._weights
        scaled = self.graph.weights(SCALE * own[f"{name}.weight"])
        bias = self.graph.weights(own[f"{name}.bias"] + own[f"met_{name}.bias"])
        rows = self.graph.add("Gemm", tokens, scaled, bias, transB=1)
        by_met = self.graph.add("MatMul", met, self.graph.weights(own[f"met_{name}.weight"].T))
        return self.graph.add("Add", rows, by_met)

    def run(self, name: str, hidden: str, is_last: bool) -> str:
        """Run a layer; of the last one only the first row is looked at."""
        add, first = self.graph.add, self.graph.constant([0])
        looks = self.linear(self.norm(hidden, f"{name}.norm"), f"{name}.looks")
        one_text = add("Unsqueeze", looks, first)
        asks, keys, values = self.graph.add_parting("Split", 3, one_text, axis=-1, num_outputs=3)
        if is_last:
            end = self.graph.constant([1])
            asks = add("Slice", asks, first, end, end)
            hidden = add("Slice", hidden, first, end, first)
        seen = add("Attention", asks, keys, values, q_num_heads=HEADS, kv_num_heads=HEADS)
        back = self.linear(add("Squeeze", seen, first), f"{name}.back")
        hidden = add("Add", hidden, back)
        up = add("Relu", self.linear(self.norm(hidden, f"{name}.next_norm"), f"{name}.up"))
        return add("Add", hidden, self.linear(up, f"{name}.down"))

    def linear(self, rows: str, name: str) -> str:
        """Multiply by a matrix, and add its bias."""
        return self.graph.add("Gemm", rows, *self._own(name), transB=1)

    def norm(self, rows: str, name: str) -> str:
        """Even out rows, and scale them."""
        return self.graph.add("LayerNormalization", rows, *self._own(name))

    def _own(self, name: str) -> tuple[str, str]:
        weight, bias = (self._weights[f"{name}.{part}"] for part in ("weight", "bias"))
        return self.graph.weights(weight), self.graph.weights(bias)
