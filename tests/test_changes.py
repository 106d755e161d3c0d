from duanci.changes import Changes, compare
from duanci.records import Paragraph


def _paragraph(number: int, text: str, report: str = "R") -> Paragraph:
    return Paragraph(report, "", str(number), (), text, (), number, number)


def test_edit_addition_and_removal_are_told_apart() -> None:
    old = [_paragraph(1, "甲"), _paragraph(2, "乙"), _paragraph(3, "丙")]
    new = [_paragraph(1, "甲"), _paragraph(2, "乙乙"), _paragraph(4, "丁")]
    (change,) = compare(old, new)
    assert change == Changes("R", ("4",), ("3",), ("2",), ())
    assert str(change) == "R: added 4; removed 3; edited 2"


def test_same_text_under_another_number_is_renumbered() -> None:
    old = [_paragraph(1, "甲"), _paragraph(2, "乙")]
    new = [_paragraph(1, "新"), _paragraph(2, "甲"), _paragraph(3, "乙")]
    (change,) = compare(old, new)
    assert change == Changes("R", ("1",), (), (), (("1", "2"), ("2", "3")))


def test_nothing_changed() -> None:
    (change,) = compare([_paragraph(1, "甲")], [_paragraph(1, "甲")])
    assert not change
    assert str(change) == "R: no change"


def test_reports_that_come_and_go() -> None:
    changes = compare([_paragraph(1, "甲", "A")], [_paragraph(1, "乙", "B")])
    assert changes == [Changes("B", ("1",), (), (), ()), Changes("A", (), ("1",), (), ())]


def test_long_list_is_shortened_in_words_only() -> None:
    (change,) = compare([], [_paragraph(n, str(n)) for n in range(1, 30)])
    assert len(change.added) == 29
    assert str(change) == "R: added 1, 2, 3, … (29 in all)"
