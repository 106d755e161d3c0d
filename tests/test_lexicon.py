import math
from pathlib import Path

import numpy as np
import pytest

from duanci.lexicon import Lexicon, write_lexicon

DOCUMENTS = [["蜂", "箱"], ["蜂", "蜜", "价"], ["经", "费"]]


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    write_lexicon(tmp_path, "words", DOCUMENTS)
    return Lexicon(tmp_path, "words", 3)


def test_score_is_bm25_of_lucene(lexicon: Lexicon) -> None:
    average = 7 / 3
    expected = math.log(1 + 2.5 / 1.5) / (1 + 1.2 * (1 - 0.6 + 0.6 * 3 / average))
    assert lexicon.scores(["蜜"]).tolist() == [0, pytest.approx(expected, rel=1e-5), 0]


def test_unknown_word_scores_nothing(lexicon: Lexicon) -> None:
    np.testing.assert_array_equal(lexicon.scores(["火车"]), np.zeros(3, np.float32))
    np.testing.assert_array_equal(lexicon.scores([]), np.zeros(3, np.float32))
    assert lexicon.scores(["火车", "蜜"])[1] == lexicon.scores(["蜜"])[1]


def test_rarity_falls_with_the_number_of_documents(lexicon: Lexicon) -> None:
    expected = [math.log(1 + 1.5 / 2.5), math.log(1 + 2.5 / 1.5), math.log(1 + 3.5 / 0.5)]
    np.testing.assert_allclose(lexicon.rarity(["蜂", "蜜", "火车"]), expected, rtol=1e-5)
