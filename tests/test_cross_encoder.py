"""The cross-encoder judges as it was learned, and tells an answer from a near miss."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import numpy as np
import pytest

from duanci import cross_encoder
from duanci.arrays import read_shipped
from duanci.bert import Bert
from duanci.config import load_settings
from duanci.cross_encoder import LONGEST, CrossEncoder
from duanci.weights import find_encoder

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
BOARD = "合作社理事会于3月在瓦加杜古开会，由阿米娜塔·特拉奥雷女士主持，二十六个合作社派代表出席。"
PRICE = "蜂蜜的价格在三年中上涨了一半，因为旱灾毁掉了许多蜂箱。"


@pytest.fixture(scope="module")
def folder() -> Path:
    return find_encoder(load_settings({})).folder


@pytest.fixture(scope="module")
def reads(folder: Path) -> CrossEncoder:
    return CrossEncoder(Bert(folder, "fp32"), folder)


def test_it_judges_as_pytorch_learned(
    folder: Path, reads: CrossEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.syspath_prepend(str(BENCHMARKS))
    benchmark = import_module("fit_cross_encoder")
    learned = read_shipped(cross_encoder.FILE)
    rank = len(learned["encoder.layer.0.output.dense.down"])
    model = benchmark.Reading(folder, rank).eval()
    assert model.learned().keys() == learned.keys()
    own: dict[str, Any] = dict(model._bert.named_parameters())
    own |= {"segment": model.segment, "out.weight": model.out.weight, "out.bias": model.out.bias}
    for name, change in model._changes.items():
        own |= {f"{name}.down": change.down, f"{name}.up": change.up}
    with torch.no_grad():
        for name, array in learned.items():
            own[name].copy_(torch.tensor(array))
        for question in ("谁主持了理事会？", "Why did the price of honey rise?"):
            for paragraph in (BOARD, PRICE):
                asked, said = (
                    benchmark.Text(
                        reads._bert.tokenize(prompt + text)[0], torch.ones(1), torch.ones(1), False
                    )
                    for prompt, text in (("query: ", question), ("passage: ", paragraph))
                )
                expected = float(model([benchmark.Pair(asked, said, True, 1.0)])[0])
                assert reads.compare(question, paragraph) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("question", "paragraph", "answers"),
    [
        ("谁主持了理事会？", BOARD, True),
        ("多少个合作社派代表出席？", BOARD, True),
        ("Who chaired the board?", BOARD, True),
        ("理事会下一次会议在哪里开？", BOARD, False),
        ("How long did the meeting of the board last?", BOARD, False),
        ("谁主持了理事会？", PRICE, False),
        ("蜂蜜为什么涨价了？", PRICE, True),
        ("蜂蜜一公斤卖多少钱？", PRICE, False),
    ],
)
def test_an_answer_is_told_from_a_near_miss(
    reads: CrossEncoder, question: str, paragraph: str, answers: bool
) -> None:
    assert (reads.compare(question, paragraph) > 0) == answers


def test_what_is_behind_the_longest_text_is_not_read(reads: CrossEncoder) -> None:
    long = PRICE * 20
    told = reads.compare("蜂蜜为什么涨价了？", long)
    assert len(reads._bert.tokenize("passage: " + long)[0]) > LONGEST
    assert told == reads.compare("蜂蜜为什么涨价了？", long + BOARD)
    assert np.isfinite(reads.compare("蜂蜜为什么涨价了？" * 100, long))


def test_many_threads_open_it_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    read = cross_encoder.read_shipped

    def count(name: str) -> Any:
        opened.append(name)
        return read(name)

    monkeypatch.setattr(cross_encoder, "read_shipped", count)
    fresh, told, begin = CrossEncoder(Bert(folder, "fp32"), folder), [], Barrier(4)

    def ask() -> None:
        begin.wait()
        told.append(fresh.compare("蜂蜜为什么涨价了？", PRICE))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [cross_encoder.FILE]
    assert len(told) == 4
    assert len(set(told)) == 1


_COMPARES = """
import sys
from pathlib import Path
from duanci.bert import Bert
from duanci.cross_encoder import CrossEncoder

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4

folder = Path(sys.argv[1])
bert = Bert(folder, "fp32")
bert.forward([[0, 2]])
before = held()
CrossEncoder(bert, folder).compare(*sys.argv[2:])
print(held() - before, "model.safetensors" in Path("/proc/self/maps").read_text())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells what is in memory")
def test_it_keeps_its_weights_once(folder: Path) -> None:
    command = [sys.executable, "-c", _COMPARES, str(folder), "蜂蜜为什么涨价了？", PRICE]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    kilobytes, is_mapped = found.stdout.split()
    assert int(kilobytes) < 130_000  # 85 MB of them; with what is merged and copied, 260
    assert is_mapped == "False"
