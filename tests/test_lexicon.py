from pathlib import Path

import bm25s
import numpy as np
import pytest

from conftest import write_words
from duanci import lexicon as lexicon_module
from duanci import scoring
from duanci.lexicon import Asked, Lexicon
from duanci.postings import key_of, read_words

SENTENCES = [["蜂箱", "检查", "蜂箱"], ["价格"], ["价格", "上涨", "运输"], [], ["蜂箱"]]
COUNTS = [2, 3]  # sentences of each piece


def write(folder: Path, sentences: list[list[str]], counts: list[int]) -> Lexicon:
    """Write pieces, and open them."""
    write_words(folder, sentences, counts)
    return Lexicon(folder)


def windows_of(sentences: list[list[str]], counts: list[int]) -> tuple[list[list[str]], list[int]]:
    """Return the words of each window, and its piece."""
    found, owner, first = [], [], 0
    for piece, count in enumerate(counts):
        own = sentences[first : first + count]
        found += [*own, *(a + b for a, b in zip(own, own[1:], strict=False))]
        owner += [piece] * (2 * count - 1)
        first += count
    return found, owner


def bm25(sentences: list[list[str]], counts: list[int], words: list[str]) -> np.ndarray:
    """Score each piece's best window with bm25s itself."""
    documents, owner = windows_of(sentences, counts)
    model = bm25s.BM25(method="lucene", k1=1.2, b=0.6)
    model.index(documents, show_progress=False)
    scores = model.get_scores([word for word in words if word in model.vocab_dict])
    best = np.zeros(len(counts), np.float32)
    np.maximum.at(best, owner, scores)
    return best


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    return write(tmp_path, SENTENCES, COUNTS)


def test_scores_are_those_of_bm25s_over_sentences_and_pairs(lexicon: Lexicon) -> None:
    for words in (["蜂箱"], ["价格", "上涨"], ["检查", "运输", "蜂箱", "蜂箱"]):
        found = lexicon.score(np.array([0, 1]), Asked([(words, 1.0)])).words
        np.testing.assert_allclose(found, bm25(SENTENCES, COUNTS, words), rtol=1e-5)


def test_context_counts_its_share(lexicon: Lexicon) -> None:
    asked = Asked([(["蜂箱"], 1.0), (["价格", "上涨"], 0.25)])
    found = lexicon.score(np.array([1]), asked).words
    model = bm25s.BM25(method="lucene", k1=1.2, b=0.6)
    documents, _ = windows_of(SENTENCES, COUNTS)
    model.index(documents, show_progress=False)
    by_window = model.get_scores(["蜂箱"]) + 0.25 * model.get_scores(["价格", "上涨"])
    assert found.tolist() == pytest.approx([by_window[3:].max()], rel=1e-5)


def test_unknown_words_score_nothing(lexicon: Lexicon) -> None:
    assert lexicon.score(np.array([0, 1]), Asked([(["海盗"], 1.0)])).words.tolist() == [0, 0]
    assert lexicon.best(Asked([(["海盗"], 1.0)]), 5)[0].tolist() == []
    assert not lexicon.has("海盗")
    assert lexicon.has("运输")


def test_coverage_is_the_share_of_the_words_by_weight(lexicon: Lexicon) -> None:
    words, weights = ["蜂箱", "价格", "海盗"], np.float32([1, 2, 1])
    both, one = Asked([], words, weights), Asked([], words[:1], weights[:1])
    assert lexicon.score(np.array([0, 1]), both).coverage.tolist() == [0.75, 0.5]
    assert lexicon.score(np.array([1]), one).coverage.tolist() == [1.0]


def test_breadth_is_the_share_that_a_piece_has_altogether(lexicon: Lexicon) -> None:
    words, weights = ["蜂箱", "上涨", "海盗"], np.float32([1, 2, 1])
    matched = lexicon.score(np.array([1, 0]), Asked([], words, weights))
    assert matched.coverage.tolist() == [0.5, 0.25]  # no two neighbours have both
    assert matched.breadth.tolist() == [0.75, 0.25]


def test_rarity_counts_pieces(lexicon: Lexicon) -> None:
    found = lexicon.rarity(["蜂箱", "运输", "海盗"])
    expected = [np.log1p((2 - n + 0.5) / (n + 0.5)) for n in (2, 1, 0)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_words_come_back(lexicon: Lexicon, tmp_path: Path) -> None:
    words, of_pieces = read_words(tmp_path)
    known = {key_of(word): word for sentence in SENTENCES for word in sentence}
    said = [known[int(words.vocabulary[at])] for at in words.ids]
    cut = [said[a:b] for a, b in zip(words.starts, words.starts[1:], strict=False)]
    assert cut == SENTENCES
    assert of_pieces.tolist() == [0, 2, 5]


def test_index_without_any_word(tmp_path: Path) -> None:
    lexicon = write(tmp_path, [[], []], [1, 1])
    assert lexicon.best(Asked([(["蜂箱"], 1.0)]), 3)[0].tolist() == []
    matched = lexicon.score(np.array([0, 1]), Asked([(["蜂箱"], 1.0)], ["蜂箱"], np.float32([1])))
    assert [scores.tolist() for scores in matched] == [[0.0, 0.0]] * 3


@pytest.fixture
def large(tmp_path: Path) -> tuple[Lexicon, list[list[str]], list[int]]:
    """1,500 pieces of one to five sentences, the words as rare as words are (Zipf)."""
    rng = np.random.default_rng(7)
    counts = rng.integers(1, 6, size=1500).tolist()
    sizes = rng.integers(0, 30, size=sum(counts))
    sentences = [[f"w{n}" for n in rng.zipf(1.3, size) if n < 5000] for size in sizes.tolist()]
    return write(tmp_path, sentences, counts), sentences, counts


@pytest.mark.parametrize("few, short", [(0, 0), (0, 300), (0, 20_000), (10**6, 0)])
@pytest.mark.parametrize("count", [1, 20])
def test_best_pieces_are_those_of_looking_at_all(
    large: tuple[Lexicon, list[list[str]], list[int]],
    monkeypatch: pytest.MonkeyPatch,
    few: int,
    short: int,
    count: int,
) -> None:
    monkeypatch.setattr(scoring, "_FEW", few)
    monkeypatch.setattr(lexicon_module, "_SHORT", short)
    monkeypatch.setattr(lexicon_module, "_FIRST", 1 + short // 10)
    lexicon, sentences, counts = large
    for words in (
        ["w900", "w1", "w2", "w1"],
        ["w40", "w700", "w3", "w1200", "w5", "w1"],
        ["w1", "w2", "w3"],
        ["w4000", "w1"],
        [f"w{n}" for n in range(1, 60, 3)],
    ):
        exact = bm25(sentences, counts, words)
        pieces, scores = lexicon.best(Asked([(words, 1.0)]), count)
        order = np.argsort(-exact, kind="stable")[:count]
        np.testing.assert_allclose(scores, exact[pieces], rtol=1e-5)
        assert set(order[exact[order] > 0].tolist()) <= set(pieces.tolist())


def test_nothing_is_left_of_the_question_before(
    large: tuple[Lexicon, list[list[str]], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "_FEW", 0)
    lexicon, _, _ = large
    asked = Asked([(["w900", "w1", "w7"], 1.0)])
    first = lexicon.best(asked, 5)
    for words in (["w2", "w800"], ["w1"], ["w300", "w12", "w1"]):
        lexicon.best(Asked([(words, 1.0)]), 9)
    np.testing.assert_array_equal(first, lexicon.best(asked, 5))


def test_unknown_words_are_in_none_of_many(
    large: tuple[Lexicon, list[list[str]], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "_FEW", 0)
    for words in (["海盗"], []):
        pieces, scores = large[0].best(Asked([(words, 1.0)], ["海盗"], np.float32([1])), 5)
        assert pieces.tolist() == scores.tolist() == []
