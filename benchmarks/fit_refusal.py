"""Refit the weights of `duanci.confidence` on public question sets.

    .venv/bin/python benchmarks/fit_refusal.py SQUAD_FILE...

Whole articles are grouped into small libraries, as large as a report. Asked of them are questions
that they answer, and questions that they do not: of another library (`other`), with the paragraph
that answers left out (`removed`), and, hardest, with only the sentences left out that hold the
answer (`cut`). What tells `other` from questions that share few words with what answers them says
whether the index is about a question at all; what tells `cut` and `removed` from all that are
answered says whether an answer is complete. The questions of the first file are then asked of the
build in force, and the bias of the first model is set so that they are refused as asked for.
"""

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from duanci.answer import quote
from duanci.confidence import COMPLETE, lacks
from duanci.config import load_settings
from duanci.encoder import Encoder, open_encoder
from duanci.evaluate import index_contexts, read_squad
from duanci.index import Index, open_index
from duanci.retrieve import retrieve
from duanci.segment import sentences

Array = NDArray[Any]
Weights = tuple[Array, float]

_SIZE = 84  # paragraphs in a library
_LIBRARIES = 12  # of each set, at most
_CUTS = 2  # how often a library is asked with answers left out
_FEW_WORDS = 0.3  # of a question's words: those that share no more are as a reader's in other words
_REFUSED = 0.973  # of the questions of the first file, asked of the build in force
_THRESHOLD = 0.18
_UNCOUNTED = 3  # the place of the one weight that is not fitted, among those of `Lacks`
_MILDNESS = 0.3  # of the regularisation where there are few samples


@dataclass(frozen=True, slots=True)
class Asked:
    """A public question: the place of its context in the library, and where its answer stands."""

    text: str
    gold: int
    answer: str
    start: int


@dataclass(frozen=True, slots=True)
class Library:
    """Contexts that are indexed together, and the questions that they answer."""

    contexts: list[str]
    questions: list[Asked]


@dataclass(frozen=True, slots=True)
class Sample:
    """What the best paragraph for a question has of it; `kind` as in the module, or `answered`.

    `related` are its window_tokens and closeness, `lacking` the values of `Lacks`.
    """

    kind: str
    row: int
    coverage: float
    related: tuple[float, float]
    lacking: tuple[float, ...]


def read_libraries(file: Path, rng: random.Random) -> list[Library]:
    """Group the articles of a SQuAD-format file into libraries."""
    articles = json.loads(file.read_text("utf-8"))["data"]
    rng.shuffle(articles)
    libraries = [Library([], [])]
    for article in articles:
        if len(libraries[-1].contexts) >= _SIZE:
            libraries.append(Library([], []))
        for paragraph in article["paragraphs"]:
            _add(libraries[-1], paragraph)
    return libraries[:_LIBRARIES]


def cut_answers(library: Library, rng: random.Random) -> Library:
    """Leave out of each context what answers one of its questions; keep only those questions."""
    contexts, questions = list(library.contexts), []
    for at, context in enumerate(library.contexts):
        asked = rng.choice([q for q in library.questions if q.gold == at])
        kept = [context[a:b] for a, b in sentences(context) if not _holds(asked, context, a, b)]
        if sum(map(len, kept)) >= 30:
            contexts[at] = "".join(kept)
            questions.append(asked)
    return Library(contexts, questions)


def sample(library: Library, other: Library, encoder: Encoder, rng: random.Random) -> list[Sample]:
    """Ask a library all kinds of questions."""
    index = _open(library, encoder)
    some = rng.sample(library.questions, min(len(library.questions), 100))
    strange = rng.sample(other.questions, min(len(other.questions), 100))
    found = [_ask(q, index, encoder, "answered") for q in library.questions]
    found += [_ask(q, index, encoder, "removed") for q in some]
    found += [_ask(q, index, encoder, "other") for q in strange]
    for _ in range(_CUTS):
        cut = cut_answers(library, rng)
        index = _open(cut, encoder)
        found += [_ask(q, index, encoder, "cut") for q in cut.questions]
    return [one for one in found if one is not None]


def fit_related(samples: Sequence[Sample]) -> Weights:
    """Fit what tells whether an index is about a question at all."""
    chosen = [
        one
        for one in samples
        if one.kind == "other" or (one.kind == "answered" and one.coverage < _FEW_WORDS)
    ]
    counts = np.ones(len(chosen))
    return _fit(np.array([one.related for one in chosen]), _answered(chosen), counts, _MILDNESS)


def fit_complete(samples: Sequence[Sample]) -> Weights:
    """Fit what tells whether an answer is complete, all but the weight that is set by hand.

    Answerable questions count the more the fewer words they share, as public ones repeat the words
    of their paragraph more than a reader does.
    """
    chosen = [one for one in samples if one.kind != "other"]
    coverage = np.array([one.coverage for one in chosen])
    few = 4.0 * (coverage < 0.6) + 8.0 * (coverage < 0.4)
    values = np.delete(np.array([one.lacking for one in chosen]), _UNCOUNTED, axis=1)
    answered = _answered(chosen)
    weights, bias = _fit(values, answered, np.where(answered, 1 + few, 1.0), 1.0)
    return np.insert(weights, _UNCOUNTED, COMPLETE[_UNCOUNTED]), bias


def set_bias(asked: Sequence[Sample], related: Weights, complete: Weights) -> float:
    """Return the bias of the first model by which as many are refused as asked for."""
    limit = float(np.log(_THRESHOLD / (1 - _THRESHOLD)))
    first = np.array([one.related for one in asked]) @ related[0]
    is_complete = np.array([one.lacking for one in asked]) @ complete[0] + complete[1] >= limit
    left = round((1 - _REFUSED) * len(asked))
    return limit - float(np.sort(first[is_complete])[::-1][left])


def show(samples: Sequence[Sample], related: Weights, complete: Weights) -> None:
    """Print what is refused of each kind."""
    first = np.array([one.related for one in samples]) @ related[0] + related[1]
    second = np.array([one.lacking for one in samples]) @ complete[0] + complete[1]
    sure = 1 / (1 + np.exp(-np.minimum(first, second)))
    kinds = np.array([one.kind for one in samples])
    for kind in sorted(set(kinds)):
        own = sure[kinds == kind]
        print(f"{kind:9} {len(own):5} questions, refused {np.mean(own < _THRESHOLD):.3f}")


def main() -> None:
    """Read the sets, fit, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, help="SQuAD-format question sets")
    given = parser.parse_args()
    rng = random.Random(7)
    libraries = [one for file in given.files for one in read_libraries(file, rng)]
    encoder = open_encoder(load_settings())
    others = [*libraries[1:], libraries[0]]
    samples: list[Sample] = []
    for library, other in zip(libraries, others, strict=True):
        samples += sample(library, other, encoder, rng)
    complete = fit_complete(samples)
    weights, _ = fit_related(samples)
    settings = load_settings()
    shipped = open_index(settings.index, encoder)
    questions = [question.text for question in read_squad(given.files[0])[1]]
    asked = [_look(text, shipped, encoder, "strange") for text in questions if text.strip()]
    related = weights, set_bias(asked, (weights, 0.0), complete)
    print("_RELATED", (*related[0].round(1).tolist(), round(related[1], 1)))
    print("COMPLETE", (*complete[0].round(1).tolist(), round(complete[1], 2)))
    show([*samples, *asked], related, complete)


def _fit(values: Array, answered: Array, counts: Array, mildness: float) -> Weights:
    """Fit a logistic model, float64 (k,) and a bias; both sides count alike."""
    scale = values.std(axis=0)
    totals = np.where(answered, counts[answered].sum(), counts[~answered].sum())
    model = LogisticRegression(C=mildness, max_iter=3000)
    model.fit(values / scale, answered, sample_weight=counts / totals * len(values) / 2)
    return model.coef_[0] / scale, float(model.intercept_[0])


def _answered(samples: Sequence[Sample]) -> NDArray[np.bool_]:
    return np.array([one.kind == "answered" for one in samples])


def _add(library: Library, paragraph: dict[str, object]) -> None:
    context = str(paragraph["context"])
    if context in library.contexts:
        return
    library.contexts.append(context)
    for qa in paragraph["qas"]:  # type: ignore[attr-defined]
        if not qa["question"].strip():
            continue
        answer = qa["answers"][0]
        at = len(library.contexts) - 1
        library.questions.append(Asked(qa["question"], at, answer["text"], answer["answer_start"]))


def _holds(asked: Asked, context: str, start: int, end: int) -> bool:
    overlaps = start < asked.start + len(asked.answer) and end > asked.start
    return overlaps or (len(asked.answer) > 1 and asked.answer in context[start:end])


def _open(library: Library, encoder: Encoder) -> Index:
    """Index a library; what is on disk goes when it has been read."""
    with TemporaryDirectory(prefix="duanci-fit-") as folder:
        index_contexts(Path(folder), "library", library.contexts, encoder)
        return open_index(Path(folder), encoder)


def _ask(asked: Asked, index: Index, encoder: Encoder, kind: str) -> Sample | None:
    """Ask a question; None where it is answerable and another paragraph is ranked first."""
    found = _look(asked.text, index, encoder, kind, asked.gold if kind == "removed" else None)
    return None if kind == "answered" and found.row != asked.gold else found


def _look(
    question: str, index: Index, encoder: Encoder, kind: str, removed: int | None = None
) -> Sample:
    """Look at the best paragraph for a question, or at the best but for one."""
    ranking = retrieve(question, index, encoder)
    pairs = zip(ranking.hits, ranking.candidates, strict=True)
    hit, best = next((h, c) for h, c in pairs if c.row != removed)
    spans = quote(question, hit)
    quoted = "\n".join(hit.paragraph.text[start:end] for start, end in spans)
    lacking = astuple(lacks(ranking.query, best, hit.paragraph, quoted))
    return Sample(kind, best.row, best.coverage, (best.window_tokens, best.closeness), lacking)


if __name__ == "__main__":
    main()
