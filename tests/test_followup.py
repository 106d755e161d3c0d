import pytest

from duanci.followup import leans, points_to_place, understand


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
        "效果怎么样？",
        "靠的是什么办法？",
        "邻国对此有什么意见？",
        "报告员又是哪一位？",
        "这笔补贴划得来吗？",
        "该项目由谁管理？",
        "谁不同意？为什么？",
        "Pourquoi ?",
        "Quand a-t-il été créé ?",
        "Pourquoi n'a-t-il pas pu en faire davantage ?",
        "¿Qué piensa hacer el Gobierno para ayudarlos?",
        "那没有正规工作的那些人，政府打算怎么办？",
        "当时是谁执笔的？",
        "Pourquoi si peu d'entre eux ont-ils signé ?",
        "¿Y a partir de qué tráfico tendrían que abrir también de noche?",
        "¿Cuántas personas han encontrado trabajo gracias a ella?",
        "وما الخطر الذي حُذّروا منه؟",
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
        "有专家担心过境费的建议会影响世贸谈判，他们作了什么声明？",
        "走廊管理协定里至少该写进哪些内容？",
        "曼谷那个电话银行中心是哪家银行开的？",
        "锡卡索那边的水泵坏了，几天能修好？",
        "给农民办的那家银行叫什么名字？",
        "Pourquoi les enfants sourds quittent-ils l'école plus souvent ?",
        "Dans quelles langues la CNUCED devrait-elle rédiger ses supports ?",
        "What share of its budget was Peru advised to set aside?",
        "What does it cost to produce one accessible textbook?",
        "В каких городах намечены курсы и чему там будут учить?",
        "ما هي اللغات التي سيصدر بها دليل التدريب؟",
    ],
)
def test_question_that_stands_alone(question: str) -> None:
    assert not leans(question)


@pytest.mark.parametrize(
    ("question", "points"),
    [
        ("那里的效果怎么样？", True),
        ("那么当地的企业呢？", True),
        ("该国做了什么？", True),
        ("那个国家怎么办？", True),
        ("那国外呢？", False),
        ("该国际组织做了什么？", False),
        ("他们那里呢？", False),  # theirs
        ("网络在那里的效果怎么样？", False),
        ("What is the effect there?", True),
        ("How many firms are there?", False),
        ("Is there trust?", False),
        ("¿Y qué pasó en ese país?", True),
        ("А там?", True),
    ],
)
def test_question_that_points_to_a_place(question: str, points: bool) -> None:
    assert points_to_place(question) is points


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
        ("丹麦的网络花了多少钱？", "那挪威的渔船呢？"),
        ("丹麦和瑞典的网络花了多少钱？", "那挪威呢？"),  # in the place of which?
        ("网络花了多少钱？", "那挪威呢？"),
        ("丹麦的网络花了多少钱？", "那奥斯陆呢？"),  # no country
        ("丹麦的网络花了多少钱？", "And Norway?"),
        ("What did Danish firms do?", "And in northern Norway?"),
    ],
)
def test_question_that_adds_more_than_a_name_stays_as_it_is(before: str, question: str) -> None:
    assert understand(question, [before]) == (question, before)


def test_question_that_leans_on_one_with_another_name_leans_on_what_that_means() -> None:
    history = ["丹麦的网络花了多少钱？", "那挪威呢？"]
    assert understand("为什么？", history) == ("为什么？", "挪威的网络花了多少钱？")
