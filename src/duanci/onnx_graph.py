"""Graphs in ONNX's own operators, run by ONNX Runtime; both packages, and only here."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Array = NDArray[Any]

_OPSET = 23  # the first that has attention
_OWN = "com.microsoft"  # operators that ONNX Runtime has besides
_IR = 11  # the format of files that came with it
_CPUS = Path("/sys/devices/system/cpu")  # it is Linux's


class Graph:
    """A graph in the making. What adds to it returns the name of what that gives."""

    def __init__(self, inputs: Mapping[str, tuple[DTypeLike, tuple[str | int, ...]]]) -> None:
        """Begin a graph.

        :param inputs: the type and the shape of each, by its name; a size that differs from run to
            run has a name.
        """
        self._inputs = inputs
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._weights: dict[str, Array] = {}

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator, as https://onnx.ai/onnx/operators describes them, that gives one."""
        (output,) = self.add_parting(operator, 1, *inputs, **attributes)
        return output

    def add_parting(self, operator: str, count: int, *inputs: str, **attributes: Any) -> list[str]:
        """Add an operator that gives several."""
        from onnx import helper

        outputs = [f"{operator}-{len(self._nodes)}-{at}" for at in range(count)]
        self._nodes.append(helper.make_node(operator, inputs, outputs, **attributes))
        return outputs

    def constant(self, values: ArrayLike) -> str:
        """Add a constant: a few numbers that are copied into the graph."""
        from onnx import numpy_helper

        name = f"constant-{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def weights(self, array: Array) -> str:
        """Add weights; they are copied when the graph is opened."""
        name = f"weights-{len(self._weights)}"
        self._weights[name] = np.ascontiguousarray(array)
        return name

    def open(self, output: str, threads: int) -> Callable[[dict[str, Array]], Array]:
        """Make the graph ready to be run, with weights of its own.

        ONNX Runtime copies them as products take them fastest; who made them may let go of them.

        :param output: which of what operators gave is wanted.
        :param threads: how many a run takes; several runs at once share them.
        :return: runs it on its inputs by their names; any thread may call it.
        """
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # from 1.29 on it tells its maker of each import
        import onnxruntime
        from onnx import helper

        onnxruntime.disable_telemetry_events()  # Windows'
        onnxruntime.set_default_logger_severity(3)  # errors; warnings tell how a graph was changed
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # threads wait busily for one another in a run, and not after it
        options.add_session_config_entry("session.force_spinning_stop", "1")
        shared = {
            name: onnxruntime.OrtValue.ortvalue_from_numpy(a) for name, a in self._weights.items()
        }
        options.add_external_initializers(list(shared), list(shared.values()))
        inputs = [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(np.dtype(kind)), shape
            )
            for name, (kind, shape) in self._inputs.items()
        ]
        outputs = [helper.make_empty_tensor_value_info(output)]
        outside = [_outside(name, array) for name, array in self._weights.items()]
        graph = helper.make_graph(
            self._nodes, "graph", inputs, outputs, [*self._constants, *outside]
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_OWN, 1)],
            ir_version=_IR,
        )
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        return partial(_run, session, output)


class Layers(Graph):
    """A graph of layers whose weights have names: `<layer>.weight` and `<layer>.bias`."""

    def __init__(
        self,
        inputs: Mapping[str, tuple[DTypeLike, tuple[str | int, ...]]],
        weights: Mapping[str, Array],
    ) -> None:
        """Begin a graph.

        :param inputs: as of `Graph`.
        :param weights: by their names, float32.
        """
        super().__init__(inputs)
        self._named = weights

    def linear(self, rows: str, name: str) -> str:
        """Multiply rows by a matrix, (outputs, inputs), and add its bias."""
        return self.add("Gemm", rows, *self._own(name), transB=1)

    def norm(self, rows: str, name: str, epsilon: float = 1e-5) -> str:
        """Even out rows, and scale them."""
        return self.add("LayerNormalization", rows, *self._own(name), epsilon=epsilon)

    def norm_sum(self, rows: str, others: str, name: str, epsilon: float) -> str:
        """Even out sums of rows, and scale them: at once, which takes a fifth of the time."""
        given = {"domain": _OWN, "epsilon": epsilon}
        return self.add("SkipLayerNormalization", rows, others, *self._own(name), **given)

    def _own(self, name: str) -> tuple[str, str]:
        weight, bias = (self._named[f"{name}.{part}"] for part in ("weight", "bias"))
        return self.weights(weight), self.weights(bias)


def count_cores() -> int:
    """Count the cores that this process may use; two threads of one core count once."""
    if not hasattr(os, "sched_getaffinity"):  # no Linux
        return os.cpu_count() or 1
    files = (_CPUS / f"cpu{cpu}/topology/thread_siblings_list" for cpu in os.sched_getaffinity(0))
    return len({file.read_text("ascii") if file.is_file() else str(file) for file in files})


def _outside(name: str, array: Array) -> Any:
    """Describe weights that are handed over when the graph is opened."""
    from onnx import TensorProto, helper

    tensor = TensorProto(
        name=name,
        data_type=helper.np_dtype_to_tensor_dtype(array.dtype),
        dims=array.shape,
        data_location=TensorProto.EXTERNAL,
    )
    tensor.external_data.add(key="location", value="memory")
    return tensor


def _run(session: Any, output: str, given: dict[str, Array]) -> Array:
    found: Array = session.run([output], given)[0]
    return found
