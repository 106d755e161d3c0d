from pathlib import Path

import bm25s
import numpy as np
import pytest

from duanci.lexicon import Lexicon, Words, write_lexicon

SENTENCES = [["蜂箱", "检查", "蜂箱"], ["价格"], ["价格", "上涨", "运输"], [], ["蜂箱"]]
COUNTS = np.array([2, 3])  # sentences of each piece


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    write_lexicon(tmp_path, Words.number(SENTENCES), COUNTS)
    return Lexicon(tmp_path, 8, 2)


def test_scores_are_those_of_bm25s_over_sentences_and_pairs(lexicon: Lexicon) -> None:
    a, b, c, d, e = SENTENCES
    documents = [a, b, a + b, c, d, e, c + d, d + e]
    model = bm25s.BM25(method="lucene", k1=1.2, b=0.6)
    model.index(documents, show_progress=False)
    for words in (["蜂箱"], ["价格", "上涨"], ["检查", "运输", "蜂箱", "蜂箱"]):
        np.testing.assert_allclose(lexicon.scores(words), model.get_scores(words), rtol=1e-5)


def test_unknown_words_score_nothing(lexicon: Lexicon) -> None:
    assert lexicon.scores(["海盗"]).tolist() == [0.0] * 8
    assert not lexicon.has("海盗")
    assert lexicon.has("运输")


def test_coverage_is_the_share_of_the_words_by_weight(lexicon: Lexicon) -> None:
    found = lexicon.coverage(["蜂箱", "价格", "海盗"], np.float32([1, 2, 1]))
    assert found.tolist() == [0.25, 0.5, 0.75, 0.5, 0.0, 0.25, 0.5, 0.25]


def test_rarity_counts_pieces(lexicon: Lexicon) -> None:
    found = lexicon.rarity(["蜂箱", "运输", "海盗"])
    expected = [np.log1p((2 - n + 0.5) / (n + 0.5)) for n in (2, 1, 0)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_words_come_back(lexicon: Lexicon) -> None:
    words = lexicon.words
    said = [words.vocabulary[at] for at in words.ids]
    cut = [said[a:b] for a, b in zip(words.starts, words.starts[1:], strict=False)]
    assert cut == SENTENCES


def test_index_without_any_word(tmp_path: Path) -> None:
    write_lexicon(tmp_path, Words.number([[], []]), np.array([1, 1]))
    lexicon = Lexicon(tmp_path, 2, 2)
    assert lexicon.scores(["蜂箱"]).tolist() == [0.0, 0.0]
    assert lexicon.coverage(["蜂箱"], np.float32([1])).tolist() == [0.0, 0.0]
