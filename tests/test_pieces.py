from contextlib import ExitStack
from pathlib import Path

import numpy as np

from conftest import WordEncoder
from duanci.pieces import (
    Layout,
    LayoutWriter,
    Pieces,
    keys_of,
    pack_pieces,
    pick_layout,
    pieces_of,
    read_layout,
)
from duanci.postings import Words
from duanci.ragged import find_places, places_of, starts_of
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
    assert_same_layout(one.layout, other.layout)
    np.testing.assert_array_equal(one.vectors, other.vectors)
    np.testing.assert_array_equal(one.window_vectors, other.window_vectors)
    said = [[own.words.vocabulary[at] for at in own.words.ids] for own in (one, other)]
    assert said[0] == said[1]
    np.testing.assert_array_equal(one.words.starts, other.words.starts)


def assert_same_layout(one: Layout, other: Layout) -> None:
    for name in one.__slots__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_pieces_of_a_paragraph_are_its_text_with_footnotes_and_each_heading() -> None:
    note = Footnote("1", "见年鉴。", 9)
    paragraph = Paragraph("R", "", "1", ("一、甲", "乙"), "正文。", (note,), 1, 2)
    assert pieces_of(paragraph) == ("正文。\n见年鉴。", "一、甲", "乙")


def test_runs_are_picked_run_by_run() -> None:
    starts = starts_of([2, 0, 3])
    assert starts.tolist() == [0, 2, 2, 5]
    assert places_of(starts, np.array([2, 1, 0])).tolist() == [2, 3, 4, 0, 1]
    assert places_of(starts, np.array([], np.int64)).tolist() == []


def test_places_are_found_among_ascending_values() -> None:
    known = np.array([2, 5, 9], np.uint64)
    wanted = np.array([9, 1, 5, 10, 2, 3], np.uint64)
    assert find_places(known, wanted).tolist() == [2, -1, 1, -1, 0, -1]
    assert find_places(known[:0], wanted[:2]).tolist() == [-1, -1]
    assert find_places(known, wanted[:0]).tolist() == []


def test_layout_tells_windows_and_tokens_of_a_piece() -> None:
    layout = make(TEXTS).layout
    assert layout.count == 3
    assert layout.sentence_counts(np.array([0, 1, 2])).tolist() == [2, 1, 3]
    assert layout.windows[layout.windows_of(0)].tolist() == [[0, 3], [3, 6], [0, 6]]
    assert layout.sentences[layout.tokens_of(2)].tolist() == [0, 1, 1, 2, 2]


def test_picked_pieces_are_as_if_made_alone() -> None:
    picked = pick_layout(make(TEXTS).layout, np.array([2, 0]))
    assert_same_layout(picked, make([TEXTS[2], TEXTS[0]]).layout)


def test_layouts_written_one_after_the_other_are_read_as_one(tmp_path: Path) -> None:
    writer = LayoutWriter(tmp_path, ExitStack())
    writer.add(make(TEXTS[:1]).layout)
    writer.add(make(TEXTS[1:]).layout)
    writer.close()
    assert writer.windows == 9
    assert_same_layout(read_layout(tmp_path), make(TEXTS).layout)


def test_keys_tell_texts_apart() -> None:
    keys = keys_of([*TEXTS, TEXTS[0]])
    assert (keys.shape, keys.dtype) == ((4, 2), np.uint64)
    assert keys[3].tolist() == keys[0].tolist()
    assert len({tuple(key) for key in keys.tolist()}) == 3
