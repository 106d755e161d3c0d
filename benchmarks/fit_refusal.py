"""Fit the models of `duanci.confidence`, and write them.

    .venv/bin/python benchmarks/fit_refusal.py CMRC_FILE DRCD_FILE [--to src/duanci/confidence.json]
        [--samples FILE] [--scripts {Han,letters} ...]

Articles are grouped into libraries, as large as a report: those of the written questions (see
`written.py`) and two of CMRC. Asked of them are questions that they answer (`public`, `paraphrase`,
`foreign`), and questions that they do not: `near` ones, those of another library (`other`), with
the paragraph that answers left out (`removed`), and with only the sentences left out that hold the
answer (`cut`). The same is asked of the invented reports (see `reports.py`), but for what is cut;
`report asked` are all that they answer, in Chinese, but paraphrases. So it is, as `text …`, of the
reports in `refusal/`, which nothing else is learned from or measured on, and of those in other
languages in `refusal/languages/`, of which models of their own tell. What tells `other` from
all that are answered says whether the index is about a question at all; what tells the rest from
them says whether an answer is complete. Each kind counts alike, those of reports ten times, and
near misses and what is `asked` three times more. What these models leave in doubt the cross-encoder
reads, for minutes, and what it tells is weighed with what they told. The bias of each model is
where the share that is refused is as asked for: of questions that reports answer, or of CMRC's,
asked of the build in force. Printed is what is refused of each kind, by models fitted without its
library; what is asked of the build in force (`strange`) is seen by all of them. Conversations on
both end in a question that leans on what was asked before (`follow-up`, `near follow-up`, and
`other follow-up`, a conversation on another report): models of their own tell of these.
`--scripts letters` fits the models of reports in letters alone, and
leaves the others in the file as they are.
"""

import argparse
import json
import pickle
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import inf, isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]
from tqdm import tqdm

from duanci import confidence
from duanci.answer import quote, text_to_compare
from duanci.confidence import Model, Signals, Weighing, deciding, find_signals, is_doubtful
from duanci.config import load_settings
from duanci.encoder import Encoder, open_encoder
from duanci.evaluate import Question, read_questions, read_squad
from duanci.followup import understand
from duanci.index import Index
from duanci.lines import has_han
from duanci.opening import open_index
from duanci.retrieve import retrieve, tell_lead
from duanci.segment import sentences, simplify
from passages import read_passages
from reports import NAMES, open_reports, read_asked
from reports import Asked as AskedOfReport
from written import open_contexts, read_written

Array = NDArray[Any]

TEXTS = Path(__file__).with_name("refusal")
LETTERED = TEXTS / "languages"
_SIZE = 84  # paragraphs in a library of CMRC
_LIBRARIES = 2  # of it
_SOME = 100  # questions that are asked of another library, of each kind
_REPORT = -1  # the library of what is asked of the build in force
_KINDS_OF_REPORTS = ("report", "text")
_SCRIPTS = ("Han", "letters")
_OF_REPORTS = tuple(
    f"{of} {kind}"
    for of in _KINDS_OF_REPORTS
    for kind in ("asked", "paraphrase", "foreign", "follow-up")
)
_ANSWERED = ("public", "paraphrase", "foreign", *_OF_REPORTS)
_THRESHOLD = 0.18  # what is less sure is refused
_LIMIT = float(np.log(_THRESHOLD / (1 - _THRESHOLD)))
_STRANGE = 0.976  # of CMRC's questions asked of the build in force: so many are refused
_FALSELY = {  # of what reports answer: so many are refused
    "complete": 0.01,
    "foreign": 0.04,
    "follow-up": 0.05,
    "foreign follow-up": 0.05,
    "lettered": 0.04,
    "lettered foreign": 0.02,
    "lettered Chinese": 0.03,
    "lettered follow-up": 0.1,
}
_REFUSED = {  # and so many once those in doubt were read closely, by the model that told last
    "complete": 0.016,
    "foreign": 0.03,
    "follow-up": 0.05,
    "foreign follow-up": 0.05,
    "lettered": 0.08,
    "lettered foreign": 0.03,
    "lettered Chinese": 0.04,
    "lettered follow-up": 0.12,
}
_HEAVIER = 10  # what a question on a report counts more than one on an article
_CLOSEST = 3  # and what near misses, and facts and lists that are asked for, count more than others
_FOREIGN = (
    "window", "tokens", "closeness", "match", "spread", "lead", "window_lead", "read", "length",
)  # fmt: skip
_SIGNALS = {
    "related": ("window", "tokens", "match", "closeness", "coverage", "read"),
    "complete": (
        "window", "tokens", "match", "closeness", "least", "spread", "coverage", "lead", "read",
        "length", "asks", "unnamed", "unmarked", "uncounted", "untold", "counted",
    ),
    "foreign": _FOREIGN,
    "follow-up": ("window", "tokens", "closeness", "read"),
    "foreign follow-up": ("window", "tokens", "closeness", "read"),
    "lettered": (*_FOREIGN, "least", "coverage"),
    "lettered foreign": _FOREIGN,
    "lettered Chinese": _FOREIGN,
    "lettered follow-up": ("window", "tokens", "closeness", "read"),
}  # fmt: skip
# Models without the products of signals: these gain nothing there.
_PLAIN = ("related", "foreign", "lettered foreign", "lettered Chinese")
_MILDNESS = {  # of the regularisation
    "related": 0.01,
    "complete": 0.001,
    "foreign": 0.01,
    "follow-up": 0.03,
    "foreign follow-up": 0.03,
    "lettered": 0.01,
    "lettered foreign": 0.05,
    "lettered Chinese": 0.05,
    "lettered follow-up": 0.03,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its kind, the place of its context in the library, where its answer stands."""

    text: str
    kind: str
    gold: int
    answer: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Library:
    """Contexts that are indexed together, and the questions on them.

    `conversations` are those that end in a question that leans on the others; `gold` are the
    numbers of the contexts that answer it, from 1.
    """

    contexts: list[str]
    questions: list[Asked]
    conversations: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """What the best paragraph for a question has of it; `kind` as in the module.

    `models` are the names of those that tell of it; `compared` is what the cross-encoder tells of
    `question` and `text`, which is of the paragraph, nan where it was not asked.
    """

    library: int
    kind: str
    models: tuple[str, ...]
    signals: Signals
    question: str
    text: str
    compared: float = nan

    @property
    def is_answered(self) -> bool:
        """Whether the paragraph answers."""
        return self.kind in _ANSWERED


def read_libraries(cmrc: Path, drcd: Path, rng: random.Random) -> list[Library]:
    """Group the articles of the written questions, and some of CMRC, into libraries."""
    libraries = []
    public = _public(drcd)
    for shelf in read_written(drcd):
        own = [Asked(q.text, q.kind, q.place, q.answer) for q in shelf.questions]
        for place, context in enumerate(shelf.contexts):
            own += [Asked(text, "public", place, span) for text, span in public[context]]
        libraries.append(Library(shelf.contexts, own))
    of_cmrc = list(_public(cmrc).items())
    rng.shuffle(of_cmrc)
    for number in range(_LIBRARIES):
        some = of_cmrc[number * _SIZE : (number + 1) * _SIZE]
        own = [
            Asked(text, "public", place, span)
            for place, (_, asked) in enumerate(some)
            for text, span in asked
        ]
        libraries.append(Library([context for context, _ in some], own))
    return libraries


def cut_answers(library: Library, rng: random.Random) -> Library:
    """Leave out of each context what answers one of its questions; keep only those questions."""
    contexts, questions = list(library.contexts), []
    for at, context in enumerate(library.contexts):
        of_context = [q for q in library.questions if q.gold == at and q.kind == "public"]
        if not of_context:
            continue
        asked = rng.choice(of_context)
        kept = [context[a:b] for a, b in sentences(context) if not _holds(asked, context, a, b)]
        if sum(map(len, kept)) >= 30:
            contexts[at] = "".join(kept)
            questions.append(asked)
    return Library(contexts, questions)


def sample(
    number: int, library: Library, other: Library, encoder: Encoder, rng: random.Random
) -> list[Sample]:
    """Ask a library all kinds of questions."""
    index = open_contexts(library.contexts, encoder)
    found = [_ask(q, index, encoder, number, q.kind) for q in library.questions]
    public = [q for q in library.questions if q.kind == "public"]
    some = rng.sample(public, min(len(public), _SOME))
    found += [_ask(q, index, encoder, number, "removed") for q in some]
    for kind in (*_ANSWERED, "near"):
        strange = [q for q in other.questions if q.kind == kind]
        for question in rng.sample(strange, min(len(strange), _SOME)):
            found.append(_ask(question, index, encoder, number, "other"))
    cut = cut_answers(library, rng)
    index = open_contexts(cut.contexts, encoder)
    found += [_ask(q, index, encoder, number, "cut") for q in cut.questions]
    return [one for one in found if one is not None]


def sample_reports(first: int, encoder: Encoder) -> list[Sample]:
    """Ask the invented reports all kinds of questions; they are the libraries from `first` on."""
    found: list[Sample] = []
    for number, (name, assistant) in enumerate(open_reports(encoder, load_settings())):
        index, library = assistant.index, first + number
        rows = {paragraph.id: row for row, paragraph in enumerate(index.paragraphs)}
        for own in read_asked(name):
            question, gold = own.question, [rows[one] for one in own.question.gold]
            text, context = understand(question.text, question.turns)
            if question.turns and not context:
                continue
            kind = _kind_on_report(own, bool(context))
            row, sample = _look(text, index, encoder, library, kind, context=context)
            if row in gold or not gold:
                found.append(sample)
            if gold and not context:
                kind = "report removed"
                found.append(_look(text, index, encoder, library, kind, gold)[1])
        for own in read_asked(NAMES[(number + 1) % len(NAMES)]):
            if not own.question.turns:
                text = own.question.text
                found.append(_look(text, index, encoder, library, "report other")[1])
    return found


def read_texts(folder: Path) -> list[Library]:
    """Read the reports that only refusal is learned from; kinds are as those of `reports.py`."""
    libraries = []
    files = sorted((folder / "conversations").glob("*.jsonl"))
    for passages, file in zip(read_passages(folder), files, strict=True):
        library = Library([], [], tuple(read_questions(file)))
        for place, record in enumerate(passages):
            library.contexts.append(record["paragraph"])
            asked = [*record["questions"], *({**one, "kind": "near"} for one in record["near"])]
            for one in asked:
                kind = "asked" if one["kind"] == "fact" else one["kind"]
                library.questions.append(Asked(one["q"], kind, place, None))
        libraries.append(library)
    return libraries


def sample_texts(folder: Path, first: int, encoder: Encoder, rng: random.Random) -> list[Sample]:
    """Ask those reports all kinds of questions; they are the libraries from `first` on."""
    found: list[Sample | None] = []
    texts = read_texts(folder)
    for at, own in enumerate(texts):
        index, library = open_contexts(own.contexts, encoder), first + at
        found += [_ask(one, index, encoder, library, f"text {one.kind}") for one in own.questions]
        answered = [one for one in own.questions if one.kind != "near"]
        for one in rng.sample(answered, _SOME):
            found.append(_ask(one, index, encoder, library, "text removed"))
        found += [_follow_up(one, index, encoder, library) for one in own.conversations]
        for one in (*rng.sample(texts[at - 1].questions, _SOME), *strangers(own, rng)):
            found.append(_look(one.text, index, encoder, library, "text other")[1])
        for one in texts[at - 1].conversations:
            found.append(_follow_up(replace(one, gold=()), index, encoder, library, "other"))
    return [one for one in found if one is not None]


def strangers(own: Library, rng: random.Random) -> list[Asked]:
    """Choose questions on the reports in letters, but on this: in other languages, and in Chinese.

    Of a report in Chinese those in Chinese are left out: it is asked enough that is.
    """
    others = (text for text in read_texts(LETTERED) if text.contexts != own.contexts)
    asked = [one for text in others for one in text.questions]
    chinese, foreign = ([one for one in asked if has_han(one.text) == is_han] for is_han in (1, 0))
    wanted = [foreign] if has_han(own.contexts[0]) else [foreign, chinese]
    return [one for questions in wanted for one in rng.sample(questions, _SOME)]


def sample_in_force(
    cmrc: Path, libraries: Sequence[Library], encoder: Encoder, rng: random.Random
) -> list[Sample]:
    """Ask the build in force what it does not answer: questions of CMRC, and foreign ones."""
    index = open_index(load_settings().index, encoder)
    texts = [q.text for q in read_squad(cmrc)[1] if q.text.strip()]
    foreign = [q.text for one in libraries for q in one.questions if q.kind == "foreign"]
    asked = [*texts, *rng.sample(foreign, min(len(foreign), 2 * _SOME))]
    return [_look(text, index, encoder, _REPORT, "strange")[1] for text in asked]


def sample_in_han(cmrc: Path, drcd: Path, encoder: Encoder, rng: random.Random) -> list[Sample]:
    """Ask all that is in Chinese: articles, invented reports, and the build in force."""
    libraries = read_libraries(cmrc, drcd, rng)
    samples = []
    for number, library in enumerate(libraries):
        other = libraries[(number + 1) % len(libraries)]
        samples += sample(number, library, other, encoder, rng)
    samples += sample_reports(len(libraries), encoder)
    first = max(one.library for one in samples) + 1
    samples += sample_texts(TEXTS, first, encoder, rng)
    return samples + sample_in_force(cmrc, libraries, encoder, rng)


def fit_all(samples: Sequence[Sample]) -> dict[str, Model]:
    """Fit the models that tell of samples; what is refused without them tells them nothing."""
    told = {name: [one for one in samples if name in one.models] for name in told_by(samples)}
    strangers = [one for one in told.get("related", ()) if one.kind == "strange"]
    told = {name: [one for one in own if not one.signals.elsewhere] for name, own in told.items()}
    for name in told.keys() & {"related", "complete"}:
        told[name] = [one for one in told[name] if one.library != _REPORT]
    if "related" in told:
        about = [one for one in told["related"] if one.is_answered or one.kind.endswith("other")]
        told["related"] = about
    models = {name: _fit(name, own) for name, own in told.items()}
    for name in models.keys() & _FALSELY.keys():
        own = [one for one in told[name] if one.kind in _OF_REPORTS]
        at = _share_below([models[name].logit(one.signals) for one in own], own, _FALSELY[name])
        models[name] = _shifted(models[name], _LIMIT - at)
    if strangers:
        models["related"] = _refuse_strangers(strangers, models)
    return models


def told_by(samples: Sequence[Sample]) -> list[str]:
    """List the models that tell of some samples."""
    found = {name for one in samples for name in one.models}
    return [name for name in _SIGNALS if name in found]


def compare_doubtful(
    samples: Sequence[Sample], models: Mapping[str, Model], encoder: Encoder
) -> list[Sample]:
    """Have the cross-encoder read those that models leave in doubt, but for what it has read."""
    found = []
    for one in tqdm(samples, disable=None):
        if _is_doubtful(one, models) and isnan(one.compared):
            found.append(replace(one, compared=encoder.compare(one.question, one.text)))
        else:
            found.append(one)
    return found


def fit_weighings(samples: Sequence[Sample], models: Mapping[str, Model]) -> dict[str, Weighing]:
    """Fit what counts of answers in doubt."""
    weighings = {}
    for name in {one.models[-1] for one in samples}:
        own = [one for one in samples if one.models[-1] == name and not one.signals.elsewhere]
        read = [one for one in own if _is_doubtful(one, models) and not isnan(one.compared)]
        read = [one for one in read if one.library != _REPORT]
        values = np.array([[min(_tell(one, models).values()), one.compared] for one in read])
        answered = np.array([one.is_answered for one in read])
        model = LogisticRegression(max_iter=5000)
        model.fit(values, answered, sample_weight=_counts(read, answered))
        weighing = Weighing(0.0, *model.coef_[0].tolist())
        reports = [one for one in own if one.kind in _OF_REPORTS]
        logits = [_decide(one, models, weighing) for one in reports]
        at = _share_below(logits, reports, _REFUSED[name])
        weighings[name] = replace(weighing, bias=_LIMIT - at)
    return weighings


def _tell(sample: Sample, models: Mapping[str, Model]) -> dict[str, float]:
    return {name: models[name].logit(sample.signals) for name in sample.models}


def _is_doubtful(sample: Sample, models: Mapping[str, Model]) -> bool:
    return not sample.signals.elsewhere and is_doubtful(_tell(sample, models))


def _decide(sample: Sample, models: Mapping[str, Model], weighing: Weighing) -> float:
    """Return the logit that decides, -inf or inf where what models tell is not in doubt."""
    first = min(_tell(sample, models).values())
    if _is_doubtful(sample, models):
        return first if isnan(sample.compared) else weighing.logit(first, sample.compared)
    return inf if first > _LIMIT else -inf


def show(samples: Sequence[Sample]) -> None:
    """Print what is refused of each kind, by models that have not seen its library."""
    refused: dict[tuple[str, str], list[bool]] = {}
    for library in sorted({one.library for one in samples}):
        seen = [one for one in samples if one.library != library or library == _REPORT]
        models = fit_all(seen)
        weighings = fit_weighings(seen, models)
        for one in samples:
            if one.library == library:
                logit = _decide(one, models, weighings[one.models[-1]])
                group = one.models[-1], one.kind
                refused.setdefault(group, []).append(bool(one.signals.elsewhere) or logit < _LIMIT)
    for (model, kind), own in sorted(refused.items()):
        print(f"{model:17} {kind:22} {len(own):5} questions, refused {np.mean(own):.3f}")


def show_signals(samples: Sequence[Sample]) -> None:
    """Print how often signals put what reports answer, but paraphrases, above near misses."""
    told = (
        ("complete", "asked", "near"),
        ("foreign", "foreign", "near"),
        ("follow-up", "follow-up", "near follow-up"),
        ("foreign follow-up", "follow-up", "near follow-up"),
        ("lettered", "asked", "near"),
        ("lettered Chinese", "foreign", "near"),
        ("lettered follow-up", "follow-up", "near follow-up"),
    )
    for model, *kinds in told:
        own = [one for one in samples if model in one.models and not isnan(one.signals.read)]
        if not own:
            continue
        answered, near = (
            [one for one in own if one.kind in {f"{of} {kind}" for of in _KINDS_OF_REPORTS}]
            for kind in kinds
        )
        is_told = [True] * len(answered) + [False] * len(near)
        for name in ("match", "window", "read"):
            values = [getattr(one.signals, name) for one in (*answered, *near)]
            print(f"{model:17} {name:6} above near misses {roc_auc_score(is_told, values):.3f}")


def write(models: Mapping[str, Model], weighings: Mapping[str, Weighing], file: Path) -> None:
    """Write models and what is counted of answers in doubt as JSON."""
    told = {
        name: {
            "signals": model.signals,
            "means": model.means.round(5).tolist(),
            "scales": model.scales.round(5).tolist(),
            "weights": model.weights.round(5).tolist(),
        }
        for name, model in models.items()
    }
    counts = {
        name: {part: round(own, 5) for part, own in asdict(weighing).items()}
        for name, weighing in weighings.items()
    }
    every = {"models": told, "weighings": counts}
    file.write_text(json.dumps(every, indent=1) + "\n", "utf-8")


def main() -> None:
    """Read the sets, ask, fit, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("cmrc", type=Path)
    parser.add_argument("drcd", type=Path)
    parser.add_argument("--to", type=Path, default=confidence.FILE)
    parser.add_argument("--scripts", nargs="+", choices=_SCRIPTS, default=_SCRIPTS)
    parser.add_argument("--samples", type=Path, help="keep what was asked there, or read it")
    given = parser.parse_args()
    encoder = open_encoder(load_settings())
    if given.samples and given.samples.exists():
        samples = pickle.loads(given.samples.read_bytes())
    else:
        samples = []
        if "Han" in given.scripts:
            samples += sample_in_han(given.cmrc, given.drcd, encoder, random.Random(7))
        if "letters" in given.scripts:
            first = max((one.library for one in samples), default=0) + 1
            samples += sample_texts(LETTERED, first, encoder, random.Random(7))
    models = confidence.read_models() | fit_all(samples)
    samples = compare_doubtful(samples, models, encoder)
    if given.samples:
        given.samples.write_bytes(pickle.dumps(samples))
    show(samples)
    show_signals(samples)
    weighings = confidence.read_weighings() | fit_weighings(samples, models)
    write(models, weighings, given.to)


def _refuse_strangers(strangers: Sequence[Sample], models: Mapping[str, Model]) -> Model:
    """Return the model that tells what is related, refusing so many of those that are strange."""
    passed = [one for one in strangers if not one.signals.elsewhere]
    passed = [one for one in passed if models["complete"].logit(one.signals) >= _LIMIT]
    logits = sorted((models["related"].logit(one.signals) for one in passed), reverse=True)
    at = logits[round((1 - _STRANGE) * len(strangers))]
    return _shifted(models["related"], _LIMIT - at)


def _fit(name: str, samples: Sequence[Sample]) -> Model:
    """Fit a logistic model over signals and their products; each side, and each kind, alike."""
    signals = _SIGNALS[name]
    values = np.array([[getattr(one.signals, own) for own in signals] for one in samples])
    means, scales = np.nanmean(values, axis=0), np.nanstd(values, axis=0) + 1e-9
    values = np.where(np.isnan(values), means, values)
    rows = np.hstack([np.ones((len(values), 1)), (values - means) / scales])
    upper = np.triu_indices(rows.shape[1])
    if name in _PLAIN:
        upper = (upper[0][: rows.shape[1]], upper[1][: rows.shape[1]])
    products = rows[:, upper[0]] * rows[:, upper[1]]
    answered = np.array([one.is_answered for one in samples])
    counts = _counts(samples, answered)
    model = LogisticRegression(C=_MILDNESS[name], max_iter=5000, fit_intercept=False)
    model.fit(products, answered, sample_weight=counts)
    weights = np.zeros((rows.shape[1],) * 2)
    weights[upper] = model.coef_[0]
    return Model(signals, means, scales, weights)


def _counts(samples: Sequence[Sample], answered: Array) -> Array:
    kinds = [one.kind for one in samples]
    of_reports = np.array([kind.startswith(_KINDS_OF_REPORTS) for kind in kinds])
    are_closest = np.array([kind.endswith(("near", "asked")) for kind in kinds])
    counts = np.array([1 / kinds.count(kind) for kind in kinds])
    counts[of_reports] *= _HEAVIER
    counts[are_closest] *= _CLOSEST
    totals = np.where(answered, counts[answered].sum(), counts[~answered].sum())
    return counts / totals * len(samples) / 2


def _share_below(logits: Sequence[float], samples: Sequence[Sample], below: float) -> float:
    """Return the logit below which a share of samples lies, each kind counting alike."""
    values = np.array(logits)
    kinds = [one.kind for one in samples]
    counts = np.array([1 / kinds.count(kind) for kind in kinds])
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(counts[order]), below * counts.sum())])


def _shifted(model: Model, by: float) -> Model:
    weights = model.weights.copy()
    weights[0, 0] += by
    return Model(model.signals, model.means, model.scales, weights)


def _public(file: Path) -> dict[str, list[tuple[str, tuple[int, int]]]]:
    """Return of each context of a set its questions, with [start, end) of their answers."""
    found: dict[str, list[tuple[str, tuple[int, int]]]] = {}
    for article in json.loads(file.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            own = found.setdefault(paragraph["context"], [])
            for qa in paragraph["qas"]:
                start, text = qa["answers"][0]["answer_start"], qa["answers"][0]["text"]
                if qa["question"].strip():
                    own.append((qa["question"], (start, start + len(text))))
    return found


def _kind_on_report(asked: AskedOfReport, leans: bool) -> str:
    kind = asked.question.kind
    if leans:
        kind = "follow-up" if asked.question.gold else "near follow-up"
    elif not asked.question.gold:
        kind = "near"
    elif kind != "paraphrase":
        kind = "asked" if asked.language.startswith("zh") else "foreign"
    return f"report {kind}"


def _holds(asked: Asked, context: str, start: int, end: int) -> bool:
    assert asked.answer
    first, last = asked.answer
    said = context[first:last]
    return (start < last and end > first) or (len(said) > 1 and said in context[start:end])


def _ask(asked: Asked, index: Index, encoder: Encoder, library: int, kind: str) -> Sample | None:
    """Ask a question; None where it is answerable and another paragraph is ranked first."""
    removed = [asked.gold] if kind.endswith("removed") else ()
    row, found = _look(asked.text, index, encoder, library, kind, removed)
    return None if found.is_answered and row != asked.gold else found


def _follow_up(
    asked: Question, index: Index, encoder: Encoder, library: int, near: str = "near"
) -> Sample | None:
    """Ask the last question of a conversation; None where it leans on nothing, too."""
    text, context = understand(asked.text, asked.turns)
    if not context:
        return None
    kind = "text follow-up" if asked.gold else f"text {near} follow-up"
    row, found = _look(text, index, encoder, library, kind, context=context)
    return found if not asked.gold or str(row + 1) in asked.gold else None


def _look(
    question: str,
    index: Index,
    encoder: Encoder,
    library: int,
    kind: str,
    removed: Sequence[int] = (),
    context: str = "",
) -> tuple[int, Sample]:
    """Look at the best paragraph for a question, or the best but for some; return its row too."""
    (ranking,) = retrieve(question, index, encoder, context=context)
    left = [at for at, hit in enumerate(ranking.hits) if hit.row not in removed]
    hit, scores = ranking.hits[left[0]], np.array([ranking.hits[at].score for at in left])
    best = tell_lead([ranking.candidates[at] for at in left], scores)[0]
    spans = quote(question, hit)
    quoted = "\n".join(hit.paragraph.text[start:end] for start, end in spans)
    read = ranking.read(hit.row)
    signals = find_signals(ranking.query, best, hit.paragraph, quoted, read)
    told = deciding(ranking.query, hit.paragraph)
    texts = simplify(ranking.query.text), simplify(text_to_compare(hit.paragraph, spans))
    return best.row, Sample(library, kind, told, signals, *texts)


if __name__ == "__main__":
    main()
