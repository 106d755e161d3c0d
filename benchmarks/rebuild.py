"""Measure how the cost of rebuilding grows: full, one paragraph edited, nothing changed.

    .venv/bin/python benchmarks/rebuild.py [--sizes 10 100] [--stand-in 1000] [--picture FILE.svg]
    .venv/bin/python benchmarks/rebuild.py --data data --times 7

Sizes are numbers of synthetic reports of 100 paragraphs (see `synthetic.py`). Those of `--sizes`
are indexed by the real command with the default encoder; those of `--stand-in` by a stand-in that
gives each character pair a random vector of the same dimension, since embedding 100,000 paragraphs
takes hours on two cores. Those of `--running` are indexed in this process, where the encoder is
loaded already, as in a running chat. The stand-in's times are those of everything but the encoder.
The reports of `--data` are copied, and each rebuild of them is timed several times, one kind after
the other; told is the median.
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from duanci.library import read_library
from synthetic import write_reports

HERE = Path(__file__).parent
_REAL = [sys.executable, "-c", "from duanci.cli import main; main()"]
_STAND_IN = [sys.executable, str(HERE / "stand_in.py")]


@dataclass(frozen=True, slots=True)
class Run:
    """What one rebuild took: seconds, peak resident memory and the build's disk in megabytes.

    `processor_seconds` are those of all threads; they vary less where others use the machine.
    """

    reports: int
    encoder: str
    what: str
    seconds: float
    processor_seconds: float
    memory_mb: float
    disk_mb: float
    told: str


def run(reports: int, encoder: str, what: str, data: Path, index: Path) -> Run:
    """Rebuild in a process of its own."""
    command = _REAL if encoder == "default" else _STAND_IN
    arguments = [*command, "--data", str(data), "--index", str(index), "index"]
    out = index.parent / "told.txt"
    started = time.perf_counter()
    child = os.posix_spawn(
        arguments[0],
        arguments,
        dict(os.environ),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, str(out), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        ],
    )
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - started
    told = out.read_text("utf-8").strip().splitlines()[-1:]
    assert os.waitstatus_to_exitcode(status) == 0, told
    build = index / "builds" / (index / "CURRENT").read_text().strip()
    disk = sum(path.stat().st_size for path in build.rglob("*") if path.is_file())
    busy = round(usage.ru_utime + usage.ru_stime, 2)
    memory = usage.ru_maxrss / 1e3
    return Run(reports, encoder, what, round(seconds, 2), busy, memory, disk / 1e6, told[0])


def edit(data: Path) -> None:
    """Edit one paragraph in the middle of the first report."""
    report = read_library(data)[0].report
    path, paragraph = Path(report.file), report.paragraphs[len(report.paragraphs) // 2]
    lines = path.read_text("utf-8").splitlines()
    lines[paragraph.line - 1] += "经过修改。"
    path.write_text("\n".join(lines) + "\n", "utf-8")


def measure(reports: int, encoder: str) -> list[Run]:
    """Build, edit and build, build again."""
    with TemporaryDirectory(prefix="duanci-rebuild-") as folder:
        data, index = Path(folder) / "data", Path(folder) / "index"
        write_reports(data, reports)
        found = [run(reports, encoder, "full", data, index)]
        edit(data)
        found.append(run(reports, encoder, "one paragraph", data, index))
        found.append(run(reports, encoder, "no change", data, index))
    return found


def measure_own(data: Path, times: int) -> None:
    """Rebuild a copy of some reports each way several times; print the medians."""
    found: dict[str, list[float]] = {"full": [], "one paragraph": [], "no change": []}
    with TemporaryDirectory(prefix="duanci-rebuild-") as folder:
        copy, index = Path(folder) / "data", Path(folder) / "index"
        shutil.copytree(data, copy)
        for _ in range(times):
            shutil.rmtree(index, ignore_errors=True)
            for what, seconds in found.items():
                if what == "one paragraph":
                    edit(copy)
                seconds.append(run(0, "default", what, copy, index).seconds)
            shutil.copytree(data, copy, dirs_exist_ok=True)
    full = median(found["full"])
    for what, seconds in found.items():
        print(
            f"{what:14}{median(seconds):6.2f} s, {median(seconds) / full:.3f} of full "
            f"({min(seconds):.2f} to {max(seconds):.2f} s, {times} times)"
        )


def measure_running(reports: int) -> list[Run]:
    """Build, edit and build in this process, as a running chat does: everything is loaded."""
    from duanci.assistant import Assistant, rebuild
    from duanci.config import Settings
    from duanci.encoder import open_encoder

    found = []
    with TemporaryDirectory(prefix="duanci-rebuild-") as folder:
        settings = Settings(data=Path(folder) / "data", index=Path(folder) / "index")
        write_reports(settings.data, reports)
        encoder = open_encoder(settings)
        for what in ("full", "one paragraph", "no change"):
            started, worked = time.perf_counter(), time.process_time()
            rebuilt = rebuild(settings, encoder)
            seconds = round(time.perf_counter() - started, 2)
            busy = round(time.process_time() - worked, 2)
            told = f"{rebuilt.embedded} pieces embedded"
            found.append(Run(reports, "running", what, seconds, busy, 0, 0, told))
            if what == "full":
                Assistant.open_with(settings, encoder)
                edit(settings.data)
    return found


def draw(runs: Sequence[Run], file: Path) -> None:
    """Draw seconds against paragraphs, one line for each kind of rebuild."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 4.2), layout="constrained")
    styles = {"default": "-o", "stand-in": "--s"}
    colours = {"full": "#8a3b12", "one paragraph": "#1c4f8f", "no change": "#4a7a3a"}
    for (encoder, what), own in _lines(runs).items():
        axes.plot(
            [one.reports * 100 for one in own],
            [one.seconds for one in own],
            styles[encoder],
            color=colours[what],
            label=f"{what}, {encoder} encoder",
        )
    axes.set(xscale="log", yscale="log", xlabel="paragraphs", ylabel="seconds")
    axes.grid(True, which="major", alpha=0.3)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(file, metadata={"Date": None})


def _lines(runs: Sequence[Run]) -> dict[tuple[str, str], list[Run]]:
    lines: dict[tuple[str, str], list[Run]] = {}
    for one in runs:
        lines.setdefault((one.encoder, one.what), []).append(one)
    return lines


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", nargs="*", type=int, default=[10, 100])
    parser.add_argument("--stand-in", nargs="*", type=int, default=[10, 100, 1000])
    parser.add_argument("--running", nargs="*", type=int, default=[], help="in this process")
    parser.add_argument("--data", type=Path, help="reports to rebuild, instead of synthetic ones")
    parser.add_argument("--times", type=int, default=7, help="how often those of --data")
    parser.add_argument("--picture", type=Path, help="write a picture, .svg or .png")
    parser.add_argument("--json", type=Path, help="write the figures as JSON")
    given = parser.parse_args()
    if given.data:
        measure_own(given.data, given.times)
        return
    runs: list[Run] = []
    kinds = (("default", given.sizes), ("stand-in", given.stand_in), ("running", given.running))
    for encoder, sizes in kinds:
        for reports in sizes:
            running = encoder == "running"
            for one in measure_running(reports) if running else measure(reports, encoder):
                runs.append(one)
                print(
                    f"{one.reports * 100:7} paragraphs, {one.encoder:8} {one.what:14}"
                    f"{one.seconds:8.1f} s {one.processor_seconds:7.1f} s busy "
                    f"{one.memory_mb:7.0f} MB resident "
                    f"{one.disk_mb:7.0f} MB on disk   {one.told}",
                    flush=True,
                )
    if given.json:
        given.json.write_text(json.dumps([asdict(one) for one in runs], indent=1) + "\n", "utf-8")
    if given.picture:
        draw([one for one in runs if one.encoder != "running"], given.picture)


if __name__ == "__main__":
    main()
