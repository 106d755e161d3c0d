"""The weights of a BERT in eight bits, with what makes eight bits enough for its tokens too.

Each product takes its input as 256 levels. How far each channel of an input goes was measured once
(`ranges.npz`, by `benchmarks/calibrate.py`). Some go twenty times as far as others: each channel is
stretched by itself, and its weights shrunk by as much (SmoothQuant: Xiao et al. 2023,
arXiv:2211.10438). What stretches is folded into the norm or the product before it, where there is
one. Weights have a scale for each row.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci.arrays import read_shipped

Array = NDArray[Any]
Weights = dict[str, Array]

FILE = "int8.safetensors"
TOP = 255.0  # the highest level of an input; the lowest is 0
PARTS = ("near", "far")  # of the channels between a layer's last two products
_FAR = 32  # channels that go farthest
# The inputs of a layer's products (key and value take the query's), and how much of the differences
# between its channels each takes itself, in [0, 1]; its weights take the rest. Chosen by cosine
# with fp32 on texts of public sets, whatever they rank.
SHARES = {
    "attention.self.query": 0.95,
    "attention.output.dense": 0.35,
    "intermediate.dense": 0.8,
    "output.dense": 0.83,
}
INPUTS = tuple(SHARES)
_MOST = 127  # the highest level of a weight; the lowest is -127


@dataclass(frozen=True, slots=True)
class Range:
    """How far each of k channels of an input goes, and its mean, float32 (k,)."""

    low: Array
    high: Array
    mean: Array

    def of(self, channels: Array) -> "Range":
        """Return that of some channels."""
        return Range(self.low[channels], self.high[channels], self.mean[channels])


def read_ranges() -> dict[str, Range]:
    """Read the ranges that were measured, by the name of the product whose input they are of."""
    return {name: Range(*found) for name, found in read_shipped("ranges.npz").items()}


def quantise(weights: Weights, ranges: dict[str, Range], layers: int, heads: int) -> Weights:
    """Return the weights of a BERT for a graph of products in eight bits.

    :param weights: those of a transformers `BertModel`, by name.
    :param ranges: of the inputs of each layer's products, `INPUTS`.
    :return: of each product, under its name, `levels` int8 (n, k), `scales` float32 (n, 1) and
        `bias` float32 (n,); of each input `gain` and `shift` float32 (k,), to be applied to what
        the norm before it has evened, or, of `output.dense`, to the input itself; all norms; and
        `positions`, what is added to the vector of a word at each place. The last two products of a
        layer are in `PARTS`, which add up.
    """
    kept = {"positions": positions_of(weights)}
    norm = "embeddings.LayerNorm"
    for layer in range(layers):
        own = f"encoder.layer.{layer}"
        kept |= _attention(weights, ranges, own, norm, heads)
        norm = f"{own}.attention.output.LayerNorm"
        kept |= _feed_forward(weights, ranges, own, norm)
        norm = f"{own}.output.LayerNorm"
    kept |= {name: array for name, array in weights.items() if ".LayerNorm." in f".{name}"}
    return {name: np.ascontiguousarray(array) for name, array in kept.items()}


def positions_of(weights: Weights) -> Array:
    """Return what is added to the vector of a word at each place, float32 (places, d)."""
    positions = weights["embeddings.position_embeddings.weight"]
    found: Array = positions + weights["embeddings.token_type_embeddings.weight"][0]
    return found


def _attention(
    weights: Weights, ranges: dict[str, Range], own: str, norm: str, heads: int
) -> Weights:
    """Quantise a layer's attention."""
    matrices = {
        part: (
            weights[f"{own}.attention.self.{part}.weight"],
            weights[f"{own}.attention.self.{part}.bias"],
        )
        for part in ("query", "key", "value")
    }
    query, _, value = matrices.values()
    into = _stretch(ranges, own, INPUTS[0], *(matrix for matrix, _ in matrices.values()))
    last = f"{own}.{INPUTS[1]}"
    out = _stretch(ranges, own, INPUTS[1], weights[f"{last}.weight"])
    # attention is an average of values: what stretches it is as well done to them
    matrices["value"] = (value[0] * out.gain[:, None], value[1] * out.gain + out.shift)
    root = np.float32(np.sqrt(len(query[0]) / heads))
    matrices["query"] = (query[0] / root, query[1] / root)
    found = _after_norm(into, weights, norm, f"{own}.{INPUTS[0]}")
    for part, (matrix, bias) in matrices.items():
        found |= _product(f"{own}.attention.self.{part}", matrix, bias, into)
    return found | _product(last, weights[f"{last}.weight"], weights[f"{last}.bias"], out)


def _feed_forward(weights: Weights, ranges: dict[str, Range], own: str, norm: str) -> Weights:
    """Quantise a layer's two products after its attention.

    Of the channels between them one or another goes ten times as far as any other, for the first
    token of a text. The farthest have levels of their own.
    """
    into, out = (f"{own}.{which}" for which in INPUTS[2:])
    stretch = _stretch(ranges, own, INPUTS[2], weights[f"{into}.weight"])
    found = _after_norm(stretch, weights, norm, into)
    order = np.argsort(ranges[out].high - ranges[out].low, kind="stable")
    near = len(order) - min(_FAR, len(order) // 2)
    for part, rows in zip(PARTS, np.split(order, [near]), strict=True):
        matrix, bias = weights[f"{into}.weight"][rows], weights[f"{into}.bias"][rows]
        found |= _product(f"{into}.{part}", matrix, bias, stretch)
        matrix, bias = weights[f"{out}.weight"][:, rows], weights[f"{out}.bias"] / len(PARTS)
        of_part = _stretch({out: ranges[out].of(rows)}, own, INPUTS[3], matrix)
        found |= {f"{out}.{part}.gain": of_part.gain, f"{out}.{part}.shift": of_part.shift}
        found |= _product(f"{out}.{part}", matrix, bias, of_part)
    return found


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What brings an input to levels: level = gain x + shift; `mean` is the input's."""

    gain: Array
    shift: Array
    mean: Array


def _stretch(ranges: dict[str, Range], own: str, which: str, *matrices: Array) -> _Stretch:
    """Choose what brings an input of some products to 0 … TOP.

    The mean of each channel falls on a whole level: a channel that hardly moves is then exact,
    however far it lies from the others.
    """
    found, share = ranges[f"{own}.{which}"], SHARES[which]
    heaviest = np.max([np.abs(matrix).max(axis=0) for matrix in matrices], axis=0)
    reach = np.maximum((found.high - found.low) / 2, 1e-6)
    unit = reach**share / np.maximum(heaviest, 1e-6) ** (1 - share)
    gain = TOP / (2 * unit * (reach / unit).max())
    shift = TOP / 2 - gain * (found.high + found.low) / 2
    level = gain * found.mean + shift
    return _Stretch(gain, shift + np.rint(level) - level, found.mean)


def _after_norm(stretch: _Stretch, weights: Weights, norm: str, name: str) -> Weights:
    """Return what stretches an input, to be done to what its norm has evened."""
    weight, bias = weights[f"{norm}.weight"], weights[f"{norm}.bias"]
    return {
        f"{name}.gain": weight * stretch.gain,
        f"{name}.shift": bias * stretch.gain + stretch.shift,
    }


def _product(name: str, matrix: Array, bias: Array, into: _Stretch) -> Weights:
    """Quantise a product of an input that comes in levels; it is right for the mean input."""
    shrunk = matrix / into.gain
    scales = np.abs(shrunk).max(axis=1, keepdims=True) / _MOST
    levels = np.rint(shrunk / np.where(scales > 0, scales, 1)).astype(np.int8)
    meant = matrix.astype(np.float64) @ into.mean
    given = (levels * scales).astype(np.float64) @ (into.gain * into.mean + into.shift)
    return {
        f"{name}.levels": levels,
        f"{name}.scales": scales.astype(np.float32),
        f"{name}.bias": (bias + meant - given).astype(np.float32),
    }
