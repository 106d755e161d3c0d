import pytest

from duanci.followup import context_of, leans


@pytest.mark.parametrize(
    "question",
    [
        "那新加坡呢？",
        "副主席呢？",
        "那里企业之间的信任怎么样？",
        "它有什么好处？",
        "为什么？",
        "还有哪些？",
        "该国政府做了什么？",
        "上述方案由谁管理？",
        "And Mexico?",
        "What about Singapore?",
        "Why is it important?",
        "Et le Mexique ?",
        "¿Y Singapur?",
        "А Мексика?",
    ],
)
def test_question_that_leans_on_the_one_before(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "政府应该为中小企业做什么？",
        "这次会议在哪里举行？",
        "本报告的文号是什么？",
        "其他国家的经验有哪些？",
        "新加坡模式成功的根源是什么？",
        "墨西哥的工业政策订立了哪几条战略政策？",
        "What are the main obstacles to clustering in developing countries?",
        "Quels pays ont participé à la réunion d'experts ?",
    ],
)
def test_question_that_stands_alone(question: str) -> None:
    assert not leans(question)


def test_context_is_the_question_before() -> None:
    history = ["出口加工区有什么问题？", "墨西哥的经验如何？"]
    assert context_of("那新加坡呢？", history) == "墨西哥的经验如何？"
    assert context_of("新加坡模式成功的根源是什么？", history) == ""
    assert context_of("那新加坡呢？", []) == ""


def test_context_reaches_back_through_questions_that_lean_themselves() -> None:
    history = ["恩内维在哪里？", "那里生产什么？"]
    assert context_of("为什么？", history) == "恩内维在哪里？ 那里生产什么？"
