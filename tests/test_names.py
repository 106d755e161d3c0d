import pytest

from duanci.names import (
    countries,
    foreign_names,
    has_all,
    has_term,
    marks,
    names,
    places,
    years,
)
from duanci.records import Footnote, Paragraph


def test_places_and_other_names_of_a_question() -> None:
    assert places("1998年在日内瓦举行的GATT会议") == [("日内瓦",)]
    assert marks("1998年在日内瓦举行的GATT会议") == [("GATT",)]
    assert years("1998年在日内瓦举行的GATT会议，电话12345") == [("1998",)]
    assert countries("东京的会议谈到日本和英国") == [("日本",), ("联合王国", "英国")]
    assert countries("What did Mauritius do in Port Louis?") == [("毛里求斯",)]
    assert names("剑桥大学的亚当斯") == [("剑桥大学",), ("亚当斯",)]
    assert places("東京的會議") == [("东京",)]
    assert places("在哪个城市？关联和福利怎样？") == []  # jieba's dictionary has them as places
    for question in ("蜂蜜的价格", "What is the price of honey?"):
        assert places(question) == names(question) == marks(question) == []


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("1998年9月的会议", ["1998"]),
        ("1996至1998年、2001/02年度的增长", ["1996", "1998", "2001"]),
        ("1950年代和2000多年以前", []),
        ("约9000人、1234万元、2000家企业", []),
        ("What was said in 1998, and in 2005?", ["1998", "2005"]),
        ("Were there 1,998 firms, or 1500?", []),
    ],
)
def test_years_that_a_question_names(question: str, expected: list[str]) -> None:
    assert years(question) == [(year,) for year in expected]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("加纳和英国做了什么？", [("加纳",), ("联合王国", "英国")]),
        ("Why did Mauritius succeed?", [("毛里求斯",)]),
        ("Combien de touristes Maurice veut-elle accueillir ?", [("毛里求斯",)]),
        ("Quels pays ont accueilli la réunion ?", []),
        ("What did Papua New Guinea and Cote d'Ivoire say?", [("巴布亚新几内亚",)]),
        ("Que fait la Côte d'Ivoire ?", [("科特迪瓦",)]),
        ("Какие льготы получают грузы из Монголии?", [("蒙古",)]),
        ("По каким параметрам платят при катастрофе?", []),
        ("ما الذي حدث في ماليزيا؟", [("马来西亚",)]),
        ("وماذا عن البرنامج الماليزي؟", []),
        ("What do Kenyan banks and the UK want?", [("肯尼亚",), ("联合王国", "英国")]),
        ("What did China say, or Hong Kong?", [("中国",)]),
    ],
)
def test_countries_that_a_question_names(question: str, expected: list[tuple[str, ...]]) -> None:
    assert places(question) == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (["日内瓦"], True),
        (["日内瓦", "东京"], False),
        (["1998"], True),
        (["1999"], False),
        (["GATT"], True),
        (["會議"], True),
        ([], True),
    ],
)
def test_paragraph_has_names_in_its_text_headings_or_footnotes(
    named: list[str], expected: bool
) -> None:
    paragraph = Paragraph(
        "R",
        "",
        "1",
        ("一、会议",),
        "本会1998年在日内瓦举行。",
        (Footnote("1", "GATT年鉴", 3),),
        1,
        1,
    )
    assert has_all(paragraph, [(name,) for name in named]) is expected
    assert has_all(paragraph, [("东京", "日内瓦")])


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("中国", "许多发展中国家的企业", False),
        ("中国", "发展中国家和中国的企业", True),
        ("日本", "日本政府的计划", True),
        ("印度", "印度尼西亚的经验", False),
        ("几内亚", "巴布亚新几内亚的代表", False),
        ("毛里求斯", "在毛里求斯", True),
    ],
)
def test_country_is_named_by_a_word_and_not_by_a_part_of_one(
    name: str, text: str, expected: bool
) -> None:
    assert has_all(Paragraph("R", "", "1", (), text, (), 1, 1), [(name,)]) is expected


@pytest.mark.parametrize(
    ("named", "text", "expected"),
    [
        (("秘鲁",), "La experta peruana se opuso.", True),
        (("斐济",), "L’expert fidjien a répondu.", True),
        (("埃及",), "وقال الخبير المصري إن السعر مرتفع.", True),
        (("加纳",), "Делегация Ганы возразила.", True),
        (("吉尔吉斯斯坦",), "Делегация Кыргызстана возразила.", True),
        (("挪威",), "The delegation of Ghana objected.", False),
        (("挪威",), "Делегация Ганы возразила.", False),
        (("挪威",), "وقال الخبير المصري إن السعر مرتفع.", False),
        (("阿皮亚",), "The meeting was held at Apia.", True),  # no country: it is not known
        (("挪威",), "See Annex II.", True),  # the heading above it has it
        (("1998",), "The meeting was held in 1998.", True),
        (("1999",), "The meeting was held in 1998.", False),
    ],
)
def test_country_is_named_in_letters_where_anything_begins_like_it(
    named: tuple[str, ...], text: str, expected: bool
) -> None:
    section = ("挪威",) if "Annex" in text else ()
    assert has_all(Paragraph("R", "", "1", section, text, (), 1, 1), [named]) is expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did Turkey and Viet Nam propose?", [("土耳其",), ("越南",)]),
        ("Qu'a dit la République de Corée ?", [("大韩民国", "韩国")]),
        ("¿Qué pidió la República Popular Democrática de Corea?", [("朝鲜", "朝鲜")]),
    ],
)
def test_countries_are_known_as_the_un_prints_them(
    question: str, expected: list[tuple[str, ...]]
) -> None:
    assert sorted(places(question)) == sorted(expected)


@pytest.mark.parametrize(
    ("term", "is_there"),
    [
        ("通货膨胀", True),  # of 通货膨胀率, which is another word
        ("税", True),
        ("银行贷款", True),  # each of its words, near each other
        ("税收贷款", False),  # too far apart
        ("政府税收", False),
        ("贷款银行家", False),  # 家 is left over
        ("外资", False),
        ("附录", True),  # in a footnote
        ("金融", True),  # in a heading
    ],
)
def test_term_is_there_as_it_is_or_by_all_its_words(term: str, is_there: bool) -> None:
    text = "税收和通货膨胀率高时，小企业就是去找银行，银行也不给贷款。"
    notes = (Footnote("1", "见附录。", 0),)
    paragraph = Paragraph("X/1", "", "1", ("金融",), text, notes, 1, 1)
    assert has_term(paragraph, term) is is_there


@pytest.mark.parametrize(
    ("term", "is_there"), [("瑞士专家", True), ("瑞士顾问", True), ("挪威专家", False)]
)
def test_for_an_expert_a_representative_will_do(term: str, is_there: bool) -> None:
    paragraph = Paragraph("X/1", "", "1", (), "瑞士代表提到挪威的研究。", (), 1, 1)
    assert has_term(paragraph, term) is is_there


@pytest.mark.parametrize(
    ("region", "text", "expected"),
    [
        ("非洲", "尼日利亚东部小镇恩内维的例子", True),
        ("西非", "尼日利亚东部小镇恩内维的例子", True),
        ("东非", "尼日利亚东部小镇恩内维的例子", False),
        ("加勒比", "牙买加家具集群", True),
        ("拉美", "牙买加家具集群", True),
        ("亚洲", "牙买加家具集群", False),
        ("亚洲", "发展中国家", False),  # no 中国
        ("欧洲", "欧洲国家提供援助", True),
    ],
)
def test_what_names_a_country_names_its_region(region: str, text: str, expected: bool) -> None:
    assert places(f"{region}的经验如何？") == [(region,)]
    assert has_all(Paragraph("R", "", "1", (), text, (), 1, 1), [(region,)]) is expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("恩内维的零部件厂从哪里得到技术？", [("恩内维",)]),
        ("恩内维与圣卡塔琳娜有什么不同？", [("恩内维",), ("卡塔琳娜",)]),
        ("尼日利亚的小镇为什么成功？", []),
        ("明白了什么道理？", []),
    ],
)
def test_names_that_sound_as_in_another_language(
    question: str, expected: list[tuple[str, ...]]
) -> None:
    assert foreign_names(question) == expected
