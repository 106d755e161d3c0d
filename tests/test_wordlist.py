"""Word lists that are read a first character at a time."""

from pathlib import Path

import pytest

from duanci.wordlist import WordList

LINES = "a 5 x\nab 70 y\n蜂 1 n\n蜂箱 200 n\n𠀀 3 z\nac 4 x\n"


@pytest.fixture
def listed(tmp_path: Path) -> WordList:
    (tmp_path / "words.txt").write_text(LINES, "utf-8", newline="\n")
    return WordList(tmp_path / "words.txt")


def test_words_that_begin_with_a_texts_characters_are_read(listed: WordList) -> None:
    taken: list[str] = []
    listed.read("买蜂箱", taken.extend)
    assert taken == ["蜂", "1", "n", "蜂箱", "200", "n"]


def test_words_of_one_character_may_stand_apart(listed: WordList) -> None:
    taken: list[str] = []
    listed.read("a𠀀", taken.extend)
    words = dict(zip(taken[::3], taken[1::3], strict=True))
    assert words == {"a": "5", "ab": "70", "ac": "4", "𠀀": "3"}


def test_words_are_read_once(listed: WordList) -> None:
    taken: list[list[str]] = []
    listed.read("蜂", taken.append)
    listed.read("蜂箱", taken.append)
    listed.read("", taken.append)
    assert len(taken) == 1


def test_total_is_the_sum_of_the_numbers(listed: WordList) -> None:
    assert listed.total() == 283


def test_behind_the_mark_the_next_character_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a 0\n▁ 1\n▁a 2\n▁ab 3\n▁蜂 4\n", "utf-8", newline="\n")
    listed = WordList(tmp_path / "words.txt", "▁")
    taken: list[str] = []
    listed.read("▁蜂▁", taken.extend)
    assert sorted(zip(taken[::2], taken[1::2], strict=True)) == [("▁", "1"), ("▁蜂", "4")]
    listed.read("▁ac", taken.extend)
    assert set(taken[4::2]) == {"a", "▁a", "▁ab"}


def test_mark_alone_may_be_the_last_word(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a 0\n▁a 2\n▁ 1\n", "utf-8", newline="\n")
    taken: list[str] = []
    WordList(tmp_path / "words.txt", "▁").read("▁", taken.extend)
    assert taken == ["▁", "1"]
