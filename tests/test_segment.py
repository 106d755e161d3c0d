import warnings
from pathlib import Path

import pytest

from conftest import SHIPPED
from duanci.segment import (
    content_words,
    fold,
    own_words,
    sentences,
    simplify,
    split,
    tagged,
    tokenize,
    windows,
    words,
)


def test_traditional_and_full_width_fold_to_the_same() -> None:
    assert fold("傳統產業ＡＢＣ１２") == fold("传统产业abc12") == "传统产业abc12"


def test_words_are_search_words_pairs_and_characters() -> None:
    assert words("机动车零部件") == [
        *("机动", "动车", "机动车", "部件", "零部件"),
        *("2机动", "2动车", "2车零", "2零部", "2部件"),
        *("1机", "1动", "1车", "1零", "1部", "1件"),
    ]


def test_han_and_latin_and_digits_part_company() -> None:
    assert words("1998年ABC") == ["1998", "年", "1年", "abc"]


def test_simplifying_keeps_offsets() -> None:
    text = "傳統產業：乾燥的麵條，Ａ"
    assert len(simplify(text)) == len(text)
    assert simplify(text).startswith("传统产业：干燥的面条")


def test_punctuation_is_no_word() -> None:
    assert words("，。！ —— …") == []
    assert content_words("《蜂蜜》。") == ["蜂蜜"]


def test_content_words_leave_out_how_a_question_asks() -> None:
    expected = ["尼日利亚", "2尼日", "2日利", "2利亚", "集群"]
    assert content_words("尼日利亚的集群有哪些？") == expected
    assert content_words("What is the name of it?") == ["name"]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("哪一年开始？", ["开始"]),
        ("一种蜂蜡有几个用处？", ["蜂蜡", "用处"]),
        ("贸发会议应该做什么？", ["贸发", "会议"]),
        ("三家企业", ["三家", "企业"]),
        ("除了蜂蜡，大约还有何种产品？", ["蜂蜡", "产品"]),
    ],
)
def test_word_of_a_closed_class_says_nothing_of_its_own(question: str, found: list[str]) -> None:
    assert content_words(question) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Le secrétariat a-t-il établi", ["le", "secrétariat", "a", "t", "il", "établi"]),
        ("Где проходило совещание?", ["где", "проходило", "совещание"]),
        ("بنود جدول", ["بنود", "جدول"]),
        ("占3.5%的企业", ["占", "3", "5", "的", "企业"]),
    ],
)
def test_word_that_is_not_han_is_whole(text: str, found: list[str]) -> None:
    assert split(text) == found


def test_latin_words_are_lower_case() -> None:
    assert words("Enio Klein") == ["enio", "klein"]


def _texts(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一。二！三？", ["一。", "二！", "三？"]),
        ("他说：“好。”然后走了。", ["他说：“好。”", "然后走了。"]),
        ("尺度。¹ 由于条件不同。", ["尺度。¹", "由于条件不同。"]),
        ("用于：\n- 蜂箱；\n- 培训。", ["用于：", "- 蜂箱；", "- 培训。"]),
        ("Mr. Klein spoke. He left.", ["Mr. Klein spoke.", "He left."]),
        (
            "See No. 5 of TD/B/COM.3/EM.5/3. It is short.",
            ["See No. 5 of TD/B/COM.3/EM.5/3.", "It is short."],
        ),
        ("约有 3.5 万人。", ["约有 3.5 万人。"]),
        ("没有句号", ["没有句号"]),
        ("", []),
        ("\n\n", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert _texts(text) == expected


def test_long_sentence_is_parted_at_semicolons() -> None:
    text = "甲" * 100 + "；" + "乙" * 100 + "。"
    assert _texts(text) == ["甲" * 100 + "；", "乙" * 100 + "。"]


def test_windows_are_single_sentences_then_pairs() -> None:
    text = "一。二。三。"
    assert [text[a:b] for a, b in windows(text)] == ["一。", "二。", "三。", "一。二。", "二。三。"]


def test_window_of_a_text_without_a_stop() -> None:
    assert windows("报告") == [(0, 2)]


def test_words_and_tags_are_those_of_jiebas_whole_dictionary() -> None:
    words("蜂")  # makes jieba's default tokenizer ours
    text = SHIPPED.read_text("utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
        from jieba import posseg

        whole = jieba.Tokenizer()
        with (Path(jieba.__file__).parent / jieba.DEFAULT_DICT_NAME).open("rb") as file:
            whole.FREQ, whole.total = jieba.Tokenizer.gen_pfdict(file)
        whole.initialized = True
        tagger = posseg.POSTokenizer(whole)
    assert jieba.dt.total == whole.total
    for line in text.splitlines():
        assert tokenize(line) == whole.lcut(line)
    for line in text.splitlines()[::20]:
        found = tagger.lcut(simplify(line))
        assert tagged(line) == tuple((pair.word, pair.flag) for pair in found)
    tokenize("".join(whole.FREQ))
    assert whole.FREQ == jieba.dt.FREQ


def test_words_of_a_question_but_those_that_say_how_it_asks() -> None:
    assert own_words("報告裡有沒有提到區塊鏈？") == ["区块", "链"]
    assert own_words("数字货币怎样帮助企业？") == ["数字", "货币", "帮助", "企业"]
    assert own_words("有没有？") == []
    assert own_words("什么是外部经济？") == ["外部", "经济"]
    assert own_words("集群之间有什么？") == ["集群"]
