"""Offices that a question asks about, and texts that have them or not."""

import pytest

from duanci.offices import lacks_office


@pytest.mark.parametrize(
    ("question", "text", "lacks"),
    [
        ("谁是粮农组织总干事？", "李明女士，粮农组织", True),
        ("谁是粮农组织总干事？", "粮农组织总干事李明女士致开幕词。", False),
        ("誰是糧農組織總幹事？", "李明女士，粮农组织", True),
        ("Who is the Director-General of FAO?", "李明女士，粮农组织", True),
        ("Who is the Director-General of FAO?", "粮农组织总干事李明女士致开幕词。", False),
        ("Qui est le directeur général de la FAO ?", "李明女士，粮农组织", True),
        ("Кто является Генеральным секретарём?", "副秘书长李明先生", True),
        ("Кто является заместителем Генерального секретаря?", "副秘书长李明先生", False),
        ("¿Quién es la Secretaria General?", "李明女士", True),
        ("من هو المدير العام للمنظمة؟", "李明女士", True),
        ("谁是秘书长？", "副秘书长李明先生主持会议。", True),
        ("谁是副秘书长？", "副秘书长李明先生主持会议。", False),
        ("Who was the rapporteur?", "主席：李明先生", True),
        ("Who was the rapporteur?", "副主席兼报告员：李明先生", False),
        ("Who is the Director-General of FAO?", "Ms Li Ming, FAO", False),
        ("谁主持了会议？", "李明先生主持会议。", False),
        ("投资司司长是谁？", "主席李明女士", True),
        ("投资司司长是谁？", "投资司副司长李明女士", True),
        ("投资司司长是谁？", "投资司司长李明女士致开幕词。", False),
        ("学校校长是谁？", "李明先生在学校讲话。", True),
        ("Who is the mayor of Geneva?", "日内瓦的李明先生", True),
        ("Who is the mayor of Geneva?", "日内瓦市长李明先生", False),
        ("Who chaired the meeting?", "会议由李明先生主持。", False),
        ("Who was the chairman?", "副主席李明先生", True),
        ("Who was elected vice-president?", "副主席李明先生", False),
        ("Qui est le président de la réunion ?", "主席：李明先生", False),
        ("Кто был председателем?", "报告员李明先生", True),
        ("谁给银行长期贷款？", "世界银行提供了长期贷款。", False),
        ("谁在研究所长期工作？", "李明先生在该所工作多年。", False),
        ("Who was the chairman?", "人员长期不足，李明先生说。", True),
    ],
)
def test_office_is_looked_for(question: str, text: str, lacks: bool) -> None:
    assert lacks_office(question, text) == lacks
