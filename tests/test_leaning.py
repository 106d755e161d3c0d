import pytest

from duanci.leaning import leans, points_to_place


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
        "曼谷那个后来怎么样？",
        "前两次讨论的是什么？",
        "那项研究是谁做的？",
        "是哪几个欧洲国家？",
        "是谁提出的？",
        "具体是哪些国家？",
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
        "曼谷那个新中心办得怎样？",
        "前三个问题是什么？",
        "是谁主持了会议？",
        "是誰宣佈第七屆會議開幕的？",
        "是什么导致了危机？",
        "是哪个国家的代表谈到出口加工区？",
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
        ("后来那里的就业恢复了吗？", True),
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
