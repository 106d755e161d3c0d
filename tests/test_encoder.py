from pathlib import Path

import numpy as np
import pytest

from conftest import save_tiny_model
from duanci import bert, encoder
from duanci.config import Settings, load_settings
from duanci.encoder import Encoder, LateEncoder, PlainEncoder, open_encoder
from duanci.errors import EncoderError

LONG = "会议建议各合作社每年春季检查蜂箱。" * 12  # 204 characters, over the tiny model's 64


def _open(folder: Path) -> Encoder:
    return open_encoder(Settings(encoder=str(folder)))


@pytest.fixture(scope="module")
def tiny(tiny_model: Path) -> Encoder:
    return _open(tiny_model)


def test_folder_of_sentence_transformers_is_taken(tiny: Encoder, tiny_model: Path) -> None:
    assert tiny.name == str(tiny_model)
    assert isinstance(tiny, LateEncoder)
    assert tiny.dimension == 16
    vector = tiny.encode_question("蜂箱").vector
    assert (vector.shape, vector.dtype) == ((16,), np.float32)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)


def test_paragraph_vector_is_that_of_sentence_transformers(tiny: Encoder, tiny_model: Path) -> None:
    from sentence_transformers import SentenceTransformer

    texts = ["经费用于：", "各合作社每年春季检查蜂箱。", "蜂"]
    expected = SentenceTransformer(str(tiny_model)).encode(texts, normalize_embeddings=True)
    found = tiny.encode_paragraphs(texts, [()] * 3)
    np.testing.assert_allclose(np.stack([e.vector for e in found]), expected, atol=1e-6)


def test_window_over_the_whole_text_leaves_special_tokens_out(tiny: Encoder) -> None:
    text = "蜂箱的价格"
    (encoded,) = tiny.encode_paragraphs([text], [[(0, len(text)), (0, 2)]])
    assert encoded.windows.shape == (2, 16)
    np.testing.assert_allclose(np.linalg.norm(encoded.windows, axis=1), 1.0, atol=1e-6)
    cosine = float(encoded.windows[0] @ encoded.vector)
    assert 0.5 < cosine < 0.9999


def test_text_longer_than_the_model_takes_is_read_to_its_end(tiny: Encoder) -> None:
    ending = LONG + "乌兰巴托"
    long, other = tiny.encode_paragraphs([LONG, ending], [[(0, 17), (187, 204)], [(204, 208)]])
    assert long.windows.shape == (2, 16)
    assert other.windows.shape == (1, 16)
    assert float(long.vector @ other.vector) < 0.9999
    assert np.isfinite(other.windows).all()


def test_order_is_kept_whatever_the_lengths(tiny: Encoder) -> None:
    texts = [LONG, "蜂", "蜂箱的价格", LONG[:40], "。"]
    together = tiny.encode_paragraphs(texts, [[(0, 1)]] * 5)
    for text, encoded in zip(texts, together, strict=True):
        (alone,) = tiny.encode_paragraphs([text], [[(0, 1)]])
        np.testing.assert_allclose(encoded.vector, alone.vector, atol=1e-5)
        np.testing.assert_allclose(encoded.windows, alone.windows, atol=1e-5)


def test_tokens_are_those_of_the_last_layer_at_their_places(tiny: Encoder) -> None:
    (encoded,) = tiny.encode_paragraphs(["蜂箱。价格"], [()])
    assert encoded.spans.tolist() == [[0, 1], [1, 2], [3, 4], [4, 5]]  # the full stop is no word
    assert encoded.tokens.shape == (4, 16)
    alone = tiny.encode_question("蜂箱。价格")
    np.testing.assert_allclose(encoded.tokens, alone.tokens, atol=1e-6)


def test_tokens_of_a_long_text_reach_its_end(tiny: Encoder) -> None:
    (encoded,) = tiny.encode_paragraphs([LONG], [()])
    said = [at for at, char in enumerate(LONG) if char != "。"]
    assert encoded.spans[:, 0].tolist() == said


def test_model_that_does_not_average_encodes_windows_apart(tmp_path: Path) -> None:
    encoder = _open(save_tiny_model(tmp_path / "cls", pooling="cls"))
    assert isinstance(encoder, PlainEncoder)
    text = "经费用于蜂箱。"
    encoded, piece = encoder.encode_paragraphs([text, text[2:4]], [[(2, 4)], []])
    np.testing.assert_allclose(encoded.windows[0], piece.vector, atol=1e-6)
    assert piece.windows.shape == (0, 16)
    assert encoded.tokens.shape == encoder.encode_question("蜂箱").tokens.shape == (0, 16)


def test_progress_reaches_the_end(tiny: Encoder) -> None:
    seen: list[tuple[int, int]] = []
    tiny.encode_paragraphs(["甲", "乙乙", LONG], [()] * 3, lambda *done: seen.append(done))
    assert seen[-1] == (3, 3)


def test_folder_that_does_not_exist_names_the_default() -> None:
    with pytest.raises(
        EncoderError, match="encoder folder ./nowhere does not exist.*multilingual-e5"
    ):
        open_encoder(Settings(encoder="./nowhere"))


def test_folder_without_a_model_names_the_default(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(
        EncoderError, match="sentence-transformers cannot open .*multilingual-e5-small"
    ):
        _open(tmp_path)


def test_hub_model_that_cannot_be_had_offline_names_the_default() -> None:
    with pytest.raises(
        EncoderError, match="encoder nobody/nothing is not in the local cache.*multiling"
    ):
        open_encoder(Settings(encoder="nobody/nothing"))


def test_name_that_no_hub_has_is_one_line() -> None:
    with pytest.raises(
        EncoderError, match="'what is this' is no folder and no name of a hub model"
    ):
        open_encoder(Settings(encoder="what is this"))


@pytest.mark.model
@pytest.mark.parametrize(
    ("has_vnni", "has_openvino", "said"),
    [
        (False, True, "this processor has no VNNI: the default encoder runs in fp32"),
        (False, False, "this processor has no VNNI: the default encoder runs in fp32"),
        (True, False, "OpenVINO is not installed: the default encoder runs in fp32"),
    ],
)
def test_why_the_default_runs_in_fp32_is_said(
    has_vnni: bool,
    has_openvino: bool,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bert, "has_vnni", lambda: has_vnni)
    monkeypatch.setattr(bert, "has_openvino", lambda: has_openvino)
    monkeypatch.setattr(encoder, "count_gpus", lambda: 0)
    assert open_encoder(load_settings({})).arithmetic == "fp32"
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{said}, at a third of the speed")
