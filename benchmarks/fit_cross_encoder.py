"""Teach a whole encoder to tell answers from near misses, seeing question and paragraph at once.

    .venv/bin/python benchmarks/fit_cross_encoder.py [--device cuda] [--epochs 4] [--rank 64]
        [--to src/duanci/cross_encoder.npz]

It learns from `training/` (see `fit_adapter.py`): questions with the paragraphs that answer them,
near misses with the paragraphs that come closest, and questions with paragraphs of their report
that late interaction takes for the answer, the likelier the nearer. It begins as the default
encoder with what is in force of `fit_adapter.py`. What is learned are changes of low rank of its
layers' products, their biases and norms, what is added to the vectors of a paragraph's tokens, and
how the first token judges.

It takes five minutes on a GPU, and days on two cores. Then run `fit_refusal.py`.
"""

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize
from transformers import BertModel

from duanci import cross_encoder
from duanci.packed import unpack
from duanci.unigram import Unigram
from duanci.weights import packed_file
from fit_adapter import (
    HERE,
    Learner,
    Report,
    Text,
    add_changes,
    half,
    mean_token,
    read_reports,
    told_of,
)

_RATE = 7e-4
_DROPPED = 0.1
_TOGETHER = {"cpu": 2048, "cuda": 24_576}  # tokens in a batch
_TAKEN_FOR = (0.5, 0.25, 0.15, 0.1)  # how often each of the paragraphs that are nearest is read
_HARD, _STRAY = 0.5, 0.25  # what they count beside answers, and what those of near misses do
_STRAYS = 0.3  # of near misses, that are read with another paragraph too
_AT_ONCE = 128  # questions whose nearest paragraphs are looked for


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a paragraph: whether it answers, and what the pair counts."""

    asked: Text
    said: Text
    answers: bool
    counts: float

    @property
    def length(self) -> int:
        """How many tokens are read."""
        return len(self.asked.ids) + min(len(self.said.ids), cross_encoder.LONGEST) - 1


class Reading(nn.Module):
    """What `duanci.cross_encoder` does, to be learned."""

    def __init__(self, folder: Path, rank: int) -> None:
        super().__init__()
        self._bert = BertModel.from_pretrained(
            str(folder),
            attn_implementation="sdpa",
            hidden_dropout_prob=_DROPPED,
            attention_probs_dropout_prob=0.0,
        ).requires_grad_(False)
        for name, own in self._bert.named_parameters():
            is_small = name.endswith("bias") or "LayerNorm" in name
            own.requires_grad_(is_small and not name.startswith("pooler"))
        self._changes = add_changes(self._bert, len(self._bert.encoder.layer), rank)
        self.segment = nn.Parameter(torch.zeros(self._bert.config.hidden_size))
        self.out = nn.Linear(self._bert.config.hidden_size, 1)

    def forward(self, pairs: Sequence[Pair]) -> Tensor:
        """Tell of n pairs how surely a paragraph answers a question, as logits (n,)."""
        device = self.segment.device
        ids, said = _pad(pairs)
        there = torch.arange(ids.shape[1])[None] < torch.tensor([[one.length] for one in pairs])
        ids, said, there = ids.to(device), said.to(device), there.to(device)
        own: Any = self._bert.embeddings
        places = own.position_embeddings.weight[: ids.shape[1]]
        embedded = own.word_embeddings(ids) + places + own.token_type_embeddings.weight[0]
        hidden = own.dropout(own.LayerNorm(embedded + said[..., None] * self.segment))
        is_fast = device.type == "cuda"
        mask = torch.zeros(there.shape, device=device).masked_fill(~there, -1e4)
        mask = mask[:, None, None, :].to(torch.bfloat16 if is_fast else torch.float32)
        with torch.autocast(device.type, torch.bfloat16, enabled=is_fast), parametrize.cached():
            for layer in self._bert.encoder.layer:
                output = layer(hidden, mask)
                hidden = output[0] if isinstance(output, tuple) else output
        logits: Tensor = self.out(hidden[:, 0].float())[:, 0]
        return logits

    def learned(self) -> dict[str, Any]:
        """Return what was learned, as `duanci.cross_encoder` reads it."""
        found: dict[str, Tensor] = {"segment": self.segment}
        for name, own in self._bert.named_parameters():
            if own.requires_grad and ".parametrizations." not in name:
                found[name] = own
        found |= {"out.weight": self.out.weight, "out.bias": self.out.bias}
        return {name: half(own) for name, own in found.items()} | told_of(self._changes)


def _pad(pairs: Sequence[Pair]) -> tuple[Tensor, Tensor]:
    """Return the tokens of pairs, (n, t), and which of them are a paragraph's, 1 or 0."""
    ids, said = [], []
    for one in pairs:
        rest = one.said.ids[1 : cross_encoder.LONGEST]
        ids.append(torch.tensor([*one.asked.ids, *rest]))
        said.append(torch.tensor([0.0] * len(one.asked.ids) + [1.0] * len(rest)))
    pad = nn.utils.rnn.pad_sequence
    return pad(ids, batch_first=True, padding_value=1), pad(said, batch_first=True)


@torch.no_grad()
def find_nearest(learner: Learner, report: Report) -> dict[int, list[Text]]:
    """Find for each question the paragraphs that it does not belong to and is nearest to.

    :return: by `id` of the question, nearest first.
    """
    hidden, are = learner.run(report.paragraphs)
    mean = mean_token(learner, report.paragraphs)
    tokens = functional.normalize(functional.normalize(hidden, dim=-1) - mean, dim=-1)
    every, found = [*report.questions, *report.near], dict[int, list[Text]]()
    for start in range(0, len(every), _AT_ONCE):
        some = every[start : start + _AT_ONCE]
        hidden, asks = learner.run([text for text, _ in some])
        asking = functional.normalize(functional.normalize(hidden, dim=-1) - mean, dim=-1)
        cosines = torch.einsum("qad,ptd->qpat", asking, tokens)
        best = cosines.masked_fill(~are[None, :, None], -1).amax(3)
        scores = mean_of_words(best, asks)
        for row, (text, place) in enumerate(some):
            scores[row, place] = -inf
            nearest = scores[row].topk(len(_TAKEN_FOR)).indices.tolist()
            found[id(text)] = [report.paragraphs[at] for at in nearest]
    return found


def mean_of_words(best: Tensor, asks: Tensor) -> Tensor:
    """Return the mean over a question's tokens, (q, p), of how well each is met, (q, p, a)."""
    return (best * asks[:, None]).sum(2) / asks.sum(1)[:, None]


def choose_pairs(reports: Sequence[Report], nearest: dict[int, list[Text]]) -> list[Pair]:
    """Choose what is read in an epoch."""
    found = []
    for report in reports:
        for text, place in report.questions:
            found.append(Pair(text, report.paragraphs[place], True, 1.0))
            (other,) = random.choices(nearest[id(text)], _TAKEN_FOR)
            found.append(Pair(text, other, False, _HARD))
        for text, place in report.near:
            found.append(Pair(text, report.paragraphs[place], False, 1.0))
            if random.random() < _STRAYS:
                found.append(Pair(text, random.choice(nearest[id(text)]), False, _STRAY))
    return found


def part(pairs: Sequence[Pair], tokens: int) -> list[list[Pair]]:
    """Part pairs into batches of so many tokens, of about one length each, in any order."""
    found: list[list[Pair]] = [[]]
    for pair in sorted(pairs, key=lambda one: one.length + 24 * random.random()):
        longest = max(one.length for one in (*found[-1][-1:], pair))
        if found[-1] and longest * (len(found[-1]) + 1) > tokens:
            found.append([])
        found[-1].append(pair)
    return random.sample(found, len(found))


def learn(
    reading: Reading, reports: Sequence[Report], nearest: dict[int, list[Text]], epochs: float
) -> Iterator[float]:
    """Learn; yield what each batch costs."""
    own = [each for each in reading.parameters() if each.requires_grad]
    groups = [
        {"params": [each for each in own if each.ndim > 1], "weight_decay": 0.01},
        {"params": [each for each in own if each.ndim < 2], "weight_decay": 0.0},
    ]
    tokens = _TOGETHER[reading.segment.device.type]
    steps = int(epochs * len(part(choose_pairs(reports, nearest), tokens)))
    optimizer = torch.optim.AdamW(groups, lr=_RATE)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda at: min(1.0, (at + 1) / 100) * max(0.02, 1 - at / steps)
    )
    reading.train()
    epoch = chain.from_iterable(part(choose_pairs(reports, nearest), tokens) for _ in repeat(None))
    for _, pairs in zip(range(steps), epoch, strict=False):
        wanted = torch.tensor([float(one.answers) for one in pairs]).to(reading.segment.device)
        counts = torch.tensor([one.counts for one in pairs]).to(reading.segment.device)
        costs = functional.binary_cross_entropy_with_logits(
            reading(pairs), wanted, counts, reduction="sum"
        )
        loss = costs / counts.sum()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(own, 1.0)
        optimizer.step()
        rate.step()
        yield float(loss.detach())


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--rank", type=int, default=64, help="of each change")
    parser.add_argument("--epochs", type=float, default=4.0, help="how often it learns from all")
    parser.add_argument("--texts", type=Path, default=HERE / "training")
    parser.add_argument("--to", type=Path, default=Path(cross_encoder.__file__).with_suffix(".npz"))
    given = parser.parse_args()
    random.seed(0)
    torch.manual_seed(0)
    with TemporaryDirectory(prefix="duanci-weights-") as folder:
        unpack(packed_file(), Path(folder))
        reports = read_reports(given.texts, Unigram(Path(folder)))
        learner = Learner(Path(folder), 0, 1, given.device)
        reading = Reading(Path(folder), given.rank).to(given.device)
    nearest = dict[int, list[Text]]()
    for report in reports:
        nearest |= find_nearest(learner, report)
    started, costs = time.monotonic(), list[float]()
    for each in learn(reading, reports, nearest, given.epochs):
        costs.append(each)
        if len(costs) % 100 == 0:
            took = time.monotonic() - started
            print(f"{len(costs)} batches, {took:.0f} s: {np.mean(costs[-100:]):.3f}", flush=True)
    np.savez_compressed(given.to, **reading.learned())


if __name__ == "__main__":
    main()
