"""Texts to vectors: sentence-transformers, and only here.

The default weights are run by lighter runtimes (see `bert`), which take a tenth of the time to
load, in eight bits where the processor has instructions for them; every other model by
sentence-transformers itself, on a GPU where there is one. A GPU embeds the default's paragraphs
too, when they are many.
"""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from math import nan
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from duanci.chunking import Encoded, Progress, Span, TokenModel, Vectors, encode_late
from duanci.config import DEFAULT_ENCODER, Settings
from duanci.errors import EncoderError
from duanci.gpu import count_gpus, torch_has_cuda
from duanci.packed import PROMPTS
from duanci.weights import Found, find_encoder, fingerprint, say

_FP32 = "fp32"
_BATCH_TOKENS = 2048  # padded tokens in one pass of PyTorch: more gains nothing on a CPU
_GPU_TOKENS = 65_536  # and on a GPU
_MANY = 256  # texts that are worth the seconds that PyTorch takes to load


class Encoder(Protocol):
    """What the index and the asking need of an encoder."""

    name: str
    fingerprint: str
    dimension: int
    arithmetic: str  # what it computes in: int8, fp32

    def encode_question(self, question: str) -> Encoded:
        """Return the vectors of a question; it has no windows."""

    def encode_paragraphs(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[Span]],
        progress: Progress | None = None,
    ) -> list[Encoded]:
        """Return the vectors of paragraphs and of the windows that the spans cut out of them."""

    def compare(self, question: str, paragraph: str) -> float:
        """Tell how surely a paragraph answers, as a logit; nan where the model cannot tell."""


def open_encoder(settings: Settings) -> Encoder:
    """Open the encoder that the settings name.

    :raises EncoderError: it cannot be had or opened; the message names the default.
    """
    return open_found(find_encoder(settings))


def open_found(found: Found) -> Encoder:
    """Open an encoder that was found.

    :raises EncoderError: it cannot be opened; the message names the default.
    """
    if found.name == DEFAULT_ENCODER:
        return _open_default(found)
    return open_sentence_transformer(found.name, found.folder)


def open_sentence_transformer(name: str, folder: Path) -> Encoder:
    """Open a folder with sentence-transformers.

    :raises EncoderError: the folder holds no model that sentence-transformers can open.
    """
    model = _load(name, folder)
    prompts = model.prompts or {}
    question, passage = (
        prompts.get("query") or "",
        prompts.get("passage") or prompts.get("document") or "",
    )
    if _pools_by_mean(model):
        return LateEncoder(name, fingerprint(folder), _TorchTokens(model), question, passage)
    return PlainEncoder(name, fingerprint(folder), model, question, passage)


class LateEncoder:
    """A model that averages its tokens: one pass gives paragraphs, windows and tokens."""

    def __init__(
        self,
        name: str,
        mark: str,
        model: TokenModel,
        question_prompt: str,
        passage_prompt: str,
        open_for_many: Callable[[], TokenModel | None] = lambda: None,
        compare: Callable[[str, str], float] = lambda question, paragraph: nan,
    ) -> None:
        """Encode with a model.

        :param open_for_many: opens the same model where many texts are encoded faster, if there is
            such a place; called when that many come.
        :param compare: tells how surely a paragraph answers a question.
        """
        self.name = name
        self.fingerprint = mark
        self.dimension = model.dimension
        self.arithmetic = model.arithmetic
        self._model = model
        self._open_for_many = open_for_many
        self.compare = compare
        self._question_prompt, self._passage_prompt = question_prompt, passage_prompt

    @cached_property
    def _model_for_many(self) -> TokenModel:
        return self._open_for_many() or self._model

    def encode_question(self, question: str) -> Encoded:
        """Return the vectors of a question; it has no windows."""
        return encode_late(self._model, [question], [()], self._question_prompt)[0]

    def encode_paragraphs(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[Span]],
        progress: Progress | None = None,
    ) -> list[Encoded]:
        """Return the vectors of paragraphs and of the windows that the spans cut out of them."""
        model = self._model_for_many if len(texts) >= _MANY else self._model
        return encode_late(model, texts, spans, self._passage_prompt, progress)


class PlainEncoder:
    """Any other sentence-transformers model: each window is encoded by itself, tokens are not."""

    def __init__(
        self, name: str, mark: str, model: Any, question_prompt: str, passage_prompt: str
    ) -> None:
        self.name = name
        self.fingerprint = mark
        self.dimension = int(model.get_embedding_dimension() or 0)
        self.arithmetic = _FP32
        self._model = model
        self._turn = threading.Lock()  # a rebuild may go on while questions are asked
        self._question_prompt, self._passage_prompt = question_prompt, passage_prompt

    def compare(self, question: str, paragraph: str) -> float:
        """Tell nothing: no other model has learned it."""
        return nan

    def encode_question(self, question: str) -> Encoded:
        """Return the vectors of a question; it has no windows."""
        vector = self._encode([self._question_prompt + question])[0]
        return _without_tokens(vector, vector[None, :][:0])

    def encode_paragraphs(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[Span]],
        progress: Progress | None = None,
    ) -> list[Encoded]:
        """Return the vectors of paragraphs and of the windows that the spans cut out of them."""
        encoded = []
        for text, cuts in zip(texts, spans, strict=True):
            pieces = [text, *(text[start:end] for start, end in cuts)]
            vectors = self._encode([self._passage_prompt + piece for piece in pieces])
            encoded.append(_without_tokens(vectors[0], vectors[1:]))
            if progress:
                progress(len(encoded), len(texts))
        return encoded

    def _encode(self, texts: Sequence[str]) -> Vectors:
        with self._turn:
            vectors = self._model.encode(
                list(texts), normalize_embeddings=True, show_progress_bar=False, prompt=""
            )
        return np.ascontiguousarray(vectors, dtype=np.float32)


class _TorchTokens:
    """The tokens of a sentence-transformers model, on whatever device torch has."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.dimension = int(model.get_embedding_dimension() or 0)
        self.limit = int(model.max_seq_length or 512)
        self.arithmetic, self.streams = _FP32, 1
        self._turn = threading.Lock()

    def tokenize(self, text: str) -> tuple[list[int], NDArray[np.int64]]:
        with self._turn:
            found = self._model.tokenizer(
                text, return_offsets_mapping=True, verbose=False, truncation=False
            )
        return list(found["input_ids"]), np.asarray(found["offset_mapping"], dtype=np.int64)

    def batches(self, lengths: Sequence[int]) -> list[int]:
        """Part texts into batches of bounded padded size."""
        found: list[int] = []
        most = _BATCH_TOKENS if self._model.device.type == "cpu" else _GPU_TOKENS
        for length in lengths:
            if found and (found[-1] + 1) * length <= most:
                found[-1] += 1
            else:
                found.append(1)
        return found

    def forward(self, ids: Sequence[Sequence[int]]) -> list[Vectors]:
        import torch

        longest = max(map(len, ids))
        pad = self._model.tokenizer.pad_token_id or 0
        padded = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in ids])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
        device = self._model.device
        features = {"input_ids": padded.to(device), "attention_mask": mask.to(device)}
        with self._turn, torch.inference_mode():
            vectors = self._model[0](features)["token_embeddings"].float().cpu().numpy()
        return [vectors[at, : len(row)] for at, row in enumerate(ids)]


def _open_default(found: Found) -> Encoder:
    from duanci.bert import Bert, has_openvino, has_vnni
    from duanci.cross_encoder import CrossEncoder

    has_gpu = count_gpus() > 0
    if has_gpu and torch_has_cuda():
        # in what a GPU computes in, so that a build is one whichever embedded its paragraphs
        model, open_for_many = Bert(found.folder, _FP32), partial(_open_on_gpu, found.folder)
        compare = CrossEncoder(model, found.folder).compare
        mark = found.fingerprint
        return LateEncoder(DEFAULT_ENCODER, mark, model, *PROMPTS, open_for_many, compare)
    if has_gpu:
        say("there is a GPU, and this PyTorch is made without CUDA: the processor embeds alone")
    model = Bert(found.folder)
    if has_vnni() and not has_openvino():
        say(
            "OpenVINO is not installed: the default encoder runs in fp32, at a third of the speed; "
            "`pip install openvino` for eight bits"
        )
    elif model.arithmetic == _FP32:
        say("this processor has no VNNI: the default encoder runs in fp32, at a third of the speed")
    compare = CrossEncoder(model, found.folder).compare
    return LateEncoder(DEFAULT_ENCODER, found.fingerprint, model, *PROMPTS, compare=compare)


def _open_on_gpu(folder: Path) -> TokenModel | None:
    """Open the default encoder in PyTorch on the GPU; None, and a word, where PyTorch has none."""
    model = _load(DEFAULT_ENCODER, folder)
    if model.device.type != "cpu":
        return _TorchTokens(model)
    say("there is a GPU, and PyTorch cannot use it: the processor embeds alone")
    return None


def _without_tokens(vector: Vectors, windows: Vectors) -> Encoded:
    nothing = np.empty((0, len(vector)), np.float32)
    return Encoded(vector, windows, nothing, np.empty((0, 2), np.int64))


def _pools_by_mean(model: Any) -> bool:
    """Tell whether a model averages its tokens, so that windows can be cut out of a paragraph."""
    poolings = [module for module in model if hasattr(module, "pooling_mode")]
    plain = {"Transformer", "Pooling", "Normalize"}.issuperset(type(m).__name__ for m in model)
    by_mean = len(poolings) == 1 and poolings[0].pooling_mode == "mean"
    return plain and by_mean and bool(getattr(model.tokenizer, "is_fast", False))


def _load(name: str, folder: Path) -> Any:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    try:
        return SentenceTransformer(str(folder), local_files_only=True)
    except Exception as exc:  # whatever a foreign folder makes three libraries raise
        first = str(exc).strip().partition("\n")[0]
        raise EncoderError(
            f"encoder {name}: sentence-transformers cannot open {folder} ({first}); name another "
            f"model, or leave --encoder out for the default {DEFAULT_ENCODER}"
        ) from exc
