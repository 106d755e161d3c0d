"""How much the web server takes on: of one request, of one client, and at once."""

import math
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

REMEMBERED = 4096  # clients that are counted, and verified headers: then the oldest is dropped
_MINUTE_S = 60.0


@dataclass(frozen=True)
class Limits:
    """How much one server takes on; all are above 0.

    `body_bytes` bounds the body of a request, and `body_s` the seconds until it is there.
    `posts` and `failures` are POST requests and wrong passwords of one client in a minute.
    `at_once` requests are answered at the same time; others wait at most `wait_s` seconds.
    """

    body_bytes: int = 256 * 1024
    body_s: float = 30.0
    posts: int = 6000
    failures: int = 10
    at_once: int = 16
    wait_s: float = 10.0


class Window:
    """Counts what each client did within the last minute."""

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()  # longest silent first

    def wait_s(self, client: str) -> int:
        """Return after how many seconds the client may go on; 0: now."""
        times = self._times.get(client)
        if times is None or len(times) < self._limit:
            return 0
        return max(0, math.ceil(times[0] + _MINUTE_S - self._clock()))

    def add(self, client: str) -> None:
        """Count one more, and drop the clients that were silent for a minute."""
        now = self._clock()
        self._times.setdefault(client, deque(maxlen=self._limit)).append(now)
        self._times.move_to_end(client)
        while len(self._times) > REMEMBERED or self._is_stale(now):
            self._times.popitem(last=False)

    def _is_stale(self, now: float) -> bool:
        return next(iter(self._times.values()))[-1] <= now - _MINUTE_S
