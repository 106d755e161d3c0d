import pytest

from duanci.followup import understand


def test_context_is_the_question_before() -> None:
    history = ["出口加工区有什么问题？", "墨西哥的经验如何？"]
    for question, context in (
        ("那结果呢？", "墨西哥的经验"),
        ("新加坡模式成功的根源是什么？", ""),
    ):
        assert understand(question, history) == (question, context)
    assert understand("那新加坡呢？", []) == ("那新加坡呢？", "")


def test_context_has_the_topic_of_a_question_that_asks_what_is_said_of_it() -> None:
    history = ["报告里关于出口信贷的内容有哪些？"]
    assert understand("它有什么好处？", history)[1] == "出口信贷"
    assert understand("那里呢？", history)[1] == "出口信贷"


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("报告里关于出口信贷的内容有哪些？", "那领导作用呢？"),
        ("会议对出口信贷有什么看法？", "税收呢？"),
        ("What does the report say about export credits?", "And taxes?"),
        ("What does the report say about export credits?", "What about public banks?"),
    ],
)
def test_another_topic_leaves_nothing_of_the_one_before(before: str, question: str) -> None:
    assert understand(question, [before])[1] == ""
    assert understand(question, ["谁当选主席？"])[1] == "谁当选主席？"


def test_context_reaches_back_through_questions_that_lean_themselves() -> None:
    history = ["恩内维在哪里？", "那里生产什么？"]
    assert understand("为什么？", history)[1] == "恩内维在哪里？ 那里生产什么？"


@pytest.mark.parametrize(
    ("history", "question", "meant"),
    [
        (["丹麦的网络花了多少钱？"], "那挪威呢？", "挪威的网络花了多少钱？"),
        (["埃及专家在讨论中说了什么？"], "以色列专家呢？", "以色列专家在讨论中说了什么？"),
        (["非洲的农村缺什么？"], "亚洲呢？", "亚洲的农村缺什么？"),
        (["1998年会议在哪里开？", "那1997年呢？"], "1995年呢？", "1995年会议在哪里开？"),
        (["丹麥的網絡花了多少錢？"], "那挪威呢？", "挪威的网络花了多少钱？"),
        (
            ["工发组织在洪都拉斯做了什么？"],
            "那国际贸易中心呢？",
            "国际贸易中心在洪都拉斯做了什么？",
        ),
        (["What did UNIDO do in Honduras?"], "And UNCTAD?", "What did UNCTAD do in Honduras?"),
        (["What did Danish firms do?"], "And Norway?", "What did Norway firms do?"),
        (["¿Qué hizo Chile?"], "¿Y en el Ecuador?", "¿Qué hizo Ecuador?"),
        (["Что сделали в Италии?"], "А в Германии?", "Что сделали в Германии?"),
        (["ماذا قالت مصر؟"], "وماذا عن تونس؟", "ماذا قالت تونس؟"),
        (["丹麦的网络花了多少钱？"], "那挪威的渔船呢？", "挪威的渔船花了多少钱？"),
        (["丹麦专家谈了什么？"], "那挪威代表呢？", "挪威代表谈了什么？"),
        (
            ["¿Qué dijo el experto de Chile?"],
            "¿Y la delegada de Ghana?",
            "¿Qué dijo la delegada de Ghana?",
        ),
        (
            ["Qu'a dit l'expert du Chili ?"],
            "Et le délégué du Ghana ?",
            "Qu'a dit le délégué du Ghana ?",
        ),
        (
            ["What did the expert from the Philippines say?"],
            "And the delegate of Ghana?",
            "What did the delegate of Ghana say?",
        ),
    ],
)
def test_another_place_or_year_is_put_in_the_place_of_the_one_before(
    history: list[str], question: str, meant: str
) -> None:
    assert understand(question, history) == (meant, "")


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("丹麦的网络花了多少钱？", "那挪威有多少？"),  # asks for something else
        ("丹麦和瑞典的网络花了多少钱？", "那挪威呢？"),  # in the place of which?
        ("网络花了多少钱？", "那挪威呢？"),
        ("丹麦的网络花了多少钱？", "那奥斯陆呢？"),  # no country
        ("丹麦的网络花了多少钱？", "And Norway?"),
    ],
)
def test_question_that_adds_more_than_a_name_stays_as_it_is(before: str, question: str) -> None:
    assert understand(question, [before]) == (question, before)


@pytest.mark.parametrize(
    ("before", "question", "rest"),
    [
        ("丹麦的网络花了多少钱？", "那挪威北部的渔船呢？", "网络花了多少钱？"),
        ("丹麦花了多少钱？", "那挪威的渔船呢？", "花了多少钱？"),
        ("What did Danish firms do?", "And in northern Norway?", "What did firms do?"),
        ("¿Qué dijo Chile?", "¿Y la delegada de Ghana?", "¿Qué dijo?"),
    ],
)
def test_question_with_another_name_leans_on_the_rest_of_the_one_before(
    before: str, question: str, rest: str
) -> None:
    assert understand(question, [before]) == (question, rest)


def test_question_that_leans_on_one_with_another_name_leans_on_what_that_means() -> None:
    history = ["丹麦的网络花了多少钱？", "那挪威呢？"]
    assert understand("为什么？", history) == ("为什么？", "挪威的网络花了多少钱？")
