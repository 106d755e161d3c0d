from collections.abc import Callable

import numpy as np
import pytest

from conftest import WordEncoder
from duanci.assistant import Assistant
from duanci.confidence import confidence, is_foreign, lacks
from duanci.config import Settings
from duanci.index import Index, open_index
from duanci.records import Paragraph
from duanci.retrieve import Candidate, Query, make_query

PARAGRAPH = Paragraph(
    "R", "", "1", ("一、会议",), "会议1998年在日内瓦举行，有四百个蜂箱。", (), 1, 1
)


@pytest.fixture
def index(bees: Assistant, settings: Settings, encoder: WordEncoder) -> Index:
    return open_index(settings.index, encoder)


@pytest.fixture
def ask(index: Index, encoder: WordEncoder) -> Callable[[str], Query]:
    return lambda question: make_query(question, index, encoder)


def _candidate(
    window_tokens: float = 0.9,
    spread: float = 0.02,
    closeness: float = 0.9,
    misplaced: bool = False,
) -> Candidate:
    nothing = np.zeros(1, np.float32)
    return Candidate(
        0, 1.0, 0.5, closeness, window_tokens, window_tokens, 0.85, spread, nothing, misplaced
    )


def _sure(query: Query, candidate: Candidate, quoted: str = PARAGRAPH.text) -> float:
    return confidence(query, candidate, PARAGRAPH, quoted)


@pytest.mark.parametrize(
    ("question", "quoted", "missing"),
    [
        ("蜂箱怎样？", "有四百个蜂箱。", (0, 0, 0, 0)),
        ("1998年的会议怎样？", "会议。", (0, 0, 0, 0)),
        ("1999年的会议怎样？", "会议。", (0, 1, 0, 0)),
        ("有多少蜂箱？", "有四百个蜂箱。", (0, 0, 0, 0)),
        ("有多少蜂箱？", "会议1998年在日内瓦举行。", (0, 0, 1, 0)),
        ("会议在哪里举行？", "有四百个蜂箱。", (0, 0, 0, 1)),
        ("剑桥大学的会议怎样？", "会议。", (1, 0, 0, 0)),
        ("How is the GATT meeting?", "会议。", (0, 0, 0, 0)),
    ],
)
def test_what_an_answer_lacks(
    ask: Callable[[str], Query], question: str, quoted: str, missing: tuple[float, ...]
) -> None:
    found = lacks(ask(question), _candidate(), PARAGRAPH, quoted)
    assert (found.unnamed, found.unmarked, found.uncounted, found.untold) == missing
    assert found.spread == 0.02


def test_place_that_a_paragraph_lacks_is_a_name_that_it_lacks(ask: Callable[[str], Query]) -> None:
    query = ask("东京的会议怎样？")
    assert lacks(query, _candidate(misplaced=True), PARAGRAPH, "").unnamed == 1
    assert lacks(query, _candidate(misplaced=False), PARAGRAPH, "").unnamed == 0


def test_less_sure_of_the_two_models_decides(ask: Callable[[str], Query]) -> None:
    query = ask("蜂箱怎样？")
    # complete: 3.56 - 79.8 * 0.02 = 1.964; related is far above it
    assert _sure(query, _candidate()) == pytest.approx(1 / (1 + np.exp(-1.964)))
    # related: 110.6 * 0.81 + 54.2 * 0.85 - 137.0 = -1.344; complete is above it
    strange = _candidate(window_tokens=0.81, closeness=0.85)
    assert _sure(query, strange) == pytest.approx(1 / (1 + np.exp(1.344)))


def test_uneven_matches_and_what_is_missing_make_less_sure(ask: Callable[[str], Query]) -> None:
    query = ask("有多少蜂箱？")
    assert _sure(query, _candidate(spread=0.07)) < 0.18 < _sure(query, _candidate())
    assert _sure(query, _candidate(), "会议1998年在日内瓦举行。") < 0.3


def test_question_in_another_language_is_told_by_script_or_by_words_unseen(
    ask: Callable[[str], Query],
) -> None:
    english = Paragraph("R", "", "1", (), "The price of honey rose.", (), 1, 1)
    assert is_foreign(ask("How many hives?"), PARAGRAPH)
    assert not is_foreign(ask("有多少蜂箱？"), PARAGRAPH)
    assert is_foreign(ask("Combien de ruches ?"), english)
