"""Kill rebuilds at random moments and see that a build that answers is always left.

    .venv/bin/python benchmarks/kill.py [--times 200] [--seed 7]

Each time all paragraphs of a small report are edited, a process rebuilds, and is killed with
SIGKILL at a random moment of the time that a rebuild takes. Then the build in force is opened and
asked: it must be whole and of one version, and every quotation must stand in it. At the end one
rebuild must take the last edit in and leave nothing behind. The encoder counts characters, so that
nearly all of the time goes into the files.
"""

import argparse
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from duanci.assistant import Assistant
from duanci.config import Settings
from versions import TESTS, WordEncoder, write_version

_REBUILD = """
import sys
from pathlib import Path
from conftest import WordEncoder
from duanci.assistant import rebuild
from duanci.config import Settings
from duanci.segment import words
import bm25s, duanci.renewal
words("一切就绪")
print("ready", flush=True)
sys.stdin.readline()
rebuild(Settings(data=Path(sys.argv[1]), index=Path(sys.argv[2])), WordEncoder())
"""


def start_rebuild(settings: Settings) -> "subprocess.Popen[bytes]":
    """Start a process that rebuilds, and wait until it has loaded what it needs."""
    process = subprocess.Popen(
        [sys.executable, "-c", _REBUILD, str(settings.data), str(settings.index)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=TESTS,
    )
    assert process.stdin and process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.stdin.write(b"\n")
    process.stdin.flush()
    return process


def versions_in(texts: list[str]) -> set[str]:
    """Return the versions that texts say they are of."""
    return {text[1:5] for text in texts}


def check(assistant: Assistant) -> str:
    """Ask the build in force; return its version.

    :raises AssertionError: it is not whole, or mixes versions.
    """
    index = assistant.index
    assert not index.notice, index.notice
    whole = versions_in([p.text for p in index.paragraphs])
    quoted = [
        quote
        for question in ("第1至3段", "附件一第1段", "蜂箱检查", "蜂蜜的价格")
        for citation in assistant.ask(question).citations
        for quote in citation.quotes
    ]
    said = {p.text for p in index.paragraphs}
    assert quoted and all(any(quote in text for text in said) for quote in quoted)
    assert len(whole) == 1, f"versions {sorted(whole)} in one build"
    return whole.pop()


def main() -> None:
    """Kill, check, count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=200, help="how many rebuilds are killed")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    with TemporaryDirectory(prefix="duanci-kill-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        settings = Settings(data=folder / "data", index=folder / "index", refusal_threshold=0.0)
        encoder = WordEncoder()
        write_version(settings.data / "bees.md", 0)
        with start_rebuild(settings) as process:
            started = time.perf_counter()
            assert process.wait() == 0
        whole = time.perf_counter() - started
        finished = 0
        for version in tqdm(range(1, given.times + 1), unit=" kills"):
            write_version(settings.data / "bees.md", version)
            with start_rebuild(settings) as process:
                time.sleep(rng.uniform(0, 1.1) * whole)
                process.send_signal(signal.SIGKILL)
                process.wait()
            finished += check(Assistant.open_with(settings, encoder)) == f"{version:04}"
        with start_rebuild(settings) as process:
            assert process.wait() == 0
        last = check(Assistant.open_with(settings, encoder))
        assert last == f"{given.times:04}", f"version {last} after the last rebuild"
        left = [path.name for path in (settings.index / "builds").glob(".*")]
        assert not left, f"left behind: {left}"
    print(f"a rebuild takes {whole:.2f} s; {given.times} killed, {finished} after the swap")
    print(f"{given.times} of {given.times} times a whole build answered, of one version")


if __name__ == "__main__":
    main()
