import numpy as np

from duanci.interaction import gather, interact, make_asking
from duanci.tokens import Tokens, pack, pack_tokens, unit_rows, unpack

NOWHERE = np.zeros(2, np.float32)


def test_each_question_token_meets_its_best_in_each_sentence() -> None:
    question = np.float32([[1, 0], [0, 1]])  # (2, 2)
    packed = pack(np.float32([[0.7, 0], [0.1, 0.7], [0, -0.7]]))  # of (3, 2)
    means = np.float32([[0.3, 0], [0, 0]])
    tokens = Tokens(*packed, means, np.array([0, 0, 1]), np.array([0, 0, 2]), 4)
    plain, _ = interact(make_asking(question, NOWHERE), tokens)
    expected = np.float32([[1, 0.7], [-1, -1], [0, -0.7], [-1, -1]])
    np.testing.assert_allclose(plain, expected, atol=1e-3)


def test_centred_tokens_are_those_less_the_mean_of_all() -> None:
    rng = np.random.default_rng(7)
    mean = np.float32([0.5, *[0.0] * 63])
    vectors, question = (unit_rows(mean + rng.normal(0, 0.1, (n, 64))) for n in (1300, 5))
    *packed, means = pack_tokens([vectors])  # more than are unpacked at once
    tokens = Tokens(*packed, means, np.zeros(1300, np.int64), np.arange(1300), 1300)
    plain, centred = interact(make_asking(question, mean), tokens)
    vectors = unpack(*packed) + means
    np.testing.assert_allclose(plain, vectors @ question.T, atol=1e-5)
    own = (20 * mean + question.sum(axis=0)) / 25  # the mean counts as twenty tokens
    expected = unit_rows(vectors - mean) @ unit_rows(question - own).T
    np.testing.assert_allclose(centred, expected, atol=0.03)  # lengths vary by the packing


def test_text_without_tokens_meets_nothing() -> None:
    nothing = np.empty(0, np.int64)
    packed = pack(np.empty((0, 2), np.float32))
    tokens = Tokens(*packed, np.zeros((1, 2), np.float32), nothing, nothing, 2)
    plain, centred = interact(make_asking(np.float32([[1, 0]]), NOWHERE), tokens)
    assert plain.tolist() == centred.tolist() == [[-1], [-1]]


def test_windows_are_sentences_then_their_pairs_of_pieces_that_tell() -> None:
    # two paragraphs: one of two sentences below a heading of one, one of a single sentence
    best = np.float32([[0.2, 0.6], [0.4, 0.0], [0.9, 0.9], [0.1, 0.3]])
    counts, starts = np.array([2, 1, 1]), np.array([0, 2, 3])
    weights = np.float32([0.5, 0.5])
    met = gather(best, counts, starts, np.array([True, False, True]), weights)
    np.testing.assert_allclose(met.whole, [[0.9, 0.9], [0.1, 0.3]])
    np.testing.assert_allclose(met.windows[0], [0.4, 0.2, 0.5])
    np.testing.assert_allclose(met.windows[1], [0.2])
    met = gather(best, counts, starts, np.array([True, True, True]), weights)
    np.testing.assert_allclose(met.windows[0], [0.4, 0.2, 0.5, 0.9])
