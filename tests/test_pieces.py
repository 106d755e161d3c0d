from pathlib import Path

import numpy as np

from conftest import WordEncoder
from duanci.lexicon import Words
from duanci.pieces import Pieces, join_pieces, pack_pieces, pieces_of, read_layout
from duanci.ragged import places_of, starts_of
from duanci.records import Footnote, Paragraph
from duanci.segment import sentences_in, windows, words

TEXTS = ["甲乙。丙丁。", "戊己庚。", "辛。壬癸。子丑。"]


def make(texts: list[str]) -> Pieces:
    spans = [windows(text) for text in texts]
    said = [
        words(text[a:b])
        for text, cuts in zip(texts, spans, strict=True)
        for a, b in cuts[: sentences_in(len(cuts))]
    ]
    return pack_pieces(WordEncoder().encode_paragraphs(texts, spans), spans, Words.number(said))


def assert_same(one: Pieces, other: Pieces) -> None:
    for name in one.layout.__slots__:
        np.testing.assert_array_equal(getattr(one.layout, name), getattr(other.layout, name))
    np.testing.assert_array_equal(one.vectors, other.vectors)
    np.testing.assert_array_equal(one.window_vectors, other.window_vectors)
    said = [[own.words.vocabulary[at] for at in own.words.ids] for own in (one, other)]
    assert said[0] == said[1]
    np.testing.assert_array_equal(one.words.starts, other.words.starts)


def test_pieces_of_a_paragraph_are_its_text_with_footnotes_and_each_heading() -> None:
    note = Footnote("1", "见年鉴。", 9)
    paragraph = Paragraph("R", "", "1", ("一、甲", "乙"), "正文。", (note,), 1, 2)
    assert pieces_of(paragraph) == ("正文。\n见年鉴。", "一、甲", "乙")


def test_runs_are_picked_run_by_run() -> None:
    starts = starts_of([2, 0, 3])
    assert starts.tolist() == [0, 2, 2, 5]
    assert places_of(starts, np.array([2, 1, 0])).tolist() == [2, 3, 4, 0, 1]
    assert places_of(starts, np.array([], np.int64)).tolist() == []


def test_layout_tells_windows_and_tokens_of_a_piece() -> None:
    layout = make(TEXTS).layout
    assert layout.count == 3
    assert layout.sentence_counts.tolist() == [2, 1, 3]
    assert layout.windows[layout.windows_of(0)].tolist() == [[0, 3], [3, 6], [0, 6]]
    assert layout.sentences[layout.tokens_of(2)].tolist() == [0, 1, 1, 2, 2]


def test_picked_and_joined_pieces_are_as_if_made_together() -> None:
    made = make(TEXTS)
    assert_same(made.pick(np.array([2, 0])), make([TEXTS[2], TEXTS[0]]))
    joined = join_pieces([make(TEXTS[1:]), make(TEXTS[:1])])
    assert_same(joined.pick(np.array([2, 0, 1])), made)


def test_words_that_no_sentence_has_are_forgotten() -> None:
    made = make(TEXTS)
    rest = join_pieces([made.pick(np.array([1]))])
    assert {word.lstrip("12") for word in rest.words.vocabulary} <= {
        "戊己庚",
        "戊己",
        "己庚",
        *"戊己庚",
    }


def test_layout_is_read_as_it_was_written(tmp_path: Path) -> None:
    layout = make(TEXTS).layout
    layout.write(tmp_path)
    read = read_layout(tmp_path)
    for name in layout.__slots__:
        np.testing.assert_array_equal(getattr(read, name), getattr(layout, name))
