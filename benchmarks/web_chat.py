"""Measure the web chat: the first load, Enter to answer, many people at once, a long report.

    .venv/bin/python benchmarks/web_chat.py [--people 16] [--minutes 5] [--paragraphs 2000]

The server is the real one on the shipped report, indexed anew; the browser is headless Chromium.
The people ask over HTTP what the page asks, one question after the other without a pause, and look
how the build fares as often as the page does; each begins a new conversation after 20 questions.
The long report has its words at random and an encoder that stands in: how the page shows it is
measured, not what is found.
"""

import argparse
import asyncio
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

from duanci.assistant import Assistant, rebuild
from duanci.config import Settings
from duanci.server import serve
from first_use import (
    DUANCI,
    FLAGS,
    ROOT,
    ask_in_browser,
    free_port,
    read_questions,
    resident_megabytes,
    wait_for,
)
from stand_in import StandIn
from synthetic import write_reports

_CONVERSATION = 20  # questions
_LOOK_S = 5.0  # between two looks of a page
_WARM_UP = 0.2  # the share of the time after which memory should not grow any more
_CALL = "gradio_api/run/predict"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--paragraphs", type=int, default=2000)
    given = parser.parse_args()
    questions = read_questions(ROOT / "tests" / "golden.jsonl")
    with tempfile.TemporaryDirectory(prefix="duanci-web-") as folder:
        figures = measure_server(questions, Path(folder), given.people, given.minutes * 60)
        figures |= measure_long_report(Path(folder) / "long", given.paragraphs)
    for name, value in figures.items():
        print(f"{name:36} {value}")


def measure_server(
    questions: list[str], index: Path, people: int, seconds: float
) -> dict[str, float]:
    """Serve the shipped report; load its page, ask in it, then ask as many people."""
    environment = os.environ | {"DUANCI_INDEX": str(index), "DUANCI_DATA": str(ROOT / "data")}
    subprocess.run([DUANCI, "index"], env=environment, check=True, capture_output=True)
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    server = subprocess.Popen(
        [DUANCI, "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(f"{url}healthz")
        first = load_in_browser(url, "zh-CN")
        english = load_in_browser(url, "en-US")
        times = ask_in_browser(url, questions)
        memory: list[float] = []
        asked = asyncio.run(ask_as_many(url, questions, people, seconds, server.pid, memory))
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
    waits = [wait for wait, _ in asked]
    wrong = Counter(error for _, error in asked if error)
    settled = memory[int(len(memory) * _WARM_UP) :]
    for error, count in wrong.most_common(5):
        print(f"  {count} × {error}")
    return {
        "first_load_seconds": round(first, 2),
        "english_load_seconds": round(english, 2),
        "enter_to_answer_ms_p50": round(statistics.median(times), 1),
        "people": people,
        "people_answers": len(asked),
        "people_errors": sum(wrong.values()),
        "people_wait_ms_p50": round(statistics.median(waits) * 1000),
        "people_wait_ms_p95": round(statistics.quantiles(waits, n=20)[-1] * 1000),
        "resident_mb_after_warm_up": round(settled[0]),
        "resident_mb_at_the_end": round(settled[-1]),
        "resident_change_percent": round((max(settled) / settled[0] - 1) * 100, 1),
    }


def load_in_browser(url: str, locale: str) -> float:
    """Load the page in a new browser; return seconds until box and report are there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(locale=locale)
        seconds = _time_load(page, url)
        browser.close()
    return seconds


def _time_load(page: Page, url: str) -> float:
    started = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator("#box textarea").wait_for(state="visible")
    page.locator("#panel .paragraph").first.wait_for(state="visible")
    page.locator("#masthead .masthead").wait_for(state="visible")
    return time.perf_counter() - started


async def ask_as_many(
    url: str, questions: list[str], people: int, seconds: float, process: int, memory: list[float]
) -> list[tuple[float, str]]:
    """Ask as many people at once.

    :param process: the server's, whose resident megabytes are noted in `memory` every second.
    :return: for each question the seconds waited, and what went wrong, or "".
    """
    end = time.monotonic() + seconds
    asked: list[tuple[float, str]] = []
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        config = (await client.get("config")).json()

        async def watch() -> None:
            while time.monotonic() < end:
                memory.append(resident_megabytes(process))
                await asyncio.sleep(1)

        everybody = (_Person(client, config, at, asked, end) for at in range(people))
        await asyncio.gather(watch(), *(one.ask_on(questions) for one in everybody))
    return asked


class _Person:
    """Asks one question after the other, as a page does."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        config: dict[str, Any],
        at: int,
        asked: list[tuple[float, str]],
        end: float,
    ) -> None:
        self._client, self._at, self._asked, self._end = client, at, asked, end
        names = {c["id"]: c["props"].get("elem_id") for c in config["components"]}
        events = config["dependencies"]
        kinds = {
            target[1]: event["id"] for event in reversed(events) for target in event["targets"]
        }
        places = {event["id"]: [names[id_] for id_ in event["outputs"]] for event in events}
        self._token = places[kinds["load"]].index("token")
        self._chat = places[kinds["submit"]].index("chat")
        self._load, self._submit, self._tick = (kinds[k] for k in ("load", "submit", "tick"))

    async def ask_on(self, questions: list[str]) -> None:
        own = islice(cycle(questions), self._at, None)
        page = 0
        while time.monotonic() < self._end:
            session, page = f"person-{self._at}-{page}", page + 1
            token = (await self._call(session, self._load, []))[self._token]
            looked = time.monotonic()
            for question in islice(own, _CONVERSATION):
                await self._ask(session, token, question)
                if time.monotonic() > looked + _LOOK_S:
                    await self._call(session, self._tick, [token])
                    looked = time.monotonic()
                if time.monotonic() > self._end:
                    break

    async def _ask(self, session: str, token: str, question: str) -> None:
        started = time.perf_counter()
        try:
            shown = await self._call(session, self._submit, [token, question])
            error = "" if shown[self._chat] else f"no answer: {shown}"
        except Exception as exc:
            error = f"{type(exc).__name__}: {exc}"
        self._asked.append((time.perf_counter() - started, error[:300]))

    async def _call(self, session: str, event: int, data: list[Any]) -> list[Any]:
        call = {"data": data, "fn_index": event, "session_hash": session}
        answer = await self._client.post(_CALL, json=call)
        answer.raise_for_status()
        shown: list[Any] = answer.json()["data"]
        return shown


def measure_long_report(folder: Path, paragraphs: int) -> dict[str, float]:
    """Load the page with a long report, go to its end, scroll through it, choose another."""
    write_reports(folder / "data", 2, paragraphs)
    rebuild(_settings(folder), StandIn())
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    # In a process of its own: this one is busy with the browser.
    server = get_context("spawn").Process(target=_serve, args=(folder, port))
    server.start()
    try:
        wait_for(f"{url}healthz")
        with sync_playwright() as playwright:
            chromium = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            page = browser.new_page(locale="zh-CN")
            loaded = _time_load(page, url)
            last = str(paragraphs)
            opened = _time_jump(page, last, "1")
            worst = page.evaluate(_SCROLL)
            chosen = page.evaluate(_CHOOSE)
            browser.close()
    finally:
        if server.pid:
            os.kill(server.pid, signal.SIGINT)
        server.join(20)
    return {
        "long_report_paragraphs": paragraphs,
        "long_report_load_seconds": round(loaded, 2),
        "long_report_open_paragraph_ms": round(opened, 1),
        "long_report_longest_frame_ms": round(worst, 1),
        "long_report_choose_another_ms": round(chosen, 1),
    }


def _settings(folder: Path) -> Settings:
    return Settings(data=folder / "data", index=folder / "index")


def _serve(folder: Path, port: int) -> None:
    serve(Assistant.open_with(_settings(folder), StandIn()), port=port)


def _time_jump(page: Page, *ids: str) -> float:
    """Open paragraphs by their addresses; return the most milliseconds until one is painted."""
    return max(float(page.evaluate(_JUMP, id_)) for id_ in ids)


_JUMP = """id => new Promise(done => {
  const started = performance.now();
  location.hash = `#p=${id}`;
  const see = () => {
    const here = document.querySelector('#panel .paragraph.here');
    const panel = document.querySelector('#panel .reports').getBoundingClientRect();
    const box = here?.getBoundingClientRect();
    const isSeen = here?.dataset.paragraph === id && box.top >= panel.top && box.top < panel.bottom;
    if (isSeen) requestAnimationFrame(() => done(performance.now() - started));
    else requestAnimationFrame(see);
  };
  see();
})"""
_CHOOSE = """() => new Promise(done => {
  const started = performance.now();
  const list = document.querySelector('select.chooser');
  list.selectedIndex = 1;
  const symbol = decodeURIComponent(list.value);
  list.dispatchEvent(new Event('change', { bubbles: true }));
  const see = () => {
    const report = document.querySelector('#panel .report');
    const isSeen = report?.dataset.report === symbol
      && report.querySelector('.paragraph').getBoundingClientRect().height > 0;
    if (isSeen) requestAnimationFrame(() => done(performance.now() - started));
    else requestAnimationFrame(see);
  };
  see();
})"""
_SCROLL = """() => new Promise(done => {
  const panel = document.querySelector('#panel .reports');
  const step = panel.scrollHeight / 100;
  let [at, last, worst] = [0, performance.now(), 0];
  const go = now => {
    worst = Math.max(worst, now - last);
    last = now;
    if (at++ > 100) return done(worst);
    panel.scrollTop = at * step;
    requestAnimationFrame(go);
  };
  requestAnimationFrame(go);
})"""


if __name__ == "__main__":
    main()
