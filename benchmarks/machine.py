"""The machine that is measured on: what it is, and how much of it others take meanwhile.

A shared machine tells little: a benchmark waits for calm, notes what share of the processors went
to other processes, and says so in its table. Where others never stop, processor time on one core
still tells something. Linux only.
"""

import os
import time
from pathlib import Path

CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}

_TICKS = os.sysconf("SC_CLK_TCK")
_IDLE = (3, 4)  # idle and waiting for a disk, among the columns of /proc/stat


def describe() -> str:
    """Tell what the machine is: processor, cores, widest instructions."""
    text = Path("/proc/cpuinfo").read_text("utf-8")
    rows = (line.partition(":") for line in text.splitlines())
    found = {name.strip(): value.strip() for name, _, value in rows}
    flags = found.get("flags", "").split()
    wide = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "no AVX2"
    name = found.get("model name", "unknown processor")
    return f"{name}, {os.cpu_count()} cores of which {len(os.sched_getaffinity(0))} used, {wide}"


def keep_to(count: int) -> None:
    """Let this process, and those it starts, use so many processors; before it has threads."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])
    os.environ["OMP_NUM_THREADS"] = str(count)


class Watch:
    """Notes, from its making on, how busy other processes keep the machine."""

    def __init__(self) -> None:
        self._wall, self._busy = time.perf_counter(), _busy()

    def others(self, own: float) -> float:
        """Return the share of the machine that other processes took, in [0, 1].

        :param own: the processor seconds that were spent on what is measured.
        """
        wall = time.perf_counter() - self._wall
        spent = _busy() - self._busy - own
        return min(1.0, max(0.0, spent / (wall * (os.cpu_count() or 1))))


def wait_for_calm(seconds: float, share: float = 0.1) -> None:
    """Wait until other processes take less than a share of the machine, or time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        watch = Watch()
        time.sleep(2)
        if watch.others(0.0) < share:
            return


def _busy() -> float:
    columns = Path("/proc/stat").read_text("utf-8").split("\n", 1)[0].split()[1:9]
    return sum(int(ticks) for at, ticks in enumerate(columns) if at not in _IDLE) / _TICKS
