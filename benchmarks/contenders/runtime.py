"""One runtime of the same weights in a process of its own, for `encode.py`.

    python benchmarks/contenders/runtime.py NAME FOLDER

Commands, a JSON object a line: `{"texts", "prompt", "file"}` encodes passages in batches, or one
by one with `"single": true`, and writes unit vectors to a file; `{"peak": tokens, "shapes"}` times
matrix products of the model's shapes. Each names its clock, "wall" or "processor".
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from worker import replies

Encode = Callable[[Sequence[str], str], Any]  # texts and their prompt to float32 (n, d), unit rows


def sentence_transformers(folder: str, **given: Any) -> Encode:
    """Open a folder with sentence-transformers."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(folder, device="cpu", **given)
    return lambda texts, prompt: model.encode(
        list(texts), prompt=prompt, batch_size=32, normalize_embeddings=True
    )


def torch_bf16(folder: str) -> Encode:
    """Open a folder with sentence-transformers, its weights as bfloat16."""
    import torch

    return sentence_transformers(folder, model_kwargs={"dtype": torch.bfloat16})


def default(folder: str) -> Encode:
    """Open the runtime of this project, whatever it is by now, for the default weights."""
    from duanci.config import load_settings
    from duanci.encoder import open_encoder

    del folder
    encoder = open_encoder(load_settings())

    def encode(texts: Sequence[str], prompt: str) -> Any:
        if prompt == "query: ":
            return np.stack([encoder.encode_question(text).vector for text in texts])
        found = encoder.encode_paragraphs(texts, [()] * len(texts))
        return np.stack([one.vector for one in found])

    return encode


def onnx(folder: str) -> Encode:
    """Open a folder that `export_onnx.py` wrote, with ONNX Runtime at its highest optimisation."""
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    file = str(Path(folder) / "model.onnx")
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.enable_truncation(512)
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>")

    def run(texts: Sequence[str]) -> Any:
        tokens = tokenizer.encode_batch(list(texts))
        mask = np.array([one.attention_mask for one in tokens], np.int64)
        given = {
            "input_ids": np.array([one.ids for one in tokens], np.int64),
            "attention_mask": mask,
        }
        (hidden,) = session.run(None, given)
        mean = (hidden * mask[..., None]).sum(axis=1)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def encode(texts: Sequence[str], prompt: str) -> Any:
        order = sorted(range(len(texts)), key=lambda at: -len(texts[at]))
        found: dict[int, Any] = {}
        for start in range(0, len(order), 32):
            batch = order[start : start + 32]
            found |= zip(batch, run([prompt + texts[at] for at in batch]), strict=True)
        return np.stack([found[at] for at in range(len(texts))])

    return encode


RUNTIMES: dict[str, Callable[[str], Encode]] = {
    "torch": sentence_transformers,
    "torch-bf16": torch_bf16,
    "default": default,
    "openvino-backend": lambda folder: sentence_transformers(folder, backend="openvino"),
    "onnx": onnx,
}


CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}


def peak(
    tokens: int, shapes: Sequence[tuple[int, int]], clock: Callable[[], float]
) -> dict[str, float]:
    """Time products of (tokens, a) with (a, b); return floating-point operations a second."""
    import torch

    best = 0.0
    work = sum(2 * tokens * a * b for a, b in shapes)
    pairs = [(torch.randn(tokens, a), torch.randn(a, b)) for a, b in shapes]
    for multiply in (torch.mm, lambda one, two: one.numpy() @ two.numpy()):
        for _ in range(8):
            started = clock()
            for one, two in pairs:
                multiply(one, two)
            best = max(best, work / (clock() - started))
    return {"flops": best}


def act(encode: Encode, command: dict[str, Any]) -> dict[str, Any]:
    """Do what a command says."""
    clock = CLOCKS[command["clock"]]
    if "peak" in command:
        return peak(command["peak"], command["shapes"], clock)
    texts, prompt = command["texts"], command["prompt"]
    parts = [[text] for text in texts] if command.get("single") else [texts]
    times, vectors = [], []
    for part in parts:
        started = clock()
        vectors.append(encode(part, prompt))
        times.append(clock() - started)
    np.save(command["file"], np.concatenate(vectors).astype(np.float32))
    return {"seconds": times}


def main() -> None:
    """Serve commands until there are no more."""
    with replies() as out:
        encode = RUNTIMES[sys.argv[1]](sys.argv[2])
        encode(["?"], "query: ")
        for line in sys.stdin:
            out.write(json.dumps(act(encode, json.loads(line))) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
