"""Texts to vectors: sentence-transformers, and only here."""

import logging
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from duanci.config import DEFAULT_ENCODER, Settings
from duanci.errors import EncoderError
from duanci.weights import fingerprint, model_folder

Vectors = NDArray[np.float32]
Span = tuple[int, int]
Progress = Callable[[int, int], None]  # paragraphs done, paragraphs in all

_WORD = re.compile(r"\w")
_BATCH_TOKENS = 2048  # padded tokens in one forward pass: more gains nothing on a CPU


@dataclass(frozen=True, slots=True)
class Encoded:
    """One paragraph as vectors, float32.

    `vector` (d,) is the paragraph's and `windows` (w, d) are those of its windows in their order,
    all of unit length. `tokens` (t, d) are the last layer's for each token that is a word or a
    part of one, as they come, and `spans` int64 (t, 2) where each stands in the text; both are
    empty where a model does not tell.
    """

    vector: Vectors
    windows: Vectors
    tokens: Vectors
    spans: NDArray[np.int64]


class Encoder(Protocol):
    """What the index and the asking need of an encoder."""

    name: str
    fingerprint: str
    dimension: int

    def encode_question(self, question: str) -> Encoded:
        """Return the vectors of a question; it has no windows."""

    def encode_paragraphs(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[Span]],
        progress: Progress | None = None,
    ) -> list[Encoded]:
        """Return the vectors of paragraphs and of the windows that the spans cut out of them."""


def open_encoder(settings: Settings) -> "SentenceEncoder":
    """Open the encoder that the settings name.

    The default comes from the weights on disk; a folder is opened as it is; any other name is a
    hub model, looked for in the local cache and only then on the hub.

    :raises EncoderError: it cannot be had; the message names the default.
    """
    if settings.encoder == DEFAULT_ENCODER:
        folder = model_folder(settings.cache, _say)
        return SentenceEncoder(DEFAULT_ENCODER, folder)
    folder = Path(settings.encoder).expanduser()
    if folder.is_dir():
        return SentenceEncoder(str(folder), folder)
    if settings.encoder.startswith((".", "/", "~")):
        raise EncoderError(
            f"encoder folder {settings.encoder} does not exist; expected a sentence-transformers "
            f"folder, or leave --encoder out for the default {DEFAULT_ENCODER}"
        )
    return SentenceEncoder(settings.encoder, _hub_folder(settings.encoder))


class SentenceEncoder:
    """A sentence-transformers model on disk."""

    def __init__(self, name: str, folder: Path) -> None:
        """Load the model of a folder.

        :raises EncoderError: the folder holds no model that sentence-transformers can open.
        """
        self.name = name
        self.fingerprint = fingerprint(folder)
        self._model = _load(name, folder)
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self._tokenizer = self._model.tokenizer
        self._pools_by_mean = _pools_by_mean(self._model)
        self._limit = int(self._model.max_seq_length or 512)
        prompts = self._model.prompts or {}
        self._question_prompt = prompts.get("query") or ""
        self._passage_prompt = prompts.get("passage") or prompts.get("document") or ""

    def encode_question(self, question: str) -> Encoded:
        """Return the vectors of a question; it has no windows."""
        if self._pools_by_mean:
            return self._encode_late([question], [()], self._question_prompt)[0]
        vector = self._encode([self._question_prompt + question])[0]
        return _without_tokens(vector, vector[None, :][:0])

    def encode_paragraphs(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[Span]],
        progress: Progress | None = None,
    ) -> list[Encoded]:
        """Return the vectors of paragraphs and of the windows that the spans cut out of them.

        Where the model pools by the mean, a window's vector is the mean of its tokens as they
        stand in the whole paragraph (late chunking, Günther et al. 2024, arXiv:2409.04701): one
        pass gives both. Other models encode each window by itself.

        :param texts: n paragraphs.
        :param spans: for each, the [start, end) offsets of its windows.
        :param progress: is told after each batch how many paragraphs are done.
        :return: n records, in the order of `texts`.
        """
        if self._pools_by_mean:
            return self._encode_late(texts, spans, self._passage_prompt, progress)
        return self._encode_apart(texts, spans, progress)

    def _encode(self, texts: Sequence[str], batch: int = 16) -> Vectors:
        vectors = self._model.encode(
            list(texts),
            batch_size=batch,
            normalize_embeddings=True,
            show_progress_bar=False,
            prompt="",
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def _encode_apart(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]], progress: Progress | None
    ) -> list[Encoded]:
        encoded = []
        for text, cuts in zip(texts, spans, strict=True):
            pieces = [text, *(text[start:end] for start, end in cuts)]
            vectors = self._encode([self._passage_prompt + piece for piece in pieces])
            encoded.append(_without_tokens(vectors[0], vectors[1:]))
            if progress:
                progress(len(encoded), len(texts))
        return encoded

    def _encode_late(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[Span]],
        prompt: str,
        progress: Progress | None = None,
    ) -> list[Encoded]:
        pieces = [piece for at, text in enumerate(texts) for piece in self._cut(at, text, prompt)]
        pieces.sort(key=lambda piece: len(piece.ids))
        left = {at: sum(p.text == at for p in pieces) for at in {p.text for p in pieces}}
        tokens: dict[int, list[tuple[NDArray[np.int64], Vectors]]] = {}
        done: dict[int, Encoded] = {}
        for batch in _batches(pieces):
            for piece, vectors in zip(batch, self._forward([p.ids for p in batch]), strict=True):
                tokens.setdefault(piece.text, []).append((piece.offsets, vectors))
                left[piece.text] -= 1
                if not left[piece.text]:
                    at = piece.text
                    done[at] = _pool(texts[at], tokens.pop(at), spans[at])
            if progress:
                progress(len(done), len(texts))
        return [done[at] for at in range(len(texts))]

    def _cut(self, at: int, text: str, prompt: str) -> "list[_Piece]":
        """Cut a text into pieces that the model can take, the prompt before each."""
        pieces: list[_Piece] = []
        start = 0
        while start < len(text) or not pieces:
            found = self._tokenizer(
                prompt + text[start:], return_offsets_mapping=True, verbose=False, truncation=False
            )
            ids, offsets = found["input_ids"], np.asarray(found["offset_mapping"], dtype=np.int64)
            end = len(text)
            if len(ids) > self._limit:
                # the closing special token stays; the next piece starts at the first one left out
                end = start + int(offsets[self._limit - 1][0]) - len(prompt)
                ids = [*ids[: self._limit - 1], ids[-1]]
                offsets = np.concatenate([offsets[: self._limit - 1], offsets[-1:]])
            inside = offsets[:, 1] > len(prompt)  # a first token may hold the prompt's last blank
            in_text = np.maximum(offsets, len(prompt)) - len(prompt) + start
            shifted = np.where(inside[:, None], in_text, -1)
            pieces.append(_Piece(at, ids, shifted))
            start = max(end, start + 1)
        return pieces

    def _forward(self, ids: Sequence[Sequence[int]]) -> list[Vectors]:
        """Run the model over token ids; give each text's token vectors, float32 (t, d)."""
        import torch

        longest = max(map(len, ids))
        pad = self._tokenizer.pad_token_id or 0
        padded = [[*row, *[pad] * (longest - len(row))] for row in ids]
        features = {
            "input_ids": torch.tensor(padded, device=self._model.device),
            "attention_mask": torch.tensor(
                [[1] * len(row) + [0] * (longest - len(row)) for row in ids],
                device=self._model.device,
            ),
        }
        with torch.inference_mode():
            vectors = self._model[0](features)["token_embeddings"].float().cpu().numpy()
        return [vectors[i, : len(row)] for i, row in enumerate(ids)]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text, or a part of it, as tokens: ids, and offsets in the whole text (-1 beside it)."""

    text: int
    ids: list[int]
    offsets: NDArray[np.int64]


def _pool(
    text: str, parts: Sequence[tuple[NDArray[np.int64], Vectors]], spans: Sequence[Span]
) -> Encoded:
    """Average the tokens of the paragraph, and of each of its windows."""
    in_order = sorted(parts, key=lambda part: int(part[0].max()))
    offsets = np.concatenate([part[0] for part in in_order])
    vectors = np.concatenate([part[1] for part in in_order])
    whole = _unit(vectors.mean(axis=0))
    middles = (offsets[:, 0] + offsets[:, 1] - 1) // 2
    windows = np.empty((len(spans), vectors.shape[1]), np.float32)
    for at, (start, end) in enumerate(spans):
        inside = (middles >= start) & (middles < end) & (offsets[:, 0] >= 0)
        windows[at] = _unit(vectors[inside].mean(axis=0)) if inside.any() else whole
    said = np.array([a >= 0 and bool(_WORD.search(text[a:b])) for a, b in offsets], dtype=bool)
    return Encoded(whole, windows, vectors[said], offsets[said])


def _without_tokens(vector: Vectors, windows: Vectors) -> Encoded:
    return Encoded(
        vector, windows, np.empty((0, len(vector)), np.float32), np.empty((0, 2), np.int64)
    )


def _unit(vector: Vectors) -> Vectors:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), dtype=np.float32)


def _batches(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Part pieces, sorted by length, into batches of bounded padded size."""
    batches: list[list[_Piece]] = []
    for piece in pieces:
        if batches and (len(batches[-1]) + 1) * len(piece.ids) <= _BATCH_TOKENS:
            batches[-1].append(piece)
        else:
            batches.append([piece])
    return batches


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


def _hub_folder(name: str) -> Path:
    """Find a hub model in the local cache, or fetch it from the hub that the user named it on."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except HFValidationError as exc:
        raise EncoderError(
            f"encoder {name!r} is no folder and no name of a hub model; expected one of them, or "
            f"leave --encoder out for the default {DEFAULT_ENCODER}"
        ) from exc
    except LocalEntryNotFoundError:
        _say(f"encoder {name} is not in the local cache: asking the hub for it")
    try:
        return Path(snapshot_download(name))
    except Exception as exc:  # offline, refused, unknown: each client library raises its own
        raise EncoderError(
            f"encoder {name} is not in the local cache and the hub cannot give it "
            f"({type(exc).__name__}); name a folder, or leave --encoder out for the default "
            f"{DEFAULT_ENCODER}, which needs no network"
        ) from exc


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
