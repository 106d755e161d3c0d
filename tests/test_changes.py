from dataclasses import replace

from duanci.changes import Part, compare, compare_words
from duanci.records import Changes, Footnote, Paragraph


def _paragraph(number: int, text: str, report: str = "R") -> Paragraph:
    return Paragraph(report, "", str(number), (), text, (), number, number)


def test_edit_addition_and_removal_are_told_apart() -> None:
    old = [_paragraph(1, "甲"), _paragraph(2, "乙"), _paragraph(3, "丙")]
    new = [_paragraph(1, "甲"), _paragraph(2, "乙乙"), _paragraph(4, "丁")]
    (change,) = compare(old, new)
    assert change == Changes("R", added=("4",), removed=("3",), edited=("2",))
    assert str(change) == "R: added 4; removed 3; edited 2"


def test_same_text_under_another_number_is_renumbered() -> None:
    old = [_paragraph(1, "甲"), _paragraph(2, "乙")]
    new = [_paragraph(1, "新"), _paragraph(2, "甲"), _paragraph(3, "乙")]
    (change,) = compare(old, new)
    assert change == Changes("R", added=("1",), renumbered=(("1", "2"), ("2", "3")))


def test_nothing_changed() -> None:
    (change,) = compare([_paragraph(1, "甲")], [_paragraph(1, "甲")])
    assert not change
    assert str(change) == "R: no change"


def test_reports_that_come_and_go() -> None:
    changes = compare([_paragraph(1, "甲", "A")], [_paragraph(1, "乙", "B")])
    assert changes == [
        Changes("B", "added", added=("1",)),
        Changes("A", "removed", removed=("1",)),
    ]
    assert [str(change) for change in changes] == [
        "B: report added, 1 paragraphs",
        "A: report removed, 1 paragraphs",
    ]


def test_long_list_is_shortened_in_words_only() -> None:
    old = [_paragraph(30, "甲")]
    (change,) = compare(old, [*(_paragraph(n, str(n)) for n in range(1, 30)), *old])
    assert len(change.added) == 29
    assert str(change) == "R: added 1, 2, 3, … (29 in all)"


def test_paragraph_under_another_heading_is_moved() -> None:
    old = [replace(_paragraph(n, str(n)), section=("一",)) for n in (1, 2, 3)]
    new = [old[0], replace(old[1], section=("二",)), replace(old[2], section=("二",), number="4")]
    (change,) = compare(old, new)
    assert change == Changes("R", renumbered=(("3", "4"),), moved=("2", "4"))
    assert str(change) == "R: renumbered 3 → 4; moved to another section 2, 4"


def test_edited_footnote_is_an_edit() -> None:
    old = replace(_paragraph(1, "甲"), footnotes=(Footnote("1", "见上。", 3),))
    (change,) = compare([old], [replace(old, footnotes=(Footnote("1", "见下。", 3),))])
    assert change.edited == ("1",)
    (change,) = compare([old], [replace(old, footnotes=(Footnote("1", "见上。", 9),))])
    assert not change


def test_equal_texts_are_paired_one_by_one() -> None:
    old = [_paragraph(1, "甲"), _paragraph(2, "甲")]
    (change,) = compare(old, [_paragraph(3, "甲"), _paragraph(4, "甲")])
    assert change == Changes("R", renumbered=(("1", "3"), ("2", "4")))


def test_words_of_an_edit() -> None:
    parts = list(compare_words("合作社有四百个蜂箱。", "合作社有五百个新蜂箱。"))
    assert "".join(p.text for p in parts if p.kind != "added") == "合作社有四百个蜂箱。"
    assert "".join(p.text for p in parts if p.kind != "removed") == "合作社有五百个新蜂箱。"
    assert Part("same", "合作社有") in parts
    assert Part("removed", "四百个") in parts
    assert [p.text for p in compare_words("甲", "甲")] == ["甲"]
    assert list(compare_words("", "")) == []
