"""What the log may tell of questions."""

import logging
from collections.abc import Iterator

import pytest

from duanci import questions
from duanci.assistant import Assistant
from duanci.questions import log_unexpected, start_logging

HIVES = "乌兰巴托的合作社有多少蜂箱？"


@pytest.fixture(autouse=True)
def logger() -> Iterator[logging.Logger]:
    """The logger of questions, afterwards as it was."""
    logger = logging.getLogger(questions.__name__)
    kept = (logger.level, logger.propagate, list(logger.handlers))
    yield logger
    logger.level, logger.propagate, logger.handlers = kept
    logger.setLevel(kept[0])


def test_nothing_that_is_asked_is_logged(
    bees: Assistant, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    bees.ask(HIVES)
    assert "蜂" not in caplog.text
    assert capsys.readouterr() == ("", "")


def test_questions_are_logged_if_asked_for_each_on_one_line(
    bees: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    start_logging()
    bees.ask("蜂箱\n有多少？")
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.endswith(' question: "蜂箱\\n有多少？"\n')


def fail() -> None:
    """Fail with a message that has what was asked."""
    raise ZeroDivisionError(f"cannot divide {HIVES}")


@pytest.mark.parametrize("is_logging", [False, True])
def test_unexpected_error_tells_where_and_its_message_only_if_questions_are_logged(
    caplog: pytest.LogCaptureFixture, is_logging: bool
) -> None:
    if is_logging:
        start_logging()
    try:
        fail()
    except ZeroDivisionError as exc:
        log_unexpected(logging.getLogger("test"), "it failed", exc)
    (record,) = caplog.records
    first, *_, last = record.getMessage().splitlines()
    assert first == "it failed"
    assert "in fail" in record.getMessage()
    message = f": cannot divide {HIVES}" if is_logging else ""
    assert last == f"ZeroDivisionError{message}"
