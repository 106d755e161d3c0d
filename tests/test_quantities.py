import pytest

from duanci.quantities import Quantity, Wanted, asks_for_number, has_quantity, quantities, wanted


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
    ("text", "expected"),
    [
        ("提供80%以上的零部件", [Quantity("80", "share", "以上的零部件")]),
        (
            "约有 400 万居民, 内含 300,000 个企业",
            [
                Quantity("400", "people", ""),
                Quantity("300,000", "count", "企业"),
            ],
        ),
        ("为期两周的讲习班", [Quantity("两", "time", "的讲习班")]),
        ("每箱二十五公斤", [Quantity("二十五", "weight", "")]),
        ("第三项讲演", [Quantity("三", "ordinal", "项讲演")]),
        ("价格是$10.2亿", [Quantity("10.2", "money", "")]),
        ("三分之一的企业", [Quantity("三分之一", "share", "的企业")]),
        ("1998年9月2日至4日", []),
        ("自 1995 年 5 月起", []),
        ("一位专家和几个代表", []),
        ("文件 TD/B/COM.3/EM.5/2", []),
        ("持续了140年", [Quantity("140", "time", "")]),
    ],
)
def test_numbers_are_told_apart_by_what_follows_them(text: str, expected: list[Quantity]) -> None:
    assert list(quantities(text)) == expected


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("这个镇有多少居民？", "该镇提供80%以上的零部件。", False),
        ("这个镇有多少居民？", "该镇约有 400 万居民。", True),
        ("有多少家企业？", "一位专家谈到了三个国家。", False),
        ("有多少家企业？", "那里有300,000个企业。", True),
        ("有多少病人死亡？", "一半以上病人死亡。", True),
        ("失业率是多少？", "前两项讲演谈到了失业率。", False),
        ("失业率是多少？", "失业率达到一成二。", True),
        ("花了多少经费？", "会议于1998年9月2日至4日举行。", False),
        ("花了多少经费？", "会议花了五千美元。", True),
        ("1998年有多少蜂箱？", "1998年有蜂箱。", False),
        ("有四百个蜂箱的合作社有几个？", "四百个蜂箱。", False),
        ("这是第几次会议？", "这是第三次会议。", True),
        ("这是第几次会议？", "会议开了三天。", False),
        ("How many hives are there?", "合作社有四百个蜂箱。", True),
        ("How many hives are there?", "一位专家谈到了蜂箱。", False),
    ],
)
def test_text_has_a_number_of_what_is_asked(question: str, text: str, expected: bool) -> None:
    assert has_quantity(question, text) is expected
