"""What the log may tell of questions: nothing, unless it is asked to.

`duanci.questions` is the logger of questions; who wants them in the log sets its level to INFO.
"""

import json
import logging
import sys
import traceback

_log = logging.getLogger(__name__)


def log_question(question: str) -> None:
    """Log a question, on one line, if questions are to be logged."""
    _log.info("question: %s", json.dumps(question, ensure_ascii=False))


def start_logging() -> None:
    """Have questions logged on stderr from now on, each with its time."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    _log.propagate = False


def log_unexpected(log: logging.Logger, what: str, exc: Exception) -> None:
    """Log an unexpected error: where it happened, and its message if questions are logged.

    The message may hold what was asked.

    :param what: what could not be done.
    """
    where = "".join(traceback.format_tb(exc.__traceback__))
    said = f": {exc}" if _log.isEnabledFor(logging.INFO) else ""
    log.error("%s\n%s%s%s", what, where, type(exc).__name__, said)
