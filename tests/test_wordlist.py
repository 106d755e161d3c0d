"""Word lists that are read as texts need them, by the first two characters of words."""

from pathlib import Path

import pytest

from duanci.wordlist import WordList

LINES = "a 5 x\nab 70 y\n蜂 1 n\n蜂箱 200 n\n蜂箱盖 2 n\n蜂王 6 n\n𠀀 3 z\nac 4 x\n蜂箱子 7 n\n"


@pytest.fixture
def listed(tmp_path: Path) -> WordList:
    (tmp_path / "words.txt").write_text(LINES, "utf-8", newline="\n")
    return WordList(tmp_path / "words.txt")


def read(listed: WordList, text: str) -> list[tuple[str, ...]]:
    taken: list[str] = []
    listed.read(text, taken.extend)
    return sorted(zip(taken[::3], taken[1::3], taken[2::3], strict=True))


def test_words_that_begin_with_two_neighbours_of_a_text_are_read(listed: WordList) -> None:
    words = [("蜂", "1", "n"), ("蜂箱", "200", "n"), ("蜂箱子", "7", "n"), ("蜂箱盖", "2", "n")]
    assert read(listed, "买蜂箱") == words


def test_a_character_alone_is_read_and_no_word_that_only_begins_with_it(listed: WordList) -> None:
    assert read(listed, "王𠀀蜂b") == [("蜂", "1", "n"), ("𠀀", "3", "z")]


def test_what_begins_with_the_same_may_stand_apart(listed: WordList) -> None:
    assert [word for word, *_ in read(listed, "蜂箱")] == ["蜂", "蜂箱", "蜂箱子", "蜂箱盖"]


def test_words_are_read_once(listed: WordList) -> None:
    assert [word for word, *_ in read(listed, "ab")] == ["a", "ab"]
    assert read(listed, "aba") == []
    assert read(listed, "bac") == [("ac", "4", "x")]
    assert read(listed, "") == []


def test_a_text_with_half_a_character_has_its_words_read(listed: WordList) -> None:
    assert read(listed, "\ud840a\udc00") == [("a", "5", "x")]


def test_total_is_the_sum_of_the_numbers(listed: WordList) -> None:
    assert listed.total() == 298


def test_the_last_word_may_be_of_one_character(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("▁a 2\na 0\n▁ 1\n", "utf-8", newline="\n")
    taken: list[str] = []
    WordList(tmp_path / "words.txt").read("▁", taken.extend)
    assert taken == ["▁", "1"]
