"""The shipped report, asked with the default encoder."""

from pathlib import Path

import pytest

from duanci.assistant import Assistant
from duanci.evaluate import read_questions

pytestmark = pytest.mark.model
GOLDEN = read_questions(Path(__file__).with_name("golden.jsonl"))


def test_nnewi_is_paragraph_25(real_assistant: Assistant) -> None:
    answer = real_assistant.ask("尼日利亚恩内维生产多少汽车零部件")
    first = answer.citations[0]
    assert (first.paragraph.id, first.paragraph.label) == ("25", "第25段")
    assert "80%以上的机动车零部件" in first.quotes[0]


def test_every_quote_of_every_golden_question_is_verbatim(real_assistant: Assistant) -> None:
    quoted = 0
    for question in GOLDEN:
        reply = real_assistant.reply(question.text, question.turns)
        for citation in (*reply.citations, *reply.nearest):
            for quote in citation.quotes:
                assert quote and quote in citation.paragraph.text
                quoted += 1
    assert quoted > 199


@pytest.mark.parametrize("kind", ["fact", "traditional", "number", "follow-up"])
def test_most_golden_questions_find_their_paragraph(real_assistant: Assistant, kind: str) -> None:
    asked = [q for q in GOLDEN if q.kind == kind and q.gold]
    found = 0
    for question in asked:
        ranking = real_assistant.reply(question.text, question.turns).ranking
        found += bool(ranking) and ranking[0].id in question.gold
    assert found >= 0.85 * len(asked)


def test_every_question_by_number_is_exact(real_assistant: Assistant) -> None:
    wanted = {
        "第64至67段": ["64", "65", "66", "67"],
        "第5段和第18段": ["5", "18"],
        "附件一第2段": ["附件一/2"],
        "Annex II, para. 3": ["附件二/3"],
        "paras. 12–15": ["12", "13", "14", "15"],
    }
    for question, ids in wanted.items():
        reply = real_assistant.reply(question)
        assert [c.paragraph.id for c in reply.citations] == ids
        assert all(c.quotes == (c.paragraph.text,) for c in reply.citations)


def test_opened_from_a_folder_elsewhere(real_assistant: Assistant) -> None:
    assert real_assistant.build.encoder == "multilingual-e5-small"
    assert (real_assistant.build.paragraphs, real_assistant.build.dimension) == (82, 384)


@pytest.mark.parametrize("question", ["报告员是谁？", "会议主席是谁？"])
def test_who_is_answered_by_a_paragraph_that_names_somebody(
    real_assistant: Assistant, question: str
) -> None:
    assert real_assistant.ask(question).citations[0].paragraph.id == "72"


def test_deputy_is_not_the_holder(real_assistant: Assistant) -> None:
    assert not real_assistant.ask("谁是贸发会议秘书长？").answered
    assert real_assistant.ask("谁是贸发会议副秘书长？").citations[0].paragraph.id == "71"
