import pytest

from duanci.crossrefs import CrossReference, CrossReferences
from duanci.records import Paragraph


def _paragraph(number: int, section: str, scope: str = "") -> Paragraph:
    return Paragraph("R", scope, str(number), (section,), "", (), number, number)


REFERENCES = CrossReferences(
    [
        _paragraph(1, "一、建议"),
        _paragraph(2, "一、建议"),
        _paragraph(3, "二、摘要"),
        _paragraph(1, "附件一", "附件一"),
    ]
)


@pytest.mark.parametrize(
    ("text", "words", "target"),
    [
        ("其中包括结论(见第一节)。", "第一节", "1"),
        ("摘要见第二节。", "第二节", "3"),
        ("如上文第2段所述", "第2段", "2"),
        ("见附件一第1段。", "附件一第1段", "附件一/1"),
        ("see Annex I, para. 1 below", "Annex I, para. 1", "附件一/1"),
        ("as set out in paragraphs 2 and 3", "paragraphs 2 and 3", "2"),
        ("see section II", "section II", "3"),
    ],
)
def test_reference_that_resolves(text: str, words: str, target: str) -> None:
    start = text.index(words)
    assert REFERENCES.find(text) == [CrossReference(start, start + len(words), target)]


@pytest.mark.parametrize(
    "text",
    [
        "见第三节",
        "见第9段",
        "附件一第12(二)段",
        "第二届会议的报告(TD/B/45/3), 第2段",
        "TD/B/99/1，第2段",
        "第一次会议",
        "第2项",
        "没有",
    ],
)
def test_reference_that_does_not_resolve_stays_text(text: str) -> None:
    assert REFERENCES.find(text) == []


def test_paragraph_does_not_refer_to_itself() -> None:
    assert REFERENCES.find("本报告第2段", own="2") == []


def test_several_in_the_order_of_the_text() -> None:
    found = REFERENCES.find("见第二节和第1段")
    assert [reference.target for reference in found] == ["3", "1"]
