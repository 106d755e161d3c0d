"""In which language a question is, and how it is refused."""

import pytest

from duanci.languages import REFUSALS, language_of, language_of_report, refusal


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


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("1. 合作社（The Hive Cooperative of Ulan Bator）购买了蜂箱和 UNIDO 的工具。", "zh"),
        ("1. The cooperative (合作社) bought hives. 2. It is the largest of its kind.", "en"),
        ("1. La coopérative « The Hive » a acheté des ruches pour les apiculteurs.", "fr"),
        ("1. La cooperativa compró colmenas para los apicultores.", "es"),
        ("1. Кооператив The Hive купил ульи, сообщил представитель ЮНИДО (UNIDO).", "ru"),
        ("1. اشترت التعاونية الخلايا من شركة The Hive للنحالين.", "ar"),
        ("", "en"),
    ],
)
def test_language_of_a_report_is_that_of_most_of_it(text: str, language: str) -> None:
    assert language_of_report(text) == language
