"""Measure how building, opening and asking grow with the corpus, and what candidates are lost.

    .venv/bin/python benchmarks/scale.py SQUAD_FILE… [--sizes 1000 10000 100000 1000000]
        [--picture FILE.svg] [--json FILE] [--work FOLDER]

Texts and vectors are synthetic: reports of 100 paragraphs that vary the passages of the files
(`synthetic.Variations`), and an encoder that gives each pair of characters the mean of what the
default encoder gives it in those passages (`stand_in.Likeness`). Questions are the files' own. So
words are as rare as in language, and vectors lie in clusters around real ones. What the default
encoder takes itself is not in the figures: about 11 ms a question. Above `--segmented` paragraphs
a stand-in segments too, where jieba would take most of the time: pairs of characters are words.

Each build, and each opening, is a process of its own. `private` is memory that is the process's
alone; `mapped` is that of files, which the system takes back when it needs it. `cpu` is the time
that a core was at work: what a machine takes on which nothing else runs. Recall is exact:
while the build is made, every vector of it meets every question.
"""

import argparse
import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from duanci import making
from duanci.assistant import Assistant, rebuild
from duanci.chunking import Encoded, Progress, Span, Vectors
from duanci.config import Settings
from duanci.evaluate import read_squad
from duanci.index import Index
from duanci.opening import open_index
from duanci.pieces import pieces_of
from duanci.resident import keep_few_arenas
from duanci.segment import simplify, windows
from stand_in import Likeness, learn_likeness
from synthetic import Variations

_PER_REPORT = 100  # paragraphs
_QUESTIONS = 300  # that are asked, after others that warm up
_COMPARED = 100  # of which recall is measured
_EXACT = 100  # nearest vectors
_ASKERS = (1, 4, 16)
_RUN = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Run:
    """What one size took: seconds, milliseconds, megabytes, shares."""

    paragraphs: int
    vectors: int
    index: str
    build_s: float
    build_cpu_s: float
    build_private_mb: float
    build_mapped_mb: float
    disk_mb: float
    open_s: float
    private_mb: float
    mapped_mb: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_p50_ms: float
    cpu_p95_ms: float
    recall: float
    askers: dict[str, list[float]]  # how many: p50, p95, questions a second


class _Exact(Likeness):
    """Keeps the scores of the vectors nearest to some questions among all that it encodes."""

    def __init__(self, file: Path, questions: Sequence[str]) -> None:
        super().__init__(file)
        asked = [self.encode_question(simplify(question)).vector for question in questions]
        self.questions = np.stack(asked)
        self.best = np.full((len(questions), _EXACT), -1.0, np.float32)

    def encode_paragraphs(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[Span]],
        progress: Progress | None = None,
    ) -> list[Encoded]:
        """Return the vectors of paragraphs and of their windows."""
        encoded = super().encode_paragraphs(texts, spans, progress)
        vectors = np.concatenate([np.vstack([one.vector[None], one.windows]) for one in encoded])
        both = np.concatenate([self.best, self.questions @ vectors.T], axis=1)
        self.best = -np.partition(-both, _EXACT - 1, axis=1)[:, :_EXACT]
        return encoded


def cut_evenly(text: str) -> list[str]:
    """Segment a text as `segment.words` does, but for jieba: each two characters are a word."""
    found = []
    for run in _RUN.findall(text):
        found += [run[at : at + 2] for at in range(0, len(run), 2)]
        found += [f"2{run[at : at + 2]}" for at in range(len(run) - 1)]
        found += [f"1{char}" for char in run]
    return found


def build(work: Path, questions: Sequence[str], is_segmented: bool) -> dict[str, Any]:
    """Build the reports of a folder; see what the nearest vectors of questions are."""
    if not is_segmented:
        making.words = cut_evenly
    encoder = _Exact(work.parent / "likeness.npz", questions)
    started = time.perf_counter()
    rebuilt = rebuild(_settings(work), encoder, _tell(), allow_findings=True)
    seconds = time.perf_counter() - started
    np.save(work / "exact.npy", encoder.best.min(axis=1))
    folder = work / "index" / "builds" / rebuilt.build.id
    disk = sum(path.stat().st_size for path in folder.iterdir())
    return {"build_s": seconds, "build_cpu_s": time.process_time(), "disk_mb": disk / 1e6}


def ask(work: Path, questions: Sequence[str]) -> dict[str, Any]:
    """Open a build and ask it."""
    keep_few_arenas()  # as the server does
    encoder = Likeness(work.parent / "likeness.npz")
    before = _memory(None)
    started = time.perf_counter()
    index = open_index(work / "index", encoder)
    seconds = time.perf_counter() - started
    assistant = Assistant.open_with(_settings(work), encoder)
    for question in questions[_QUESTIONS:]:
        assistant.ask(question)
    askers = {str(count): _ask_at_once(assistant, questions, count) for count in _ASKERS}
    took, computed = np.array(_timed(assistant.ask, questions[:_QUESTIONS])).T
    memory = _memory(None)
    return {
        "open_s": seconds,
        "vectors": index.vector_count,
        "index": index.manifest.search["index"],
        "private_mb": memory[0] - before[0],
        "mapped_mb": memory[1] - before[1],
        **{f"p{p}_ms": float(np.percentile(took, p)) for p in (50, 95, 99)},
        **{f"cpu_p{p}_ms": float(np.percentile(computed, p)) for p in (50, 95)},
        "recall": _recall(work, encoder, questions[:_COMPARED]),
        "askers": askers,
    }


def _recall(work: Path, encoder: Likeness, questions: Sequence[str]) -> float:
    """Return what share of the nearest vectors is found: by their scores, worked out anew."""
    index = open_index(work / "index", encoder)
    least = np.load(work / "exact.npy")[: len(questions)]
    shares = []
    for question, bound in zip(questions, least, strict=True):
        vector = encoder.encode_question(simplify(question)).vector
        scores = []
        for text, place in _nearest(index, vector):
            (one,) = encoder.encode_paragraphs([simplify(text)], [windows(text)])
            own = one.vector if place is None else one.windows[place]
            scores.append(float(own @ vector))
        shares.append(sum(score >= bound - 1e-5 for score in scores) / _EXACT)
    return float(np.mean(np.minimum(shares, 1.0)))


def _nearest(index: Index, vector: Vectors) -> Iterator[tuple[str, int | None]]:
    """Give the pieces that the nearest vectors are of, and which of their windows; None: whole."""
    layout = index._layout
    for place in index._vectors.nearest(vector, _EXACT)[0].tolist():
        piece, window = place, None
        if place >= layout.count:
            starts = layout.window_starts
            piece = int(np.searchsorted(starts, place - layout.count, side="right")) - 1
            window = place - layout.count - int(starts[piece])
        row = int(index._members.holders(np.array([piece]))[0][0])
        slot = index.members_of(row).tolist().index(piece)
        yield pieces_of(index.paragraphs[row])[slot], window


def _ask_at_once(assistant: Assistant, questions: Sequence[str], count: int) -> list[float]:
    """Have several ask at once; return p50 and p95 in milliseconds, and questions a second."""
    took: list[list[tuple[float, float]]] = [[] for _ in range(count)]
    asked = questions[:_QUESTIONS]

    def run(at: int) -> None:
        took[at] = _timed(assistant.ask, asked[at::count])

    askers = [threading.Thread(target=run, args=(at,)) for at in range(count)]
    started = time.perf_counter()
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    seconds = time.perf_counter() - started
    every = np.concatenate([np.array(own) for own in took])[:, 0]
    return [*np.percentile(every, (50, 95)).round(1).tolist(), round(len(asked) / seconds, 1)]


def _timed(do: Callable[[str], Any], questions: Sequence[str]) -> list[tuple[float, float]]:
    """Return the milliseconds that each question took, and those that it had a core for."""
    took = []
    for question in questions:
        started, computed = time.perf_counter(), time.thread_time()
        do(question)
        ended = time.perf_counter() - started
        took.append((ended * 1000, (time.thread_time() - computed) * 1000))
    return took


def _settings(work: Path) -> Settings:
    return Settings(data=work / "data", index=work / "index")


def _tell() -> Progress:
    started = time.perf_counter()
    told = [started]

    def tell(done: int, total: int) -> None:
        now = time.perf_counter()
        if now - told[0] > 30:
            told[0] = now
            sys.stderr.write(f"  {done} of {total} after {now - started:.0f} s\n")

    return tell


def _memory(pid: int | None) -> tuple[float, float]:
    """Return a process's private and mapped memory, in megabytes."""
    found = {"RssAnon": 0.0, "RssFile": 0.0}
    for line in Path(f"/proc/{pid or 'self'}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in found:
            found[name] = float(value.split()[0]) / 1e3
    return found["RssAnon"], found["RssFile"]


def run_apart(
    what: str, work: Path, files: Sequence[Path], segmented: int
) -> tuple[dict[str, Any], list[float]]:
    """Build or ask in a process of its own; return its figures, and the most memory it had."""
    command = [sys.executable, __file__, *map(str, files), "--work", str(work), "--part", what]
    command += ["--segmented", str(segmented)]
    peak = [0.0, 0.0]
    with Popen(command, stdout=PIPE, text=True) as process:
        while process.poll() is None:
            try:
                now = _memory(process.pid)
            except (OSError, ValueError):
                break
            peak = [max(one, other) for one, other in zip(peak, now, strict=True)]
            time.sleep(0.2)
        assert process.stdout
        told = process.stdout.read()
    assert process.returncode == 0, f"{what} failed in {work}"
    return json.loads(told), peak


def measure(
    size: int, work: Path, files: Sequence[Path], variations: Variations, segmented: int
) -> Run:
    """Write reports, build, open, ask."""
    own = work / str(size)
    (own / "data").mkdir(parents=True)
    for number in range(1, size // _PER_REPORT + 1):
        variations.write_report(own / "data", number, _PER_REPORT)
    built, peak = run_apart("build", own, files, segmented)
    asked, _ = run_apart("ask", own, files, segmented)
    memory = {"build_private_mb": peak[0], "build_mapped_mb": peak[1]}
    found = {**built, **memory, **asked}
    kept = {one.name: found.get(one.name) for one in fields(Run)}
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in kept.items()}
    return Run(**{**rounded, "paragraphs": size})


def exponent(runs: Sequence[Run], name: str) -> float:
    """Fit how a figure grows: the slope of its logarithm against that of the paragraphs."""
    values = np.array([(one.paragraphs, getattr(one, name)) for one in runs], float)
    x, y = np.log(values).T
    return float(np.polyfit(x, y, 1)[0])


_GROWING = ("build_cpu_s", "open_s", "cpu_p50_ms", "cpu_p95_ms", "private_mb", "disk_mb")


def table(runs: Sequence[Run]) -> str:
    """Write the runs as a table in Markdown, with the exponents of growth."""
    lines = [
        "| paragraphs | vectors | search | build (cpu) | build memory | disk | open "
        "| p50 (cpu) | p95 (cpu) | p99 | private | mapped | recall@100 |",
        "|---" * 13 + "|",
    ]
    for one in runs:
        lines.append(
            f"| {one.paragraphs:,} | {one.vectors:,} | {one.index} | {one.build_s:,.0f} s "
            f"({one.build_cpu_s:,.0f}) | {one.build_private_mb:,.0f} MB | "
            f"{one.disk_mb:,.0f} MB | {one.open_s:.2f} s | {one.p50_ms:.0f} ms "
            f"({one.cpu_p50_ms:.0f}) | {one.p95_ms:.0f} ms ({one.cpu_p95_ms:.0f}) | "
            f"{one.p99_ms:.0f} ms | {one.private_mb:,.0f} MB | "
            f"{one.mapped_mb:,.0f} MB | {one.recall:.4f} |"
        )
    lines += ["", "| paragraphs | askers | p50 | p95 | questions/s |", "|---" * 5 + "|"]
    for one in runs:
        for count, (p50, p95, rate) in one.askers.items():
            lines.append(f"| {one.paragraphs:,} | {count} | {p50} ms | {p95} ms | {rate} |")
    if len(runs) > 1:
        grown = ", ".join(f"{name} {exponent(runs, name):.2f}" for name in _GROWING)
        lines += ["", f"Exponents of growth: {grown}."]
    return "\n".join(lines)


def draw(runs: Sequence[Run], file: Path) -> None:
    """Draw seconds and milliseconds against paragraphs."""
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 4), layout="constrained")
    sizes = [one.paragraphs for one in runs]
    for name, label, colour in (
        ("build_cpu_s", "building, core time", "#8a3b12"),
        ("open_s", "opening", "#1c4f8f"),
    ):
        grown = f", exponent {exponent(runs, name):.2f}" if len(runs) > 1 else ""
        left.plot(sizes, [getattr(one, name) for one in runs], "-o", color=colour,
                  label=label + grown)  # fmt: skip
    for name, label, style in (
        ("p50_ms", "question, p50", "-o"),
        ("p95_ms", "question, p95", "-o"),
        ("cpu_p50_ms", "p50, core time", "--s"),
        ("cpu_p95_ms", "p95, core time", "--s"),
    ):
        colour = "#4a7a3a" if "p50" in name else "#8a3b12"
        right.plot(sizes, [getattr(one, name) for one in runs], style, color=colour, label=label)
    for axes, label in ((left, "seconds"), (right, "milliseconds")):
        axes.set(xscale="log", yscale="log", xlabel="paragraphs", ylabel=label)
        axes.grid(True, which="major", alpha=0.3)
        axes.legend(frameon=False, fontsize=8)
    figure.savefig(file, metadata={"Date": None})


def measure_all(given: argparse.Namespace, work: Path) -> list[Run]:
    """Measure each size, and remove what it wrote."""
    import shutil

    passages = [text for file in given.files for text in read_squad(file)[0]]
    if not (work / "likeness.npz").exists():
        learn_likeness(passages, work / "likeness.npz")
    variations = Variations(passages)
    runs = []
    for size in given.sizes:
        runs.append(measure(size, work, given.files, variations, given.segmented))
        shutil.rmtree(work / str(size))
        sys.stderr.write(json.dumps(asdict(runs[-1])) + "\n")
        if given.json:
            told = json.dumps([asdict(one) for one in runs], indent=1)
            given.json.write_text(told + "\n", "utf-8")
    return runs


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, help="passages and questions")
    parser.add_argument("--sizes", nargs="+", type=int, default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--segmented", type=int, default=10_000, help="up to here jieba segments")
    parser.add_argument("--work", type=Path, help="a folder with room; a temporary one else")
    parser.add_argument("--picture", type=Path, help="write a picture, .svg or .png")
    parser.add_argument("--json", type=Path, help="write the figures as JSON")
    parser.add_argument("--part", choices=["build", "ask"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        asked = [q.text for file in given.files for q in read_squad(file)[1] if q.text.strip()]
        step = len(asked) // (_QUESTIONS + 50)
        questions = asked[::step][: _QUESTIONS + 50]
        if given.part == "build":
            is_segmented = int(given.work.name) <= given.segmented
            print(json.dumps(build(given.work, questions[:_QUESTIONS], is_segmented)))
        else:
            print(json.dumps(ask(given.work, questions)))
        return
    with TemporaryDirectory(prefix="duanci-scale-") as folder:
        work = given.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        runs = measure_all(given, work)
    print(table(runs))
    if given.picture:
        draw(runs, given.picture)


if __name__ == "__main__":
    main()
