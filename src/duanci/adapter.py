"""What the default encoder learned since: low-rank changes of its layers' products.

multilingual-e5-small was made for whole texts to lie near each other, not for the tokens of a
question to meet those of a paragraph. The changes (LoRA: Hu et al. 2021, arXiv:2106.09685) teach it
that; `benchmarks/fit_adapter.py` learns them. The vectors of whole texts stay near where they were:
tests hold them to those of the wheel's own engine.
"""

from typing import Any

from numpy.typing import NDArray

from duanci.arrays import read_shipped

Array = NDArray[Any]
Adapter = dict[str, tuple[Array, Array]]

FILE = "adapter.npz"


def read_adapter() -> Adapter:
    """Read the changes, by the name of the product: `down` (r, k) and `up` (n, r), float32."""
    return pair(read_shipped(FILE))


def pair(arrays: dict[str, Array]) -> Adapter:
    """Return the changes among arrays, `<product>.down` and `<product>.up`, by the product."""
    names = sorted(name.removesuffix(".down") for name in arrays if name.endswith(".down"))
    return {name: (arrays[f"{name}.down"], arrays[f"{name}.up"]) for name in names}


def adapt(weights: dict[str, Array], adapter: Adapter) -> dict[str, Array]:
    """Return the weights of a BERT with the changes in them.

    :param weights: those of a transformers `BertModel`, by name; left as they are.
    :param adapter: as `read_adapter` returns it.
    """
    changed = {
        f"{name}.weight": weights[f"{name}.weight"] + up @ down
        for name, (down, up) in adapter.items()
    }
    return {**weights, **changed}
