from pathlib import Path

import numpy as np

from duanci.members import Members, find_keys, number_keys, write_members

KEYS = np.array([[5, 1], [2, 9], [5, 2], [0, 0]], np.uint64)  # (4, 2), of four pieces


def test_pieces_of_paragraphs_and_paragraphs_of_pieces(tmp_path: Path) -> None:
    """Paragraphs 0 and 1 are under heading 3; paragraph 2, without one, has the text of 0."""
    write_members(tmp_path, np.array([0, 3, 1, 3, 0]), np.array([0, 2, 4, 5]), KEYS)
    members = Members(tmp_path)
    assert [members.of(row).tolist() for row in range(3)] == [[0, 3], [1, 3], [0]]
    assert members.own(np.array([2, 1])).tolist() == [0, 1]
    pieces, starts = members.of_all(np.array([1, 2]))
    assert (pieces.tolist(), starts.tolist()) == ([1, 3, 0], [0, 2, 3])
    rows, which = members.holders(np.array([3, 0, 2]))
    assert (rows.tolist(), which.tolist()) == ([0, 1, 0, 2], [0, 0, 1, 1])
    assert members.owners(np.array([3, 0, 1])).tolist() == [0, 2, 1]


def test_same_keys_get_the_number_of_the_first() -> None:
    first, number = number_keys(KEYS[[0, 1, 0, 2, 1]])
    assert (first.tolist(), number.tolist()) == ([0, 1, 3], [0, 1, 0, 2, 1])


def test_known_keys_are_found() -> None:
    wanted = np.array([[0, 0], [2, 8], [5, 1], [9, 9]], np.uint64)
    assert find_keys(KEYS, wanted).tolist() == [3, -1, 0, -1]
    assert find_keys(np.empty((0, 2), np.uint64), wanted).tolist() == [-1] * 4
