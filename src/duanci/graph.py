"""A BERT as a graph for OpenVINO, in fp32 or with products in eight bits; OpenVINO, and only here.

Written from the model's description (Devlin et al. 2019, arXiv:1810.04805). Both take embedded
tokens, float32 (n, t, d), and their mask, int64 (n, t), and give the last layer, float32 (n, t, d).
"""

import sys
from abc import ABC, abstractmethod
from functools import reduce
from typing import Any

import numpy as np

from duanci.int8 import PARTS, TOP, Weights

_MASKED = np.float32(-1e9)  # so low a score that its weight vanishes


def compile_graph(config: dict[str, Any], weights: Weights) -> Any:
    """Compile the graph of a BERT, in eight bits where its weights are (`int8.quantise`).

    In eight bits it runs on one core: another pass may run on the next. In fp32 it takes them all.

    :param config: as transformers writes it.
    """
    # what converts models is not needed, and tells its maker over the network of each import
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
    import openvino

    core = openvino.Core()
    hints: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    if "positions" not in weights:
        hints["SNIPPETS_MODE"] = "DISABLE"  # compiling small loops takes .1 s and saves nothing
        return core.compile_model(_write(_Float(config, weights)), "CPU", hints)
    hints |= {"INFERENCE_NUM_THREADS": 1, "ENABLE_CPU_PINNING": False}
    if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        hints["INFERENCE_PRECISION_HINT"] = "bf16"  # for attention: a tenth of a long text's time
    return core.compile_model(_write(_Int8(config, weights)), "CPU", hints)


def _write(layers: "_Layers") -> Any:
    import openvino
    from openvino import opset13 as op

    embedded = op.parameter([-1, -1, layers.width], np.float32, name="embedded")
    mask = op.parameter([-1, -1], np.int64, name="attention_mask")
    kept = op.unsqueeze(op.convert(mask, "f32"), op.constant([1, 2]))
    one = op.constant(np.float32(1))
    penalty = op.multiply(op.subtract(one, kept), op.constant(_MASKED))
    return openvino.Model([layers.run(embedded, penalty)], [embedded, mask], "bert")


class _Layers(ABC):
    """The parts of a BERT as graph nodes."""

    def __init__(self, config: dict[str, Any], weights: Weights) -> None:
        from openvino import opset13

        self._op = opset13
        self._weights = weights
        self.width = int(config["hidden_size"])
        self._count = int(config["num_hidden_layers"])
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])

    def run(self, embedded: Any, penalty: Any) -> Any:
        """Return the last layer of embedded tokens."""
        norm = "embeddings.LayerNorm"
        even = self._even(embedded)
        for layer in range(self._count):
            own = f"encoder.layer.{layer}"
            met = self._attend(even, norm, own, penalty)
            even = self._even(self._op.add(self._scale(even, norm), met))
            norm = f"{own}.attention.output.LayerNorm"
            said = self._feed(even, norm, own)
            even = self._even(self._op.add(self._scale(even, norm), said))
            norm = f"{own}.output.LayerNorm"
        return self._scale(even, norm)

    @abstractmethod
    def _attend(self, even: Any, norm: str, own: str, penalty: Any) -> Any:
        """Return what a layer's attention adds."""

    @abstractmethod
    def _feed(self, even: Any, norm: str, own: str) -> Any:
        """Return what a layer's two products after its attention add."""

    def _part(self, hidden: Any) -> Any:
        """Part (n, t, d) into heads, (n, heads, t, d / heads)."""
        op = self._op
        parted = op.reshape(hidden, op.constant([0, 0, self._heads, -1]), True)
        return op.transpose(parted, op.constant([0, 2, 1, 3]))

    def _join(self, met: Any) -> Any:
        """Join heads, (n, heads, t, d / heads), into (n, t, d)."""
        op = self._op
        return op.reshape(
            op.transpose(met, op.constant([0, 2, 1, 3])), op.constant([0, 0, -1]), True
        )

    def _even(self, hidden: Any) -> Any:
        op = self._op
        return op.mvn(hidden, op.constant([-1]), True, self._epsilon, "inside_sqrt")

    def _scale(self, even: Any, name: str, by: str = "weight", and_by: str = "bias") -> Any:
        op = self._op
        scaled = op.multiply(even, self._constant(f"{name}.{by}"))
        return op.add(scaled, self._constant(f"{name}.{and_by}"))

    def _constant(self, name: str) -> Any:
        return self._op.constant(self._weights[name], shared_memory=True)


class _Float(_Layers):
    """All in fp32."""

    def _attend(self, even: Any, norm: str, own: str, penalty: Any) -> Any:
        hidden = self._scale(even, norm)
        query, key, value = (
            self._part(self._dense(hidden, f"{own}.attention.self.{which}"))
            for which in ("query", "key", "value")
        )
        met = self._op.scaled_dot_product_attention(query, key, value, penalty)
        return self._dense(self._join(met), f"{own}.attention.output.dense")

    def _feed(self, even: Any, norm: str, own: str) -> Any:
        inner = self._dense(self._scale(even, norm), f"{own}.intermediate.dense")
        return self._dense(self._op.gelu(inner, "erf"), f"{own}.output.dense")

    def _dense(self, hidden: Any, name: str) -> Any:
        op = self._op
        product = op.matmul(hidden, self._constant(f"{name}.weight"), False, True)
        return op.add(product, self._constant(f"{name}.bias"))


class _Int8(_Layers):
    """Products with weights in eight bits; all else in fp32, or bf16 where the processor has it."""

    def _attend(self, even: Any, norm: str, own: str, penalty: Any) -> Any:
        op = self._op
        levels = self._levels(self._stretch(even, f"{own}.attention.self.query"))
        query, key, value = (
            self._part(self._dense(levels, f"{own}.attention.self.{which}"))
            for which in ("query", "key", "value")
        )
        scores = op.add(op.matmul(query, key, False, True), penalty)
        met = self._join(op.matmul(op.softmax(scores, -1), value, False, False))
        return self._dense(self._levels(met), f"{own}.attention.output.dense")

    def _feed(self, even: Any, norm: str, own: str) -> Any:
        into, out = f"{own}.intermediate.dense", f"{own}.output.dense"
        levels = self._levels(self._stretch(even, into))
        parts = []
        for part in PARTS:
            inner = self._op.gelu(self._dense(levels, f"{into}.{part}"), "erf")
            active = self._stretch(inner, f"{out}.{part}")
            parts.append(self._dense(self._levels(active), f"{out}.{part}"))
        return reduce(self._op.add, parts)

    def _stretch(self, hidden: Any, name: str) -> Any:
        return self._scale(hidden, name, "gain", "shift")

    def _levels(self, stretched: Any) -> Any:
        """Round to whole levels, 0 … TOP."""
        op = self._op
        least, most = op.constant(np.float32(0)), op.constant(np.float32(TOP))
        return op.fake_quantize(stretched, least, most, least, most, int(TOP) + 1)

    def _dense(self, levels: Any, name: str) -> Any:
        op = self._op
        scales = self._constant(f"{name}.scales")
        matrix = op.multiply(op.convert(self._constant(f"{name}.levels"), "f32"), scales)
        product = op.matmul(levels, matrix, False, True)
        return op.add(product, self._constant(f"{name}.bias"))
