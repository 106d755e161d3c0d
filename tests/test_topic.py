import pytest

from duanci.topic import ask_plainly


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("会议对出口信贷有什么看法？", "出口信贷"),
        ("與會者對出口信貸持什麼態度？", "出口信贷"),
        ("专家们就出口信贷提出了什么建议？", "出口信贷"),
        ("专家对出口信贷怎么看？", "出口信贷"),
        ("对出口信贷有什么看法？", "出口信贷"),
        ("报告里关于出口信贷的内容有哪些？", "出口信贷"),
        ("这份报告对出口信贷的论述是什么？", "出口信贷"),
        ("有没有关于出口信贷的内容？", "出口信贷"),
        ("关于出口信贷，报告说了什么？", "出口信贷"),
        ("关于出口信贷报告怎么说？", "出口信贷"),
        ("报告怎么看出口信贷？", "出口信贷"),
        ("出口信贷在报告里是怎么说的？", "出口信贷"),
        ("报告提到出口信贷了吗？", "出口信贷"),
        ("会议上有没有讨论出口信贷问题？", "出口信贷"),
        ("介绍一下出口信贷的情况。", "出口信贷"),
        ("谈谈出口信贷", "出口信贷"),
        ("我想了解出口信贷。", "出口信贷"),
        ("出口信贷的情况如何？", "出口信贷"),
        ("出口信贷怎么样？", "出口信贷"),
        ("请问能不能介绍一下出口信贷？", "出口信贷"),
        ("报告谈没谈到出口信贷？", "出口信贷"),
        ("报告的哪一部分讲了出口信贷？", "出口信贷"),
        ("专家对小说有什么看法？", "小说"),  # 说 belongs to the word
        ("就下一步工作作了什么决定？", "下一步工作"),
        ("报告对集群的定义是什么？", "集群的定义"),
    ],
)
def test_question_that_asks_what_is_said_of_a_topic_is_the_topic(question: str, topic: str) -> None:
    assert ask_plainly(question) == topic


@pytest.mark.parametrize(
    ("question", "plain"),
    [
        ("What does the report say about export credits?", "What is said about export credits?"),
        ("Tell me about export credits.", "What is said about export credits?"),
        ("Did the experts discuss export credits", "What is said about export credits?"),
        ("Is there anything in the report on credits?", "What is said about credits?"),
        ("Que disent les experts sur le crédit ?", "Qu'est-ce qui est dit sur le crédit ?"),
        ("¿Qué dice el informe sobre el crédito?", "¿Qué se dice sobre el crédito?"),
        ("¿Menciona el informe a Togo?", "¿Qué se dice sobre Togo?"),
        ("Что говорится в докладе о кредитах?", "Что сказано о кредитах?"),
        ("ماذا يقول التقرير عن الائتمان؟", "ماذا قيل عن الائتمان؟"),
    ],
)
def test_question_in_another_language_is_asked_whoever_says_it(question: str, plain: str) -> None:
    assert ask_plainly(question) == plain


@pytest.mark.parametrize(
    "question",
    [
        "企业对政府有什么看法？",  # the enterprises are a part of what is asked
        "多哥专家对出口信贷有什么看法？",
        "会议对政府提出了哪些建议？",  # proposals to it, not on it
        "报告讨论了哪些国家？",
        "会议讨论了什么？",
        "这份报告主要讲了什么？",
        "会议对此有什么看法？",
        "报告怎么看这个问题？",
        "多哥那边情况如何？",
        "为什么企业之间缺少信任？",
        "就业有什么措施？",
        "关于合理便利的那本指南该写进哪些内容？",
        "对外贸易有什么看法？",
        "我想知道谁来了。",
        "哪一段说小企业得不到银行的贷款？",
        "报告提到乡村里的小企业从来都得不到银行的贷款了吗？",  # no name, but a whole sentence
        "出口信贷是什么？",
        "What did the expert from Togo say about export credits?",
        "What did the experts recommend to governments?",
        "",
    ],
)
def test_question_that_asks_for_more_stays_as_it_is(question: str) -> None:
    assert ask_plainly(question) == question


@pytest.mark.parametrize(
    ("question", "plain"),
    [
        ("挪威专家说了什么？", "挪威专家说"),
        ("挪威專家在討論中說了些什麼？", "挪威专家说"),
        ("世界银行的代表有什么意见？", "世界银行的代表说"),
        ("投资司司长在会上怎么说？", "投资司司长说"),
        ("请问挪威代表团怎么看？", "挪威代表团说"),
        ("专家们在会上说了什么？", "专家们在会上说了什么？"),  # whose?
        ("他还说了什么？", "他还说了什么？"),
        ("挪威专家对信任说了什么？", "挪威专家对信任说了什么？"),
        ("挪威专家说了什么理由？", "挪威专家说了什么理由？"),
    ],
)
def test_question_for_what_a_speaker_said_is_that_the_speaker_says(
    question: str, plain: str
) -> None:
    assert ask_plainly(question) == plain
