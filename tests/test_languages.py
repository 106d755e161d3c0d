"""In which language a question is, and how it is refused."""

import pytest

from duanci.languages import REFUSALS, language_of, refusal


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("蜂蜜的价格怎样？", "zh"),
        ("《GATT》第5条 says what?", "zh"),
        ("Сколько ульев у кооператива?", "ru"),
        ("كم عدد الخلايا؟", "ar"),
        ("How many hives does the cooperative have?", "en"),
        ("Combien de ruches la coopérative a-t-elle ?", "fr"),
        ("Qui présidait la réunion ?", "fr"),
        ("¿Cuántas colmenas tiene la cooperativa?", "es"),
        ("Quien presidio la reunion y en que lugar", "es"),
        ("Prix du miel", "fr"),
        ("hives", "en"),
        ("？！", "en"),
        ("", "en"),
    ],
)
def test_language_is_told(question: str, language: str) -> None:
    assert language_of(question) == language


def test_question_is_refused_in_its_language() -> None:
    assert refusal("蜂蜜的价格怎样？") == "报告没有说明这一点。"
    assert refusal("Combien de ruches ?") == "Le rapport ne le dit pas."
    assert set(REFUSALS) == {"ar", "en", "es", "fr", "ru", "zh"}
