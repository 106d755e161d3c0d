"""The commands as a user types them, in this process, with a tiny real encoder."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import SMALL_REPORT
from duanci import cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    tmp_path: Path,
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run `duanci …` on the small report; give exit code, stdout and stderr."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "bees.md").write_text(SMALL_REPORT, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUANCI_ENCODER", str(tiny_model))
    for name in ("DUANCI_DATA", "DUANCI_INDEX"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["duanci", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as exc:
            code = int(exc.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def _json(output: str) -> Any:
    return json.loads(output)


def test_index_tells_what_it_built_and_then_what_changed(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("index")
    assert code == 0
    first, last = out.splitlines()
    assert first == "TD/B/99/1: report added, 4 paragraphs"
    assert "1 report, 4 paragraphs, " in last
    assert ", 7 pieces of text embedded, " in last
    assert (tmp_path / "index" / "CURRENT").is_file()
    report = tmp_path / "data" / "bees.md"
    report.write_text(report.read_text("utf-8").replace("四百", "五百"), "utf-8")
    _, out, _ = run("index")
    assert out.splitlines()[0] == "TD/B/99/1: edited 附件一/1"
    assert ", 1 piece of text embedded, " in out
    build = (tmp_path / "index" / "CURRENT").read_text()
    code, out, _ = run("index")
    assert code == 0
    assert out.startswith(f"no change: build {build.strip()} stays in force")
    assert (tmp_path / "index" / "CURRENT").read_text() == build


def test_reports_are_indexed_whatever_the_system_writes_text_in(run: Run, tmp_path: Path) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    code = "from duanci.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "index", "--json"],
        env={**os.environ, **plain},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)["paragraphs"]) == (0, 4), done.stderr
    shown = _json(run("show", "附件一/1", "--json")[1])
    assert shown[0]["text"] in (tmp_path / "data" / "bees.md").read_text("utf-8")


def test_nothing_heavy_is_loaded_to_tell_that_nothing_changed(run: Run) -> None:
    run("index")
    code = (
        "import sys; from duanci.cli import main; main();"
        "heavy = ('numpy', 'faiss', 'onnx', 'onnxruntime', 'openvino', 'jieba');"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "index"], capture_output=True, text=True, check=True
    )
    first, last = done.stdout.splitlines()
    assert (first.partition(":")[0], last) == ("no change", "[]")


def test_index_json_is_one_document(run: Run) -> None:
    code, out, _ = run("index", "--json")
    assert code == 0
    built = _json(out)
    assert (built["paragraphs"], built["reports"]) == (4, ["TD/B/99/1"])
    assert built["changes"][0]["added"] == ["1", "2", "3", "附件一/1"]


def test_bad_report_exits_2_with_its_name_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data" / "bad.md").write_text("no numbers here\n")
    code, out, err = run("index")
    assert (code, out) == (2, "")
    assert err.startswith("error: data/bad.md: no numbered paragraph")
    assert err.count("\n") == 1
    assert not (tmp_path / "index" / "CURRENT").exists()
    assert not list((tmp_path / "index" / "builds").iterdir())


def test_findings_stop_the_build_unless_allowed(run: Run, tmp_path: Path) -> None:
    run("index")
    (tmp_path / "data" / "gap.md").write_text("1. 甲甲。\n\n2. 乙乙。\n\n5. 丙丙。\n")
    code, out, err = run("index")
    assert (code, out) == (2, "")
    assert err.startswith("error: data/gap.md:5: 第5段 after 第2段: gap")
    code, out, err = run("index", "--allow-findings")
    assert code == 0
    assert err.startswith("warning: data/gap.md:5: ")
    assert out.splitlines()[:2] == [
        "gap: report added, 3 paragraphs",
        "1 report without any change",
    ]


def test_status_tells_the_build_and_whether_the_reports_changed(run: Run, tmp_path: Path) -> None:
    run("index")
    build = (tmp_path / "index" / "CURRENT").read_text().strip()
    code, out, _ = run("status")
    assert code == 0
    assert out.startswith(f"build    {build}, made ")
    assert out.endswith("the reports are as the build has them\n")
    found = _json(run("status", "--json")[1])
    assert (found["build"], found["paragraphs"], found["data_changed"]) == (build, 4, False)
    (tmp_path / "data" / "new.md").write_text("1. 甲甲。\n")
    found = _json(run("status", "--json")[1])
    assert (found["data_changed"], found["changed_files"]) == (True, ["new.md"])
    _, out, err = run("ask", "蜂蜜的价格怎么样？")
    assert out
    assert f"the reports have changed since build {build} (new.md): run `duanci index`" in err


def test_diff_shows_the_words_that_changed(run: Run, tmp_path: Path) -> None:
    run("index")
    code, _, err = run("diff")
    assert code == 2
    assert "has no build before" in err
    report = tmp_path / "data" / "bees.md"
    report.write_text(report.read_text("utf-8").replace("四百", "五百"), "utf-8")
    run("index")
    code, out, _ = run("diff")
    assert code == 0
    assert out.splitlines()[1:] == [
        "TD/B/99/1: edited 附件一/1",
        "",
        "TD/B/99/1 附件一第1段",
        "乌兰巴托的合作社有[-四百个-]{+五百个+}蜂箱。",
    ]
    old = out.split(" ")[0]
    found = _json(run("diff", old, "--json")[1])
    assert found["old"] == old
    assert found["edits"][0]["parts"][1:3] == [
        {"kind": "removed", "text": "四百个"},
        {"kind": "added", "text": "五百个"},
    ]
    code, _, err = run("diff", "19")
    assert code == 2
    assert err.startswith("error: no build is named '19', expected one of 2")


def test_rollback_returns_to_the_build_before(run: Run, tmp_path: Path) -> None:
    run("index")
    first = (tmp_path / "index" / "CURRENT").read_text()
    code, _, err = run("rollback")
    assert code == 2
    assert "expected one to return to" in err
    report = tmp_path / "data" / "bees.md"
    report.write_text(report.read_text("utf-8").replace("四百", "五百"), "utf-8")
    run("index")
    code, out, _ = run("rollback")
    assert (code, out) == (0, f"build {first.strip()} is in force\n")
    assert "四百" in run("show", "附件一/1")[1]
    assert _json(run("status", "--json")[1])["data_changed"]
    run("index")
    assert "五百" in run("show", "附件一/1")[1]


def test_ask_json_is_the_contract(run: Run) -> None:
    run("index")
    code, out, _ = run("ask", "乌兰巴托的合作社有多少蜂箱？", "--json", "-k", "1")
    answer = _json(out)
    assert list(answer) == [
        "question", "answered", "text", "citations", "nearest", "build", "elapsed_ms",
    ]  # fmt: skip
    assert code == (0 if answer["answered"] else 3)
    cited = answer["citations"] or answer["nearest"]
    assert list(cited[0]) == ["report", "paragraph", "label", "section", "quotes", "score"]


def test_ask_by_number_is_exact(run: Run) -> None:
    run("index")
    code, out, _ = run("ask", "附件一第1段", "--json")
    (citation,) = _json(out)["citations"]
    assert code == 0
    assert citation == {
        "report": "TD/B/99/1",
        "paragraph": "附件一/1",
        "label": "附件一第1段",
        "section": ["附件一"],
        "quotes": ["乌兰巴托的合作社有四百个蜂箱。"],
        "score": 1.0,
    }


def test_ask_for_a_number_that_is_not_there_exits_3(run: Run) -> None:
    run("index")
    code, out, _ = run("ask", "第77段", "--json")
    answer = _json(out)
    assert (code, answer["answered"], answer["citations"]) == (3, False, [])


def test_show_json_is_the_contract(run: Run) -> None:
    run("index")
    code, out, _ = run("show", "2", "第3段", "--json")
    assert code == 0
    second, third = _json(out)
    assert second == {
        "report": "TD/B/99/1",
        "paragraph": "2",
        "label": "第2段",
        "section": ["一、建议"],
        "text": "会议注意到，蜂蜜的价格在三年中上涨了一半。¹ 运输费用没有变化。",
        "footnotes": ["1 见蜂蜜市场年鉴。"],
        "line": 9,
    }
    assert third["text"] == "经费用于：\n- 购买蜂箱；\n- 培训养蜂人。"


def test_show_without_such_a_paragraph_exits_4(run: Run) -> None:
    run("index")
    code, out, err = run("show", "2-9", "--json")
    assert (code, out) == (4, "")
    assert err == "error: no paragraph 4; TD/B/99/1 has 1–3, 附件一 1\n"


def test_check_is_clean_or_names_file_and_line(run: Run, tmp_path: Path) -> None:
    code, out, err = run("check")
    assert (code, out) == (0, "")
    assert err == "data/bees.md: TD/B/99/1, 4 paragraphs, nothing found\n"
    report = tmp_path / "data" / "bees.md"
    report.write_text(report.read_text("utf-8").replace("3. 经费", "4. 经费"), "utf-8")
    code, out, _ = run("check")
    assert code == 1
    assert out.startswith("data/bees.md:17: ")
    assert out.count("\n") == 1


def test_directories_are_taken_from_options(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").rename(tmp_path / "other")
    assert run("index", "--data", "other", "--index", "elsewhere")[0] == 0
    assert (tmp_path / "elsewhere" / "CURRENT").is_file()
    assert run("--index", "elsewhere", "show", "1")[0] == 0


def test_asking_before_building_is_one_line(run: Run) -> None:
    for command in (("ask", "蜂箱"), ("show", "1")):
        code, out, err = run(*command)
        assert (code, out) == (2, "")
        assert err == (
            "error: no index in index (index/CURRENT does not exist); run `duanci index` first\n"
        )


def test_other_encoder_is_one_line(run: Run, tmp_path: Path, tiny_model: Path) -> None:
    from conftest import save_tiny_model

    run("index")
    other = save_tiny_model(tmp_path / "cls", pooling="cls")
    code, _, err = run("ask", "蜂箱", "--encoder", str(other))
    assert code == 2
    assert f"was made by encoder {tiny_model}" in err
    assert f"the one in use is {other}" in err
    assert "run `duanci index`" in err


def test_history_is_a_json_list(run: Run, tmp_path: Path) -> None:
    run("index")
    (tmp_path / "history.json").write_text('["蜂蜜的价格？"]', "utf-8")
    assert run("ask", "蜂箱呢？", "--history", "history.json")[0] in (0, 3)
    (tmp_path / "history.json").write_text('{"a": 1}')
    code, _, err = run("ask", "蜂箱呢？", "--history", "history.json")
    assert (code, err) == (
        2,
        "error: history.json: expected a JSON list of questions, oldest first\n",
    )


def test_eval_json_is_the_contract(run: Run, tmp_path: Path) -> None:
    run("index")
    (tmp_path / "set.jsonl").write_text(
        '{"q": "第2段", "gold": ["2"], "kind": "number"}\n', "utf-8"
    )
    code, out, _ = run("eval", "set.jsonl", "--json")
    figures = _json(out)
    assert code == 0
    assert list(figures) == [
        "questions", "hit_at_1", "hit_at_3", "recall_at_10", "mrr_at_10", "ndcg_at_10",
        "refusal_recall", "false_refusal_rate", "query_ms_p50", "query_ms_p95", "build_seconds",
        "by_kind",
    ]  # fmt: skip
    assert figures["hit_at_1"] == figures["by_kind"]["number"]["hit_at_1"] == 1.0


def test_wrong_usage_is_one_line(run: Run) -> None:
    code, out, err = run("ask")
    assert (code, out) == (2, "")
    assert err == "error: Missing argument 'QUESTION'. See `duanci ask --help`.\n"


def test_every_command_has_help() -> None:
    for name, command in cli.cli.commands.items():
        assert command.help, name
