"""Embed paragraphs on the GPU and on the processor: how fast, and whether they agree.

    .venv/bin/python benchmarks/gpu.py [--count 4096]

The texts are the paragraphs of `training/`, 512 at a time, as a build embeds them. The first pass
on either is not timed.
"""

import argparse
import os
import platform
import time
from pathlib import Path

import numpy as np

from duanci.bert import Bert
from duanci.config import load_settings
from duanci.encoder import LateEncoder, open_encoder
from duanci.gpu import count_gpus, torch_has_cuda
from duanci.packed import PROMPTS
from duanci.weights import find_encoder
from passages import read_passages

TEXTS = Path(__file__).with_name("training")
_CHUNK = 512  # as in `duanci.making`


def embed(encoder: LateEncoder, texts: list[str]) -> tuple[np.ndarray, float]:
    """Embed texts; return their vectors and the seconds that it took."""
    found, started = [], time.monotonic()
    for at in range(0, len(texts), _CHUNK):
        some = texts[at : at + _CHUNK]
        found += encoder.encode_paragraphs(some, [()] * len(some))
    return np.stack([one.vector for one in found]), time.monotonic() - started


def main() -> None:
    """Embed, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=4096)
    given = parser.parse_args()
    if not (count_gpus() and torch_has_cuda()):
        raise SystemExit("no GPU that PyTorch can use was found; this compares one with the CPU")
    import torch

    settings = load_settings()
    own = open_encoder(settings)
    every = [one["paragraph"] for passages in read_passages(TEXTS) for one in passages]
    texts = (every * (given.count // len(every) + 1))[: given.count // _CHUNK * _CHUNK]
    folder = find_encoder(settings).folder
    processor = LateEncoder("default", "", Bert(folder, "fp32"), *PROMPTS)
    assert isinstance(own, LateEncoder)
    for encoder in (own, processor):
        embed(encoder, texts[:_CHUNK])
    on_gpu, took = embed(own, texts)
    beside, took_beside = embed(processor, texts[:1024])
    least = float((on_gpu[:1024] * beside).sum(axis=1).min())
    cores = len(os.sched_getaffinity(0))
    print(f"{torch.cuda.get_device_name()}, {platform.machine()}, {cores} cores")
    print(f"GPU        {len(texts) / took:7.0f} paragraphs/s")
    print(f"processor  {1024 / took_beside:7.0f} paragraphs/s, fp32")
    print(f"lowest cosine between them {least:.6f}")


if __name__ == "__main__":
    main()
