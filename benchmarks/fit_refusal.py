"""Refit the weights of `duanci.confidence` and its threshold on public question sets.

    .venv/bin/python benchmarks/fit_refusal.py SQUAD_FILE...

Whole articles are grouped into small libraries, as large as a report. Asked of them are questions
that they answer, and questions that they do not: of another library (`other`), with the paragraph
that answers left out (`removed`), and, hardest, with only the sentences left out that hold the
answer (`cut`).
"""

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from duanci.confidence import MISTYPED, signals
from duanci.config import load_settings
from duanci.encoder import Encoder, open_encoder
from duanci.evaluate import index_contexts
from duanci.index import Index, open_index
from duanci.retrieve import find_candidates, join_scores, make_query
from duanci.segment import sentences

Array = NDArray[np.float64]

_SIZE = 84  # paragraphs in a library
_LIBRARIES = 5  # of each set, at most
_ASKED = 200  # answerable questions of a library, at most; of each other kind a third
_WRONGLY_REFUSED = 0.005  # of the answerable public questions, at the threshold
_SCALE = np.array([0.3, 0.04, 0.04, 1.0])  # the spread of the signals, for the regularisation
_NATIVE, _FOREIGN = [0, 2, 3], [1, 2]  # the signals of each model: coverage, least, unnamed; …


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
    """What the best paragraph for a question has of it; `kind` as in the module, or `answered`."""

    kind: str
    values: tuple[float, ...]


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
    some = rng.sample(library.questions, min(_ASKED, len(library.questions)))
    strange = rng.sample(other.questions, min(_ASKED // 3, len(other.questions)))
    found = [_ask(q, index, encoder, "answered") for q in some]
    found += [_ask(q, index, encoder, "removed") for q in some[: _ASKED // 3]]
    found += [_ask(q, index, encoder, "other") for q in strange]
    for _ in range(2):
        cut = cut_answers(library, rng)
        index = _open(cut, encoder)
        found += [_ask(q, index, encoder, "cut") for q in cut.questions]
    return [one for one in found if one is not None]


def fit(samples: Sequence[Sample], columns: list[int], weighted: bool) -> tuple[Array, float]:
    """Fit a logistic model.

    :param columns: the signals that it looks at.
    :param weighted: count answerable questions the more the fewer words they share, as the public
        ones repeat the words of their paragraph more than a reader does.
    :return: float64 (4,), the weights of all signals; the bias.
    """
    values = np.array([one.values[:4] for one in samples])
    answered = np.array([one.kind == "answered" for one in samples])
    few = 4.0 * (values[:, 0] < 0.6) + 8.0 * (values[:, 0] < 0.4)
    counts = np.where(answered & weighted, 1 + few, 1.0)
    model = LogisticRegression(max_iter=2000)
    model.fit((values / _SCALE)[:, columns], answered, sample_weight=counts)
    weights = np.zeros(4)
    weights[columns] = model.coef_[0] / _SCALE[columns]
    return weights, float(model.intercept_[0])


def show(samples: Sequence[Sample], weights: Array, bias: float) -> None:
    """Print a threshold and what it refuses of each kind."""
    values = np.array([one.values for one in samples])
    kinds = np.array([one.kind for one in samples])
    logits = values[:, :4] @ weights + bias + MISTYPED * values[:, 4]
    limit = float(np.quantile(logits[kinds == "answered"], _WRONGLY_REFUSED))
    print(f"threshold {1 / (1 + np.exp(-limit)):.3f}")
    for kind in sorted(set(kinds)):
        own = logits[kinds == kind]
        print(f"{kind:9} {len(own):5} questions, refused {np.mean(own < limit):.3f}")


def main() -> None:
    """Read the sets, fit, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, help="SQuAD-format question sets")
    rng = random.Random(7)
    libraries = [one for file in parser.parse_args().files for one in read_libraries(file, rng)]
    encoder = open_encoder(load_settings())
    others = [*libraries[1:], libraries[0]]
    samples: list[Sample] = []
    for library, other in zip(libraries, others, strict=True):
        samples += sample(library, other, encoder, rng)
    weights, bias = fit(samples, _NATIVE, weighted=True)
    print("_WEIGHTS", (*weights.round(2).tolist(), round(bias, 2)))
    show(samples, weights, bias)
    strangers = [one for one in samples if one.kind in ("answered", "other")]
    foreign, foreign_bias = fit(strangers, _FOREIGN, weighted=False)
    print("_FOREIGN_WEIGHTS", (*foreign.round(2).tolist(), round(foreign_bias, 2)))


def _add(library: Library, paragraph: dict[str, object]) -> None:
    context = str(paragraph["context"])
    if context in library.contexts:
        return
    library.contexts.append(context)
    for qa in paragraph["qas"]:  # type: ignore[attr-defined]
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
    query = make_query(asked.text, index, encoder)
    candidates = find_candidates(query, index, None)
    if kind == "removed":
        candidates = [c for c in candidates if c.row != asked.gold]
    best = candidates[int(np.argmax(join_scores(candidates, query.seen)))]
    if kind == "answered" and best.row != asked.gold:
        return None
    start, end = index.windows_of(best.row)[int(best.windows.argmax())].tolist()
    paragraph = index.paragraphs[best.row]
    found = signals(query, best, paragraph, paragraph.text[start:end])
    return Sample(kind, astuple(found))


if __name__ == "__main__":
    main()
