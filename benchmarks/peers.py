"""Compare with what people would use instead: the same weights, passages, questions and machine.

    .venv/bin/python benchmarks/peers.py SET.json [--rounds 2] [--passages N] [--questions N]
        [--cores 2] [--clock wall|processor] [--only NAME...] [--picture FILE.svg] [--json FILE]

SET is SQuAD-format; txtai, LangChain, LlamaIndex and Haystack are installed into environments of
their own (see `contenders/`) on first use. Each takes part as its documentation begins (PyTorch,
one dense ranking) and at its best: fused with its BM25, on OpenVINO. A round goes through all, and
each gets two new processes: one loads, builds and answers; one opens what was stored and answers
all questions. Of several rounds the quickest time counts; where other processes took much of the
machine meanwhile, a round is done again. Where they never stop, `--cores 1 --clock processor` tells
more; on two cores, threads that wait for each other would count as busy. Linux only.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import numpy as np

from duanci.config import load_settings
from duanci.evaluate import Evaluation, Outcome, Question, read_squad
from duanci.weights import find_encoder
from environments import CACHE, python_of
from machine import CLOCKS, Watch, describe, wait_for_calm

HERE = Path(__file__).parent / "contenders"
_QUIET = 0.1  # the share of the machine that others may take
_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "TRANSFORMERS_VERBOSITY": "error",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A contender: which peer, on which runtime, and whether it ranks by words too."""

    label: str
    peer: str
    runtime: str = "torch"
    words: bool = False

    @property
    def name(self) -> str:
        """What `--only` calls it."""
        parts = [self.peer, "words" if self.words else "", self.runtime]
        return "duanci" if self.peer == "duanci" else "-".join(part for part in parts if part)


KINDS = (
    Kind("duanci", "duanci"),
    Kind("txtai", "txtai"),
    Kind("LangChain", "langchain"),
    Kind("LangChain, ensemble with jieba BM25", "langchain", words=True),
    Kind("LlamaIndex", "llamaindex"),
    Kind("Haystack", "haystack"),
    Kind("txtai, hybrid, OpenVINO", "txtai", "openvino", True),
    Kind("LangChain, ensemble, OpenVINO", "langchain", "openvino", True),
    Kind("LlamaIndex, fusion, OpenVINO", "llamaindex", "openvino", True),
    Kind("Haystack, hybrid, OpenVINO", "haystack", "openvino", True),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """What one round saw of a contender: seconds, megabytes, the share that others took.

    `first` is from a process that starts to its first answer, the building included; `cold` the
    same from a stored index. `milliseconds` and `ranked` are of each question.
    """

    build: float
    first: float
    cold: float
    resident: float
    own: float
    peak: float
    others: float
    milliseconds: tuple[float, ...]
    ranked: tuple[tuple[str, ...], ...]


class Worker:
    """A contender's process; see `contenders/worker.py`."""

    def __init__(self, kind: Kind, cores: int) -> None:
        requirements = "requirements-openvino" if kind.runtime == "openvino" else "requirements"
        python = sys.executable
        if kind.peer != "duanci":
            python = python_of(HERE / f"{requirements}.txt")
        arguments = [python, str(HERE / "worker.py"), kind.peer, "--runtime", kind.runtime]
        arguments += ["--cores", str(cores), *(["--words"] if kind.words else [])]
        self._log = TemporaryFile()  # what libraries say; its last line tells of a failure
        self._watch, self._started = Watch(), time.perf_counter()
        self._process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
            env=os.environ | _ENVIRONMENT | {"OMP_NUM_THREADS": str(cores)},
        )

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)
        self._log.close()

    def age(self, clock: str) -> float:
        """Return the seconds since it was started, or those of a processor that it has had."""
        if clock == "processor":
            return _processor_seconds(self._process.pid)
        return time.perf_counter() - self._started

    @property
    def others(self) -> float:
        """The share of the machine that others took since it was started."""
        return self._watch.others(_processor_seconds(self._process.pid))

    def do(self, what: str, **given: Any) -> dict[str, Any]:
        """Give a command and wait for the reply.

        :raises RuntimeError: the process ended instead.
        """
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"do": what, **given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._log.seek(0)
            said = self._log.read().decode("utf-8", "replace").strip().splitlines()[-1:]
            raise RuntimeError(f"{what}: {' '.join(said)}")
        reply: dict[str, Any] = json.loads(line)
        return reply


def visit(
    kind: Kind, passages: list[str], questions: Sequence[Question], cores: int, clock: str
) -> Visit:
    """Measure a contender in two processes of its own."""
    model = model_for(kind.runtime)
    with TemporaryDirectory(prefix="duanci-peers-") as folder:
        with Worker(kind, cores) as worker:
            worker.do("load", model=model)
            built = worker.do("build", passages=passages, folder=folder)
            worker.do("rank", question=questions[0].text)
            first, peak, others = worker.age(clock), worker.do("memory")["peak"], worker.others
        with Worker(kind, cores) as worker:
            worker.do("open", model=model, folder=folder)
            worker.do("rank", question=questions[0].text)
            cold = worker.age(clock)
            replies = [worker.do("rank", question=q.text) for q in questions]
            held, others = worker.do("memory"), max(others, worker.others)
    return Visit(
        built[clock],
        first,
        cold,
        held["resident"],
        held["own"],
        peak,
        others,
        tuple(reply[clock] * 1000 for reply in replies),
        tuple(tuple(reply["ranked"]) for reply in replies),
    )


def model_for(runtime: str) -> str:
    """Return the folder of the default encoder's weights, exported for a runtime if need be."""
    found = find_encoder(load_settings())
    if runtime == "torch":
        return str(found.folder)
    target = CACHE / f"{found.name}-openvino-{found.fingerprint}"
    if not target.exists():
        sys.stderr.write(f"exporting {found.name} for OpenVINO into {target} (once)\n")
        command = [python_of(HERE / "requirements-openvino.txt"), str(HERE / "export_openvino.py")]
        quiet = {"stdout": sys.stderr, "stderr": subprocess.DEVNULL}
        subprocess.run(
            [*command, str(found.folder), str(target)],
            check=True,
            env=os.environ | _ENVIRONMENT,
            **quiet,
        )
    return str(target)


def quietest(
    kind: Kind, passages: list[str], questions: Sequence[Question], given: argparse.Namespace
) -> Visit:
    """Visit a contender until others took little of the machine, or there are no more tries."""
    seen: list[Visit] = []
    while len(seen) < given.tries and (not seen or seen[-1].others > _QUIET):
        wait_for_calm(given.patience, _QUIET)
        seen.append(visit(kind, passages, questions, given.cores, given.clock))
    return min(seen, key=lambda one: one.others)


def summarise(visits: Sequence[Visit], questions: Sequence[Question]) -> dict[str, Any]:
    """Join the rounds of a contender: the quickest of each time, the ranking of the first."""
    quickest = np.min([one.milliseconds for one in visits], axis=0).tolist()
    outcomes = []
    for question, ranked, elapsed in zip(questions, visits[0].ranked, quickest, strict=True):
        places = [ranked.index(gold) + 1 for gold in question.gold if gold in ranked]
        outcomes.append(Outcome(question, min(places, default=None), True, ranked, elapsed))
    figures = Evaluation(outcomes).figures()
    kept = ("hit_at_1", "ndcg_at_10", "query_ms_p50", "query_ms_p95")
    times = {name: min(getattr(v, name) for v in visits) for name in ("build", "first", "cold")}
    sizes = {name: max(getattr(v, name) for v in visits) for name in ("resident", "own", "peak")}
    others = max(one.others for one in visits)
    told = {name: figures[name] for name in kept}
    return times | told | sizes | {"others": others}


def tell(kind: Kind, found: dict[str, Any]) -> str:
    """Return a contender's row of the table."""
    return (
        f"| {kind.label} | {found['build']:.1f} | {found['first']:.1f} | {found['cold']:.1f} "
        f"| {found['query_ms_p50']:.1f} / {found['query_ms_p95']:.1f} "
        f"| {found['hit_at_1']:.3f} | {found['ndcg_at_10']:.3f} "
        f"| {found['resident']:.0f} ({found['own']:.0f}) | {found['peak']:.0f} "
        f"| {found['others']:.0%} |"
    )


HEAD = (
    "| | build, s | first use, s | cold start, s | question p50 / p95, ms | hit@1 | nDCG@10 "
    "| resident (own), MB | peak, MB | others |\n|---|---|---|---|---|---|---|---|---|---|"
)


def compare(found: dict[str, dict[str, Any]]) -> list[str]:
    """Tell how this project stands to the best of its peers in what is asked of it."""
    if "duanci" not in found or len(found) < 2:
        return []
    own, peers = found["duanci"], [one for name, one in found.items() if name != "duanci"]
    build = min(one["build"] for one in peers) / own["build"]
    question = own["query_ms_p50"] / min(one["query_ms_p50"] for one in peers)
    hit = own["hit_at_1"] - max(one["hit_at_1"] for one in peers)
    memory = own["resident"] / min(one["resident"] for one in peers)
    return [
        f"build: {build:.2f} x as fast as the quickest peer ({_verdict(build >= 2.5)} 2.5)",
        f"question p50: {question:.2f} of the quickest peer's ({_verdict(question <= 1 / 3)} 1/3)",
        f"hit@1: {hit:+.3f} to the best peer's ({_verdict(hit > 0)} above)",
        f"resident: {memory:.2f} of the smallest peer's ({_verdict(memory <= 0.5)} 1/2)",
    ]


def _verdict(met: bool) -> str:
    return "met:" if met else "FALLS SHORT of"


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def draw(found: dict[str, dict[str, Any]], labels: dict[str, str], file: Path) -> None:
    """Draw a bar for each contender, four figures side by side."""
    from matplotlib import pyplot

    panels = {
        "build": "build, s",
        "query_ms_p50": "question p50, ms",
        "hit_at_1": "hit@1",
        "resident": "resident memory, MB",
    }
    figure, axes = pyplot.subplots(
        1, len(panels), figsize=(11, 0.6 + 0.34 * len(found)), layout="constrained", sharey=True
    )
    for place, (name, title) in zip(axes, panels.items(), strict=True):
        values = [one[name] for one in found.values()]
        colours = ["#8a3b12" if one == "duanci" else "#9db4c8" for one in found]
        bars = place.barh([labels[one] for one in found], values, color=colours)
        form = "%.3f" if name == "hit_at_1" else "%.1f" if max(values) < 200 else "%.0f"
        place.bar_label(bars, fmt=form, fontsize=8, padding=2)
        place.set_title(title, fontsize=9)
        place.set_xlim(0, 1.25 * max(values))
        place.tick_params(labelsize=8)
        place.spines[["top", "right"]].set_visible(False)
    axes[0].invert_yaxis()
    figure.savefig(file, metadata={"Date": None})


def measure(
    kinds: Sequence[Kind],
    passages: list[str],
    questions: Sequence[Question],
    given: argparse.Namespace,
) -> tuple[dict[str, list[Visit]], dict[str, str]]:
    """Go through all contenders, round by round; return what was seen, and who failed why.

    Ctrl-C ends it with what was seen until then.
    """
    visits: dict[str, list[Visit]] = {}
    failed: dict[str, str] = {}
    for turn in range(given.rounds):
        for kind in kinds if turn % 2 == 0 else tuple(reversed(kinds)):
            if kind.name in failed:
                continue
            try:
                seen = quietest(kind, passages, questions, given)
            except (RuntimeError, subprocess.SubprocessError) as exc:
                failed[kind.name] = str(exc)
                continue
            except KeyboardInterrupt:
                return visits, dict.fromkeys((k.name for k in kinds), "interrupted") | failed
            visits.setdefault(kind.name, []).append(seen)
            row = tell(kind, summarise([seen], questions))
            sys.stderr.write(f"round {turn + 1} {row}\n")
    return visits, failed


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("set", type=Path, help="SQuAD-format questions with their passages")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cores", type=int, default=2, help="that each may use")
    parser.add_argument("--passages", type=int, help="so many of the first, not all")
    parser.add_argument("--questions", type=int, help="so many, spread over them, not all")
    names = [kind.name for kind in KINDS]
    parser.add_argument("--only", nargs="*", choices=names, default=names, metavar="NAME")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="which time is told")
    parser.add_argument("--tries", type=int, default=2, help="of a round that others disturb")
    parser.add_argument("--patience", type=float, default=60, help="seconds to wait for calm")
    parser.add_argument("--picture", type=Path, help="write a picture, .svg or .png")
    parser.add_argument("--json", type=Path, help="write the figures as JSON")
    given = parser.parse_args()
    passages, questions = read_squad(given.set)
    passages = passages[: given.passages]
    questions = [one for one in questions if int(one.gold[0]) <= len(passages)]
    if given.questions:
        step = max(1, len(questions) // given.questions)
        questions = questions[::step][: given.questions]
    kinds = [kind for kind in KINDS if kind.name in given.only]
    for runtime in sorted({kind.runtime for kind in kinds}):
        model_for(runtime)
    visits, failed = measure(kinds, passages, questions, given)
    found = {k.name: summarise(visits[k.name], questions) for k in kinds if k.name in visits}
    print(
        f"{given.set.name}: {len(passages)} passages, {len(questions)} questions, "
        f"{given.rounds} rounds, {given.cores} threads, {given.clock} time; {describe()}\n\n{HEAD}"
    )
    for kind in kinds:
        print(
            tell(kind, found[kind.name])
            if kind.name in found
            else f"| {kind.label} | could not run: {failed[kind.name]} |"
        )
    print("\n" + "\n".join(compare(found)))
    if given.json:
        seen = {name: [asdict(one) for one in own] for name, own in visits.items()}
        told = {"machine": describe(), "found": found, "failed": failed, "visits": seen}
        given.json.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    if given.picture:
        draw(found, {kind.name: kind.label for kind in kinds}, given.picture)


if __name__ == "__main__":
    main()
