"""The reader reads as it was learned, and tells an answer from a near miss."""

import math
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from conftest import WordEncoder
from duanci import reader
from duanci.assistant import Assistant
from duanci.config import Settings
from duanci.encoder import Encoder
from duanci.evaluate import index_contexts
from duanci.opening import open_index
from duanci.retrieve import retrieve
from duanci.tokens import unit_rows

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
TEXTS = [
    "合作社理事会于3月在瓦加杜古开会，由阿米娜塔·特拉奥雷女士主持，二十六个合作社派代表出席。",
    "蜂蜜的价格在三年中上涨了一半，因为旱灾毁掉了许多蜂箱。",
    "会议建议每年春季检查蜂箱，并为年轻人举办培训班。",
]


def test_numpy_reads_as_pytorch_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setattr(reader, "_SUREST", math.inf)
    weights = reader.read_weights()
    width, layers = len(weights["sums"]), sum(name.endswith(".up.bias") for name in weights)
    model = import_module("fit_adapter").Reading(width, layers).eval()
    model.load_state_dict({name: torch.tensor(own) for name, own in weights.items()})
    rng = np.random.default_rng(7)
    asking, tokens = (
        unit_rows(rng.normal(size=(count, 384)).astype(np.float32)) for count in (12, 90)
    )
    given = [torch.tensor(own)[None] for own in (asking, tokens)]
    are = [torch.ones(1, count, dtype=torch.bool) for count in (12, 90)]
    with torch.no_grad():
        expected = float(model(given[0], are[0], given[1], are[1])[0])
    assert reader.read(asking, tokens) == pytest.approx(expected, abs=1e-3)
    monkeypatch.setattr(reader, "_SUREST", abs(expected) / 2)
    assert reader.read(asking, tokens) == expected / 2


def test_where_there_is_no_word_nothing_is_told() -> None:
    some, none = np.ones((2, 384), np.float32), np.empty((0, 384), np.float32)
    assert math.isnan(reader.read(some, none))
    assert math.isnan(reader.read(none, some))


def test_tokens_of_another_encoder_are_not_read(
    bees: Assistant, settings: Settings, encoder: WordEncoder
) -> None:
    (ranking,) = retrieve("蜂箱怎样？", open_index(settings.index, encoder), encoder)
    assert math.isnan(ranking.read(0))


@pytest.mark.model
def test_answer_is_told_from_a_near_miss(tmp_path: Path, encoder_itself: Encoder) -> None:
    index_contexts(tmp_path, "R", TEXTS, encoder_itself)
    index = open_index(tmp_path, encoder_itself)

    def read(question: str, row: int) -> float:
        return retrieve(question, index, encoder_itself)[0].read(row)

    assert read("会议在哪里举行？", 0) > read("上一次会议在哪里举行？", 0)
    assert read("蜂蜜为什么涨价？", 1) > read("蜂蜜出口到哪些国家？", 1)
    assert read("Who chaired the meeting?", 0) > read("Who paid for the meeting?", 0)
    assert read("蜂蜜为什么涨价？", 1) > read("蜂蜜为什么涨价？", 2)
