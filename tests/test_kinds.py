import pytest

from duanci.kinds import asked_kind, cannot_tell, counts, has_kind, lacks_holder, named_kind


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("蜂蜜的价格是多少？", "number"),
        ("有几个合作社？", "number"),
        ("How many hives are there?", "number"),
        ("几时能拿到？", "date"),
        ("What do they do when the road is cut?", ""),
        ("And when was it held?", "date"),
        ("会议什么时候举行？", "date"),
        ("哪一年开始？", "date"),
        ("When was it held?", "date"),
        ("谁当选主席？", "name"),
        ("谁担任会议主席？", "name"),
        ("会议选谁当了主席？", "name"),
        ("谁主持了会议？", "person"),
        ("主席是谁？", "name"),
        ("主席是谁呢？", "name"),
        ("网络是谁帮助建立的？", "person"),  # a body may have
        ("是哪三个国家？", "names"),
        ("十个国家是哪十个？", "names"),
        ("有哪些公司投了标？", "names"),
        ("在哪个国家？", "place"),
        ("工发组织的方案涉及哪五个层次？", ""),
        ("手册要说明如何经营哪些机构？", ""),
        ("这几天谁来了？", "person"),
        ("What is the rate of unemployment?", "number"),
        ("主席叫什么名字？", "name"),
        ("会议在哪里举行？", "place"),
        ("为什么会上涨？", ""),
        ("几乎没有变化吗", ""),
        ("有哪些建议？", ""),
        ("哪几段谈到蜂箱？", ""),
    ],
)
def test_what_a_question_asks_for(question: str, kind: str) -> None:
    assert asked_kind(question) == kind


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("合作社有多少蜂箱？", "合作社有四百个蜂箱。", True),
        ("合作社有多少蜂箱？", "合作社有蜂箱。", False),
        ("1998年有多少蜂箱？", "1998年合作社有蜂箱。", False),
        ("会议什么时候举行？", "会议1998年9月2日举行。", True),
        ("会议什么时候举行？", "会议在日内瓦举行。", False),
        ("主席叫什么名字？", "主席: Anna Bee女士", True),
        ("主席叫什么名字？", "会议选出了主席。", False),
        ("谁提出了建议？", "一位专家提出了建议。", True),
        ("园区和谁挂钩？", "园区与大学挂钩。", True),
        ("园区和谁挂钩？", "园区建在河边。", False),
        ("主席是谁？", "主席说会议开得很好。", False),
        ("主席是谁？", "主席: Anna Bee女士", True),
        ("在哪里举行？", "两个国家都举行了。", False),
        ("会议在哪里举行？", "会议在日内瓦举行。", True),
        ("为什么会上涨？", "价格上涨。", True),
        ("谁是秘书长？", "副秘书长李明先生主持会议。", False),
        ("谁是副秘书长？", "副秘书长李明先生主持会议。", True),
        ("主席是谁？", "主席李明先生，副主席王芳女士", True),
        ("参加会议的是哪四个国家？", "四个国家参加了会议，肯尼亚没有参加。", False),
        ("参加会议的是哪四个国家？", "法国、德国、肯尼亚和加纳参加了会议。", True),
        ("有哪些国家出席了？", "十二个国家出席了会议。", False),
        ("有哪些国家出席了？", "法国、德国和加纳出席了会议。", True),
        ("提交论文的十四个国家都有谁？", "法国、德国和十二个国家的论文", False),
        ("应满足哪两个条件？", "一是价格，二是质量。", True),
    ],
)
def test_text_has_the_kind_that_is_asked_for(question: str, text: str, expected: bool) -> None:
    assert has_kind(asked_kind(question), question, text) is expected


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("会议在何时何地举行？", "place"),
        ("Where and when was the meeting held?", "place"),
        ("Где и когда проходило совещание?", "place"),
        ("他是在哪裡長大的？", "place"),
        ("誰主持了會議？", "person"),
        ("会议何时举行？", ""),
        ("有多少蜂箱？", ""),
        ("谁主持了会议？", "person"),
        ("主席是谁？", "name"),
        ("是哪五个国家？", "names"),
        ("为什么？", ""),
    ],
)
def test_kind_that_has_a_name(question: str, kind: str) -> None:
    assert named_kind(question) == kind


def test_word_for_any_place_is_none() -> None:
    question = "会议在哪里举行？"
    assert not has_kind(named_kind(question), question, "会议在一个城市举行，谈了福利和海关。")


def test_place_is_missed_where_a_date_is_told() -> None:
    question = "会议在何时何地举行？"
    assert has_kind(asked_kind(question), question, "会议1998年举行。")
    assert not has_kind(named_kind(question), question, "会议1998年举行。")
    assert has_kind(named_kind(question), question, "会议1998年在日内瓦举行。")


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        (
            "该镇生产多少汽车零部件？",
            "该镇提供着全国80%以上的机动车零部件。",
            True,
        ),  # a share of them
        ("該鎮生產多少汽車零部件？", "该镇提供着全国80%以上的机动车零部件。", True),
        ("有多少个合作社？", "十二个合作社参加了会议。", True),
        ("有多少个合作社？", "全国有十二个省，都有合作社。", False),  # of another noun
        ("有多少个合作社？", "第十二合作社", False),  # which one, not how many
        ("1990年的合作社有多少个？", "合作社在1990年成立。", False),  # the question's own
        ("谁参加了会议？", "十二个合作社参加了会议。", False),  # not asked how many
        ("多少钱？", "十二个合作社", False),  # no noun
    ],
)
def test_noun_that_is_counted_stands_behind_a_number(
    question: str, text: str, expected: bool
) -> None:
    assert counts(asked_kind(question), question, text) is expected


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("投资司司长是谁？", "投资司司长强调了农民面对的挑战。", True),
        ("投資司司長是誰？", "投资司司长强调了农民面对的挑战。", True),
        ("投资司司长叫什么名字？", "投资司司长强调了农民面对的挑战。", True),
        ("投资司司长是谁？", "投资司司长李明女士强调了农民面对的挑战。", False),
        ("投资司司长是谁？", "李明女士强调了农民面对的挑战。", True),  # of which office?
        ("Who is the mayor of Geneva?", "日内瓦市长致开幕词。", True),
        ("Who was the mayor of Geneva?", "日内瓦市长李明先生致开幕词。", False),
        ("Qui était le maire de Genève ?", "日内瓦市长致开幕词。", True),
        ("¿Quién es la alcaldesa de Ginebra?", "日内瓦市长致开幕词。", True),
        ("Кто был мэром Женевы?", "日内瓦市长致开幕词。", True),
        ("谁感谢了市长？", "市长感谢各位专家。", False),  # somebody, by no name
        ("Who thanked the mayor?", "专家感谢市长。", False),
        ("谁是第一个发言的专家？", "挪威专家第一个发言。", False),  # no office
        ("市长说了什么？", "市长致开幕词。", False),
    ],
)
def test_who_holds_an_office_is_told_by_a_name(question: str, text: str, expected: bool) -> None:
    assert lacks_holder(asked_kind(question), question, text) is expected


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("存活率是百分之几？", "存活率与此有关。", True),
        ("存活率是百分之几？", "存活率为八成。", False),
        ("协议哪一年到期？", "2002年签订了协议。", False),
        ("2002年的协议哪一年到期？", "2002年签订了协议。", True),  # the question has that year
        ("会议哪天开幕？", "会议在日内瓦开幕。", True),
        ("会议哪天开幕？", "会议于9月2日开幕。", False),
        ("会议什么时候开幕？", "会议在雨季开幕。", False),
        ("取消行程的是哪一国？", "有一国取消了行程，未说明理由。", True),
        ("取消行程的是哪一国？", "挪威取消了行程。", False),
        ("挪威之外还有哪国取消了行程？", "挪威取消了行程。", True),
        ("Which country cancelled the visit?", "有一国取消了行程。", True),
        ("Which country cancelled the visit?", "One country cancelled it.", False),
        ("哪个国王最有影响？", "影响最大的是路易。", False),
        ("为什么取消行程？", "未说明理由。", False),
    ],
)
def test_what_cannot_tell_has_no_number_year_or_country(
    question: str, text: str, expected: bool
) -> None:
    assert cannot_tell(asked_kind(question), question, text) is expected
