"""The golden questions: what the file itself must be, whatever answers them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from duanci.report import read_report

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "data" / "TD_B_COM.3_EM.5_3.txt"
GOLDEN = Path(__file__).parent / "golden.jsonl"
LEAST = {
    "fact": 35,
    "list": 12,
    "paraphrase": 20,
    "english": 8,
    "french": 4,
    "spanish": 4,
    "russian": 4,
    "arabic": 4,
    "traditional": 8,
    "number": 16,
    "follow-up": 14,
    "refuse-out": 18,
    "refuse-in": 20,
}

Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]


def test_form(rows: list[Row]) -> None:
    for row in rows:
        assert list(row) in (["q", "gold", "kind"], ["turns", "gold", "kind"]), row
        turns = row.get("turns", [row.get("q")])
        assert all(isinstance(turn, str) and turn == turn.strip() != "" for turn in turns), row
        assert "turns" not in row or len(turns) >= 2, row
        assert len(set(row["gold"])) == len(row["gold"]), row


def test_kinds_stand_together_in_order(rows: list[Row]) -> None:
    kinds = [row["kind"] for row in rows]
    assert list(dict.fromkeys(kinds)) == list(LEAST)
    assert kinds == sorted(kinds, key=list(LEAST).index)


def test_enough_of_each_kind(rows: list[Row]) -> None:
    counts = Counter(row["kind"] for row in rows)
    assert {kind: n for kind, n in LEAST.items() if counts[kind] < n} == {}
    refused = [row for row in rows if not row["gold"]]
    assert len(rows) >= 120
    assert len(refused) >= 30
    assert 2 * counts["refuse-in"] >= len(refused)


def test_only_refusals_have_no_gold(rows: list[Row]) -> None:
    for row in rows:
        assert (not row["gold"]) == row["kind"].startswith("refuse-"), row


def test_gold_is_in_the_report(rows: list[Row]) -> None:
    ids = {paragraph.id for paragraph in read_report(SHIPPED).report.paragraphs}
    assert {gold for row in rows for gold in row["gold"]} <= ids


def test_no_question_twice(rows: list[Row]) -> None:
    asked = Counter(tuple(row.get("turns", [row.get("q")])) for row in rows)
    assert [question for question, n in asked.items() if n > 1] == []
