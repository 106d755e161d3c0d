"""Rebuilds when the reports are edited; watchfiles, and only here."""

import sys
import threading
import time

from duanci.assistant import Assistant
from duanci.errors import DuanciError, IndexBusy
from duanci.printing import print_rebuilt

_QUIET_MS = 600  # without a further change, before a rebuild: an editor writes in several steps
_PATIENCE_S = 1.0  # before trying again while another process writes the index


class Watcher(threading.Thread):
    """Watches the data directory of an assistant, and has it rebuild after each change."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(name="duanci-watch", daemon=True)
        self._assistant = assistant
        self._done = threading.Event()

    def run(self) -> None:
        """Rebuild now if the reports have changed, and then after each change."""
        import watchfiles

        self._rebuild()
        changes = watchfiles.watch(
            self._assistant.settings.data,
            stop_event=self._done,
            debounce=10 * _QUIET_MS,
            step=_QUIET_MS,
            recursive=False,
            raise_interrupt=False,
        )
        for _ in changes:
            self._rebuild()

    def stop(self) -> None:
        """End the thread, after the rebuild that may be going on."""
        self._done.set()
        self.join()

    def _rebuild(self) -> None:
        while self._assistant.status().changed and not self._done.is_set():
            started = time.perf_counter()
            try:
                rebuilt = self._assistant.rebuild()
            except IndexBusy:
                self._done.wait(_PATIENCE_S)
                continue
            except DuanciError as exc:
                sys.stderr.write(f"error: {exc}\n")
                return
            print_rebuilt(rebuilt, time.perf_counter() - started)
            return
