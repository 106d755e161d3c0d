import pytest

from duanci.numerals import number_of, scope_key
from duanci.references import (
    Part,
    Reference,
    asks_more,
    find_part,
    find_references,
    find_step,
    ranges,
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("25", [("", 25, 25)]),
        ("第25段", [("", 25, 25)]),
        ("第２５段", [("", 25, 25)]),
        ("第二十五段", [("", 25, 25)]),
        ("第 25 段说了什么？", [("", 25, 25)]),
        ("请给我看第61至63段", [("", 61, 63)]),
        ("第61-63段", [("", 61, 63)]),
        ("第61段至第63段", [("", 61, 63)]),
        ("21-25", [("", 21, 25)]),
        ("21–25", [("", 21, 25)]),
        ("第5段和第18段", [("", 5, 5), ("", 18, 18)]),
        ("第5、18段", [("", 5, 5), ("", 18, 18)]),
        ("附件一第2段", [("附件一", 2, 2)]),
        ("附件一/2", [("附件一", 2, 2)]),
        ("附 件 一 第 2 段", [("附件一", 2, 2)]),
        ("附件二第1至3段", [("附件二", 1, 3)]),
        ("附件第2段", [("附件", 2, 2)]),
        ("paragraph 44", [("", 44, 44)]),
        ("What does paragraph 44 say?", [("", 44, 44)]),
        ("para. 44", [("", 44, 44)]),
        ("paras. 12–15", [("", 12, 15)]),
        ("paragraphs 3 and 9", [("", 3, 3), ("", 9, 9)]),
        ("Annex I, para. 2", [("Annex I", 2, 2)]),
        ("Annex I/2", [("Annex I", 2, 2)]),
        ("请给出第六十四至六十七段", [("", 64, 67)]),
        ("附件二第3段讲的是什么？", [("附件二", 3, 3)]),
        ("能不能看看第７段的原文", [("", 7, 7)]),
    ],
)
def test_paragraphs_named_by_number(question: str, expected: list[tuple[str, int, int]]) -> None:
    assert find_references(question) == tuple(Reference(*e) for e in expected)
    assert not asks_more(question)


@pytest.mark.parametrize("question", ["第25段提到的小镇在哪里？", "第15段列出的措施对谁有利"])
def test_question_about_a_paragraph_names_it_and_asks_more(question: str) -> None:
    assert len(find_references(question)) == 1
    assert asks_more(question)


@pytest.mark.parametrize(
    "question",
    [
        "1990年代巴西发生了什么？",
        "80%的零部件是哪里生产的？",
        "400万居民",
        "哪一段说到信任？",
        "第三项讲演讨论了什么？",
        "第一次会议审议了什么",
        "哪些段落提到墨西哥",
        "第二段时期的政策是什么？",
        "1998年9月2日",
        "",
        "？",
        "为什么",
    ],
)
def test_ordinary_question_names_no_paragraph(question: str) -> None:
    assert find_references(question) == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("十", 10),
        ("十二", 12),
        ("二十五", 25),
        ("一百零二", 102),
        ("一〇二", 102),
        ("两百", 200),
    ],
)
def test_number_in_han_characters(text: str, value: int) -> None:
    assert number_of(text) == value


@pytest.mark.parametrize(
    ("question", "step"),
    [
        ("上一段", -1),
        ("前一段呢？", -1),
        ("下一段", 1),
        ("下一段呢", 1),
        ("请看下一段", 1),
        ("next paragraph", 1),
        ("show me the previous paragraph", -1),
        ("下一段历史时期的政策是什么？", 0),
        ("第25段", 0),
    ],
)
def test_step_to_a_neighbour(question: str, step: int) -> None:
    assert find_step(question) == step


def test_annexes_are_the_same_in_any_language() -> None:
    assert scope_key("附件一") == scope_key("Annex I") == scope_key("附 件 1") == ("annex", 1)
    assert scope_key("附件十二") == scope_key("ANNEX XII") == ("annex", 12)
    assert scope_key("附录二") == scope_key("Appendix II") == ("appendix", 2)
    assert scope_key("Annex B") == ("annex", 2)
    assert scope_key("附件") == scope_key("Annex") == ("annex", 0)
    assert scope_key("") == ("", 0)


def test_reference_lists_its_ids() -> None:
    assert Reference("附件一", 2, 4).ids == ("附件一/2", "附件一/3", "附件一/4")
    assert Reference("", 9, 9).ids == ("9",)


def test_ranges_fold_neighbours() -> None:
    assert ranges([1, 2, 3, 5, 7, 8]) == "1–3, 5, 7–8"
    assert ranges([]) == ""


@pytest.mark.parametrize(
    ("question", "part", "more"),
    [
        ("附件二", Part("附件二"), False),
        ("附件 二 有什么？", Part("附件二"), False),
        ("What is in Annex II?", Part("Annex II"), False),
        ("请总结第三节", Part("", 3), False),
        ("报告的第十二章讲了什么？", Part("", 12), False),
        ("Summarize section IV", Part("", 4), False),
        ("第三节讲了哪些事？", Part("", 3), False),
        ("附件二里有哪些国家？", Part("附件二"), True),
        ("第二节里谁谈到了信任？", Part("", 2), True),
        ("附件二第3段", None, True),  # names a paragraph
        ("宪法第二章规定了什么？", None, True),  # of something else
        ("第一节课讲了什么", Part("", 1), True),
        ("脚注2说的是什么？", Part("", note="2"), False),
        ("第3条注脚", Part("", note="3"), False),
        ("腳註第12條", Part("", note="12"), True),
        ("有哪些脚注？", Part("", note=""), False),
        ("What does footnote 2 say?", Part("", note="2"), False),
        ("附件二的脚注", Part("附件二"), False),
        ("秘书处在脚注里引了哪本书？", Part("", note=""), True),
        ("Que dit la note de bas de page n° 2 ?", Part("", note="2"), True),
        ("¿Qué libro cita la nota al pie?", Part("", note=""), True),
        ("Что сказано в сноске 1?", Part("", note="1"), True),
        ("ماذا تقول الحاشية 2؟", Part("", note="2"), True),
        ("最后一段说的是什么？", Part("", first=-1), False),
        ("倒数第二段", Part("", first=-2, end=-1), False),
        ("倒數第一段", Part("", first=-1), False),
        ("第二节的最后一段", Part("", 2, first=-1), False),
        ("附件一最后两段", Part("附件一", first=-2), False),
        ("前三段", Part("", first=0, end=3), False),
        ("What does the last paragraph say?", Part("", first=-1), False),
        ("the penultimate paragraph", Part("", first=-2, end=-1), False),
        ("最后一段里谁讲话？", Part("", first=-1), True),
        ("最后一段时间", None, True),
        ("专家为什么要删去最后一段？", None, True),  # of something else
        ("报告的结论是什么？", Part("", heading="结论"), False),
        ("报告里的主要建议有哪些？", Part("", heading="建议"), False),
        ("报告的附件三是什么？", Part("附件三"), False),
        ("报告提出的建议有哪些？", None, True),
        ("脚注里1998年的书", Part("", note=""), True),
        ("脚注1998年", Part("", note=""), True),
        ("应当注意什么？", None, True),
        ("信任", None, True),
    ],
)
def test_annex_or_section_or_footnote_that_a_question_names(
    question: str, part: Part | None, more: bool
) -> None:
    assert find_part(question) == part
    if part:
        assert asks_more(question) is more
