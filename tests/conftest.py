"""What the tests share: a small real report, a deterministic encoder, the shipped report."""

import os
import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import pytest

from duanci.assistant import Assistant, rebuild
from duanci.chunking import Encoded, Progress, Span, Vectors
from duanci.config import Settings, load_settings
from duanci.encoder import Encoder, open_encoder
from duanci.postings import PostingsWriter, Words

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data"
SHIPPED = DATA / "TD_B_COM.3_EM.5_3.txt"

SMALL_REPORT = """\
TD/B/99/1

# 养蜂合作社会议的报告

## 一、建议

1. 会议建议，各合作社每年春季检查蜂箱。

2. 会议注意到，蜂蜜的价格在三年中上涨了一半。<sup>1</sup> 运输费用没有变化。

---

<sup>1</sup> 见蜂蜜市场年鉴。

## 二、经费

3. 经费用于：

- 购买蜂箱；
- 培训养蜂人。

附件一

1. 乌兰巴托的合作社有四百个蜂箱。
"""


class WordEncoder:
    """A real encoder without a model: each character of a text counts in one of 64 places."""

    name = "characters"
    dimension = 64
    arithmetic = "fp32"

    def __init__(self, fingerprint: str = "0123456789abcdef") -> None:
        self.fingerprint = fingerprint
        self.encoded: list[str] = []

    def encode_question(self, question: str) -> Encoded:
        return self._encode(question, ())

    def encode_paragraphs(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[Span]],
        progress: Progress | None = None,
    ) -> list[Encoded]:
        self.encoded += texts
        if progress:
            progress(len(texts), len(texts))
        return [self._encode(text, cuts) for text, cuts in zip(texts, spans, strict=True)]

    def compare(self, question: str, paragraph: str) -> float:
        """Tell nothing of whether a paragraph answers."""
        return float("nan")

    def _encode(self, text: str, cuts: Sequence[Span]) -> Encoded:
        windows = np.zeros((len(cuts), self.dimension), dtype=np.float32)
        for at, (start, end) in enumerate(cuts):
            windows[at] = self._vector(text[start:end])
        places = [m.start() for m in re.finditer(r"\w", text)]
        tokens = np.zeros((len(places), self.dimension), dtype=np.float32)
        for at, place in enumerate(places):
            tokens[at, ord(text[place]) % self.dimension] = 1
        spans = np.array([(p, p + 1) for p in places], dtype=np.int64).reshape(-1, 2)
        return Encoded(self._vector(text), windows, tokens, spans)

    def _vector(self, text: str) -> Vectors:
        vector = np.full(self.dimension, 1e-3, dtype=np.float32)
        for char in re.findall(r"\w", text):
            vector[ord(char) % self.dimension] += 1
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def write_words(folder: Path, sentences: list[list[str]], counts: list[int]) -> None:
    """Write the words of pieces, one by one, of so many sentences each."""
    with ExitStack() as files:
        writer = PostingsWriter(folder, files)
        first = 0
        for count in counts:
            writer.add(Words.number(sentences[first : first + count]), np.array([count]))
            first += count
        writer.close()


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose data directory holds the small report, not yet indexed.

    Nothing is refused: how sure an answer is means nothing with the encoder that counts characters.
    """
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "bees.md").write_text(SMALL_REPORT, "utf-8")
    return Settings(data=tmp_path / "data", index=tmp_path / "index", refusal_threshold=0.0)


@pytest.fixture
def bees(settings: Settings, encoder: WordEncoder) -> Assistant:
    """An assistant on the small report, with the encoder that counts characters."""
    rebuild(settings, encoder)
    return Assistant.open_with(settings, encoder)


@pytest.fixture(scope="session")
def encoder_itself() -> Encoder:
    """The default encoder."""
    return open_encoder(load_settings({}))


@pytest.fixture(scope="session")
def real_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the shipped report, indexed by the default encoder once for all tests."""
    settings = Settings(data=DATA, index=tmp_path_factory.mktemp("index"))
    rebuild(settings)
    return settings


@pytest.fixture(scope="session")
def real_assistant(real_settings: Settings) -> Assistant:
    """An assistant on the shipped report with the default encoder."""
    return Assistant.open(real_settings)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real sentence-transformers folder: a BERT of one layer over the characters of the tests."""
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model", pooling="mean")


def save_tiny_model(folder: Path, pooling: str) -> Path:
    """Save a one-layer BERT with seeded weights as a sentence-transformers folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    special = ["<pad>", "<s>", "</s>", "<unk>"]
    letters = sorted(set(SMALL_REPORT + "abcdefghijklmnopqrstuvwxyz") - set(" \n"))
    vocabulary = {token: at for at, token in enumerate([*special, *letters])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", model_max_length=64
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, pad_token_id=0,
    )  # fmt: skip
    plain = folder.parent / "plain"
    BertModel(config).save_pretrained(plain)
    fast.save_pretrained(plain)
    SentenceTransformer(modules=[Transformer(str(plain)), Pooling(16, pooling)]).save(str(folder))
    return folder
