"""Graphs compute what their operators say, with weights of their own."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from duanci import onnx_graph
from duanci.onnx_graph import Graph, Layers, count_cores


def _product(matrix: np.ndarray) -> tuple[Graph, str]:
    """Return a graph of rows times a matrix, plus one."""
    graph = Graph({"rows": (np.float32, ("n", len(matrix)))})
    product = graph.add("MatMul", "rows", graph.weights(matrix))
    return graph, graph.add("Add", product, graph.constant(np.float32(1)))


def test_graph_computes_what_its_operators_say() -> None:
    matrix = np.arange(6, dtype=np.float32).reshape(3, 2)
    graph, output = _product(matrix)
    run = graph.open(output, threads=1)
    for count in (1, 4):
        rows = np.arange(3 * count, dtype=np.float32).reshape(count, 3)
        found = run({"rows": rows})
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, rows @ matrix + 1)


def test_operator_may_give_several() -> None:
    graph = Graph({"rows": (np.float32, ("n", 4))})
    left, right = graph.add_parting("Split", 2, "rows", axis=-1, num_outputs=2)
    run = graph.open(graph.add("Sub", right, left), threads=1)
    assert run({"rows": np.float32([[1, 2, 30, 40]])}).tolist() == [[29, 38]]


@pytest.mark.parametrize("operator", ["MatMul", "Gemm"])
def test_what_was_opened_has_weights_of_its_own(operator: str) -> None:
    matrix = np.full((512, 512), 2, np.float32)
    graph = Graph({"rows": (np.float32, ("n", 512))})
    run = graph.open(graph.add(operator, "rows", graph.weights(matrix)), threads=1)
    matrix[:] = 0
    assert run({"rows": np.ones((1, 512), np.float32)}).tolist() == [[1024.0] * 512]


def test_any_thread_may_run_a_graph() -> None:
    graph, output = _product(np.eye(64, dtype=np.float32))
    run = graph.open(output, threads=2)
    given = [np.full((at, 64), at, np.float32) for at in range(1, 33)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda rows: run({"rows": rows}), given))
    assert [(len(rows), set(rows.ravel().tolist())) for rows in found] == [
        (at, {at + 1.0}) for at in range(1, 33)
    ]


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux tells which cores")
def test_two_threads_of_a_core_count_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_graph, "_CPUS", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2, 5})
    assert count_cores() == 4  # where nothing is told of them
    for cpu, siblings in ((0, "0,4"), (1, "1,5"), (2, "2,6"), (5, "1,5")):
        (tmp_path / f"cpu{cpu}/topology").mkdir(parents=True)
        (tmp_path / f"cpu{cpu}/topology/thread_siblings_list").write_text(f"{siblings}\n")
    assert count_cores() == 3


def test_sums_are_evened_out_at_once() -> None:
    weights = {"even.weight": np.float32([2, 1]), "even.bias": np.float32([0, 5])}
    layers = Layers({"rows": (np.float32, ("n", 2)), "others": (np.float32, ("n", 2))}, weights)
    run = layers.open(layers.norm_sum("rows", "others", "even", 0.0), threads=1)
    found = run({"rows": np.float32([[3, 1]]), "others": np.float32([[0, 6]])})  # -1 and 1
    np.testing.assert_allclose(found, [[-2, 6]], rtol=1e-6)


def test_layers_take_their_weights_by_name() -> None:
    weights = {
        "even.weight": np.float32([2, 1]),
        "even.bias": np.float32([0, 5]),
        "sum.weight": np.float32([[1, 10], [0, 1], [1, 0]]),
        "sum.bias": np.float32([100, 0, 0]),
    }
    layers = Layers({"rows": (np.float32, ("n", 2))}, weights)
    run = layers.open(layers.linear(layers.norm("rows", "even", 0.0), "sum"), threads=1)
    found = run({"rows": np.float32([[3, 1], [7, 9]])})  # even: 1 and -1, -1 and 1
    np.testing.assert_allclose(found, [[142, 4, 2], [158, 6, -2]], rtol=1e-6)
