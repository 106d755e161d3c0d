"""Teach the default encoder's tokens to meet, and a reader to tell answers from near misses.

    .venv/bin/python benchmarks/fit_adapter.py [--device cuda] [--layers 12] [--rank 32]
        [--epochs 1.4] [--alone 2] [--share 1] [--to src/duanci]

`training/` has short reports and articles, written for this and used for nothing else: a paragraph
a line, with questions that it answers, and near misses, which it does not. A batch is some
questions on one of them. Each has to find its paragraph among those of the others and of the rest
of the report, by late interaction as `duanci.interaction` computes it (a softmax over the
paragraphs, its temperature learned), and to match it better than near misses match any (a logistic
loss, its level learned). A small transformer reads the tokens of a question and of a paragraph
together, as `duanci.reader` does, and has to tell whether it answers: those that do, near misses,
and of each question the paragraph that it takes for another's most. What is learned are changes of
low rank (LoRA: Hu et al. 2021, arXiv:2106.09685) of the products of the last layers, and the
reader. The mean of a text's tokens, its vector, is held where it is. Of the changes a share can be
kept: between the weights before and after, what was good before stays so (Wortsman et al. 2021,
arXiv:2109.01903). Then a new reader learns alone, on tokens that move no more: what it saw while
they moved are not the tokens that it will read. With `--epochs 0` that is all, on the changes that
are in force.

It takes some minutes on a GPU, and hours on two cores. After new changes raise `_LAYOUT_VERSION` of
`duanci.weights` and run `calibrate.py` and `fit_ranking.py`; always run `fit_refusal.py`, and
measure again.
"""

import argparse
import random
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import chain, count, takewhile
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize
from tqdm import tqdm
from transformers import BertModel

from duanci import adapter, reader
from duanci.lines import has_han
from duanci.packed import PROMPTS, unpack
from duanci.segment import sentences
from duanci.unigram import Unigram
from duanci.weights import packed_file
from passages import read_passages

HERE = Path(__file__).parent
PRODUCTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_QUESTIONS, _NEAR_MISSES, _PARAGRAPHS = 64, 40, 32  # in a batch
_WHOLE, _WINDOW = 0.27, 0.73  # what late interaction with the paragraph and its best window counts
_TOGETHER = {"cpu": 8, "cuda": 128}  # texts of about one length, in one pass
_AT_ONCE = 64  # texts that are looked at before anything is learned
_OF_MEAN = 20  # as in `interaction`
_HARD = 0.5  # how much a paragraph that is taken for another's counts beside one that answers
_HELD = 20.0  # what it costs that vectors move
_RATE = 1e-3
_DROPPED = 0.1  # of what a layer of the reader makes
_WORD = re.compile(r"\w")


class LowRank(nn.Module):
    """A change of low rank of a product's weight, none at first."""

    def __init__(self, product: nn.Linear, rank: int) -> None:
        super().__init__()
        self.down = nn.Parameter(torch.randn(rank, product.in_features) / product.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(product.out_features, rank))

    def forward(self, weight: Tensor) -> Tensor:
        """Return the weight with the change."""
        return torch.addmm(weight, self.up, self.down)


Asked = tuple["Text", int]


@dataclass(slots=True)
class Text:
    """A text as tokens: which of them are words, and in which sentence each stands.

    `is_foreign` tells that it is not in Chinese, `vector` float32 (d,) is the mean of its tokens
    before anything was learned, `tokens` float16 (t, d) those that move no more.
    """

    ids: list[int]
    is_word: Tensor
    sentence: Tensor
    is_foreign: bool
    vector: Tensor = field(default_factory=lambda: torch.empty(0))
    tokens: Tensor = field(default_factory=lambda: torch.empty(0))


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
    for passages in read_passages(folder):
        report = Report([], [], [])
        for place, record in enumerate(passages):
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
    """A BERT whose last layers learn, and the device that it is on."""

    def __init__(self, folder: Path, layers: int, rank: int, device: str) -> None:
        self.device = torch.device(device)
        bert = BertModel.from_pretrained(str(folder), attn_implementation="sdpa").eval()
        self._bert = bert.requires_grad_(False)
        self._changes = add_changes(bert, layers, rank)
        self._bert.to(self.device)

    def parameters(self) -> list[nn.Parameter]:
        """Return what is learned."""
        return [each for each in self._bert.parameters() if each.requires_grad]

    def adapter(self) -> dict[str, Any]:
        """Return what was learned, as `duanci.adapter` reads it."""
        return told_of(self._changes)

    @torch.no_grad()
    def keep(self, share: float) -> None:
        """Learn no more, and keep a share of what was learned."""
        for change in self._changes.values():
            change.up *= share
        self._bert.requires_grad_(False)

    @torch.no_grad()
    def prepare(self, texts: Sequence[Text]) -> None:
        """Note the vectors of texts before anything is learned."""
        for text, tokens in self.run_all(texts):
            text.vector = functional.normalize(tokens.sum(0), dim=-1)

    @torch.no_grad()
    def note_tokens(self, texts: Sequence[Text]) -> None:
        """Note the tokens of texts once they move no more."""
        for text, tokens in self.run_all(texts):
            text.tokens = tokens.half()

    def run_all(self, texts: Sequence[Text]) -> Iterator[tuple[Text, Tensor]]:
        """Run many texts; give each with its last layer, (t, d)."""
        in_order = sorted(texts, key=lambda text: len(text.ids))
        with parametrize.cached():
            for at in tqdm(range(0, len(in_order), _AT_ONCE), disable=None):
                some = in_order[at : at + _AT_ONCE]
                for text, tokens in zip(some, self.run(some)[0], strict=True):
                    yield text, tokens[: len(text.ids)]

    def run(self, texts: Sequence[Text]) -> tuple[Tensor, Tensor]:
        """Return the last layer of some texts, (n, t, d), and which tokens there are, (n, t).

        Texts of about one length run together: what they are filled up with costs as much as they.
        """
        if all(len(text.tokens) for text in texts):
            return _pad([text.tokens for text in texts]).float(), _there(texts).to(self.device)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at].ids))
        found = [torch.empty(0)] * len(texts)
        together = _TOGETHER[self.device.type]
        for start in range(0, len(order), together):
            places = order[start : start + together]
            some = [texts[at] for at in places]
            ids = _pad([torch.tensor(text.ids) for text in some]).to(self.device)
            hidden = self._through(ids, _there(some).to(self.device))
            for at, own in zip(places, hidden, strict=True):
                found[at] = own[: len(texts[at].ids)]
        return _pad(found), _there(texts).to(self.device)

    def _through(self, ids: Tensor, are: Tensor) -> Tensor:
        """Run the layers, whichever way this version of transformers gives what they make."""
        is_fast = self.device.type == "cuda" and torch.is_grad_enabled()
        with torch.autocast("cuda", torch.bfloat16) if is_fast else nullcontext():
            hidden = self._bert.embeddings(input_ids=ids)
            mask = torch.zeros(are.shape, device=self.device).masked_fill(~are, -1e4)
            mask = mask[:, None, None, :].to(torch.bfloat16 if is_fast else torch.float32)
            for layer in self._bert.encoder.layer:
                output = layer(hidden, mask)
                hidden = output[0] if isinstance(output, tuple) else output
        return hidden.float()


def add_changes(bert: BertModel, layers: int, rank: int) -> dict[str, LowRank]:
    """Let the products of the last layers change, and return how, by the product."""
    changes = dict[str, LowRank]()
    every = list(enumerate(bert.encoder.layer))
    for at, layer in every[len(every) - layers :]:
        for name in PRODUCTS:
            product: Any = layer.get_submodule(name)
            change = LowRank(product, rank)
            parametrize.register_parametrization(product, "weight", change)
            changes[f"encoder.layer.{at}.{name}"] = change
    return changes


def told_of(changes: dict[str, LowRank]) -> dict[str, Any]:
    """Return changes as `duanci.adapter` reads them."""
    found = {}
    for name, change in changes.items():
        found[f"{name}.down"], found[f"{name}.up"] = half(change.down), half(change.up)
    return found


def half(tensor: Tensor) -> Any:
    """Return a tensor as an array of 16 bits a number."""
    return tensor.detach().cpu().numpy().astype(np.float16)


def _pad(rows: Sequence[Tensor]) -> Tensor:
    return nn.utils.rnn.pad_sequence(list(rows), batch_first=True)


def _there(texts: Sequence[Text]) -> Tensor:
    """Tell which tokens there are of texts that are filled up to one length, bool (n, t)."""
    return _pad([torch.ones(len(text.ids), dtype=torch.bool) for text in texts])


def mean_of(hidden: Tensor, are: Tensor) -> Tensor:
    """Return the vector of each text, (n, d), unit rows."""
    return functional.normalize((hidden * are[..., None]).sum(1), dim=-1)


@dataclass(frozen=True, slots=True)
class Met:
    """Paragraphs as tokens that questions meet.

    `tokens` (m, t, d) are centred, unit rows; `places` int64 (m, s, l) and `said` bool (m, s, l)
    are where the words of each sentence stand.
    """

    tokens: Tensor
    places: Tensor
    said: Tensor


def part(tokens: Tensor, texts: Sequence[Text]) -> Met:
    """Part paragraphs into sentences."""
    own = [
        [torch.nonzero(text.is_word & (text.sentence == at))[:, 0] for at in text.sentence.unique()]
        for text in texts
    ]
    sentences, longest = max(map(len, own)), max(len(one) for every in own for one in every)
    places = torch.zeros(len(texts), sentences, longest, dtype=torch.long)
    said = torch.zeros(places.shape, dtype=torch.bool)
    for row, every in enumerate(own):
        for at, one in enumerate(every):
            places[row, at, : len(one)], said[row, at, : len(one)] = one, True
    return Met(tokens, places.to(tokens.device), said.to(tokens.device))


def meet(asking: Tensor, asks: Tensor, met: Met) -> Tensor:
    """Score n questions in each of m paragraphs, (n, m), as `duanci.interaction` does.

    :param asking: centred tokens of the questions, (n, q, d), unit rows.
    :param asks: which of them are words, (n, q).
    """
    rows = torch.arange(len(met.tokens), device=asking.device)[:, None, None]
    cosines = torch.einsum("qad,psld->qpasl", asking, met.tokens[rows, met.places])
    best = cosines.masked_fill(~met.said[None, :, None], -1).amax(4)
    share = asks.float() / asks.sum(1, keepdim=True).clamp(min=1)
    whole = torch.einsum("qpa,qa->qp", best.amax(3), share)
    pairs = torch.maximum(best, functional.pad(best[..., 1:], (0, 1), value=-1.0))
    window = torch.einsum("qpas,qa->qps", torch.cat([best, pairs], 3), share).amax(2)
    return _WHOLE * whole + _WINDOW * window


class Reading(nn.Module):
    """What `duanci.reader` does, to be learned: see there."""

    def __init__(self, width: int, layers: int, dimension: int = 384) -> None:
        super().__init__()
        self.asked, self.said = nn.Linear(dimension, width), nn.Linear(dimension, width)
        self.met_asked, self.met_said = nn.Linear(1, width), nn.Linear(1, width)
        self.sums = nn.Parameter(torch.randn(width) * 0.1)
        self.layers = nn.ModuleList(ReadingLayer(width) for _ in range(layers))
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, 1)

    def forward(self, asking: Tensor, asks: Tensor, tokens: Tensor, are: Tensor) -> Tensor:
        """Tell of n pairs how surely a paragraph answers a question, as logits (n,).

        :param asking: centred tokens of the questions, (n, q, d), unit rows; `asks` (n, q) words.
        :param tokens: centred tokens of the paragraphs, (n, t, d), unit rows; `are` (n, t) words.
        """
        cosines = torch.einsum("nad,ntd->nat", asking, tokens)
        met_asked = cosines.masked_fill(~are[:, None], -1).amax(2)
        met_said = cosines.masked_fill(~asks[:, :, None], -1).amax(1)
        sums = self.sums.expand(len(asking), 1, -1)
        asked = self.asked(reader.SCALE * asking) + self.met_asked(met_asked[..., None])
        said = self.said(reader.SCALE * tokens) + self.met_said(met_said[..., None])
        hidden = torch.cat([sums, asked, said], 1)
        there = torch.cat([asks.new_ones(len(asks), 1), asks, are], 1)[:, None, None]
        for layer in self.layers:
            hidden = layer(hidden, there)
        logits: Tensor = self.out(self.norm(hidden[:, 0]))[:, 0]
        return logits


class ReadingLayer(nn.Module):
    """A layer of a transformer, normalised before each of its two parts."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.next_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.looks, self.back = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.drop = nn.Dropout(_DROPPED)

    def forward(self, hidden: Tensor, there: Tensor) -> Tensor:
        """Run it, (n, t, w); `there` tells which tokens there are."""
        count, length, width = hidden.shape
        looks = self.looks(self.norm(hidden)).view(count, length, 3, reader.HEADS, -1)
        asks, keys, values = looks.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(asks, keys, values, there)
        hidden = hidden + self.drop(self.back(seen.transpose(1, 2).reshape(count, length, width)))
        own = self.down(functional.relu(self.up(self.next_norm(hidden))))
        return hidden + self.drop(own)


def blur(tokens: Tensor) -> Tensor:
    """Return tokens as unevenly as a build keeps them, in four bits a number."""
    blocks = tokens.unflatten(-1, (-1, 32))
    levels = blocks.detach().abs().amax(-1, keepdim=True) / 7
    return (blocks + (torch.rand_like(blocks) - 0.5) * levels).flatten(-2)


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

    def forward(self, scores: Tensor, wanted: Tensor, are_foreign: Tensor) -> tuple[Tensor, Tensor]:
        """Return what it costs that paragraphs are not found, and that near misses match as well.

        :param scores: of n questions in m paragraphs, (n, m), those that are answered first.
        :param wanted: of those the place of the paragraph that answers, (a,).
        :param are_foreign: which questions are not in Chinese, (n,).
        """
        of_paragraphs, of_near = self.sharpness.exp()
        found = functional.cross_entropy(scores[: len(wanted)] * of_paragraphs, wanted)
        own = scores[: len(wanted)].gather(1, wanted[:, None])[:, 0]
        best = torch.cat([own, scores[len(wanted) :].amax(1)])
        surely = of_near * (best - self.level[are_foreign.long()])
        is_answered = torch.arange(len(best), device=best.device) < len(wanted)
        told = functional.binary_cross_entropy_with_logits(surely, is_answered.float())
        return found, told


@dataclass(frozen=True, slots=True)
class Counting:
    """How long is learned, and how much things count beside that paragraphs are found.

    `near` is what it costs that near misses match as well, `read` that the reader is wrong.
    """

    epochs: float
    minutes: float
    near: float
    read: float


def cost(
    learner: Learner,
    mean: Tensor,
    judge: Judge,
    reading: Reading,
    counting: Counting,
    batch: tuple[Report, Sequence[Asked]],
) -> Tensor:
    """Return what a batch costs: what its scores do, what is read wrongly, that vectors moved."""
    report, asked = batch
    places = sorted({place for _, place in asked})
    near = [one for one in report.near if one[1] in places]
    near = random.sample(near, min(len(near), _NEAR_MISSES))
    questions = [text for text, _ in (*asked, *near)]
    others = [place for place in range(len(report.paragraphs)) if place not in places]
    closest = torch.tensor([places.index(place) for _, place in (*asked, *near)])
    closest = closest.to(learner.device)
    places += random.sample(others, min(len(others), max(0, _PARAGRAPHS - len(places))))
    paragraphs = [report.paragraphs[at] for at in places]
    hidden, are = learner.run(paragraphs)
    hidden_asked, are_asked = learner.run(questions)
    moved = _moved(hidden, are, paragraphs) + _moved(hidden_asked, are_asked, questions)
    words, asks = (
        _pad([text.is_word for text in texts]).to(learner.device)
        for texts in (paragraphs, questions)
    )
    tokens = functional.normalize(functional.normalize(hidden, dim=-1) - mean, dim=-1)
    asking = centre(hidden_asked, asks, mean)
    scores = meet(asking, asks, part(tokens, paragraphs))
    are_foreign = torch.tensor([text.is_foreign for text in questions], device=learner.device)
    found, told = judge(scores, closest[: len(asked)], are_foreign)
    wrong = scores[: len(asked)].detach().scatter(1, closest[: len(asked), None], -1).argmax(1)
    rows = torch.arange(len(questions), device=learner.device)
    rows, columns = torch.cat([rows, rows[: len(asked)]]), torch.cat([closest, wrong])
    logits = reading(asking[rows], asks[rows], blur(tokens[columns]), words[columns])
    is_answer = (torch.arange(len(rows), device=learner.device) < len(asked)).float()
    counts = torch.full_like(is_answer, _HARD)
    counts[: len(questions)] = 1.0
    read = functional.binary_cross_entropy_with_logits(logits, is_answer, counts)
    return found + counting.near * told + counting.read * read + _HELD * moved


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
    found = [
        functional.normalize(tokens, dim=-1)[text.is_word.to(learner.device)]
        for text, tokens in learner.run_all(paragraphs)
    ]
    return torch.cat(found).mean(0)


def learn(
    learner: Learner, reading: Reading, reports: Sequence[Report], counting: Counting
) -> Iterator[float]:
    """Learn; yield what each batch costs."""
    mean = mean_token(learner, [text for report in reports for text in report.paragraphs])
    judge = Judge().to(learner.device)
    parameters = [*learner.parameters(), *reading.parameters()]
    groups = [
        {"params": learner.parameters(), "lr": _RATE, "weight_decay": 0.01},
        {"params": list(reading.parameters()), "lr": _RATE, "weight_decay": 0.05},
        {"params": list(judge.parameters()), "lr": 1e-2, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups)
    steps = int(counting.epochs * len(batches(reports)))
    done, started = 0, time.monotonic()

    def left() -> float:
        return 1 - max(done / steps, (time.monotonic() - started) / 60 / counting.minutes)

    def slower(at: int) -> float:
        return min(1.0, (at + 1) / 20) * max(0.02, left())

    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, [slower, slower, lambda at: 1.0])
    again_and_again = chain.from_iterable(batches(reports) for _ in count())
    for batch in takewhile(lambda _: left() > 0, again_and_again):
        with parametrize.cached():  # changed weights are worked out once a batch
            loss = cost(learner, mean, judge, reading, counting, batch)
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
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--layers", type=int, default=12, help="how many learn, the last ones")
    parser.add_argument("--rank", type=int, default=32, help="of each change")
    parser.add_argument("--epochs", type=float, default=1.4, help="how often both learn from all")
    parser.add_argument("--alone", type=float, default=2.0, help="how often the reader, after that")
    parser.add_argument("--minutes", type=float, default=inf, help="how long at most, each")
    parser.add_argument("--near", type=float, default=2.0, help="how much near misses count")
    parser.add_argument("--read", type=float, default=1.0, help="how much the reader counts")
    parser.add_argument("--share", type=float, default=1.0, help="of what is learned is kept")
    parser.add_argument("--width", type=int, default=128, help="of the reader")
    parser.add_argument("--reads", type=int, default=2, help="how many layers the reader has")
    parser.add_argument("--texts", type=Path, default=HERE / "training")
    parser.add_argument("--to", type=Path, default=HERE.parent / "src/duanci")
    given = parser.parse_args()
    random.seed(0)
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = True
    with TemporaryDirectory(prefix="duanci-weights-") as folder:
        unpack(packed_file(), Path(folder), {} if given.epochs else None)
        layers = given.layers if given.epochs else 0
        learner = Learner(Path(folder), layers, given.rank, given.device)
        reports = read_reports(given.texts, Unigram(Path(folder)))
    texts = [text for each in reports for text in each.paragraphs]
    asked = [text for each in reports for text, _ in each.questions + each.near]
    print(f"{len(reports)} reports, {len(texts)} paragraphs, {len(asked)} questions", flush=True)
    if given.epochs:
        learner.prepare(texts + asked)
        counting = Counting(given.epochs, given.minutes, given.near, given.read)
        learn_aloud(learner, Reading(given.width, given.reads), reports, counting)
        learner.keep(given.share)
        np.savez(given.to / adapter.FILE, **learner.adapter())
    learner.note_tokens(texts + asked)
    reading = Reading(given.width, given.reads)
    learn_aloud(learner, reading, reports, Counting(given.alone, given.minutes, 0.0, 1.0))
    weights = {name: half(each) for name, each in reading.state_dict().items()}
    np.savez(given.to / reader.FILE, **weights)


def learn_aloud(
    learner: Learner, reading: Reading, reports: Sequence[Report], counting: Counting
) -> None:
    """Learn, and print now and then how it goes."""
    reading.to(learner.device)
    started, costs = time.monotonic(), list[float]()
    for each in learn(learner, reading, reports, counting):
        costs.append(each)
        if len(costs) % 50 == 0:
            took = time.monotonic() - started
            print(f"{len(costs)} batches, {took:.0f} s: {np.mean(costs[-50:]):.3f}", flush=True)


if __name__ == "__main__":
    main()
