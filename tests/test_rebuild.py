"""Rebuilding: only what changed is embedded, one writer, and never half of a build."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

from conftest import SMALL_REPORT, WordEncoder
from duanci import rebuild as rebuild_module
from duanci import renewal as renewal_module
from duanci.assistant import Assistant, rebuild
from duanci.builds import current_id, list_builds, roll_back, writing
from duanci.config import Settings
from duanci.errors import BuildError, IndexBusy
from duanci.lexicon import Asked
from duanci.opening import open_index
from duanci.recipe import Recipe, current_recipe
from test_index import edit
from test_pieces import assert_same


@pytest.fixture
def built(settings: Settings, encoder: WordEncoder) -> Settings:
    rebuild(settings, encoder)
    encoder.encoded.clear()
    return settings


def test_first_build_embeds_each_piece_once(settings: Settings, encoder: WordEncoder) -> None:
    rebuilt = rebuild(settings, encoder)
    assert rebuilt.embedded == len(encoder.encoded) == 7
    assert sorted(encoder.encoded)[:2] == ["一、建议", "乌兰巴托的合作社有四百个蜂箱。"]


def test_nothing_is_made_when_nothing_changed(built: Settings, encoder: WordEncoder) -> None:
    before = sorted((built.index / "builds").rglob("*"))
    rebuilt = rebuild(built, encoder)
    assert (rebuilt.made, rebuilt.embedded, rebuilt.changes) == (False, 0, ())
    assert sorted((built.index / "builds").rglob("*")) == before


def test_edit_embeds_that_paragraph_alone(built: Settings, encoder: WordEncoder) -> None:
    edit(built, "每年春季", "每年秋季")
    rebuilt = rebuild(built, encoder)
    assert encoder.encoded == ["会议建议,各合作社每年秋季检查蜂箱。".replace(",", "，")]
    assert (rebuilt.embedded, [str(c) for c in rebuilt.changes]) == (1, ["TD/B/99/1: edited 1"])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("1. 会议建议", "1．会议建议", "no change"),
        ("3. 经费用于", "4. 经费用于", "renumbered 3 → 4"),
        ("## 二、经费\n\n", "", "moved to another section 3"),
        ("## 一、建议\n\n", "", "moved to another section 1, 2"),
        ("附件一\n\n1. 乌兰巴托的合作社有四百个蜂箱。\n", "", "removed 附件一/1"),
    ],
)
def test_numbers_and_places_embed_nothing(
    built: Settings, encoder: WordEncoder, old: str, new: str, told: str
) -> None:
    edit(built, old, new)
    rebuilt = rebuild(built, encoder, allow_findings=True)
    assert (rebuilt.made, encoder.encoded) == (True, [])
    assert [str(change) for change in rebuilt.changes] == [f"TD/B/99/1: {told}"]


def test_renamed_file_embeds_nothing(built: Settings, encoder: WordEncoder) -> None:
    (built.data / "bees.md").rename(built.data / "honey.md")
    rebuilt = rebuild(built, encoder)
    assert (rebuilt.made, encoder.encoded) == (True, [])
    assert [str(change) for change in rebuilt.changes] == ["TD/B/99/1: no change"]
    assert open_index(built.index).reports[0].file == str(built.data / "honey.md")


def test_reports_that_come_and_go_are_told(built: Settings, encoder: WordEncoder) -> None:
    other = built.data / "other.md"
    other.write_text("X/1\n\n1. 驼队三月出发。\n", "utf-8")
    rebuilt = rebuild(built, encoder)
    assert [str(change) for change in rebuilt.changes if change] == [
        "X/1: report added, 1 paragraphs"
    ]
    assert encoder.encoded == ["驼队三月出发。"]
    other.unlink()
    rebuilt = rebuild(built, encoder)
    assert [str(c) for c in rebuilt.changes if c] == ["X/1: report removed, 1 paragraphs"]


def test_rebuild_by_parts_is_as_if_made_anew(
    built: Settings, encoder: WordEncoder, tmp_path: Path
) -> None:
    edit(built, "每年春季", "每年秋季")
    edit(built, "## 二、经费", "## 二、支出")
    rebuild(built, encoder)
    anew = evolve(built, index=tmp_path / "anew")
    rebuild(anew, encoder)
    one, other = (open_index(s.index, encoder) for s in (built, anew))
    assert one.paragraphs == other.paragraphs
    for row in range(4):
        pieces = [index.pick_pieces(index.members_of(row)) for index in (one, other)]
        assert_same(*pieces)
    for words in (["秋季"], ["支出"], ["蜂箱", "检查"]):
        rows = np.arange(4)
        asked = Asked([(words, 1.0)], words, np.ones(len(words), np.float32))
        found = [index.match(rows, asked) for index in (one, other)]
        np.testing.assert_array_equal(*found)
        np.testing.assert_array_equal(one.words.rarity(words), other.words.rarity(words))


def test_other_code_reuses_nothing(
    built: Settings, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Recipe(current_recipe().reading, "0123456789abcdef")
    for module in (rebuild_module, renewal_module):
        monkeypatch.setattr(module, "current_recipe", lambda: other)
    assert rebuild(built, encoder).embedded == 7


def test_other_encoder_reuses_nothing(built: Settings) -> None:
    assert rebuild(built, WordEncoder("ffffffffffffffff")).embedded == 7


def test_second_writer_is_told_who_holds_the_index(built: Settings, encoder: WordEncoder) -> None:
    with writing(built.index), pytest.raises(IndexBusy, match=f"written by process {os.getpid()} "):
        rebuild(built, encoder)
    assert not rebuild(built, encoder).made


def test_lock_of_a_killed_writer_does_not_block(built: Settings, encoder: WordEncoder) -> None:
    code = (
        "import sys, time; from pathlib import Path; from duanci.builds import writing, new_build\n"
        "with writing(Path(sys.argv[1])), new_build(Path(sys.argv[1]), 'ab'):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(built.index)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(IndexBusy, match=f"process {holder.pid} on "):
        rebuild(built, encoder)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    assert list((built.index / "builds").glob(".*.part"))
    edit(built, "四百", "五百")
    assert rebuild(built, encoder).made
    assert not list((built.index / "builds").glob(".*"))


def test_build_that_finds_nothing_is_not_put_in_force(
    built: Settings, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = current_id(built.index)
    edit(built, "四百", "五百")
    written = renewal_module.write_build

    def harmed(folder: Path, *rest: object) -> int:
        embedded = written(folder, *rest)  # type: ignore[arg-type]
        path = folder / "token-nibbles.npy"
        path.write_bytes(path.read_bytes()[:-1])
        return embedded

    monkeypatch.setattr(renewal_module, "write_build", harmed)
    with pytest.raises(BuildError, match="token-nibbles.npy missing or damaged"):
        rebuild(built, encoder)
    assert current_id(built.index) == before
    assert list_builds(built.index) == [before]


@pytest.mark.parametrize("limit", [10, 300, 3000])
def test_full_disk_leaves_the_earlier_build(built: Settings, limit: int) -> None:
    before = current_id(built.index)
    edit(built, "四百", "五百")
    code = (
        "import resource, sys; sys.path.insert(0, sys.argv[3])\n"
        "from pathlib import Path; from conftest import WordEncoder\n"
        "from duanci.assistant import rebuild; from duanci.config import Settings\n"
        "from duanci.errors import BuildError\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "try: rebuild(Settings(data=Path(sys.argv[1]), index=Path(sys.argv[2])), WordEncoder())\n"
        "except BuildError as exc: print(exc)"
    )
    tests = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", code, str(built.data), str(built.index), tests],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "the earlier build stays in force; free the disk" in done.stdout
    assert current_id(built.index) == before
    assert [p.name for p in (built.index / "builds").iterdir()] == [before]


def test_rollback_is_to_the_build_before(built: Settings, encoder: WordEncoder) -> None:
    first = current_id(built.index)
    edit(built, "四百", "五百")
    rebuild(built, encoder)
    assert roll_back(built.index) == first == open_index(built.index).build.id
    with pytest.raises(BuildError, match="has no build before"):
        roll_back(built.index)
    assert rebuild(built, encoder).made
    assert open_index(built.index).paragraphs[3].text == "乌兰巴托的合作社有五百个蜂箱。"


def test_running_assistant_answers_from_the_new_build(
    built: Settings, encoder: WordEncoder
) -> None:
    assistant = Assistant.open_with(built, encoder)
    first = assistant.build.id
    edit(built, "四百", "五百")
    assert assistant.status().changed == ("bees.md",)
    assert assistant.ask("附件一第1段").citations[0].quotes == ("乌兰巴托的合作社有四百个蜂箱。",)
    second = rebuild(built, encoder).build.id
    answer = assistant.ask("附件一第1段")
    assert answer.build == second != first
    assert answer.citations[0].quotes == ("乌兰巴托的合作社有五百个蜂箱。",)
    assert assistant.status().changed == ()


def test_running_assistant_goes_on_when_the_new_build_cannot_be_opened(
    built: Settings, encoder: WordEncoder
) -> None:
    assistant = Assistant.open_with(built, encoder)
    first = assistant.build.id
    (built.index / "CURRENT").write_text("")
    assert assistant.ask("附件一第1段").build == first
    assert "expected a build; run `duanci index`; until then" in assistant.status().notice


def test_no_answer_mixes_builds_under_a_stream_of_questions(
    built: Settings, encoder: WordEncoder
) -> None:
    """Each build says its own number in every paragraph; an answer must have one alone."""
    assistant = Assistant.open_with(built, encoder)
    said = {current_id(built.index): SMALL_REPORT}
    stop, wrong, asked = threading.Event(), [], [0] * 8

    def ask(at: int) -> None:
        while not stop.is_set():
            try:
                answer = assistant.ask(["蜂箱", "第1段和附件一第1段", "蜂蜜的价格", "经费"][at % 4])
                text = said.get(answer.build)
                quotes = [q for c in [*answer.citations, *answer.nearest] for q in c.quotes]
                if text is not None and not all(q.split("\n")[0][:8] in text for q in quotes):
                    wrong.append((answer.build, quotes))
            except Exception as exc:
                wrong.append((type(exc).__name__, [str(exc)]))
            asked[at] += 1

    askers = [threading.Thread(target=ask, args=(at,)) for at in range(8)]
    for asker in askers:
        asker.start()
    report = built.data / "bees.md"
    for at in range(20):
        text = SMALL_REPORT
        for word in ("会议建议", "会议注意到", "经费用于", "乌兰巴托的"):
            text = text.replace(word, f"{at:03}{word}")
        report.write_text(text, "utf-8")
        said[rebuild(built, encoder).build.id] = text
    time.sleep(0.2)
    stop.set()
    for asker in askers:
        asker.join()
    assert wrong == []
    assert min(asked) > 0
    assert assistant.build.id == current_id(built.index)


def test_holder_is_told_as_json(settings: Settings) -> None:
    with writing(settings.index):
        holder = json.loads((settings.index / ".holder.json").read_text("utf-8"))
        assert holder["pid"] == os.getpid()
    assert not (settings.index / ".holder.json").exists()
