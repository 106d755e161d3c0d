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
        "效果怎么样？",
        "靠的是什么办法？",
        "邻国对此有什么意见？",
        "报告员又是哪一位？",
        "这笔补贴划得来吗？",
        "该项目由谁管理？",
        "谁不同意？为什么？",
        "Pourquoi ?",
        "Quand a-t-il été créé ?",
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


def test_context_is_the_question_before() -> None:
    history = ["出口加工区有什么问题？", "墨西哥的经验如何？"]
    assert context_of("那新加坡呢？", history) == "墨西哥的经验"
    assert context_of("新加坡模式成功的根源是什么？", history) == ""
    assert context_of("那新加坡呢？", []) == ""


def test_context_has_the_topic_of_a_question_that_asks_what_is_said_of_it() -> None:
    history = ["报告里关于出口信贷的内容有哪些？"]
    assert context_of("它有什么好处？", history) == "出口信贷"
    assert context_of("那里呢？", history) == "出口信贷"


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
    assert context_of(question, [before]) == ""
    assert context_of(question, ["谁当选主席？"]) == "谁当选主席？"


def test_context_reaches_back_through_questions_that_lean_themselves() -> None:
    history = ["恩内维在哪里？", "那里生产什么？"]
    assert context_of("为什么？", history) == "恩内维在哪里？ 那里生产什么？"
