from pathlib import Path

import numpy as np
import pytest

from conftest import write_words
from duanci import scoring
from duanci.lexicon import Lexicon
from duanci.scoring import Asked

SENTENCES = [["蜂箱", "检查", "蜂箱"], ["价格"], ["价格", "上涨", "运输"], [], ["蜂箱"]]


def test_pieces_are_scored_alike_whether_all_are_or_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_words(tmp_path, SENTENCES, [2, 2, 1])
    lexicon = Lexicon(tmp_path)
    words = ["蜂箱", "上涨", "海盗"]
    asked = Asked([(words, 1.0), (["价格"], 0.25)], words, np.float32([1, 2, 1]))
    found = lexicon.score(np.array([2, 0, 2]), asked)
    monkeypatch.setattr(scoring, "_FEW", 0)
    for one, other in zip(found, lexicon.score(np.array([2, 0, 2]), asked), strict=True):
        assert one.tolist() == other.tolist()
    assert found.words[0] == found.words[2] > 0
    assert found.coverage.tolist() == found.breadth.tolist() == [0.25, 0.25, 0.25]


def test_two_questions_of_the_same_words_are_two(tmp_path: Path) -> None:
    write_words(tmp_path, SENTENCES, [2, 2, 1])
    lexicon = Lexicon(tmp_path)
    every = np.arange(3)
    one, other = (Asked([], ["蜂箱", "价格"], np.float32([a, 1])) for a in (1, 3))
    assert lexicon.score(every, one).breadth.tolist() == [1.0, 0.5, 0.5]
    assert lexicon.score(every, other).breadth.tolist() == [1.0, 0.25, 0.75]
    assert lexicon.score(every, one).breadth.tolist() == [1.0, 0.5, 0.5]
