"""Late chunking with a model whose token vectors can be worked out by hand."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from duanci.chunking import Vectors, encode_late


class Letters:
    """Each character is a token; `a` is (1, 0), `b` is (0, 1), specials and blanks (0, 0)."""

    dimension = 2
    limit = 8
    arithmetic, streams = "fp32", 2

    def batches(self, lengths: Sequence[int]) -> list[int]:
        return [1] * len(lengths)

    def tokenize(self, text: str) -> tuple[list[int], NDArray[np.int64]]:
        offsets = [(0, 0), *((i, i + 1) for i in range(len(text))), (0, 0)]
        return [0, *map(ord, text), 0], np.array(offsets, dtype=np.int64)

    def forward(self, ids: Sequence[Sequence[int]]) -> list[Vectors]:
        known = {ord("a"): (1.0, 0.0), ord("b"): (0.0, 1.0)}
        return [np.array([known.get(i, (0.0, 0.0)) for i in row], np.float32) for row in ids]


def test_windows_are_means_of_their_tokens() -> None:
    (encoded,) = encode_late(Letters(), ["aab"], [[(0, 2), (1, 3), (2, 3)]], "")
    assert encoded.vector.tolist() == pytest.approx([2 / 5**0.5, 1 / 5**0.5])
    half = 2**-0.5
    np.testing.assert_allclose(encoded.windows, [[1, 0], [half, half], [0, 1]], atol=1e-6)
    assert encoded.spans.tolist() == [[0, 1], [1, 2], [2, 3]]


def test_prompt_is_in_the_vector_and_in_no_token() -> None:
    (encoded,) = encode_late(Letters(), ["a"], [[(0, 1)]], "b")
    assert encoded.vector.tolist() == pytest.approx([2**-0.5, 2**-0.5])
    assert encoded.tokens.tolist() == [[1, 0]]
    assert encoded.spans.tolist() == [[0, 1]]


def test_long_text_is_read_in_pieces_in_order() -> None:
    text = "aaaaaabbbbbba"  # 13 tokens, 6 a pass beside the two special ones
    (encoded,) = encode_late(Letters(), [text], [[(0, 6), (6, 12), (12, 13)]], "")
    np.testing.assert_allclose(encoded.windows, [[1, 0], [0, 1], [1, 0]], atol=1e-6)
    assert encoded.spans[:, 0].tolist() == list(range(13))
    assert encoded.tokens[:, 0].tolist() == [1] * 6 + [0] * 6 + [1]


def test_prompt_stands_before_every_piece() -> None:
    text = "aaaaaaaa"
    (encoded,) = encode_late(Letters(), [text], [()], "bb")
    assert encoded.spans[:, 0].tolist() == list(range(8))  # 4 a pass beside prompt and specials


def test_punctuation_is_no_token_and_an_empty_text_has_none() -> None:
    first, second = encode_late(Letters(), ["a,b", ""], [(), ()], "")
    assert first.spans.tolist() == [[0, 1], [2, 3]]
    assert second.tokens.shape == (0, 2)


def test_order_and_progress() -> None:
    seen: list[tuple[int, int]] = []
    texts = ["b" * 5, "a", "ab"]
    found = encode_late(Letters(), texts, [()] * 3, "", lambda *done: seen.append(done))
    assert [len(e.tokens) for e in found] == [5, 1, 2]
    assert seen[-1] == (3, 3)
