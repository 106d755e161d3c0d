"""Measure what a newcomer waits for: indexing, asking from a shell, the chat.

    .venv/bin/python benchmarks/first_use.py [--questions tests/golden.jsonl] [--json]

Weights are unpacked beforehand. Indexing and asking run the real commands in new processes; the
chat is the real server with headless Chromium, timed from Enter to the answer on the page.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from duanci.assistant import Assistant
from duanci.config import load_settings
from duanci.weights import model_folder

ROOT = Path(__file__).parents[1]
DUANCI = str(Path(sys.executable).with_name("duanci"))
ASKED = 40
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def main() -> None:
    """Measure, and print a table or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=Path, default=ROOT / "tests" / "golden.jsonl")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    model_folder(load_settings().cache, lambda line: None)
    questions = read_questions(given.questions)
    with tempfile.TemporaryDirectory(prefix="duanci-first-use-") as folder:
        environment = os.environ | {"DUANCI_INDEX": folder, "DUANCI_DATA": str(ROOT / "data")}
        figures = {
            "index_seconds": timed([DUANCI, "index"], environment),
            "ask_seconds": timed([DUANCI, "ask", questions[0]], environment),
            "show_seconds": timed([DUANCI, "show", "25"], environment),
            **measure_questions(questions, Path(folder)),
            **measure_chat(questions, environment),
        }
    if given.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name:24} {value:8.2f}")


def read_questions(file: Path) -> list[str]:
    """Read the questions of a set that stand alone, spread over it."""
    records = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    alone = [record["q"] for record in records if "q" in record]
    return alone[:: max(1, len(alone) // ASKED)][:ASKED]


def timed(command: list[str], environment: dict[str, str]) -> float:
    """Run a command and return the seconds that it took."""
    started = time.perf_counter()
    subprocess.run(command, env=environment, check=False, capture_output=True)
    return round(time.perf_counter() - started, 2)


def measure_questions(questions: list[str], index: Path) -> dict[str, float]:
    """Ask in this process, as the running chat does, leaving the page out."""
    assistant = Assistant.open(load_settings(data=ROOT / "data", index=index))
    times = [assistant.ask(question).elapsed_ms for question in questions]
    return {
        "question_ms_p50": round(statistics.median(times), 1),
        "question_ms_p95": round(statistics.quantiles(times, n=20)[-1], 1),
    }


def measure_chat(questions: list[str], environment: dict[str, str]) -> dict[str, float]:
    """Start the server and ask it in a browser."""
    port = free_port()
    started = time.perf_counter()
    server = subprocess.Popen(
        [DUANCI, "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz")
        ready = time.perf_counter() - started
        times = ask_in_browser(f"http://127.0.0.1:{port}/", questions)
        memory = resident_megabytes(server.pid)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
    return {
        "serve_ready_seconds": round(ready, 2),
        "page_to_answer_ms_p50": round(statistics.median(times), 1),
        "page_to_answer_ms_p95": round(statistics.quantiles(times, n=20)[-1], 1),
        "server_resident_mb": round(memory, 1),
    }


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, seconds: float = 120) -> None:
    """Wait until an address answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def ask_in_browser(address: str, questions: list[str]) -> list[float]:
    """Ask in headless Chromium; return milliseconds from Enter to the answer, one a question."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#box textarea")
        times = [time_answer(page, question) for question in questions]
        browser.close()
    return times[1:]  # the first one loads what is loaded on demand


def time_answer(page: Page, question: str) -> float:
    """Ask one question; the page itself takes the time, so that the driver's is left out."""
    page.fill("#box textarea", question)
    before = page.locator(".answer, .refusal, .problem").count()
    script = """([before]) => new Promise((done, fail) => {
        setTimeout(() => fail(new Error('no answer within a minute')), 60_000);
        const started = performance.now();
        const seen = () => document.querySelectorAll('.answer, .refusal, .problem').length > before;
        const watch = new MutationObserver(() => {
            if (seen()) { watch.disconnect(); done(performance.now() - started); }
        });
        watch.observe(document.body, {childList: true, subtree: true});
        const box = document.querySelector('#box textarea');
        box.dispatchEvent(new KeyboardEvent('keypress', {key: 'Enter', bubbles: true}));
    })"""
    value: Any = page.evaluate(script, [before])
    return float(value)


def resident_megabytes(process: int) -> float:
    """Return a process's resident memory, where the system tells it."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return float("nan")
    line = next(row for row in status.read_text().splitlines() if row.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
