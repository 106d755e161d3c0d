"""Weights in eight bits: what they multiply to, and where they are exact."""

import numpy as np

from duanci import int8
from duanci.int8 import Range, quantise, read_ranges

WIDTH, INNER, HEADS = 16, 32, 2


def _weights() -> dict[str, np.ndarray]:
    """A BERT of one layer."""
    rng = np.random.default_rng(7)
    own = "encoder.layer.0"
    shapes = {
        f"{own}.attention.self.query": (WIDTH, WIDTH),
        f"{own}.attention.self.key": (WIDTH, WIDTH),
        f"{own}.attention.self.value": (WIDTH, WIDTH),
        f"{own}.attention.output.dense": (WIDTH, WIDTH),
        f"{own}.intermediate.dense": (INNER, WIDTH),
        f"{own}.output.dense": (WIDTH, INNER),
    }
    found = {f"{name}.weight": rng.normal(size=shape) for name, shape in shapes.items()}
    found |= {f"{name}.bias": rng.normal(size=shape[0]) for name, shape in shapes.items()}
    for norm in ("embeddings", f"{own}.attention.output", f"{own}.output"):
        found |= {f"{norm}.LayerNorm.{part}": rng.normal(size=WIDTH) for part in ("weight", "bias")}
    found["embeddings.position_embeddings.weight"] = rng.normal(size=(8, WIDTH))
    found["embeddings.token_type_embeddings.weight"] = rng.normal(size=(2, WIDTH))
    return {name: array.astype(np.float32) for name, array in found.items()}


def _ranges(weights: dict[str, np.ndarray]) -> dict[str, Range]:
    """Each channel goes from -2 to 2 but the first, which lies about 40."""
    found = {}
    for which in int8.INPUTS:
        name = f"encoder.layer.0.{which}"
        low, high, mean = np.float32([[-2], [2], [0.25]]).repeat(
            weights[f"{name}.weight"].shape[1], axis=1
        )
        low[0], high[0], mean[0] = 39, 41, 40.125
        found[name] = Range(low, high, mean)
    return found


def _multiply(found: dict[str, np.ndarray], name: str, stretched: np.ndarray) -> np.ndarray:
    levels = np.clip(np.rint(stretched), 0, int8.TOP)
    matrix = found[f"{name}.levels"] * found[f"{name}.scales"]
    return levels @ matrix.T + found[f"{name}.bias"]


def _last_product(given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the last product of a layer, by its levels and by its weights."""
    weights = _weights()
    found = quantise(weights, _ranges(weights), 1, HEADS)
    name = "encoder.layer.0.output.dense"
    got = np.zeros((len(given), WIDTH))
    for part, channels in (("near", slice(0, INNER // 2)), ("far", slice(INNER // 2, None))):
        own = f"{name}.{part}"
        stretched = given[:, channels] * found[f"{own}.gain"] + found[f"{own}.shift"]
        got += _multiply(found, own, stretched)
        assert found[f"{own}.levels"].dtype == np.int8
        assert np.abs(found[f"{own}.levels"]).max() == 127
    return got, given @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def test_product_of_levels_is_that_of_the_weights() -> None:
    given = np.random.default_rng(1).uniform(-2, 2, size=(50, INNER))
    given[:, 0] = 40 + given[:, 0] / 2
    got, expected = _last_product(given)
    assert np.abs(got - expected).max() < 0.01 * np.abs(expected).max()


def test_product_is_exact_for_the_mean_input() -> None:
    weights = _weights()
    mean = _ranges(weights)["encoder.layer.0.output.dense"].mean
    got, expected = _last_product(mean[None])
    np.testing.assert_allclose(got, expected, atol=1e-3)


def test_channels_that_go_far_have_levels_of_their_own() -> None:
    weights = _weights()
    ranges = _ranges(weights)
    name = "encoder.layer.0.output.dense"
    ranges[name].high[3] = 30  # of 2 for the others
    found = quantise(weights, ranges, 1, HEADS)
    assert len(found[f"{name}.near.gain"]) == len(found[f"{name}.far.gain"]) == INNER // 2
    matrix = weights["encoder.layer.0.intermediate.dense.weight"]
    levels = found["encoder.layer.0.intermediate.dense.far.levels"]
    gain = found["encoder.layer.0.intermediate.dense.gain"]
    shrunk = matrix[3] / (gain / weights["encoder.layer.0.attention.output.LayerNorm.weight"])
    np.testing.assert_allclose(levels[-1], shrunk / np.abs(shrunk).max() * 127, atol=0.51)


def test_stretching_after_a_norm_is_folded_into_it() -> None:
    weights = _weights()
    found = quantise(weights, _ranges(weights), 1, HEADS)
    norm, name = "encoder.layer.0.attention.output.LayerNorm", "encoder.layer.0.intermediate.dense"
    even = np.random.default_rng(2).normal(size=(9, WIDTH))
    given = even * weights[f"{norm}.weight"] + weights[f"{norm}.bias"]
    given *= 0.3
    even = (given - weights[f"{norm}.bias"]) / weights[f"{norm}.weight"]
    stretched = even * found[f"{name}.gain"] + found[f"{name}.shift"]
    levels = np.clip(stretched, 0, int8.TOP)[:, 1:]
    np.testing.assert_allclose(levels, stretched[:, 1:])  # what is in range is not cut off
    assert np.array_equal(found[f"{norm}.weight"], weights[f"{norm}.weight"])


def test_positions_have_the_kind_of_token_in_them() -> None:
    weights = _weights()
    found = quantise(weights, _ranges(weights), 1, HEADS)
    kind = weights["embeddings.token_type_embeddings.weight"][0]
    expected = weights["embeddings.position_embeddings.weight"] + kind
    assert np.array_equal(found["positions"], expected)


def test_measured_ranges_are_of_every_product() -> None:
    ranges = read_ranges()
    expected = {f"encoder.layer.{layer}.{which}" for layer in range(12) for which in int8.INPUTS}
    assert set(ranges) == expected
    for name, one in ranges.items():
        width = 1536 if name.endswith("output.dense") and "attention" not in name else 384
        assert one.low.shape == one.high.shape == one.mean.shape == (width,)
        assert (one.low <= one.mean).all() and (one.mean <= one.high).all()
