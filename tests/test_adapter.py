"""What the default encoder learned: how it changes weights, and that it is whole."""

import numpy as np

from duanci.adapter import adapt, read_adapter

NAME = "encoder.layer.11.output.dense"


def test_change_is_added_to_its_product_alone() -> None:
    weights = {
        f"{NAME}.weight": np.ones((2, 3), np.float32),
        f"{NAME}.bias": np.zeros(2, np.float32),
        "encoder.layer.10.output.dense.weight": np.ones((2, 3), np.float32),
    }
    down, up = np.float32([[1, 2, 3]]), np.float32([[10], [100]])  # (1, 3), (2, 1)
    found = adapt(weights, {NAME: (down, up)})
    np.testing.assert_array_equal(found[f"{NAME}.weight"], [[11, 21, 31], [101, 201, 301]])
    np.testing.assert_array_equal(weights[f"{NAME}.weight"], np.ones((2, 3)))
    for name in weights.keys() - {f"{NAME}.weight"}:
        assert found[name] is weights[name]


def test_no_change_leaves_the_weights() -> None:
    weights = {f"{NAME}.weight": np.ones((2, 3), np.float32)}
    assert adapt(weights, {}) == weights


def test_adapter_is_of_every_product_of_every_layer() -> None:
    widths = {
        "attention.self.query": (384, 384),
        "attention.self.key": (384, 384),
        "attention.self.value": (384, 384),
        "attention.output.dense": (384, 384),
        "intermediate.dense": (1536, 384),
        "output.dense": (384, 1536),
    }
    adapter = read_adapter()
    layers = sorted({int(name.split(".")[2]) for name in adapter})
    assert layers == list(range(12))
    assert set(adapter) == {
        f"encoder.layer.{layer}.{product}" for layer in layers for product in widths
    }
    for name, (down, up) in adapter.items():
        rows, columns = widths[name.split(".", 3)[-1]]
        assert (down.shape, up.shape) == ((32, columns), (rows, 32))
        assert np.isfinite(up @ down).all() and np.abs(up @ down).max() > 0
