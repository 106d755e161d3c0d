"""Whether a paragraph answers a question, read off the tokens of both.

A near miss matches as well as an answer does, but for the one thing that is asked for. A small
transformer (Vaswani et al. 2017, arXiv:1706.03762; normalised before each part, as in Xiong et al.
2020, arXiv:2002.04745) looks at the centred tokens of question and paragraph together, with how
well each is met by its best in the other. `reader.npz` has what it learned, by
`benchmarks/fit_adapter.py`.
"""

from dataclasses import dataclass
from functools import cache
from math import nan

import numpy as np
from numpy.typing import NDArray

from duanci.arrays import read_shipped
from duanci.chunking import Vectors

FILE = "reader.npz"
HEADS = 4
_SUREST = 4.0  # the logit that is told at most, either way: 98 of 100
SCALE = 8.0  # brings what a unit row has, 0.05 as a rule, to the size of what is learned

Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class _Linear:
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    def __call__(self, given: Vectors) -> Vectors:
        product = np.asarray(given @ self.weight.T, np.float32)
        product += self.bias
        return product


@dataclass(frozen=True, slots=True)
class _Norm:
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    def __call__(self, given: Vectors) -> Vectors:
        even: Vectors = given - given.mean(axis=-1, keepdims=True)
        even /= np.sqrt(np.vecdot(even, even)[..., None] / even.shape[-1] + np.float32(1e-5))
        even *= self.weight
        even += self.bias
        return even


def read(asking: Vectors, tokens: Vectors) -> float:
    """Tell how surely a paragraph answers a question, as a logit; nan where either has no word.

    It is kept in [-4, 4]: beyond, it would be surer than it is right.

    :param asking: centred tokens of the question, float32 (q, d), unit rows.
    :param tokens: centred tokens of the paragraph, float32 (t, d), unit rows.
    """
    if not len(asking) or not len(tokens):
        return nan
    weights = read_weights()
    cosines = asking @ tokens.T
    hidden = np.concatenate(
        [
            weights["sums"][None],
            _linear("asked")(SCALE * asking) + _linear("met_asked")(cosines.max(1)[:, None]),
            _linear("said")(SCALE * tokens) + _linear("met_said")(cosines.max(0)[:, None]),
        ]
    )
    count = sum(name.endswith(".up.bias") for name in weights)
    for at in range(count):
        hidden = _layer(f"layers.{at}", hidden, is_last=at == count - 1)
    logit = float(_linear("out")(_norm("norm")(hidden[:1]))[0, 0])
    return min(max(logit, -_SUREST), _SUREST)


def _layer(name: str, hidden: Vectors, is_last: bool) -> Vectors:
    """Run a layer; of the last one only the first row is looked at."""
    looks = _linear(f"{name}.looks")(_norm(f"{name}.norm")(hidden))
    asks, keys, values = (
        part.reshape(len(hidden), HEADS, -1).transpose(1, 0, 2) for part in np.split(looks, 3, 1)
    )
    if is_last:
        asks, hidden = asks[:, :1], hidden[:1]
    seen = (asks / np.sqrt(np.float32(keys.shape[2]))) @ keys.transpose(0, 2, 1)
    np.exp(seen, out=seen)
    joined = (seen @ values) / seen.sum(axis=2, keepdims=True)
    joined = joined.transpose(1, 0, 2).reshape(len(hidden), -1)
    hidden = hidden + _linear(f"{name}.back")(joined)
    up = _linear(f"{name}.up")(_norm(f"{name}.next_norm")(hidden))
    np.maximum(up, 0, out=up)
    hidden += _linear(f"{name}.down")(up)
    return hidden


@cache
def _linear(name: str) -> _Linear:
    weights = read_weights()
    return _Linear(weights[f"{name}.weight"], weights[f"{name}.bias"])


@cache
def _norm(name: str) -> _Norm:
    weights = read_weights()
    return _Norm(weights[f"{name}.weight"], weights[f"{name}.bias"])


@cache
def read_weights() -> Weights:
    """Read what was learned, by its names in `benchmarks/fit_adapter.py`, float32."""
    return read_shipped(FILE)
