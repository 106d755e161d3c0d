from collections.abc import Callable
from dataclasses import replace
from math import inf, log, nan

import numpy as np
import pytest

from conftest import WordEncoder
from duanci.assistant import Assistant
from duanci.candidates import Candidate
from duanci.confidence import (
    Model,
    Signals,
    Weighing,
    confidence,
    deciding,
    find_signals,
    is_doubtful,
    is_foreign,
    read_models,
    read_weighings,
    share,
)
from duanci.config import Settings
from duanci.evaluate import index_contexts
from duanci.index import Index
from duanci.opening import open_index
from duanci.query import Query, make_query
from duanci.records import Paragraph

PARAGRAPH = Paragraph(
    "R", "", "1", ("一、会议",), "会议1998年在日内瓦举行，有四百个蜂箱。", (), 1, 1
)
ENGLISH = Paragraph(
    "R",
    "",
    "1",
    (),
    "The price of honey rose in the villages in 1998, and a hive was dear.",
    (),
    1,
    1,
)


@pytest.fixture
def index(bees: Assistant, settings: Settings, encoder: WordEncoder) -> Index:
    return open_index(settings.index, encoder)


@pytest.fixture
def ask(index: Index, encoder: WordEncoder) -> Callable[[str], Query]:
    return lambda question: make_query(question, index, encoder)


def _candidate(
    match: float = 0.9,
    spread: float = 0.02,
    closeness: float = 0.9,
    misplaced: bool = False,
    window: float = 0.6,
) -> Candidate:
    nothing = np.zeros(1, np.float32)
    ranked = (1.0, 0.8, 0.9, 4.0, 0.5, window)
    told = (0.5, window, closeness, match, 0.85, spread)
    return Candidate(0, *ranked, *told, nothing, misplaced, lead=1.0, window_lead=0.05)


def _sure(
    query: Query, candidate: Candidate, quoted: str = PARAGRAPH.text, read: float = 2.0
) -> float:
    return confidence(query, candidate, PARAGRAPH, quoted, read, lambda: nan)


def _elsewhere(query: Query, paragraph: Paragraph = PARAGRAPH) -> float:
    return find_signals(query, _candidate(), paragraph, paragraph.text, 2.0).elsewhere


@pytest.mark.parametrize(
    ("question", "quoted", "missing"),
    [
        ("蜂箱怎样？", "有四百个蜂箱。", (0, 0, 0, 0, 0)),
        ("1998年的会议怎样？", "会议。", (0, 0, 0, 0, 0)),
        ("1999年的会议怎样？", "会议。", (1, 0, 0, 0, 0)),
        ("日本的会议怎样？", "会议。", (1, 0, 0, 0, 0)),
        ("GATT的会议谈了什么？", "会议。", (0, 0, 1, 0, 0)),
        ("有多少蜂箱？", "有四百个蜂箱。", (0, 0, 0, 0, 0)),
        ("有多少蜂箱？", "会议1998年在日内瓦举行。", (0, 0, 0, 1, 0)),
        ("会议在哪里举行？", "有四百个蜂箱。", (0, 0, 0, 0, 1)),
        ("剑桥大学的会议谈了什么？", "会议。", (0, 1, 0, 0, 0)),
        ("How is the GATT meeting?", "会议。", (0, 0, 0, 0, 0)),
        ("How was the meeting in Japan in 1998?", "会议。", (1, 0, 0, 0, 0)),
    ],
)
def test_what_an_answer_lacks(
    ask: Callable[[str], Query], question: str, quoted: str, missing: tuple[float, ...]
) -> None:
    query = ask(question)
    found = find_signals(query, _candidate(), PARAGRAPH, quoted, 2.0)
    lacks = (found.elsewhere, found.unnamed, found.unmarked, found.uncounted, found.untold)
    assert lacks == missing
    assert (found.window, found.tokens, found.match, found.closeness) == (0.6, 0.5, 0.9, 0.9)
    assert (found.least, found.spread, found.coverage) == (0.85, 0.02, 0.8)
    assert found.length == len(query.encoding().weights)


def test_place_that_a_paragraph_lacks_is_a_name_that_it_lacks(ask: Callable[[str], Query]) -> None:
    query = ask("东京的会议怎样？")
    assert find_signals(query, _candidate(misplaced=True), PARAGRAPH, "", 2.0).unnamed == 1
    assert find_signals(query, _candidate(misplaced=False), PARAGRAPH, "", 2.0).unnamed == 0


@pytest.mark.parametrize(
    ("question", "elsewhere"),
    [
        ("区块链", 1),
        ("报告里有没有提到区块链？", 1),
        ("什么是数字货币？", 1),
        ("什么是蜂箱会议？", 1),  # 蜂箱 and 会议 stand too far apart
        ("什么是会议蜂箱？", 1),
        ("什么是日内瓦会议？", 0),
        ("什么是蜂箱价格？", 1),
        ("蜂箱", 0),
        ("蜂箱区块链", 0),  # three words
        ("区块链怎样改变了农民的日子？", 0),  # a sentence, which may be a paraphrase
        ("blockchain", 0),  # may be there by another name
        ("谁来自区块链？", 0),  # asks for more than a term
        ("怎样提高价格？", 0),
        ("蜂箱后来怎么样？", 0),  # 后来 is of anything
        ("区块链后来怎么样？", 1),
        ("两次会议", 0),
        ("会议对蜂箱有什么看法？", 0),
        ("会议对区块链有什么看法？", 1),
        ("报告里关于农民的区块链的内容有哪些？", 1),  # less than half of the words, by rarity
    ],
)
def test_term_asked_for_alone_must_be_there(
    ask: Callable[[str], Query], question: str, elsewhere: float
) -> None:
    assert _elsewhere(ask(question)) == elsewhere


@pytest.mark.parametrize(
    ("question", "elsewhere"),
    [("谁是秘书长？", 1), ("秘書長是誰？", 1), ("谁是副秘书长？", 0), ("副秘书长讲了什么？", 0)],
)
def test_a_deputy_is_not_who_holds_the_office(
    ask: Callable[[str], Query], question: str, elsewhere: float
) -> None:
    paragraph = replace(PARAGRAPH, text="副秘书长李明先生主持会议。")
    assert _elsewhere(ask(question), paragraph) == elsewhere


def test_an_office_without_a_name_is_not_who_holds_it(ask: Callable[[str], Query]) -> None:
    paragraph = replace(PARAGRAPH, text="副秘书长主持会议，谈到了挑战。")
    assert _elsewhere(ask("副秘书长是谁？"), paragraph) == 1
    assert _elsewhere(ask("副秘书长讲了什么？"), paragraph) == 0


@pytest.mark.parametrize(
    ("question", "elsewhere"),
    [
        ("信贷重要吗？", 0),
        ("挑战说了什么？", 0),
        ("医生说了什么？", 1),
    ],
)
def test_short_question_has_its_words_in_the_paragraph(
    ask: Callable[[str], Query], question: str, elsewhere: float
) -> None:
    paragraph = replace(PARAGRAPH, text="副秘书长主持会议，谈到了挑战。")
    assert _elsewhere(ask(question), paragraph) == elsewhere


def test_item_that_a_list_does_not_have_is_not_told(ask: Callable[[str], Query]) -> None:
    paragraph = replace(PARAGRAPH, text="会议议程如下：\n1. 选举\n2. 信贷")
    assert _elsewhere(ask("会议议程的第二项是什么？"), paragraph) == 0
    assert _elsewhere(ask("会议议程的第三项是什么？"), paragraph) == 1


def test_answer_about_another_country_or_year_is_never_sure(ask: Callable[[str], Query]) -> None:
    assert _sure(ask("1998年的会议怎样？"), _candidate()) > 0.18
    assert _sure(ask("1999年的会议怎样？"), _candidate()) == 0.05
    assert _sure(ask("How was the meeting in Japan?"), _candidate()) <= 0.05


@pytest.mark.parametrize(("naming", "sure"), [(9, False), (10, True)])
def test_what_many_paragraphs_name_goes_without_saying_in_others(
    settings: Settings, encoder: WordEncoder, naming: int, sure: bool
) -> None:
    named = [f"日本{word}的会议。" for word in "甲乙丙丁戊己庚辛壬癸"[:naming]]
    index_contexts(settings.index, "R", [*named, PARAGRAPH.text], encoder)
    query = make_query("日本的会议谈了什么？", open_index(settings.index, encoder), encoder)
    assert query.pinned == (() if sure else (("日本",),))
    assert (_sure(query, _candidate()) > 0.05) is sure


@pytest.mark.parametrize(
    ("question", "context", "pinned"),
    [
        ("那里的会议怎样？", "丹麦的会议在哪里开？", ("丹麦",)),
        ("那里的会议怎样？", "丹麥的會議在哪裡開？", ("丹麦",)),
        ("How was the meeting there?", "Where in Denmark was the fair?", ("丹麦",)),
        ("那里的会议怎样？", "丹麦和挪威的会议在哪里开？", None),
        ("挪威那里的会议怎样？", "丹麦的会议在哪里开？", ("挪威",)),
        ("会议怎样？", "丹麦的会议在哪里开？", None),
    ],
)
def test_place_that_a_question_points_to_is_the_only_one_of_its_context(
    settings: Settings,
    encoder: WordEncoder,
    question: str,
    context: str,
    pinned: tuple[str, ...] | None,
) -> None:
    index_contexts(settings.index, "R", [PARAGRAPH.text], encoder)
    query = make_query(question, open_index(settings.index, encoder), encoder, context)
    assert query.pinned == ((pinned,) if pinned else ())
    assert _elsewhere(query, PARAGRAPH) == (1 if pinned else 0)


@pytest.mark.parametrize(
    ("context", "places"),
    [
        ("恩内维的零部件厂从哪里得到技术？", (("恩内维",),)),
        ("恩内维与圣卡塔琳娜有什么不同？", ()),  # which of them?
        ("恩内维在尼日利亚的哪里？", (("尼日利亚",),)),  # a place that is known
    ],
)
def test_a_name_is_the_place_pointed_to_where_none_is_known(
    settings: Settings, encoder: WordEncoder, context: str, places: tuple[tuple[str, ...], ...]
) -> None:
    index_contexts(settings.index, "R", [PARAGRAPH.text], encoder)
    index = open_index(settings.index, encoder)
    assert make_query("那里的企业之间关系如何？", index, encoder, context).places == places


def test_model_weighs_signals_and_their_products() -> None:
    model = Model(
        ("spread", "coverage"),
        np.array([0.1, 0.5]),
        np.array([0.1, 0.25]),
        np.array([[1.0, 2.0, 3.0], [0.0, 0.5, 4.0], [0.0, 0.0, 0.25]]),
    )
    signals = Signals(*[0.0] * 5, 0.3, 1.0, *[0.0] * 11)  # a spread of 2, a coverage of 2
    assert model.logit(signals) == pytest.approx(1 + 2 * 2 + 3 * 2 + 0.5 * 4 + 4 * 4 + 0.25 * 4)


def test_what_is_missing_cannot_make_surer() -> None:
    weights = np.array([[1.0, 2.0], [0.0, 0.0]])
    model = Model(("uncounted",), np.zeros(1), np.ones(1), weights)
    has, lacks = Signals(*[0.0] * 18), Signals(*[0.0] * 15, 1.0, 0.0, 0.0)
    assert (model.logit(has), model.logit(lacks)) == (1.0, 1.0)
    model = Model(("uncounted",), np.zeros(1), np.ones(1), -weights)
    assert (model.logit(has), model.logit(lacks)) == (-1.0, -3.0)


def test_reader_that_tells_nothing_counts_as_it_does_as_a_rule() -> None:
    model = Model(("read",), np.array([1.5]), np.array([2.0]), np.array([[0.5, 3.0], [0.0, 0.0]]))
    said, unsaid = (Signals(*[0.0] * 9, read, *[0.0] * 8) for read in (3.5, np.nan))
    assert (model.logit(said), model.logit(unsaid)) == (3.5, 0.5)


def test_less_sure_of_the_two_models_decides(ask: Callable[[str], Query]) -> None:
    query, models = ask("蜂箱怎样？"), read_models()
    in_chinese = ["complete", "follow-up", "foreign", "foreign follow-up", "related"]
    in_letters = ["lettered", "lettered Chinese", "lettered follow-up", "lettered foreign"]
    assert sorted(models) == sorted([*in_chinese, *in_letters])
    assert sorted([*read_weighings(), "related"]) == sorted(models)
    decided = set()
    for candidate in (_candidate(spread=0.07), _candidate(closeness=0.8)):
        signals = find_signals(query, candidate, PARAGRAPH, PARAGRAPH.text, 2.0)
        logits = {name: models[name].logit(signals) for name in ("related", "complete")}
        least = min(logits, key=lambda name: logits[name])
        decided.add(least)
        assert _sure(query, candidate) == pytest.approx(1 / (1 + np.exp(-logits[least])))
    assert decided == {"related", "complete"}


@pytest.mark.parametrize(
    ("question", "context", "model"),
    [
        ("How many hives?", "", "foreign"),
        ("那费用呢？", "蜂箱有多少？", "follow-up"),
        ("And what does it cost?", "How many hives are there?", "foreign follow-up"),
    ],
)
def test_one_model_decides_of_another_language_and_of_a_follow_up_by_its_own_tokens(
    index: Index, encoder: WordEncoder, question: str, context: str, model: str
) -> None:
    query = make_query(question, index, encoder, context)
    assert deciding(query, PARAGRAPH) == (model,)
    signals = find_signals(query, _candidate(), PARAGRAPH, PARAGRAPH.text, 2.0)
    assert signals.length == len(encoder.encode_question(question).tokens)
    logit = read_models()[model].logit(signals)
    assert _sure(query, _candidate()) == pytest.approx(1 / (1 + np.exp(-logit)))


def test_uneven_matches_and_what_is_missing_make_less_sure(ask: Callable[[str], Query]) -> None:
    query = ask("有多少蜂箱？")
    uneven = _candidate(spread=0.07)
    assert _sure(query, uneven) < _sure(query, _candidate())
    assert _sure(query, uneven, "会议1998年在日内瓦举行。") < _sure(query, uneven)


def test_question_in_another_language_is_told_by_script_and_small_words(
    ask: Callable[[str], Query],
) -> None:
    assert is_foreign(ask("How many hives?"), PARAGRAPH)
    assert not is_foreign(ask("有多少蜂箱？"), PARAGRAPH)
    assert is_foreign(ask("Combien de ruches ?"), ENGLISH)
    assert is_foreign(ask("Combien de ruches y a-t-il ?"), ENGLISH)
    assert not is_foreign(ask("What do bee boxes cost in the villages?"), ENGLISH)


@pytest.mark.parametrize(
    ("question", "context", "model"),
    [
        ("What did hives cost in 1998?", "", "lettered"),
        ("Combien coûtaient les ruches en 1998 ?", "", "lettered foreign"),
        ("1998年一个蜂箱多少钱？", "", "lettered Chinese"),
        ("And what does it cost?", "How many hives are there?", "lettered follow-up"),
        ("那费用呢？", "蜂箱有多少？", "lettered follow-up"),
    ],
)
def test_models_of_their_own_decide_of_paragraphs_in_letters(
    index: Index, encoder: WordEncoder, question: str, context: str, model: str
) -> None:
    query = make_query(question, index, encoder, context)
    assert deciding(query, ENGLISH) == (model,)


@pytest.mark.parametrize(
    "question",
    ["1998年一个蜂箱多少钱？", "谁说蜂蜜涨价了？", "主席是谁？"],
)
def test_what_is_known_in_chinese_alone_is_not_missed_in_letters(
    ask: Callable[[str], Query], question: str
) -> None:
    found = find_signals(ask(question), _candidate(), ENGLISH, ENGLISH.text, 2.0)
    lacks = (found.elsewhere, found.unmarked, found.uncounted, found.untold, found.counted)
    assert lacks == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("question", "elsewhere"),
    [
        ("1997年一个蜂箱多少钱？", 1),
        ("1998年一个蜂箱多少钱？", 0),
        ("日本的蜂蜜为什么涨价？", 1),
        ("Why did honey become dear in Japan?", 1),
        ("Why did honey become dear?", 0),
    ],
)
def test_year_and_country_are_missed_in_letters(
    ask: Callable[[str], Query], question: str, elsewhere: float
) -> None:
    assert _elsewhere(ask(question), ENGLISH) == elsewhere


@pytest.mark.parametrize(
    ("first", "is_read"), [(0.11, False), (0.13, True), (0.59, True), (0.61, False)]
)
def test_what_is_in_doubt_is_read_closely(
    ask: Callable[[str], Query], monkeypatch: pytest.MonkeyPatch, first: float, is_read: bool
) -> None:
    logit = log(first / (1 - first))
    monkeypatch.setattr(Model, "logit", lambda self, signals: logit)
    query, told = ask("蜂箱怎样？"), []

    def compare() -> float:
        told.append(3.0)
        return 3.0

    sure = confidence(query, _candidate(), PARAGRAPH, "有四百个蜂箱。", 2.0, compare)
    weighed = read_weighings()["complete"].logit(logit, 3.0)
    assert len(told) == int(is_read)
    assert sure == pytest.approx(share(weighed) if is_read else first)
    assert share(weighed) > first


def test_what_the_index_is_not_about_is_not_read_closely() -> None:
    def logit(sure: float) -> float:
        return log(sure / (1 - sure))

    assert not is_doubtful({"related": logit(0.11), "complete": logit(0.3)})
    assert is_doubtful({"related": logit(0.13), "complete": logit(0.3)})
    assert is_doubtful({"foreign": logit(0.11)})


def test_what_tells_nothing_when_read_closely_leaves_it_in_doubt(
    ask: Callable[[str], Query], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Model, "logit", lambda self, signals: 0.0)
    assert _sure(ask("蜂箱怎样？"), _candidate()) == 0.5


def test_what_is_elsewhere_is_not_read_closely(
    ask: Callable[[str], Query], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Model, "logit", lambda self, signals: 0.0)
    query = ask("日本的会议怎样？")

    def compare() -> float:
        raise AssertionError

    assert confidence(query, _candidate(), PARAGRAPH, "会议。", 2.0, compare) == 0.05


def test_both_logits_are_weighed() -> None:
    assert Weighing(0.5, 2.0, 0.25).logit(1.5, -4.0) == 2.5
    assert all(min(own.first, own.compared) > 0 for own in read_weighings().values())
    assert (share(0.0), share(-inf), share(inf)) == (0.5, pytest.approx(0.0), 1.0)
