"""The light runtime against sentence-transformers, on a tiny BERT."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from duanci import bert as bert_module
from duanci.bert import Bert, padded_length
from duanci.int8 import FILE


@pytest.fixture(scope="module")
def bert(tiny_model: Path) -> Bert:
    return Bert(tiny_model)


def test_token_vectors_are_those_of_sentence_transformers(bert: Bert, tiny_model: Path) -> None:
    from sentence_transformers import SentenceTransformer

    texts = ["会议建议检查蜂箱", "蜂", "经费用于蜂箱和培训"]  # three lengths in one batch
    found = bert.forward([bert.tokenize(text)[0] for text in texts])
    model = SentenceTransformer(str(tiny_model))
    expected = model.encode(texts, output_value="token_embeddings")
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-5)


def test_neighbours_in_a_batch_do_not_touch_each_other(bert: Bert) -> None:
    short, long = bert.tokenize("蜂")[0], bert.tokenize("经费用于蜂箱和培训养蜂人")[0]
    alone = bert.forward([short])[0]
    np.testing.assert_allclose(bert.forward([long, short])[1], alone, atol=1e-5)


def test_offsets_are_places_in_the_text(bert: Bert) -> None:
    ids, offsets = bert.tokenize("蜂箱")
    assert (len(ids), offsets.tolist()) == (4, [[0, 0], [0, 1], [1, 2], [0, 0]])
    assert (bert.dimension, bert.limit) == (16, 64)


def test_texts_are_padded_to_few_lengths() -> None:
    assert list(map(padded_length, (3, 9, 32, 33, 64, 65, 512))) == [4, 12, 32, 40, 64, 80, 512]


def test_in_fp32_each_text_has_a_pass_of_its_own(bert: Bert) -> None:
    assert bert.arithmetic == "fp32"
    assert bert.batches([]) == []
    assert bert.batches([3, 7, 8, 8, 512]) == [1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("flags", "has_file", "is_installed", "arithmetic"),
    [
        ("avx2 avx_vnni", True, True, "int8"),
        ("avx2 avx512f avx512_vnni", True, True, "int8"),
        ("avx2 avx512f", True, True, "fp32"),
        ("avx2 avx_vnni", False, True, "fp32"),
        ("avx2 avx_vnni", True, False, "fp32"),
    ],
)
def test_arithmetic_is_what_processor_folder_and_packages_have(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    flags: str,
    has_file: bool,
    is_installed: bool,
    arithmetic: str,
) -> None:
    (tmp_path / "cpuinfo").write_text(f"model name\t: avx_vnni\nflags\t\t: fpu {flags}\n")
    monkeypatch.setattr(bert_module, "_CPU_INFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(bert_module, "has_openvino", lambda: is_installed)
    if has_file:
        (tmp_path / FILE).touch()
    assert bert_module.arithmetic_for(tmp_path) == arithmetic
    monkeypatch.setattr(bert_module, "_CPU_INFO", tmp_path / "not there")
    assert bert_module.arithmetic_for(tmp_path) == "fp32"


def test_loading_tells_nobody(tiny_model: Path, tmp_path: Path) -> None:
    """OpenVINO sends an event at its import, and keeps the sender's id in ~/intel.

    So does ONNX Runtime from 1.29 on, but where CI is set.
    """
    code = (
        "import socket, sys; from pathlib import Path; from duanci.bert import Bert;"
        "socket.getaddrinfo = lambda *given: sys.exit(f'looked up {given[0]}');"
        f"bert = Bert(Path({str(tiny_model)!r})); bert.forward([bert.tokenize('蜂')[0]]);"
        "print([m for m in sys.modules if m.startswith('openvino_telemetry')])"
    )
    home = {name: value for name, value in os.environ.items() if name != "CI"}
    home["HOME"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", code], env=home, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []
