from dataclasses import replace

import numpy as np
import pytest
from attrs import evolve

from conftest import WordEncoder
from duanci.assistant import Assistant, rebuild
from duanci.candidates import Candidate, Trust, trust_in_words
from duanci.config import Settings
from duanci.encoder import open_encoder
from duanci.evaluate import index_contexts
from duanci.index import Index
from duanci.opening import open_index
from duanci.query import make_query
from duanci.retrieve import WEIGHTS, join_scores, retrieve, tell_lead

NOTHING = np.zeros(1, np.float32)


def _candidate(
    row: int, words: float, tokens: float, window: float, coverage: float = 0.0
) -> Candidate:
    shares = (coverage, coverage, 0.0)
    return Candidate(row, words, *shares, tokens, window, tokens, window, *[0.0] * 4, NOTHING)


def test_scores_are_standardised_weighted_and_added() -> None:
    candidates = [_candidate(0, 4, 0.9, 0.8), _candidate(1, 0, 0.7, 0.8)]
    words, _, _, _, tokens, _ = WEIGHTS
    expected = [words + tokens, -words - tokens]
    assert join_scores(candidates, Trust(1.0, 0.0)).tolist() == pytest.approx(expected)


def test_a_place_that_is_lacking_costs_and_more_where_it_is_only_pointed_to() -> None:
    there = _candidate(0, 1, 0.9, 0.8)
    for away, cost in (
        (replace(there, misplaced=True), 0.4),
        (replace(there, misplaced=True, elsewhere=True), 2.0),
    ):
        found = join_scores([there, away], Trust(1.0, 0.0)).tolist()
        assert found == pytest.approx([0, -cost])


def test_what_has_more_of_the_words_and_meets_them_evenly_comes_first_where_words_count() -> None:
    alike = [_candidate(row, 1, 0.9, 0.8) for row in range(2)]
    _, breadth, evenness, *_ = WEIGHTS
    broad = [replace(alike[0], breadth=0.4), replace(alike[1], breadth=0.9)]
    even = [replace(alike[0], spread=0.2), replace(alike[1], spread=0.1)]
    for candidates, weight in ((broad, breadth), (even, evenness)):
        assert weight > 0
        for trust in (0.0, 0.5, 1.0):
            expected = [-trust * weight, trust * weight]
            found = join_scores(candidates, Trust(trust, 1 - trust))
            assert found.tolist() == pytest.approx(expected)


def test_what_means_the_words_comes_first_the_more_the_less_words_count() -> None:
    meant = [replace(_candidate(row, 1, 0.9, 0.8), meaning=float(row)) for row in range(2)]
    weight = WEIGHTS[3]
    assert weight > 0
    for share in (1.0, 0.625, 0.0):
        expected = [-share * weight, share * weight]
        assert join_scores(meant, Trust(0.5, share)).tolist() == pytest.approx(expected)


def test_lead_is_of_the_first_over_the_second_and_of_its_window_over_the_best() -> None:
    ranked = [_candidate(0, 4, 0.9, 0.8), _candidate(1, 0, 0.7, 0.5), _candidate(2, 0, 0.7, 0.9)]
    told = tell_lead(ranked, np.array([1.5, 0.5, 0.25]))
    assert [candidate.row for candidate in told] == [0, 1, 2]
    for candidate in told:
        assert (candidate.lead, candidate.window_lead) == (1.0, pytest.approx(-0.1))
    ranked[1] = replace(ranked[1], untold=True)  # asked for a person, it names none
    told = tell_lead(ranked, np.array([1.5, 0.5, 0.25]))
    assert (told[0].lead, told[0].window_lead) == (1.25, pytest.approx(-0.1))
    (alone,) = tell_lead(ranked[:1], np.array([1.5]))
    assert (alone.lead, alone.window_lead) == (1.0, 0.03)
    assert tell_lead([], np.empty(0)) == ()


def test_words_count_as_far_as_they_are_trusted() -> None:
    candidates = [_candidate(0, 4, 0.7, 0.8), _candidate(1, 0, 0.9, 0.8)]
    words, _, _, _, tokens, _ = WEIGHTS
    for trust in (0.0, 0.25, 1.0):
        first, _ = join_scores(candidates, Trust(trust, 1.0)).tolist()
        assert first == pytest.approx(trust * words - tokens)


@pytest.mark.parametrize(
    ("question", "coverage", "trust"),
    [
        ("蜂箱？", 0.0, (0.0, 1.0)),
        ("蜂箱？", 0.2, (0.0, 1.0)),
        ("蜂箱？", 0.325, (0.25, 0.625)),
        ("蜂箱？", 0.45, (0.5, 0.25)),
        ("蜂箱？", 8 / 15, (2 / 3, 0.0)),
        ("蜂箱？", 0.7, (1.0, 0.0)),
        ("蜂箱？", 1.0, (1.0, 0.0)),
        ("hives?", 0.0, (0.25, 1.0)),
        ("hives?", 0.45, (0.5, 0.25)),
        ("hives?", 0.7, (1.0, 0.0)),
    ],
)
def test_words_are_trusted_by_the_share_that_the_best_paragraph_has(
    bees: Assistant,
    settings: Settings,
    encoder: WordEncoder,
    question: str,
    coverage: float,
    trust: tuple[float, float],
) -> None:
    query = make_query(question, open_index(settings.index, encoder), encoder)
    candidates = [_candidate(0, 1, 1, 1, coverage), _candidate(1, 1, 1, 1)]
    assert trust_in_words(query, candidates) == pytest.approx(trust)


def test_nothing_to_rank() -> None:
    assert join_scores([], Trust(1.0, 0.0)).tolist() == []


def test_share_of_words_seen(bees: Assistant, settings: Settings, encoder: WordEncoder) -> None:
    index = open_index(settings.index, encoder)
    assert make_query("蜂箱", index, encoder).seen == 1.0
    assert make_query("zebra", index, encoder).seen == 0.0
    assert 0 < make_query("蜂箱 zebra", index, encoder).seen < 1


def test_context_counts_less_than_the_question(
    bees: Assistant, settings: Settings, encoder: WordEncoder
) -> None:
    index = open_index(settings.index, encoder)
    query = make_query("蜂箱", index, encoder, context="乌兰巴托")
    assert query.encoding().weights.tolist() == pytest.approx([0.5 / 4] * 4 + [0.5 / 2] * 2)
    longer = make_query("蜂箱的运输费用", index, encoder, context="乌兰巴托")
    assert longer.encoding().weights.tolist() == pytest.approx([2 / 9 / 4] * 4 + [1 / 9] * 7)
    assert query.encoding().own.tolist() == pytest.approx([0] * 4 + [0.5] * 2)
    assert query.encoding().is_own.tolist() == [False] * 4 + [True] * 2
    assert query.leans
    alone = make_query("蜂箱", index, encoder)
    tokens = alone.encoding()
    assert tokens.weights.tolist() == tokens.own.tolist() == pytest.approx([0.5, 0.5])
    assert tokens.is_own.tolist() == [True] * 2
    assert not alone.leans


def test_token_that_begins_with_the_blank_before_its_word_is_the_questions_own(
    real_settings: Settings,
) -> None:
    encoder = open_encoder(real_settings)
    index = open_index(real_settings.index, encoder)
    query = make_query("Pourquoi ?", index, encoder, context="Qui a payé le réseau ?")
    encoding = query.encoding()
    assert encoding.encoded.spans[encoding.is_own].tolist() == [[22, 31]]  # " Pourquoi"


@pytest.mark.parametrize(("text", "is_untold"), [("蜂箱很贵。", True), ("Ульи дороги.", False)])
def test_nobody_is_missed_in_a_text_in_letters(
    settings: Settings, encoder: WordEncoder, text: str, is_untold: bool
) -> None:
    index_contexts(settings.index, "R", [text], encoder)
    index = open_index(settings.index, encoder)
    (candidate,) = retrieve("谁保管蜂箱的Ульи？", index, encoder)[0].candidates
    assert candidate.untold is is_untold


def test_what_much_of_a_report_in_letters_names_goes_without_saying(
    settings: Settings, encoder: WordEncoder
) -> None:
    texts = [f"Кооператив номер {number} работает в Гане." for number in range(10)]
    index_contexts(settings.index, "R", [*texts, "Опыт Норвегии другой."], encoder)
    index = open_index(settings.index, encoder)
    assert make_query("加纳和挪威的合作社怎么样？", index, encoder).pinned == (("挪威",),)
    assert make_query("Как работают кооперативы в Гане?", index, encoder).pinned == ()


def test_quoted_is_what_the_question_itself_asks_for(
    settings: Settings, encoder: WordEncoder
) -> None:
    text = "合作社有四百个蜂箱，每年都增加。合作社的运输费用很高。"
    index_contexts(settings.index, "R", [text], encoder)
    index = open_index(settings.index, encoder)
    (hit,) = retrieve("运输费用呢？", index, encoder, context="合作社每年增加多少蜂箱？")[0].hits
    best = hit.windows[0][0]
    assert text[best.start : best.end] == "合作社的运输费用很高。"
    (hit,) = retrieve("合作社每年增加多少蜂箱？", index, encoder)[0].hits
    best = hit.windows[0][0]
    assert text[best.start : best.end] == "合作社有四百个蜂箱，每年都增加。"


def test_context_decides_between_paragraphs_that_match_alike(
    bees: Assistant, settings: Settings, encoder: WordEncoder
) -> None:
    index = open_index(settings.index, encoder)
    first = retrieve("有蜂箱吗？", index, encoder, context="乌兰巴托的合作社怎样？")[0].hits[0]
    assert first.paragraph.id == "附件一/1"


def test_only_the_rows_asked_for_are_ranked(
    bees: Assistant, settings: Settings, encoder: WordEncoder
) -> None:
    index = open_index(settings.index, encoder)
    assert retrieve("蜂箱", index, encoder, index.rows_of(["A/1"]))[0].hits == ()
    assert len(retrieve("蜂箱", index, encoder, index.rows_of(["TD/B/99/1"]))[0].hits) == 4
    (hit,) = retrieve("蜂箱", index, encoder, np.array([1]))[0].hits
    assert hit.paragraph.id == "2"


def test_windows_of_a_hit_come_best_first_and_lie_in_the_text(
    bees: Assistant, settings: Settings, encoder: WordEncoder
) -> None:
    index = open_index(settings.index, encoder)
    hit = next(h for h in retrieve("运输费用", index, encoder)[0].hits if h.paragraph.id == "2")
    scores = [score for _, score in hit.windows]
    assert scores == sorted(scores, reverse=True)
    best = hit.windows[0][0]
    assert hit.paragraph.text[best.start : best.end] == "运输费用没有变化。"
    assert all(window.end <= len(hit.paragraph.text) for window, _ in hit.windows)


@pytest.mark.parametrize(
    "question",
    [
        "报告里关于蜂箱的内容有哪些？",
        "会议对蜂箱有什么看法？",
        "What does the report say about hives?",
    ],
)
def test_what_is_said_of_the_report_itself_finds_no_paragraph_on_it(
    settings: Settings, encoder: WordEncoder, question: str
) -> None:
    contexts = [
        "会议请报告员编写报告，内容有会议的看法。",
        "蜂箱要放在高处。",
        "The report of the meeting.",
    ]
    contexts += ["Hives stand high."]
    index_contexts(settings.index, "R", contexts, encoder)
    index = open_index(settings.index, encoder)
    first = retrieve(question, index, encoder)[0].hits[0].paragraph.text
    assert first == contexts[1 if "蜂箱" in question else 3]


ENGLISH = """TD/B/99/2

Report of the Meeting on Honey

1. The meeting agreed that hives are to be inspected in spring.

2. The price of honey rose by half in three years.
"""


def _open_beside_english(settings: Settings, encoder: WordEncoder) -> Index:
    (settings.data / "honey.md").write_text(ENGLISH, "utf-8")
    rebuild(settings, encoder)
    return open_index(settings.index, encoder)


def test_reports_in_each_language_are_ranked_by_themselves(
    settings: Settings, encoder: WordEncoder
) -> None:
    index = _open_beside_english(settings, encoder)
    of_chinese, of_english = index.rows_of(["TD/B/99/1"]), index.rows_of(["TD/B/99/2"])
    first, second = retrieve("蜂箱", index, encoder)
    assert {hit.row for hit in first.hits} == set(of_chinese.tolist())
    assert {hit.row for hit in second.hits} == set(of_english.tolist())
    alone = settings.data.with_name("alone")
    alone.mkdir()
    (alone / "honey.md").write_text(ENGLISH, "utf-8")
    by_itself = evolve(settings, data=alone, index=alone / "index")
    rebuild(by_itself, encoder)
    (expected,) = retrieve("蜂箱", open_index(by_itself.index, encoder), encoder)
    np.testing.assert_allclose(second.query.mean, expected.query.mean, atol=1e-6)
    assert [one.tokens for one in second.candidates] == [one.tokens for one in expected.candidates]
    assert [hit.paragraph for hit in second.hits] == [hit.paragraph for hit in expected.hits]


def test_what_is_kept_to_is_ranked_in_the_languages_that_it_has(
    settings: Settings, encoder: WordEncoder
) -> None:
    index = _open_beside_english(settings, encoder)
    rows = index.rows_of(["TD/B/99/2"])
    (only,) = retrieve("honey", index, encoder, rows)
    assert sorted(hit.row for hit in only.hits) == rows.tolist()
    assert [len(one.hits) for one in retrieve("honey", index, encoder, rows[:1])] == [1]
    (nothing,) = retrieve("honey", index, encoder, rows[:0])
    assert nothing.hits == ()


@pytest.mark.parametrize("few", [2000, 1])
def test_paragraphs_far_from_a_question_are_found_where_it_keeps_to_them(
    settings: Settings, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    contexts = ["蜂箱要放在高处。"] * 40 + ["费用由捐助方承担。"] * 3
    index_contexts(settings.index, "R", contexts, encoder)
    index = open_index(settings.index, encoder)
    monkeypatch.setattr("duanci.candidates._FEW", few)
    monkeypatch.setattr("duanci.candidates._VECTORS", 2)
    monkeypatch.setattr("duanci.candidates._MORE", 1)
    question, rows = "蜂箱放在哪里？", np.arange(40, 43)
    (ranking,) = retrieve(question, index, encoder, rows)
    assert sorted(hit.row for hit in ranking.hits) == [40, 41, 42]
    _, nearest = index.near_of(encoder.encode_question(question).vector, rows)
    assert ranking.candidates[0].closeness == nearest
