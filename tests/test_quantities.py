import pytest

from duanci.quantities import Quantity, has_quantity, lacks_quantity, quantities


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


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("存活率是百分之几？", "利用率与存活率有明显的联系。", True),
        ("存活率是百分之几？", "存活率为80%。", False),
        ("女工占几成？", "雇用340人，其中七成为女工。", False),
        ("每年预算多少？", "约有400万居民，内含300,000个企业。", True),
        ("每年预算多少？", "预算为120万克朗。", False),
        ("商会的收入减少了多少？", "收入减少四成。", False),
        ("价差各是多少？", "价差只有百分之二。", False),
        ("每个岗位的代价是多少？", "国库付出相当于三名教师年薪的代价。", False),
        ("完成率提高了多少？", "提高了六个百分点。", False),
        ("每校派几人去学？", "每校派一两人去学。", False),
        ("每天走多远去送奶？", "每天走六里路。", False),
        ("把多少经费留给读物？", "把至少五分之一的经费留给读物。", False),
        ("读物花了多少钱？", "把至少五分之一的经费留给读物。", True),
        ("银行借了多少？", "三十个国家的银行借了款。", True),
        ("每村发多少卢比？", "每村得到500卢比。", False),
        ("多少名志愿者？", "预算为18万美元。", True),
        ("多少座都会？", "对六十三个城市进行了调查。", False),  # in other words
        ("能得到多少好处？", "所在国得到的益处是有限的。", False),  # no number is wanted
        ("他们多久开一次会？", "他们每季度开会。", False),
        ("过了多久才提出？", "第四个月才有人提起。", False),
        ("How many firms took part?", "预算为18万美元。", True),
        ("How many firms took part?", "共有40家公司。", False),
        ("Combien de femmes ont suivi les ateliers ?", "许多妇女参加了讲习班。", True),
        ("How often is it published?", "每季度公布。", False),
    ],
)
def test_what_cannot_tell_a_number_has_none_that_could_be_meant(
    question: str, text: str, expected: bool
) -> None:
    assert lacks_quantity(question, text) is expected
