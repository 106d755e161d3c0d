import pytest

from duanci.confidence import asked_kind, has_kind, names, names_all
from duanci.records import Footnote, Paragraph


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("蜂蜜的价格是多少？", "number"),
        ("有几个合作社？", "number"),
        ("How many hives are there?", "number"),
        ("会议什么时候举行？", "date"),
        ("哪一年开始？", "date"),
        ("When was it held?", "date"),
        ("谁当选主席？", "person"),
        ("主席叫什么名字？", "name"),
        ("会议在哪里举行？", "place"),
        ("为什么会上涨？", ""),
        ("几乎没有变化吗", ""),
        ("有哪些建议？", ""),
        ("哪几段谈到蜂箱？", ""),
    ],
)
def test_what_a_question_asks_for(question: str, kind: str) -> None:
    assert asked_kind(question) == kind


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("合作社有多少蜂箱？", "合作社有四百个蜂箱。", True),
        ("合作社有多少蜂箱？", "合作社有蜂箱。", False),
        ("1998年有多少蜂箱？", "1998年合作社有蜂箱。", False),
        ("会议什么时候举行？", "会议1998年9月2日举行。", True),
        ("会议什么时候举行？", "会议在日内瓦举行。", False),
        ("主席叫什么名字？", "主席: Anna Bee女士", True),
        ("主席叫什么名字？", "会议选出了主席。", False),
        ("谁提出了建议？", "一位专家提出了建议。", True),
        ("会议在哪里举行？", "会议在日内瓦举行。", True),
        ("为什么会上涨？", "价格上涨。", True),
    ],
)
def test_text_has_the_kind_that_is_asked_for(question: str, text: str, expected: bool) -> None:
    assert has_kind(question, text) is expected


def test_names_are_people_places_years_and_latin_words() -> None:
    assert names("1998年在日内瓦举行的GATT会议") == ["日内瓦", "1998", "GATT"]
    assert names("蜂蜜的价格") == []
    assert names("What is the price of honey?") == []


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("日内瓦的会议", True),
        ("東京的會議", False),
        ("1998年的会议", True),
        ("1999年的会议", False),
        ("年鉴里的GATT", True),
    ],
)
def test_paragraph_names_what_a_question_names(question: str, expected: bool) -> None:
    paragraph = Paragraph(
        "R",
        "",
        "1",
        ("一、会议",),
        "会议1998年在日内瓦举行。",
        (Footnote("1", "GATT年鉴", 3),),
        1,
        1,
    )
    assert names_all(question, paragraph) is expected
