import json
from collections import Counter

import pytest

from duanci.assistant import Assistant
from duanci.bodies import FILE, rename

CHINESE = {"工发组织": 2.0, "贸发会议": 1.0, "联合国贸易和发展会议": 4.0, "UNIDO": 5.0}


@pytest.mark.parametrize(
    ("question", "found", "names"),
    [
        ("What did UNIDO do?", "What did 工发组织 do?", ["工发组织"]),
        ("Que fait l'ONUDI ?", "Que fait l'工发组织 ?", ["工发组织"]),
        ("Что делает ЮНКТАД?", "Что делает 贸发会议?", ["贸发会议"]),
        ("ما دور اليونيدو؟", "ما دور 工发组织؟", ["工发组织"]),
        ("UNCTAD应该做什么？", "贸发会议应该做什么？", ["贸发会议"]),
        ("UNCTAD and UNIDO", "贸发会议 and 工发组织", ["贸发会议", "工发组织"]),
        (
            "United Nations Industrial Development Organization",
            "工发组织",
            ["工发组织"],
        ),
        ("联合国贸易和发展会议做什么？", "联合国贸易和发展会议做什么？", []),
        ("联合国工业发展组织做什么？", "工发组织做什么？", ["工发组织"]),
        ("What does UNESCO do?", "What does UNESCO do?", []),
        ("a UNIDOs or unido", "a UNIDOs or unido", []),
        ("", "", []),
    ],
)
def test_body_is_called_as_the_reports_call_it(question: str, found: str, names: list[str]) -> None:
    renamed, spans = rename(question, CHINESE.get)
    assert renamed == found
    assert [renamed[start:end] for start, end in spans] == names


def test_an_english_report_is_asked_in_chinese() -> None:
    assert rename("贸发会议做什么？", {"UNCTAD": 1.0}.get)[0] == "UNCTAD做什么？"


def test_name_that_is_printed_more_often_stays() -> None:
    assert rename("UNIDO?", {"UNIDO": 1.0, "工发组织": 2.0}.get)[0] == "UNIDO?"


def test_no_name_is_of_two_bodies() -> None:
    bodies = json.loads(FILE.read_text("utf-8"))
    counts = Counter(
        name for body in bodies for name in {n for names in body.values() for n in names}
    )
    assert [name for name, count in counts.items() if count > 1] == []
    assert {language for body in bodies for language in body} == {
        "zh", "en", "fr", "es", "ru", "ar",
    }  # fmt: skip


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What did the ILO say about export processing zones?", "43"),
        ("What should UNCTAD do?", "18"),
        ("聯合國工業發展組織的私營部門發展方案涉及哪五個層次？", "64"),
    ],
)
def test_shipped_report_is_found_by_other_names(
    real_assistant: Assistant, question: str, first: str
) -> None:
    answer = real_assistant.ask(question)
    assert answer.answered
    assert answer.citations[0].paragraph.id == first


@pytest.mark.model
def test_paragraph_is_found_by_another_name_that_is_not_sure_to_answer(
    real_assistant: Assistant,
) -> None:
    answer = real_assistant.ask("What did UNIDO do in Honduras?")
    assert "64" in [found.paragraph.id for found in (answer.citations or answer.nearest)[:2]]


@pytest.mark.model
def test_what_was_exchanged_does_not_make_an_answer(real_assistant: Assistant) -> None:
    assert not real_assistant.ask("Who is the Director-General of UNIDO?").answered
