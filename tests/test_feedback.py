import json
import multiprocessing
import re
import threading
from collections import Counter
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier as ProcessBarrier
from pathlib import Path
from typing import Any

import pytest

from duanci.errors import BuildError, EvaluationError
from duanci.evaluate import Question, read_questions
from duanci.feedback import Collected, Verdict, read_feedback, record, to_questions
from duanci.records import Answer, Citation, Paragraph

UP, DOWN = Verdict.UP, Verdict.DOWN


def _answer(question: str, *cited: str, report: str = "TD/B/99/1") -> Answer:
    """Make an answer that cites paragraphs: `25`, or `TD/B/99/2:25` of another report."""
    citations = []
    for one in cited:
        symbol, _, number = one.rpartition(":")
        paragraph = Paragraph(symbol or report, "", number, (), "文字。", (), 1, 1)
        citations.append(Citation(paragraph, ((0, 3),), 1.0))
    return Answer(question, bool(cited), "…", tuple(citations), (), "build-1", 1.0)


def _entry(verdict: Verdict, question: str, *cited: str, turns: tuple[str, ...] = ()) -> Any:
    paragraphs = [citation.paragraph for citation in _answer(question, *cited).citations]
    return {
        "time": "2026-01-01T00:00:00+00:00",
        "verdict": verdict.value,
        "question": question,
        "turns": list(turns),
        "build": "build-1",
        "answered": bool(cited),
        "cited": [p.id for p in paragraphs],
        "reports": [p.report for p in paragraphs],
    }


def _append_200(index: Path, process: int, start: ProcessBarrier | threading.Barrier) -> None:
    start.wait()
    for at in range(200):
        record(index, UP, _answer(f"{process}-{at}-" + "问" * (at * 20), "1"))


def test_verdict_is_a_line_of_the_file(tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    record(tmp_path, UP, _answer("那蜂箱\n呢？", "3", "TD/B/99/2:3"), ["经费用于什么？"])
    record(tmp_path, DOWN, _answer("火星？"))
    first, second = (tmp_path / "feedback.jsonl").read_text("utf-8").splitlines()
    time = json.loads(first)["time"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", time)
    assert before <= datetime.fromisoformat(time) <= datetime.now(UTC)
    assert first == (
        f'{{"time": "{time}", "verdict": "up", "question": "那蜂箱\\n呢？", '
        '"turns": ["经费用于什么？"], "build": "build-1", "answered": true, '
        '"cited": ["3", "3"], "reports": ["TD/B/99/1", "TD/B/99/2"]}'
    )
    assert read_feedback(tmp_path) == [json.loads(first), json.loads(second)]


def test_paragraph_ids_with_scope_and_place_are_kept(tmp_path: Path) -> None:
    paragraph = Paragraph("S", "附件一", "2", (), "文字。", (), 1, 1, place=2)
    answer = Answer("q", True, "…", (Citation(paragraph, ((0, 3),), 1.0),), (), "b", 1.0)
    record(tmp_path, UP, answer)
    assert read_feedback(tmp_path)[0]["cited"] == ["附件一/2#2"]


def test_separators_and_half_characters_do_not_break_a_line(tmp_path: Path) -> None:
    record(tmp_path, UP, _answer("甲\u2028乙\u0085丙\ud800\x00", "1"))
    record(tmp_path, UP, _answer("丁", "1"))
    questions = [entry["question"] for entry in read_feedback(tmp_path)]
    assert questions == ["甲\u2028乙\u0085丙?\x00", "丁"]


def test_lines_of_several_processes_stay_whole(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(8)
    processes = [context.Process(target=_append_200, args=(tmp_path, n, start)) for n in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 8
    _assert_all_whole(tmp_path)


def test_lines_of_several_threads_stay_whole(tmp_path: Path) -> None:
    start = threading.Barrier(8)
    threads = [threading.Thread(target=_append_200, args=(tmp_path, n, start)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _assert_all_whole(tmp_path)


def _assert_all_whole(index: Path) -> None:
    found = Counter(entry["question"] for entry in read_feedback(index))
    assert found == {f"{p}-{at}-" + "问" * (at * 20): 1 for p in range(8) for at in range(200)}


def test_line_after_a_torn_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    file.write_text('{"time": "20')
    record(tmp_path, UP, _answer("q", "1"))
    torn, whole = file.read_text("utf-8").splitlines()
    assert torn == '{"time": "20'
    assert json.loads(whole)["question"] == "q"
    with pytest.raises(EvaluationError, match=r"feedback\.jsonl:1: expected"):
        read_feedback(tmp_path)


def test_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duanci.feedback.os.write", lambda handle, line: len(line) - 1)
    with pytest.raises(BuildError, match=r"feedback\.jsonl: No space left on device; the verdict"):
        record(tmp_path, UP, _answer("q"))


def test_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="No such file or directory; the verdict is lost") as told:
        record(tmp_path / "none", UP, _answer("q"))
    assert "\n" not in str(told.value)


def test_nobody_has_said_anything(tmp_path: Path) -> None:
    assert read_feedback(tmp_path) == []
    assert to_questions([]) == Collected((), 0)


def test_blank_lines_and_the_mark_of_an_editor_are_passed_over(tmp_path: Path) -> None:
    line = json.dumps(_entry(UP, "q", "1"))
    (tmp_path / "feedback.jsonl").write_bytes(b"\xef\xbb\xbf\n" + line.encode() + b"\r\n \n")
    assert read_feedback(tmp_path) == [_entry(UP, "q", "1")]


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"{}",
        b"\xff\xfe",
        json.dumps(_entry(UP, "q", "1") | {"verdict": "sideways"}).encode(),
        json.dumps(_entry(UP, "q", "1") | {"question": 5}).encode(),
        json.dumps(_entry(UP, "q", "1") | {"answered": "yes"}).encode(),
        json.dumps(_entry(UP, "q", "1") | {"cited": [25]}).encode(),
        json.dumps(_entry(UP, "q", "1") | {"reports": []}).encode(),
        json.dumps(_entry(UP, "q", "1") | {"answered": False}).encode(),
        json.dumps(_entry(UP, "q") | {"answered": True}).encode(),
    ],
)
def test_damaged_line_is_told_with_its_number(tmp_path: Path, line: bytes) -> None:
    good = json.dumps(_entry(UP, "q", "1")).encode()
    (tmp_path / "feedback.jsonl").write_bytes(good + b"\n\n" + line + b"\n" + good + b"\n")
    expected = r'feedback\.jsonl:3: expected {"verdict": "up", .*, found .*; mend the line'
    with pytest.raises(EvaluationError, match=expected) as told:
        read_feedback(tmp_path)
    assert "\n" not in str(told.value)


def test_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "feedback.jsonl").mkdir()
    with pytest.raises(EvaluationError, match=r"cannot be read \(Is a directory\); check"):
        read_feedback(tmp_path)


def test_right_answers_and_refusals_become_questions() -> None:
    collected = to_questions([_entry(UP, "甲？", "25", "2", "25"), _entry(UP, "火星？")])
    assert collected == Collected(
        (
            {"q": "甲？", "gold": ["25", "2"], "kind": "feedback"},
            {"q": "火星？", "gold": [], "kind": "feedback"},
        ),
        0,
    )


def test_wrong_answers_are_left_out_and_counted() -> None:
    entries = [_entry(DOWN, "甲？", "1"), _entry(UP, "乙？", "2"), _entry(DOWN, "丙？")]
    assert to_questions(entries) == Collected(
        ({"q": "乙？", "gold": ["2"], "kind": "feedback"},), 2
    )


def test_last_verdict_on_a_question_counts() -> None:
    entries = [
        _entry(DOWN, "甲？", "1"),
        _entry(UP, "乙？", "2"),
        _entry(UP, "甲？", "3"),
        _entry(DOWN, "乙？", "2"),
        _entry(DOWN, "乙？", "2"),
    ]
    assert to_questions(entries) == Collected(
        ({"q": "甲？", "gold": ["3"], "kind": "feedback"},), 1
    )


def test_question_after_another_conversation_is_another_question() -> None:
    entries = [
        _entry(UP, "那丙呢？", "1", turns=("甲？", "乙？")),
        _entry(DOWN, "那丙呢？", "2", turns=("乙？",)),
        _entry(UP, "那丙呢？", "3"),
    ]
    assert to_questions(entries) == Collected(
        (
            {"turns": ["甲？", "乙？", "那丙呢？"], "gold": ["1"], "kind": "feedback"},
            {"q": "那丙呢？", "gold": ["3"], "kind": "feedback"},
        ),
        1,
    )


def test_only_what_cites_the_wanted_report_is_kept() -> None:
    entries = [
        _entry(UP, "两份？", "1", "TD/B/99/2:1", "TD/B/99/2:7"),
        _entry(UP, "第一份？", "2"),
        _entry(DOWN, "第一份，错？", "2"),
        _entry(DOWN, "第二份，错？", "TD/B/99/2:2"),
        _entry(UP, "都没有？"),
    ]
    assert to_questions(entries, report="TD/B/99/2") == Collected(
        (
            {"q": "两份？", "gold": ["1", "7"], "kind": "feedback"},
            {"q": "都没有？", "gold": [], "kind": "feedback"},
        ),
        1,
    )


def test_questions_are_read_by_evaluation(tmp_path: Path) -> None:
    record(tmp_path, UP, _answer("甲？", "25", "TD/B/99/2:3"))
    record(tmp_path, UP, _answer("那乙\n呢？", "4"), ["甲？"])
    record(tmp_path, UP, _answer("火星？"))
    record(tmp_path, DOWN, _answer("丙？", "9"))
    collected = to_questions(read_feedback(tmp_path))
    file = tmp_path / "set.jsonl"
    lines = [json.dumps(question, ensure_ascii=False) for question in collected.questions]
    file.write_text("\n".join(lines), "utf-8")
    assert read_questions(file) == [
        Question("甲？", ("25", "3"), "feedback"),
        Question("那乙\n呢？", ("4",), "feedback", ("甲？",)),
        Question("火星？", (), "feedback"),
    ]
    assert collected.left_out == 1
