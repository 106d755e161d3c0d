import pytest

from duanci.wanted import Wanted, asks_for_number, wanted


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("蜂箱有多少个？", True),
        ("有几个合作社？", True),
        ("这是第几次会议？", True),
        ("蜂箱有多高？", True),
        ("几乎没有变化吗？", False),
        ("好几个合作社为什么解散？", False),
        ("几家合作社里哪一家最大？", False),
        ("许多高校在哪里？", False),
        ("多大学者参加了？", False),
    ],
)
def test_what_asks_for_a_number(question: str, expected: bool) -> None:
    assert asks_for_number(question) is expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("合作社有多少家企业？", Wanted("count", "企业？")),
        ("这个镇有多少居民？", Wanted("people", "居民？")),
        ("有多少人参加？", Wanted("people", "人参加？")),
        ("会议花了多少经费？", Wanted("money")),
        ("蜂蜜卖多少钱？", Wanted("money")),
        ("失业率是多少？", Wanted("share")),
        ("平均工资是多少？", Wanted("money")),
        ("占百分之多少？", Wanted("share")),
        ("占了多少百分比？", Wanted("share")),
        ("持续了多久？", Wanted("time")),
        ("持续了多少个月？", Wanted("time")),
        ("这是第几次会议？", Wanted("ordinal")),
        ("井有多深？", Wanted("length")),
        ("出口额有多大？", Wanted("money")),
        ("实行多高的税率？", Wanted("share", "税率？")),
        ("山有多大？", Wanted("any")),
        ("为什么？", Wanted("any")),
    ],
)
def test_what_a_number_is_wanted_of(question: str, expected: Wanted) -> None:
    assert wanted(question) == expected


@pytest.mark.parametrize(
    ("question", "measure"),
    [
        ("女性的贷款占多大比重？", "share"),
        ("费用的百分之几？", "share"),
        ("相当于月收入的多少？", "any"),
        ("有多少种最低工资？", "count"),
        ("最低工资是多少？", "money"),
        ("最晚几个礼拜付款？", "time"),
        ("去年亏了多少？", "money"),
        ("How long does it take?", "time"),
        ("How much did the network cost?", "money"),
        ("Сколько стран участвовало?", "any"),
        ("¿Cuántas empresas hay?", "count"),
    ],
)
def test_of_what_measure_a_number_is_wanted(question: str, measure: str) -> None:
    assert wanted(question).measure == measure


@pytest.mark.parametrize(
    "question", ["几时开会？", "此种多重要求怎样形成？", "能顶多大用？", "能在多大程度上促进？"]
)
def test_words_that_ask_for_no_number(question: str) -> None:
    assert not asks_for_number(question)
