"""A GPU embeds what is much, and gives what the processor gives."""

from pathlib import Path

import numpy as np
import pytest

from duanci.config import load_settings
from duanci.encoder import LateEncoder, open_encoder, open_sentence_transformer
from duanci.gpu import count_gpus, torch_has_cuda

NODE = Path("/dev/nvidiactl")
TEXTS = [
    f"第{at}家合作社每年春季检查蜂箱，蜂蜜的价格{'有所' * (at % 7)}上涨。" for at in range(256)
]


@pytest.mark.skipif(NODE.exists(), reason="there is a GPU")
def test_without_a_driver_there_is_no_gpu() -> None:
    assert count_gpus() == 0


def test_many_texts_go_where_many_are_encoded(tiny_model: Path) -> None:
    tiny = open_sentence_transformer("tiny", tiny_model)
    assert isinstance(tiny, LateEncoder)
    opened = []

    def open_for_many() -> None:
        opened.append(1)

    encoder = LateEncoder("tiny", "", tiny._model, "", "", open_for_many)
    encoder.encode_paragraphs(TEXTS[:255], [()] * 255)
    assert not opened
    for _ in range(2):  # the second time it is not opened again
        found = encoder.encode_paragraphs(TEXTS, [()] * 256)
    assert opened == [1]
    assert found[7].vector.tolist() == tiny.encode_paragraphs(TEXTS, [()] * 256)[7].vector.tolist()


@pytest.mark.model
@pytest.mark.skipif(not (count_gpus() and torch_has_cuda()), reason="needs a GPU and CUDA")
def test_gpu_gives_the_vectors_of_the_processor() -> None:
    encoder = open_encoder(load_settings({}))
    assert isinstance(encoder, LateEncoder)
    assert encoder.arithmetic == "fp32"
    on_gpu = encoder.encode_paragraphs(TEXTS, [[(0, 5)]] * 256)
    assert encoder._model_for_many._model.device.type == "cuda"  # type: ignore[attr-defined]
    for text, one in list(zip(TEXTS, on_gpu, strict=True))[::9]:
        (alone,) = encoder.encode_paragraphs([text], [[(0, 5)]])
        np.testing.assert_allclose(one.vector, alone.vector, atol=1e-4)
        np.testing.assert_allclose(one.windows, alone.windows, atol=1e-4)
        np.testing.assert_allclose(one.tokens, alone.tokens, atol=1e-2)
