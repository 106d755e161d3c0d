import json
from pathlib import Path

import pytest

from conftest import WordEncoder
from duanci.assistant import Assistant
from duanci.config import Settings
from duanci.errors import EvaluationError
from duanci.evaluate import (
    Evaluation,
    Outcome,
    Question,
    index_contexts,
    read_questions,
    read_squad,
    run,
)


def _outcome(place: int | None, gold: str = "1", answered: bool = True, kind: str = "") -> Outcome:
    return Outcome(Question("q", (gold,) if gold else (), kind), place, answered, (), 10.0)


def test_figures_of_known_places() -> None:
    outcomes = [_outcome(1), _outcome(2), _outcome(4, answered=False), _outcome(11), _outcome(None)]
    outcomes += [_outcome(None, gold="", answered=False), _outcome(None, gold="")]
    figures = Evaluation(outcomes, 1.5).figures()
    assert figures == {
        "questions": 7,
        "hit_at_1": 0.2,
        "hit_at_3": 0.4,
        "recall_at_10": 0.6,
        "mrr_at_10": 0.35,
        "ndcg_at_10": 0.4123,
        "refusal_recall": 0.5,
        "false_refusal_rate": 0.2,
        "query_ms_p50": 10.0,
        "query_ms_p95": 10.0,
        "build_seconds": 1.5,
        "by_kind": {},
    }


def test_figures_by_kind() -> None:
    kinds = Evaluation([_outcome(1, kind="a"), _outcome(2, kind="b")]).figures()["by_kind"]
    assert {kind: f["hit_at_1"] for kind, f in kinds.items()} == {"a": 1.0, "b": 0.0}
    assert kinds["a"]["refusal_recall"] is None


def test_best_placed_gold_counts(bees: Assistant) -> None:
    questions = [Question("第3段、第1段", ("9", "1")), Question("第9段", ())]
    first, second = run(bees, questions).outcomes
    assert (first.place, first.answered) == (2, True)
    assert (second.place, second.answered) == (None, False)


def test_question_set_is_read(tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text(
        '{"q": "甲？", "gold": ["25"], "kind": "fact"}\n\n'
        '{"turns": ["乙？", "那丙呢？"], "gold": []}\n',
        "utf-8",
    )
    assert read_questions(file) == [
        Question("甲？", ("25",), "fact"),
        Question("那丙呢？", (), "", ("乙？",)),
    ]


@pytest.mark.parametrize("line", ["{", "[]", '{"q": "x"}', '{"gold": []}', '{"q": "x", "gold": 5}'])
def test_bad_line_is_told_with_its_number(tmp_path: Path, line: str) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text('{"q": "x", "gold": []}\n' + line + "\n")
    with pytest.raises(EvaluationError, match=r"set\.jsonl:2: expected"):
        read_questions(file)


def test_empty_or_missing_set_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(EvaluationError, match="no question in it"):
        read_questions(tmp_path / "empty.jsonl")
    with pytest.raises(EvaluationError, match="cannot be read as UTF-8 text"):
        read_questions(tmp_path / "none.jsonl")


def test_contexts_of_squad_are_indexed_once_each(tmp_path: Path, encoder: WordEncoder) -> None:
    file = tmp_path / "small.json"
    qas = [{"question": "蜂箱在哪里？", "id": "1", "answers": []}]
    paragraphs = [
        {"context": "蜂箱在山上。", "qas": qas},
        {"context": "渔船在海里。", "qas": [{"question": "渔船在哪里？"}]},
        {"context": "蜂箱在山上。", "qas": [{"question": "山上有什么？"}]},
    ]
    file.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}), "utf-8")
    contexts, questions = read_squad(file)
    assert contexts == ["蜂箱在山上。", "渔船在海里。"]
    assert [q.gold for q in questions] == [("1",), ("2",), ("1",)]
    settings = Settings(index=tmp_path / "index")
    index_contexts(settings.index, "small", contexts, encoder)
    evaluation = run(Assistant.open_with(settings, encoder), questions)
    assert [o.place for o in evaluation.outcomes] == [1, 1, 1]


def test_file_that_is_neither_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"data": 5}')
    with pytest.raises(EvaluationError, match="expected JSONL .* or a SQuAD-format .json"):
        read_squad(tmp_path / "x.json")
