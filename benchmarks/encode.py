"""Compare the runtimes of the same weights: passages a second, one question, share of the peak.

    .venv/bin/python benchmarks/encode.py SET.json [--passages 64] [--questions 100] [--rounds 3]
        [--cores 2] [--clock wall|processor] [--picture FILE.svg] [--json FILE]

Each runtime is a process of its own (`contenders/runtime.py`); they take turns, and the quickest of
the rounds counts. The peak is what a matrix product of the model's own shapes reaches on the same
cores in the same run; the work is counted from the model's shapes and the texts' real tokens,
padding left out. The lowest cosine is that with PyTorch's fp32, over all passages and questions;
hit@1 is that of the dense vectors alone, among these passages. Passages longer than the model takes
are left out, as some runtimes cut them off and ours reads on. Linux only.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from duanci.config import load_settings
from duanci.evaluate import Question, read_squad
from duanci.weights import find_encoder
from environments import CACHE, python_of
from machine import CLOCKS, Watch, describe, keep_to, wait_for_calm
from peers import model_for

HERE = Path(__file__).parent / "contenders"
_PEAK_TOKENS = 2048  # rows of the product that tells the peak
_RIGHT = 0.99  # a lower cosine is not another rounding but another result
_LIMIT = 512  # tokens that the model takes
_PROMPTS = ("query: ", "passage: ")
LABELS = {
    "torch": "sentence-transformers, PyTorch fp32",
    "torch-bf16": "sentence-transformers, PyTorch bf16",
    "openvino-backend": "sentence-transformers, OpenVINO backend",
    "onnx": "ONNX Runtime fp32",
    "default": "duanci's default",
}


class Runtime:
    """The process of a runtime."""

    def __init__(self, name: str) -> None:
        foreign = {"onnx": "requirements", "openvino-backend": "requirements-openvino"}
        python = python_of(HERE / f"{foreign[name]}.txt") if name in foreign else sys.executable
        self._process = subprocess.Popen(
            [python, str(HERE / "runtime.py"), name, folder_for(name)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=os.environ | {"HF_HUB_OFFLINE": "1"},
        )

    def __enter__(self) -> "Runtime":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)

    def do(self, **command: Any) -> dict[str, Any]:
        """Give a command and wait for the reply.

        :raises RuntimeError: the process ended instead.
        """
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"it ended with {self._process.wait()}")
        reply: dict[str, Any] = json.loads(line)
        return reply


def folder_for(name: str) -> str:
    """Return the weights' folder for a runtime, exported first where that is needed."""
    if name == "openvino-backend":
        return model_for("openvino")
    found = find_encoder(load_settings())
    if name != "onnx":
        return str(found.folder)
    target = CACHE / f"{found.name}-onnx-{found.fingerprint}"
    if not target.exists():
        sys.stderr.write(f"exporting {found.name} for ONNX Runtime into {target} (once)\n")
        export = [python_of(HERE / "requirements.txt"), str(HERE / "export_onnx.py")]
        subprocess.run(
            [*export, str(found.folder), str(target)],
            check=True,
            stdout=sys.stderr,
            stderr=subprocess.DEVNULL,
        )
    return str(target)


def shapes_of(config: dict[str, Any]) -> list[tuple[int, int]]:
    """Return the shapes of a layer's matrices, (in, out)."""
    width, inner = int(config["hidden_size"]), int(config["intermediate_size"])
    return [(width, width)] * 4 + [(width, inner), (inner, width)]


def flops(config: dict[str, Any], tokens: Sequence[int]) -> float:
    """Count the floating-point operations of a pass over texts of so many tokens.

    Two for each weight of a layer's matrices and token, and 4 t² d for attention's two products.
    """
    dense = sum(2 * a * b for a, b in shapes_of(config))
    width, layers = int(config["hidden_size"]), int(config["num_hidden_layers"])
    return float(layers * sum(dense * t + 4 * t * t * width for t in tokens))


def count_tokens(passages: Sequence[str]) -> list[int]:
    """Return how many tokens each passage has, with its prompt and the special ones."""
    tokenizer = Tokenizer.from_file(str(Path(folder_for("torch")) / "tokenizer.json"))
    return [len(tokenizer.encode(_PROMPTS[1] + text).ids) for text in passages]


def measure(
    names: Sequence[str], passages: list[str], questions: list[str], given: Any
) -> dict[str, dict[str, Any]]:
    """Let the runtimes take turns; return for each its times, its vectors and the peak seen."""
    config = json.loads((Path(folder_for("torch")) / "config.json").read_text("utf-8"))
    found: dict[str, dict[str, Any]] = {name: {"passages": [], "questions": []} for name in names}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="duanci-encode-")))
        open_ones = {name: stack.enter_context(Runtime(name)) for name in names}
        for turn in range(given.rounds):
            wait_for_calm(given.patience)
            for name in names if turn % 2 == 0 else list(reversed(names)):
                own, runtime = found[name], open_ones[name]
                if "failed" in own:
                    continue
                file = str(folder / f"{name}.npy")
                common = {"file": file, "clock": given.clock}
                try:
                    told = runtime.do(texts=passages, prompt=_PROMPTS[1], **common)
                    own["passages"].append(told["seconds"])
                    vectors = np.load(file)
                    told = runtime.do(texts=questions, prompt=_PROMPTS[0], single=True, **common)
                    own["questions"].append(told["seconds"])
                    own["vectors"] = (vectors, np.load(file))
                    if name == "torch":
                        told = runtime.do(peak=_PEAK_TOKENS, shapes=shapes_of(config), **common)
                        own["peak"] = max(told["flops"], own.get("peak", 0.0))
                except RuntimeError as exc:
                    own["failed"] = str(exc)
                sys.stderr.write(f"round {turn + 1}: {name} {own.get('failed', 'done')}\n")
    return found


def summarise(
    found: dict[str, dict[str, Any]], passages: list[str], questions: Sequence[Question]
) -> dict[str, dict[str, float]]:
    """Join the rounds of each runtime into its figures."""
    folder = Path(folder_for("torch"))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    tokens = count_tokens(passages)
    gold = np.array([int(question.gold[0]) - 1 for question in questions])
    summary = {}
    for name, own in found.items():
        if "failed" in own:
            continue
        seconds = min(sum(one) for one in own["passages"])
        single = np.min(own["questions"], axis=0)
        of_passages, of_questions = own["vectors"]
        pairs = zip(own["vectors"], found["torch"]["vectors"], strict=True)
        summary[name] = {
            "passages_per_second": len(passages) / seconds,
            "tokens_per_second": sum(tokens) / seconds,
            "share_of_peak": flops(config, tokens) / seconds / found["torch"]["peak"],
            "question_ms": float(np.median(single)) * 1000,
            "lowest_cosine": min(float((one * two).sum(axis=1).min()) for one, two in pairs),
            "hit_at_1": float(((of_questions @ of_passages.T).argmax(axis=1) == gold).mean()),
        }
    return summary


def draw(summary: dict[str, dict[str, float]], peak: float, file: Path) -> None:
    """Draw what each runtime reaches of the peak, and how long a question takes."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(8.4, 2.6), layout="constrained", sharey=True)
    labels = [LABELS[name] for name in summary]
    colours = ["#8a3b12" if name == "default" else "#9db4c8" for name in summary]
    shares = [100 * one["share_of_peak"] for one in summary.values()]
    times = [one["question_ms"] for one in summary.values()]
    titles = (f"passages: % of the peak, {peak / 1e9:.0f} GFLOP/s", "one question, ms")
    for place, values, title in zip(axes, (shares, times), titles, strict=True):
        bars = place.barh(labels, values, color=colours)
        place.bar_label(bars, fmt="%.1f" if title.endswith("ms") else "%.0f", fontsize=8, padding=2)
        place.set_title(title, fontsize=9)
        place.margins(x=0.15)
        place.tick_params(labelsize=8)
        place.spines[["top", "right"]].set_visible(False)
    axes[0].invert_yaxis()
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("set", type=Path, help="SQuAD-format questions with their passages")
    parser.add_argument("--passages", type=int, default=64, help="so many of the first")
    parser.add_argument("--questions", type=int, default=100, help="so many about them")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=LABELS, default=list(LABELS), metavar="NAME")
    parser.add_argument("--cores", type=int, default=2, help="that each may use")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="which time is told")
    parser.add_argument("--patience", type=float, default=60, help="seconds to wait for calm")
    parser.add_argument("--picture", type=Path, help="write a picture, .svg or .png")
    parser.add_argument("--json", type=Path, help="write the figures as JSON")
    given = parser.parse_args()
    keep_to(given.cores)
    passages, questions = read_squad(given.set)
    lengths = count_tokens(passages)
    kept = [at for at, tokens in enumerate(lengths) if tokens <= _LIMIT][: given.passages]
    renamed = {str(at + 1): str(place + 1) for place, at in enumerate(kept)}
    passages = [passages[at] for at in kept]
    questions = [Question(q.text, (renamed[q.gold[0]],)) for q in questions if q.gold[0] in renamed]
    questions = questions[:: max(1, len(questions) // given.questions)][: given.questions]
    names = list(dict.fromkeys(["torch", *given.only]))  # what the others are compared with
    watch, before = Watch(), sum(os.times()[:4])
    found = measure(names, passages, [q.text for q in questions], given)
    others = watch.others(sum(os.times()[:4]) - before)
    summary, peak = summarise(found, passages, questions), found["torch"]["peak"]
    print(
        f"{given.set.name}: {len(passages)} passages, {len(questions)} questions, {given.rounds} "
        f"rounds, {given.clock} time; {describe()}; peak {peak / 1e9:.0f} GFLOP/s; "
        f"others took {others:.0%}\n\n"
        "| | passages/s | tokens/s | of the peak | one question, ms | lowest cosine | hit@1 |\n"
        "|---|---|---|---|---|---|---|"
    )
    for name in names:
        if name not in summary:
            print(f"| {LABELS[name]} | could not run: {found[name]['failed']} |")
            continue
        one = summary[name]
        wrong = ", **wrong vectors**" if one["lowest_cosine"] < _RIGHT else ""
        print(
            f"| {LABELS[name]} | {one['passages_per_second']:.1f} | {one['tokens_per_second']:.0f} "
            f"| {one['share_of_peak']:.0%} | {one['question_ms']:.1f} "
            f"| {one['lowest_cosine']:.5f}{wrong} | {one['hit_at_1']:.3f} |"
        )
    if given.json:
        told = {"machine": describe(), "peak": peak, "others": others, "found": summary}
        given.json.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    if given.picture:
        draw(summary, peak, given.picture)


if __name__ == "__main__":
    main()
