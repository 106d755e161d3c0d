"""Teach the default encoder's tokens to meet: fit its adapter to questions on invented reports.

    .venv/bin/python benchmarks/fit_adapter.py [--layers 8] [--rank 16] [--epochs 1.6]
        [--share 0.8] [--to src/duanci/adapter.npz]

`training/` has short reports and articles, written for this and used for nothing else: a paragraph
a line, with questions that it answers, and near misses, which it does not. A batch is some
questions on one of them. Each has to find its paragraph among those of the others and of the rest
of the report, by late interaction as `duanci.interaction` computes it (a softmax over the
paragraphs, its temperature learned), and to match it better than near misses match any (a logistic
loss, its level learned). What is learned are changes of low rank (LoRA: Hu et al. 2021,
arXiv:2106.09685) of the products of the last layers. The mean of a text's tokens, its vector, is
held where it is. A share of the changes is kept: between the weights before and after, what was
good before stays so (Wortsman et al. 2021, arXiv:2109.01903). It takes an hour on two cores; then
raise `_LAYOUT_VERSION` of `duanci.weights`, run `calibrate.py`, `fit_ranking.py` and
`fit_refusal.py`, and measure again.
"""

import argparse
import json
import random
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm
from transformers import BertModel

from duanci.adapter import FILE
from duanci.lines import has_han
from duanci.packed import PROMPTS, unpack
from duanci.segment import sentences
from duanci.unigram import Unigram
from duanci.weights import packed_file

HERE = Path(__file__).parent
PRODUCTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_QUESTIONS, _NEAR_MISSES, _PARAGRAPHS = 32, 16, 24  # in a batch
_WHOLE, _WINDOW = 0.27, 0.73  # what late interaction with the paragraph and its best window counts
_TOGETHER = 8  # texts of about one length
_AT_ONCE = 32  # texts that are looked at before anything is learned
_OF_MEAN = 20  # as in `interaction`
_NEAR = 0.5  # what it costs that near misses match as well
_HELD = 20.0  # what it costs that vectors move
_RATE = 1e-3
_WORD = re.compile(r"\w")


class Changed(nn.Module):
    """A product that stays as it is, and a change of low rank, none at first."""

    def __init__(self, product: nn.Linear, rank: int) -> None:
        super().__init__()
        self.product = product
        self.down = nn.Parameter(torch.randn(rank, product.in_features) / product.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(product.out_features, rank))

    def forward(self, given: Tensor) -> Tensor:
        """Return the product with the change."""
        changed: Tensor = self.product(given) + (given @ self.down.T) @ self.up.T
        return changed


Asked = tuple["Text", int]


@dataclass(slots=True)
class Text:
    """A text as tokens: which of them are words, and in which sentence each stands.

    `is_foreign` tells that it is not in Chinese. `hidden` float32 (t, d) is what the layers that
    stay as they are make of it, `vector` (d,) the mean of its tokens before anything was learned.
    """

    ids: list[int]
    is_word: Tensor
    sentence: Tensor
    is_foreign: bool
    hidden: Tensor = field(default_factory=lambda: torch.empty(0))
    vector: Tensor = field(default_factory=lambda: torch.empty(0))


@dataclass(frozen=True, slots=True)
class Report:
    """Paragraphs, and questions, each with the place of the paragraph that answers.

    `near` are near misses, each with the place of the paragraph that comes closest.
    """

    paragraphs: list[Text]
    questions: list[Asked]
    near: list[Asked]


def read_reports(folder: Path, tokenizer: Unigram) -> list[Report]:
    """Read the texts to learn from."""
    found = []
    for file in sorted(folder.glob("*.jsonl")):
        report = Report([], [], [])
        for place, line in enumerate(file.read_text("utf-8").splitlines()):
            record = json.loads(line)
            report.paragraphs.append(tokenize(record["paragraph"], PROMPTS[1], tokenizer))
            for kept, name in ((report.questions, "questions"), (report.near, "near")):
                for question in record[name]:
                    kept.append((tokenize(question["q"], PROMPTS[0], tokenizer), place))
        found.append(report)
    return found


def tokenize(text: str, prompt: str, tokenizer: Unigram) -> Text:
    """Tokenize a text as it is encoded in a build."""
    ids, offsets = tokenizer.tokenize(prompt + text)
    starts = np.maximum(offsets[:, 0], len(prompt)) - len(prompt)
    ends = np.maximum(offsets[:, 1], len(prompt)) - len(prompt)
    are_words = [bool(_WORD.search(text[a:b])) for a, b in zip(starts, ends, strict=True)]
    firsts = np.array([start for start, _ in sentences(text)] or [0])
    sentence = np.searchsorted(firsts, (starts + ends - 1) // 2, side="right") - 1
    sentence = np.maximum(sentence, 0)
    return Text(ids, torch.tensor(are_words), torch.tensor(sentence), not has_han(text))


class Learner:
    """A BERT whose last layers learn, on top of others that stay as they are."""

    def __init__(self, folder: Path, layers: int, rank: int) -> None:
        self._bert = BertModel.from_pretrained(str(folder), attn_implementation="sdpa").eval()
        self._bert.requires_grad_(False)
        stack = list(self._bert.encoder.layer)
        self._first = len(stack) - layers
        self._fixed, self._learning = stack[: self._first], nn.ModuleList(stack[self._first :])
        for layer in self._learning:
            for name in PRODUCTS:
                parent, _, own = name.rpartition(".")
                product: Any = layer.get_submodule(name)
                setattr(layer.get_submodule(parent), own, Changed(product, rank))

    def parameters(self) -> list[nn.Parameter]:
        """Return what is learned."""
        return [each for each in self._learning.parameters() if each.requires_grad]

    def adapter(self, share: float) -> dict[str, Any]:
        """Return a share of what was learned, as `duanci.adapter` reads it."""
        found = {}
        for at, layer in enumerate(self._learning, self._first):
            for name in PRODUCTS:
                change: Any = layer.get_submodule(name)
                own = f"encoder.layer.{at}.{name}"
                found[f"{own}.down"] = change.down.detach().numpy().astype(np.float16)
                found[f"{own}.up"] = (share * change.up).detach().numpy().astype(np.float16)
        return found

    @torch.no_grad()
    def prepare(self, texts: Sequence[Text]) -> None:
        """Run the layers that stay as they are, once, and note the vectors before any learning."""
        in_order = sorted(texts, key=lambda text: len(text.ids))
        for at in tqdm(range(0, len(in_order), _AT_ONCE), disable=None):
            some = in_order[at : at + _AT_ONCE]
            are = _there(some)
            ids = _pad([torch.tensor(text.ids) for text in some])
            hidden = _through(self._fixed, self._bert.embeddings(input_ids=ids), are)
            for text, own in zip(some, hidden, strict=True):
                text.hidden = own[: len(text.ids)].clone()
            for text, vector in zip(some, mean_of(*self.run(some)), strict=True):
                text.vector = vector

    def run(self, texts: Sequence[Text]) -> tuple[Tensor, Tensor]:
        """Return the last layer of some texts, (n, t, d), and which tokens there are, (n, t).

        Texts of about one length run together: what they are filled up with costs as much as they.
        """
        order = sorted(range(len(texts)), key=lambda at: len(texts[at].ids))
        found = [torch.empty(0)] * len(texts)
        for start in range(0, len(order), _TOGETHER):
            places = order[start : start + _TOGETHER]
            some = [texts[at] for at in places]
            hidden = _through(self._learning, _pad([text.hidden for text in some]), _there(some))
            for at, own in zip(places, hidden, strict=True):
                found[at] = own[: len(texts[at].ids)]
        return _pad(found), _there(texts)


def _through(layers: Iterable[Any], hidden: Tensor, are: Tensor) -> Tensor:
    """Run layers, whichever way this version of transformers gives what they make."""
    mask = torch.zeros(are.shape).masked_fill(~are, -1e9)[:, None, None, :]
    for layer in layers:
        output = layer(hidden, mask)
        hidden = output[0] if isinstance(output, tuple) else output
    return hidden


def _pad(rows: Sequence[Tensor]) -> Tensor:
    return nn.utils.rnn.pad_sequence(list(rows), batch_first=True)


def _there(texts: Sequence[Text]) -> Tensor:
    """Tell which tokens there are of texts that are filled up to one length, bool (n, t)."""
    return _pad([torch.ones(len(text.ids), dtype=torch.bool) for text in texts])


def mean_of(hidden: Tensor, are: Tensor) -> Tensor:
    """Return the vector of each text, (n, d), unit rows."""
    return functional.normalize((hidden * are[..., None]).sum(1), dim=-1)


def meet(
    asking: Tensor, asks: Tensor, tokens: Tensor, texts: Sequence[Text], are: Tensor
) -> Tensor:
    """Score n questions in each of m paragraphs, (n, m), as `duanci.interaction` does.

    :param asking: centred tokens of the questions, (n, q, d), unit rows.
    :param asks: which of them are words, (n, q).
    :param tokens: centred tokens of the paragraphs, (m, t, d), unit rows.
    :param are: which of them are words, (m, t).
    """
    sentence = _pad([text.sentence for text in texts])
    shape = (len(asking), len(tokens), asking.shape[1], tokens.shape[1])
    cosines = torch.einsum("qad,ptd->qpat", asking, tokens)
    cosines = cosines.masked_fill(~are[None, :, None, :], -1)
    best = torch.full((*shape[:3], int(sentence.max()) + 1), -1.0)
    best = best.scatter_reduce(3, sentence[None, :, None, :].expand(shape), cosines, "amax")
    share = asks.float() / asks.sum(1, keepdim=True)
    whole = torch.einsum("qpa,qa->qp", best.amax(3), share)
    pairs = torch.maximum(best, functional.pad(best[..., 1:], (0, 1), value=-1.0))
    window = torch.einsum("qpas,qa->qps", torch.cat([best, pairs], 3), share).amax(2)
    return _WHOLE * whole + _WINDOW * window


def batches(reports: Sequence[Report]) -> list[tuple[Report, list[Asked]]]:
    """Part the questions into batches, each on one report, in any order."""
    found = []
    for report in reports:
        asked = random.sample(report.questions, len(report.questions))
        parts = range(0, len(asked) - _QUESTIONS // 2, _QUESTIONS)
        found += [(report, asked[at : at + _QUESTIONS]) for at in parts]
    return random.sample(found, len(found))


class Judge(nn.Module):
    """How sharply scores tell paragraphs apart and near misses from others, and at which level."""

    def __init__(self) -> None:
        super().__init__()
        self.sharpness = nn.Parameter(torch.tensor([3.0, 3.0]))  # of paragraphs, of near misses
        self.level = nn.Parameter(torch.tensor([0.5, 0.5]))  # of Chinese, of other languages

    def forward(self, scores: Tensor, wanted: Tensor, are_foreign: Tensor) -> Tensor:
        """Return what scores cost.

        :param scores: of n questions in m paragraphs, (n, m), those that are answered first.
        :param wanted: of those the place of the paragraph that answers, (a,).
        :param are_foreign: which questions are not in Chinese, (n,).
        """
        of_paragraphs, of_near = self.sharpness.exp()
        found = functional.cross_entropy(scores[: len(wanted)] * of_paragraphs, wanted)
        own = scores[: len(wanted)].gather(1, wanted[:, None])[:, 0]
        best = torch.cat([own, scores[len(wanted) :].amax(1)])
        surely = of_near * (best - self.level[are_foreign.long()])
        is_answered = torch.arange(len(best)) < len(wanted)
        told = functional.binary_cross_entropy_with_logits(surely, is_answered.float())
        return found + _NEAR * told


def cost(
    learner: Learner, mean: Tensor, judge: Judge, report: Report, asked: Sequence[Asked]
) -> Tensor:
    """Return what a batch costs: what its scores do, and that vectors moved."""
    places = sorted({place for _, place in asked})
    near = [text for text, place in report.near if place in places]
    questions = [text for text, _ in asked] + random.sample(near, min(len(near), _NEAR_MISSES))
    others = [place for place in range(len(report.paragraphs)) if place not in places]
    places += random.sample(others, min(len(others), max(0, _PARAGRAPHS - len(places))))
    paragraphs = [report.paragraphs[at] for at in places]
    hidden, are = learner.run(paragraphs)
    hidden_asked, are_asked = learner.run(questions)
    moved = _moved(hidden, are, paragraphs) + _moved(hidden_asked, are_asked, questions)
    words, asks = (_pad([text.is_word for text in texts]) for texts in (paragraphs, questions))
    tokens = functional.normalize(functional.normalize(hidden, dim=-1) - mean, dim=-1)
    scores = meet(centre(hidden_asked, asks, mean), asks, tokens, paragraphs, words)
    wanted = torch.tensor([places.index(place) for _, place in asked])
    are_foreign = torch.tensor([text.is_foreign for text in questions])
    return judge(scores, wanted, are_foreign) + _HELD * moved


def centre(hidden: Tensor, asks: Tensor, mean: Tensor) -> Tensor:
    """Centre the tokens of questions as `duanci.interaction` does; unit rows."""
    asking = functional.normalize(hidden, dim=-1)
    own = (asking * asks[..., None]).sum(1, keepdim=True) + _OF_MEAN * mean
    return functional.normalize(asking - own / (_OF_MEAN + asks.sum(1)[:, None, None]), dim=-1)


def _moved(hidden: Tensor, are: Tensor, texts: Sequence[Text]) -> Tensor:
    """Return how far the vectors of texts moved, as a rule, in cosines."""
    before = torch.stack([text.vector for text in texts])
    return 1 - (mean_of(hidden, are) * before).sum(1).mean()


@torch.no_grad()
def mean_token(learner: Learner, paragraphs: Sequence[Text]) -> Tensor:
    """Return the mean of all words' tokens, float32 (d,), as a build has it."""
    found = []
    for at in range(0, len(paragraphs), _AT_ONCE):
        some = paragraphs[at : at + _AT_ONCE]
        hidden = functional.normalize(learner.run(some)[0], dim=-1)
        found.append(hidden[_pad([text.is_word for text in some])])
    return torch.cat(found).mean(0)


def learn(learner: Learner, reports: Sequence[Report], epochs: float) -> Iterator[float]:
    """Learn; yield what each batch costs."""
    mean = mean_token(learner, [text for report in reports for text in report.paragraphs])
    judge, parameters = Judge(), learner.parameters()
    groups = [
        {"params": parameters, "lr": _RATE, "weight_decay": 0.01},
        {"params": list(judge.parameters()), "lr": 1e-2, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups)
    steps = int(epochs * len(batches(reports)))
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        [lambda at: min(1.0, (at + 1) / 20) * max(0.05, 1 - at / steps), lambda at: 1.0],
    )
    done = 0
    while done < steps:
        for report, asked in batches(reports)[: steps - done]:
            loss = cost(learner, mean, judge, report, asked)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            rate.step()
            done += 1
            yield float(loss.detach())


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--layers", type=int, default=8, help="how many learn, the last ones")
    parser.add_argument("--rank", type=int, default=16, help="of each change")
    parser.add_argument("--epochs", type=float, default=1.6, help="how often all is learned from")
    parser.add_argument("--share", type=float, default=0.8, help="of what is learned is kept")
    parser.add_argument("--texts", type=Path, default=HERE / "training")
    parser.add_argument("--to", type=Path, default=HERE.parent / "src/duanci" / FILE)
    given = parser.parse_args()
    random.seed(0)
    torch.manual_seed(0)
    with TemporaryDirectory(prefix="duanci-weights-") as folder:
        unpack(packed_file(), Path(folder), {})
        learner = Learner(Path(folder), given.layers, given.rank)
        reports = read_reports(given.texts, Unigram(Path(folder)))
    texts = [text for each in reports for text in each.paragraphs]
    asked = [text for each in reports for text, _ in each.questions + each.near]
    print(f"{len(reports)} reports, {len(texts)} paragraphs, {len(asked)} questions", flush=True)
    learner.prepare(texts + asked)
    started, costs = time.monotonic(), list[float]()
    for each in learn(learner, reports, given.epochs):
        costs.append(each)
        if len(costs) % 25 == 0:
            took = time.monotonic() - started
            np.savez(given.to, **learner.adapter(given.share))
            print(f"{len(costs)} batches, {took:.0f} s: {np.mean(costs[-25:]):.3f}", flush=True)
    np.savez(given.to, **learner.adapter(given.share))


if __name__ == "__main__":
    main()
