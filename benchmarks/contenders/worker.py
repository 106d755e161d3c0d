"""One contender in a process of its own: commands in, figures out, a JSON object a line.

    python benchmarks/contenders/worker.py NAME [--runtime torch|openvino] [--words] [--cores N]

Commands: `{"do": "load", "model"}` imports it and loads the weights; `build` (`passages`, `folder`)
indexes and stores passages, whose ids count from 1; `open` (`model`, `folder`) opens what was
stored, in a process that has loaded nothing; `rank` (`question`) answers with the ids, best first;
`memory` tells what the process holds. A reply has the wall and processor seconds that it took.
"""

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

DEPTH = 10  # how many passages are asked for

_MODULES = {
    "duanci": ("our_own", "Duanci"),
    "txtai": ("peer_txtai", "Txtai"),
    "langchain": ("peer_langchain", "LangChain"),
    "llamaindex": ("peer_llamaindex", "LlamaIndex"),
    "haystack": ("peer_haystack", "Haystack"),
}


class Contender(Protocol):
    """What is asked of each; `words` adds a ranking by words, `runtime` runs the weights."""

    def __init__(self, runtime: str, words: bool) -> None: ...

    def load(self, model: str) -> None:
        """Import what is needed and load the weights of a sentence-transformers folder."""

    def build(self, passages: list[str], folder: str) -> None:
        """Index passages and store the index; the weights are loaded."""

    def open(self, model: str, folder: str) -> None:
        """Open what was stored, with the weights."""

    def rank(self, question: str) -> list[str]:
        """Return the ids of the best passages, best first."""


def memory() -> dict[str, float]:
    """Return what this process holds, in megabytes: resident, of it not mapped files, and peak."""
    rows = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
    found = {row[0].rstrip(":"): int(row[1]) / 1024 for row in rows if row[-1] == "kB"}
    names = {"resident": "VmRSS", "own": "RssAnon", "peak": "VmHWM"}
    return {name: round(found[field], 1) for name, field in names.items()}


def act(contender: Contender, command: dict[str, Any]) -> dict[str, Any]:
    """Do what a command says, and tell what came of it."""
    given = {name: value for name, value in command.items() if name != "do"}
    if command["do"] == "memory":
        return memory()
    started, spent = time.perf_counter(), time.process_time()
    found = getattr(contender, command["do"])(**given)
    took = {"wall": time.perf_counter() - started, "processor": time.process_time() - spent}
    return took if found is None else took | {"ranked": found[:DEPTH]}


@contextmanager
def replies() -> Iterator[Any]:
    """Keep standard output for replies: what libraries print goes to standard error."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        yield out


def main() -> None:
    """Serve commands until there are no more."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("name", choices=_MODULES)
    parser.add_argument("--runtime", default="torch", choices=["torch", "openvino"])
    parser.add_argument("--words", action="store_true")
    parser.add_argument("--cores", type=int, default=2)
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: given.cores])
    module, name = _MODULES[given.name]
    with replies() as out:
        contender = getattr(importlib.import_module(module), name)(given.runtime, given.words)
        for line in sys.stdin:
            out.write(json.dumps(act(contender, json.loads(line))) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
