"""Watching the reports: an edit, however an editor saves it, is in the answers soon after."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import SMALL_REPORT, WordEncoder
from duanci.assistant import Assistant, rebuild
from duanci.builds import writing
from duanci.config import Settings
from duanci.watch import Watcher


@pytest.fixture
def watched(settings: Settings, encoder: WordEncoder) -> Iterator[Assistant]:
    rebuild(settings, encoder)
    assistant = Assistant.open_with(settings, encoder)
    watcher = Watcher(assistant)
    watcher.start()
    time.sleep(0.3)  # until it looks
    yield assistant
    watcher.stop()


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not what():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def says(assistant: Assistant, words: str) -> bool:
    return words in assistant.ask("附件一第1段").text


def save_in_place(report: Path, text: str) -> None:
    report.write_text(text, "utf-8")


def save_by_rename(report: Path, text: str) -> None:
    part = report.with_name(".bees.md.swp")
    part.write_text(text, "utf-8")
    os.replace(part, report)


def save_beside_first(report: Path, text: str) -> None:
    report.rename(report.with_name("bees.md~"))
    time.sleep(0.2)
    report.write_text(text, "utf-8")
    report.with_name("bees.md~").unlink()


@pytest.mark.parametrize("save", [save_in_place, save_by_rename, save_beside_first])
def test_edit_is_taken_in(watched: Assistant, save: Callable[[Path, str], None]) -> None:
    first = watched.build.id
    save(watched.settings.data / "bees.md", SMALL_REPORT.replace("四百", "五百"))
    wait_for(lambda: says(watched, "五百"))
    assert watched.build.id != first
    assert watched.status().changed == ()


def test_several_steps_of_one_save_are_one_rebuild(watched: Assistant) -> None:
    report = watched.settings.data / "bees.md"
    for words in ("五", "六", "七", "八"):
        report.write_text(SMALL_REPORT.replace("四百", f"{words}百"), "utf-8")
        time.sleep(0.1)
    wait_for(lambda: says(watched, "八百"))
    assert len(list((watched.settings.index / "builds").iterdir())) == 2


def test_bad_edit_is_told_and_the_old_build_answers(
    watched: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    report = watched.settings.data / "bees.md"
    report.write_text(SMALL_REPORT.replace("\n3. 经费", "\n2. 经费"), "utf-8")
    wait_for(lambda: watched.status().problem != "")
    assert f"{report}:17: 第2段 printed again" in watched.status().problem
    assert watched.status().changed == ("bees.md",)
    assert says(watched, "四百")
    report.write_text(SMALL_REPORT.replace("四百", "五百"), "utf-8")
    wait_for(lambda: says(watched, "五百"))
    wait_for(lambda: watched.status().problem == "")
    assert "printed again" in capsys.readouterr().err


def test_change_before_the_start_is_taken_in(settings: Settings, encoder: WordEncoder) -> None:
    rebuild(settings, encoder)
    (settings.data / "bees.md").write_text(SMALL_REPORT.replace("四百", "五百"), "utf-8")
    assistant = Assistant.open_with(settings, encoder)
    watcher = Watcher(assistant)
    watcher.start()
    wait_for(lambda: says(assistant, "五百"))
    watcher.stop()


def test_watcher_waits_for_another_writer(watched: Assistant) -> None:
    with writing(watched.settings.index):
        report = watched.settings.data / "bees.md"
        report.write_text(SMALL_REPORT.replace("四百", "五百"), "utf-8")
        wait_for(lambda: watched.status().problem != "")
        assert says(watched, "四百")
    wait_for(lambda: says(watched, "五百"))
