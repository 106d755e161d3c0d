"""A BERT with products in eight bits as a graph for OpenVINO; OpenVINO, and only here.

Written from the model's description (Devlin et al. 2019, arXiv:1810.04805).
"""

import sys
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci.int8 import PARTS, TOP, Weights

Vectors = NDArray[np.float32]
Run = Callable[[Vectors, NDArray[np.int64]], Vectors]

_MASKED = np.float32(-1e9)  # so low a score that its weight vanishes


def open_graph(config: dict[str, Any], weights: Weights) -> Run:
    """Open the graph of a BERT; a run takes one core: another pass may run on the next.

    :param config: as transformers writes it.
    :param weights: as of `int8.quantise`; they stay where they are.
    :return: takes embedded tokens, float32 (n, t, d), and their mask, int64 (n, t), and gives the
        last layer, float32 (n, t, d), until it is called again; one call at a time.
    """
    # what converts models is not needed, and tells its maker over the network of each import
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
    import openvino

    core = openvino.Core()
    hints: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": 1,
        "ENABLE_CPU_PINNING": False,
    }
    if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        hints["INFERENCE_PRECISION_HINT"] = "bf16"  # for attention: a tenth of a long text's time
    request = core.compile_model(_write(config, weights), "CPU", hints).create_infer_request()

    def forward(embedded: Vectors, mask: NDArray[np.int64]) -> Vectors:
        request.infer([embedded, mask], share_inputs=True, share_outputs=True)
        found: Vectors = request.get_output_tensor().data
        return found

    return forward


def _write(config: dict[str, Any], weights: Weights) -> Any:
    import openvino
    from openvino import opset13 as op

    layers = _Layers(config, weights)
    embedded = op.parameter([-1, -1, layers.width], np.float32, name="embedded")
    mask = op.parameter([-1, -1], np.int64, name="attention_mask")
    kept = op.unsqueeze(op.convert(mask, "f32"), op.constant([1, 2]))
    one = op.constant(np.float32(1))
    penalty = op.multiply(op.subtract(one, kept), op.constant(_MASKED))
    return openvino.Model([layers.run(embedded, penalty)], [embedded, mask], "bert")


class _Layers:
    """The parts of a BERT as graph nodes: products in eight bits, all else in fp32 or bf16."""

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
            met = self._attend(even, own, penalty)
            even = self._even(self._op.add(self._scale(even, norm), met))
            norm = f"{own}.attention.output.LayerNorm"
            said = self._feed(even, own)
            even = self._even(self._op.add(self._scale(even, norm), said))
            norm = f"{own}.output.LayerNorm"
        return self._scale(even, norm)

    def _attend(self, even: Any, own: str, penalty: Any) -> Any:
        """Return what a layer's attention adds."""
        op = self._op
        levels = self._levels(self._stretch(even, f"{own}.attention.self.query"))
        query, key, value = (
            self._part(self._dense(levels, f"{own}.attention.self.{which}"))
            for which in ("query", "key", "value")
        )
        scores = op.add(op.matmul(query, key, False, True), penalty)
        met = self._join(op.matmul(op.softmax(scores, -1), value, False, False))
        return self._dense(self._levels(met), f"{own}.attention.output.dense")

    def _feed(self, even: Any, own: str) -> Any:
        """Return what a layer's two products after its attention add."""
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
