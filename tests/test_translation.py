from pathlib import Path

import numpy as np
import pytest

from conftest import WordEncoder, write_words
from duanci.candidates import find_candidates
from duanci.config import Settings
from duanci.evaluate import index_contexts
from duanci.opening import open_index
from duanci.postings import key_of, keys_of
from duanci.query import make_query
from duanci.translation import Table, Translator, asked_words, read_table, said_words


def table_of(translated: dict[str, dict[str, float]]) -> Table:
    """Make a table of words of questions, with the words of texts that they stand for."""
    said = sorted({word for own in translated.values() for word in own})
    asked = sorted(translated, key=key_of)
    return Table(
        keys_of(asked),
        np.cumsum([0, *(len(translated[word]) for word in asked)]),
        keys_of(said),
        np.array([said.index(by) for word in asked for by in translated[word]], np.int32),
        np.array([odds for word in asked for odds in translated[word].values()], np.float32),
    )


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("老闆為什麼掏錢？", ["老板", "掏钱"]),
        ("Who paid for the enterprises?", ["paid", "enterpris"]),
        ("Qui a payé l'entreprise ?", ["qui", "pai", "entrepris"]),
        ("Qui a payé les entreprises ?", ["qui", "pai", "le", "entrepris"]),
        ("¿Qué empresas pagaron?", ["que", "empres", "pag"]),
        ("Кто оплатил предприятия?", ["кто", "оплат", "предприят"]),
        ("من دفع للشركات والمؤسسات؟", ["دفع", "شرك", "والموسسا"]),
        ("SME的数目", ["sme", "数目"]),
        ("SMEs的数目", ["smes", "数目"]),
        ("25%？", []),
    ],
)
def test_words_of_a_question(question: str, expected: list[str]) -> None:
    assert asked_words(question) == expected


def test_words_of_a_text_are_chinese_ones_each_once() -> None:
    assert said_words("企業家的SME企业家1998") == ["企业", "企业家", "的"]


def test_words_are_translated_by_those_of_texts() -> None:
    table = table_of({"老板": {"企业家": 90.0, "厂主": 7.0}, "掏钱": {"出资": 50.0}})
    found = table.translate(["掏钱", "海盗", "老板"])
    said = {key_of(word): word for word in ("企业家", "厂主", "出资")}
    told = [
        (word, said[int(table.said[at])], odds)
        for word, at, odds in zip(
            *(part.tolist() for part in (found.word, found.targets, found.odds)), strict=True
        )
    ]
    assert sorted(told) == [(0, "出资", 50.0), (2, "企业家", 90.0), (2, "厂主", 7.0)]
    assert table.translate([]).targets.tolist() == []


def test_the_table_that_comes_with_the_package_has_what_people_say() -> None:
    table = read_table()
    found = table.translate(["老板", "women", "海盗船长号"])
    odds = {
        (word, key): value
        for word, key, value in zip(
            found.word.tolist(),
            table.said[found.targets].tolist(),
            found.odds.tolist(),
            strict=True,
        )
    }
    assert odds[0, key_of("雇主")] > 2
    assert odds[1, key_of("妇女")] > 2
    assert all(word < 2 for word in found.word.tolist())
    assert (np.diff(table.asked.astype(object)) > 0).all()
    assert table.starts[-1] == len(table.targets) == len(table.odds)


def test_a_piece_means_what_its_words_stand_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = table_of({"老板": {"企业家": 90.0, "厂主": 7.0, "雇主": 3.0}, "掏钱": {"出资": 50.0}})
    monkeypatch.setattr("duanci.translation.read_table", lambda: table)
    sentences = [["企业家", "出席"], ["厂主", "企业家"], ["出资"], []]
    write_words(tmp_path, sentences, [2, 1, 1])
    translator = Translator(tmp_path)
    asked = ["老板", "海盗", "掏钱"]
    # each word of a piece counts once, in whichever sentence it is
    expected = [[0, 0, 0], [97, 0, 0], [0, 0, 50]]
    assert translator.translate(np.array([2, 0, 1]), asked).tolist() == expected
    assert translator.translate(np.array([0]), []).shape == (1, 0)
    assert translator.translate(np.empty(0, np.int64), asked).shape == (0, 3)


def test_a_build_without_any_word_means_nothing(tmp_path: Path) -> None:
    write_words(tmp_path, [[]], [1])
    assert Translator(tmp_path).translate(np.array([0]), ["老板"]).tolist() == [[0.0]]


@pytest.mark.parametrize("question", ["老板们掏了多少钱？", "Did the employers pay?"])
def test_a_paragraph_means_the_words_of_a_question_that_has_none_of_its_own(
    question: str, settings: Settings, encoder: WordEncoder
) -> None:
    index_contexts(settings.index, "R", ["雇主支付了費用。", "港口关闭。"], encoder)
    index = open_index(settings.index, encoder)
    query = make_query(question, index, encoder)
    means = {one.row: one.meaning for one in find_candidates(query, index, np.arange(2))}
    assert means[1] == 0 < means[0]
    odds = index.translate(np.array([0]), query.meant)
    assert means[0] == pytest.approx(np.log1p(odds).mean())


def test_a_paragraph_that_means_a_question_is_looked_at_though_others_have_its_words(
    settings: Settings, encoder: WordEncoder
) -> None:
    others = [f"老板们{did}了多少次。" for did in ("看", "走", "飞", "站", "坐", "睡")]
    index_contexts(settings.index, "R", [*others, "雇主支付了費用。"], encoder)
    index = open_index(settings.index, encoder)
    query = make_query("老板们掏了多少钱？", index, encoder)
    found = {one.row: one.meaning for one in find_candidates(query, index, None, limit=3)}
    assert len(found) == 3
    assert found[6] == max(found.values())


def test_words_that_a_follow_up_leans_on_count_a_third(
    settings: Settings, encoder: WordEncoder
) -> None:
    index_contexts(settings.index, "R", ["雇主支付了費用。"], encoder)
    index = open_index(settings.index, encoder)
    query = make_query("费用呢？", index, encoder, "老板掏钱吗？")
    assert query.meant == ("费用", "老板", "掏钱")
    assert query.meant_weights.tolist() == pytest.approx([0.6, 0.2, 0.2])
    assert make_query("？", index, encoder).meant_weights.tolist() == []


def test_a_question_with_a_name_in_chinese_keeps_its_language(
    settings: Settings, encoder: WordEncoder
) -> None:
    index_contexts(settings.index, "R", ["工发组织支助企业。"], encoder)
    index = open_index(settings.index, encoder)
    query = make_query("Как ЮНИДО помогла предприятиям?", index, encoder)
    assert query.named == "Как 工发组织 помогла предприятиям?"
    assert query.meant[-2:] == ("помогл", "предприят")
