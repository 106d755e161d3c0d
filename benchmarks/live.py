"""Ask a running server from eight clients while the index is rebuilt twenty times.

    .venv/bin/python benchmarks/live.py [--rebuilds 20] [--clients 8]

The server is the real one with the default encoder, asked over HTTP; every rebuild is a `duanci
index` of its own, after an edit that writes the version into each paragraph. No answer may fail,
and what it quotes must be of one version, that of the build it names.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from first_use import free_port
from versions import write_version

_DUANCI = str(Path(sys.executable).with_name("duanci"))
_QUESTIONS = ("第1至3段", "蜂蜜的价格上涨了多少？", "附件一第1段", "乌兰巴托的合作社有多少蜂箱？")
_PAUSE_S = 0.9  # between two questions of a client: the server lets each address ask so often


def ask(url: str, question: str) -> dict[str, object]:
    """Ask over HTTP, as curl does."""
    call = f"{url}gradio_api/call/v2/ask"
    event = httpx.post(call, json={"question": question}, timeout=30).json()["event_id"]
    told = httpx.get(f"{call.replace('/v2', '')}/{event}", timeout=30).text
    assert told.startswith("event: complete"), told
    answer: dict[str, object] = json.loads(told.split("data: ", 1)[1])[0]
    return answer


class Client(threading.Thread):
    """Asks until it is told to stop, and notes what went wrong."""

    def __init__(self, url: str, at: int) -> None:
        super().__init__()
        self.url, self.at = url, at
        self.stop = threading.Event()
        self.wrong: list[str] = []
        self.asked: list[tuple[str, set[str]]] = []  # the build, and the versions quoted

    def run(self) -> None:
        """Ask one question after the other."""
        while not self.stop.wait(_PAUSE_S):
            question = _QUESTIONS[(len(self.asked) + self.at) % len(_QUESTIONS)]
            try:
                answer = ask(self.url, question)
            except Exception as exc:
                self.wrong.append(f"{type(exc).__name__}: {exc}")
                continue
            cited = [*answer["citations"], *answer["nearest"]]  # type: ignore[misc]
            quotes = [quote for citation in cited for quote in citation["quotes"]]
            versions = {q[1:5] for q in quotes if q.startswith("第0")}
            self.asked.append((str(answer["build"]), versions))


def main() -> None:
    """Serve, ask, rebuild, check."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rebuilds", type=int, default=20)
    parser.add_argument("--clients", type=int, default=8)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="duanci-live-") as name:
        folder = Path(name)
        report = folder / "data" / "bees.md"
        report.parent.mkdir()
        where = {"DUANCI_DATA": str(report.parent), "DUANCI_INDEX": str(folder / "index")}
        environment = os.environ | where
        built: dict[str, str] = {}

        def rebuild(version: int) -> None:
            write_version(report, version)
            subprocess.run([_DUANCI, "index"], env=environment, check=True, capture_output=True)
            built[(folder / "index" / "CURRENT").read_text().strip()] = f"{version:04}"

        rebuild(0)
        command = [_DUANCI, "serve", "--port", str(free_port())]
        server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout
            url = server.stdout.readline().split()[-1]
            clients = [Client(url, at) for at in range(given.clients)]
            for client in clients:
                client.start()
            for version in range(1, given.rebuilds + 1):
                rebuild(version)
                time.sleep(0.5)
            for client in clients:
                client.stop.set()
                client.join()
        finally:
            server.terminate()
            server.wait()
    asked = [one for client in clients for one in client.asked]
    wrong = [line for client in clients for line in client.wrong]
    mixed = [(b, versions) for b, versions in asked if versions - {built.get(b, "unknown build")}]
    print(f"{len(asked)} answers from {len({b for b, _ in asked})} builds, {len(wrong)} errors, "
          f"{len(mixed)} that quote another version than that of their build")  # fmt: skip
    for line, count in Counter(wrong).most_common(5):
        print(f"  {count} × {line}")
    sys.exit(1 if wrong or mixed else 0)


if __name__ == "__main__":
    main()
