from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from duanci.chunking import Encoded
from duanci.tokens import TokenStore, interact, pack, unit_rows, unpack, write_tokens


def _encoded(tokens: NDArray[np.float32], spans: list[tuple[int, int]]) -> Encoded:
    vector = np.ones(tokens.shape[1], np.float32)
    return Encoded(vector, vector[None, :], tokens, np.array(spans, np.int64))


def test_four_bits_a_number_within_half_a_level() -> None:
    vectors = np.random.default_rng(7).normal(size=(50, 64)).astype(np.float32)
    nibbles, scales = pack(vectors)
    assert (nibbles.shape, nibbles.dtype) == ((50, 32), np.uint8)
    assert (scales.shape, scales.dtype) == ((50, 2), np.float16)
    half = np.repeat(scales.astype(np.float32), 32, axis=1) * 0.51
    assert (np.abs(unpack(nibbles, scales) - vectors) <= half).all()


def test_packing_of_known_numbers() -> None:
    nibbles, scales = pack(np.float32([[7, -7, 0, 3]]))
    assert nibbles.tolist() == [[0x1F, 0xB8]]
    assert scales.tolist() == [[1.0]]
    assert unpack(nibbles, scales).tolist() == [[7, -7, 0, 3]]


def test_zeros_and_nothing_can_be_packed() -> None:
    assert unpack(*pack(np.zeros((2, 32), np.float32))).tolist() == np.zeros((2, 32)).tolist()
    assert unpack(*pack(np.empty((0, 32), np.float32))).shape == (0, 32)


def test_tokens_come_back_with_their_sentences(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    first = random.normal(size=(5, 32)).astype(np.float32)
    second = random.normal(size=(3, 32)).astype(np.float32)
    spans = [(0, 1), (1, 3), (4, 5), (6, 7), (9, 10)]
    encoded = [_encoded(first, spans), _encoded(second, [(0, 1), (2, 3), (3, 4)])]
    write_tokens(tmp_path, encoded, [[(0, 3), (4, 8), (9, 10)], [(0, 4)]])
    store = TokenStore(tmp_path)
    tokens, sentences = store.take(0)
    assert sentences.tolist() == [0, 0, 1, 1, 2]
    np.testing.assert_allclose(tokens, unit_rows(first), atol=0.05)
    tokens, sentences = store.take(1)
    assert (tokens.shape, sentences.tolist()) == ((3, 32), [0, 0, 0])


def test_model_without_tokens_leaves_an_empty_store(tmp_path: Path) -> None:
    nothing = _encoded(np.empty((0, 32), np.float32), [])
    nothing = Encoded(nothing.vector, nothing.windows, nothing.tokens, np.empty((0, 2), np.int64))
    write_tokens(tmp_path, [nothing, nothing], [[(0, 3)], [(0, 4)]])
    tokens, sentences = TokenStore(tmp_path).take(1)
    assert (tokens.shape, sentences.shape) == ((0, 32), (0,))


def test_each_question_token_meets_its_best_in_each_sentence() -> None:
    question = np.float32([[1, 0], [0, 1]])  # (2, 2)
    tokens = np.float32([[1, 0], [0.6, 0.8], [0, -1]])  # (3, 2)
    best = interact(question, tokens, np.int32([0, 0, 2]), 4)
    np.testing.assert_allclose(best, np.float32([[1, 0.8], [-1, -1], [0, -1], [-1, -1]]))


def test_text_without_tokens_meets_nothing() -> None:
    best = interact(np.float32([[1, 0]]), np.empty((0, 2), np.float32), np.empty(0, np.int32), 2)
    assert best.tolist() == [[-1], [-1]]


def test_rows_are_brought_to_unit_length() -> None:
    assert unit_rows(np.float32([[3, 4], [0, 0]])).tolist() == [
        [pytest.approx(0.6), pytest.approx(0.8)],
        [0, 0],
    ]
