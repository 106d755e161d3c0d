"""Measure how far the inputs of the default encoder's products go, for its eight-bit arithmetic.

    .venv/bin/python benchmarks/calibrate.py [--texts benchmarks/calibration.txt]
        [--to src/duanci/ranges.npz]

PyTorch runs the weights in fp32 over the lines of a file, each once as a question and once as a
passage, over its blocks as long passages, and over random pieces of the vocabulary, more and less
rare ones, so that no script and no odd text goes much further. No question set is looked at.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from duanci.config import load_settings
from duanci.int8 import INPUTS
from duanci.packed import PROMPTS, SCORES, SPECIAL
from duanci.unigram import Unigram
from duanci.weights import find_encoder

HERE = Path(__file__).parent
_RANDOM = 40  # texts of random pieces
_LONGEST = 512  # tokens


class Watched:
    """The least, the most and the mean of each channel of what it is shown, (t, k) at a time."""

    def __init__(self) -> None:
        self.low: Any = np.inf
        self.high: Any = -np.inf
        self._sum: Any = 0.0
        self._count = 0

    def look(self, tokens: Any, in_mean: bool) -> None:
        """Look at tokens; random ones widen the range and do not move the mean."""
        self.low = np.minimum(self.low, tokens.min(axis=0))
        self.high = np.maximum(self.high, tokens.max(axis=0))
        if in_mean:
            self._sum = self._sum + tokens.sum(axis=0, dtype=np.float64)
            self._count += len(tokens)

    def found(self) -> Any:
        """Return low, high and mean, float16 (3, k)."""
        return np.stack([self.low, self.high, self._sum / self._count]).astype(np.float16)


def read_texts(file: Path) -> list[str]:
    """Return the lines of a file, and its blocks as texts of their own."""
    body = file.read_text("utf-8").partition("\n")[2].strip("\n")
    return [line for line in body.split("\n") if line] + body.split("\n\n") + [""]


def random_pieces(folder: Path, prompts: list[list[int]]) -> Iterator[list[int]]:
    """Draw texts of random pieces after a prompt, by their likelihood, ever more evenly."""
    scores = np.load(folder / SCORES)
    pieces = np.flatnonzero((scores < 0) & (np.arange(len(scores)) > max(SPECIAL["<unk>"], 3)))
    rng = np.random.default_rng(1)
    for place, evenness in enumerate(np.linspace(0.7, 1.5, _RANDOM)):
        odds = np.exp(scores[pieces] / evenness)
        drawn = rng.choice(pieces, size=rng.integers(8, 400), p=odds / odds.sum())
        yield [*prompts[place % 2][:-1], *drawn.tolist(), SPECIAL["</s>"]]


def main() -> None:
    """Measure and write."""
    import torch
    from transformers import BertModel

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--texts", type=Path, default=HERE / "calibration.txt")
    parser.add_argument("--to", type=Path, default=HERE.parent / "src/duanci/ranges.npz")
    given = parser.parse_args()
    folder = find_encoder(load_settings()).folder
    model, tokenizer = BertModel.from_pretrained(str(folder)).eval(), Unigram(folder)
    watched: dict[str, Watched] = {}
    is_text = True

    def watch(name: str, module: Any) -> None:
        watched[name] = Watched()
        module.register_forward_pre_hook(
            lambda _, inputs: watched[name].look(inputs[0][0].numpy(), is_text)
        )

    for name, module in model.named_modules():
        if name.startswith("encoder.layer.") and name.split(".", 3)[-1] in INPUTS:
            watch(name, module)
    texts = [prompt + text for text in read_texts(given.texts) for prompt in PROMPTS]
    with torch.inference_mode():
        for text in texts:
            ids = tokenizer.tokenize(text)[0]
            model(torch.tensor([[*ids[: _LONGEST - 1], ids[-1]]]))
        is_text = False
        for ids in random_pieces(folder, [tokenizer.tokenize(prompt)[0] for prompt in PROMPTS]):
            model(torch.tensor([ids]))
    np.savez(given.to, **{name: one.found() for name, one in watched.items()})
    print(f"{len(texts)} texts and {_RANDOM} of random pieces; {len(watched)} inputs: {given.to}")


if __name__ == "__main__":
    main()
