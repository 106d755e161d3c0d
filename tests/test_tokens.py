import numpy as np
import pytest

from duanci.tokens import pack, pack_tokens, unit_rows, unpack


def test_four_bits_a_number_within_half_a_level() -> None:
    vectors = np.random.default_rng(7).normal(size=(50, 64)).astype(np.float32)
    nibbles, scales = pack(vectors)
    assert (nibbles.shape, nibbles.dtype) == ((50, 32), np.uint8)
    assert (scales.shape, scales.dtype) == ((50, 2), np.float16)
    half = np.repeat(scales.astype(np.float32), 32, axis=1) * 0.51
    assert (np.abs(unpack(nibbles, scales) - vectors) <= half).all()


def test_packing_of_known_numbers() -> None:
    nibbles, scales = pack(np.float32([[7, -7, 0, 3]]))
    assert nibbles.tolist() == [[0x8F, 0xB1]]  # one number of each half a byte
    assert scales.tolist() == [[1.0]]
    assert unpack(nibbles, scales).tolist() == [[7, -7, 0, 3]]


def test_zeros_and_nothing_can_be_packed() -> None:
    assert unpack(*pack(np.zeros((2, 32), np.float32))).tolist() == np.zeros((2, 32)).tolist()
    assert unpack(*pack(np.empty((0, 32), np.float32))).shape == (0, 32)


def test_tokens_are_packed_about_their_mean() -> None:
    tokens = np.random.default_rng(7).normal(3, 1, size=(5, 32)).astype(np.float32)
    nothing = np.empty((0, 32), np.float32)
    nibbles, scales, means = pack_tokens([nothing, tokens, nothing, tokens[:2]])
    for own, of_piece in ((slice(0, 5), 1), (slice(5, 7), 3)):
        unit = unit_rows(tokens[: own.stop - own.start])
        np.testing.assert_allclose(means[of_piece], unit.mean(axis=0), rtol=1e-6)
        found = unpack(nibbles[own], scales[own]) + means[of_piece]
        np.testing.assert_allclose(found, unit, atol=0.05)
    assert means[[0, 2]].tolist() == [[0.0] * 32] * 2
    assert pack_tokens([nothing])[0].shape == (0, 16)


def test_rows_are_brought_to_unit_length() -> None:
    assert unit_rows(np.float32([[3, 4], [0, 0]])).tolist() == [
        [pytest.approx(0.6), pytest.approx(0.8)],
        [0, 0],
    ]
