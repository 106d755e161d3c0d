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
from duanci.onnx_graph import Layers, count_cores

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
    weights = read_weights()
    graph = _Reading(weights)
    cosines = graph.add("MatMul", "asking", graph.add("Transpose", "tokens", perm=[1, 0]))
    met_asked = graph.best(cosines, 1)
    met_said = graph.add("Transpose", graph.best(cosines, 0), perm=[1, 0])
    asked, said = graph.meet("asked", "asking", met_asked), graph.meet("said", "tokens", met_said)
    hidden = graph.add("Concat", graph.weights(weights["sums"][None]), asked, said, axis=0)
    count = sum(name.endswith(".up.bias") for name in weights)
    for at in range(count):
        hidden = graph.run(f"layers.{at}", hidden, is_last=at == count - 1)
    return graph.open(graph.linear(graph.norm(hidden, "norm"), "out"), count_cores())


class _Reading(Layers):
    """The reader in the making; what is read are rows, (1 + q + t, width)."""

    def __init__(self, weights: Weights) -> None:
        width = weights["asked.weight"].shape[1]
        inputs = {"asking": (np.float32, ("asked", width)), "tokens": (np.float32, ("said", width))}
        super().__init__(inputs, weights)

    def best(self, cosines: str, axis: int) -> str:
        """Return the largest cosines along an axis."""
        return self.add("ReduceMax", cosines, self.constant([axis]), keepdims=1)

    def meet(self, name: str, tokens: str, met: str) -> str:
        """Bring tokens, and how well each is met, (n, 1), to rows."""
        by_tokens = self.linear(self.add("Mul", tokens, self.constant(np.float32(SCALE))), name)
        return self.add("Add", by_tokens, self.linear(met, f"met_{name}"))

    def run(self, name: str, hidden: str, is_last: bool) -> str:
        """Run a layer; of the last one only the first row is looked at."""
        first = self.constant([0])
        looks = self.linear(self.norm(hidden, f"{name}.norm"), f"{name}.looks")
        one_text = self.add("Unsqueeze", looks, first)
        asks, keys, values = self.add_parting("Split", 3, one_text, axis=-1, num_outputs=3)
        if is_last:
            end = self.constant([1])
            asks = self.add("Slice", asks, first, end, end)
            hidden = self.add("Slice", hidden, first, end, first)
        seen = self.add("Attention", asks, keys, values, q_num_heads=HEADS, kv_num_heads=HEADS)
        back = self.linear(self.add("Squeeze", seen, first), f"{name}.back")
        hidden = self.add("Add", hidden, back)
        up = self.add("Relu", self.linear(self.norm(hidden, f"{name}.next_norm"), f"{name}.up"))
        return self.add("Add", hidden, self.linear(up, f"{name}.down"))
