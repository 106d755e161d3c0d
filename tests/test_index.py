import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import bm25s
import numpy as np
import pytest

from conftest import ROOT, WordEncoder
from duanci.assistant import Assistant, rebuild
from duanci.config import Settings
from duanci.errors import BuildError, DamagedBuild, IndexMismatch, IndexMissing, ReportError
from duanci.lexicon import Asked
from duanci.opening import open_index
from duanci.pieces import keys_of, pieces_of
from duanci.segment import windows, words
from duanci.tokens import unpack


def edit(settings: Settings, old: str, new: str) -> None:
    report = settings.data / "bees.md"
    text = report.read_text("utf-8")
    assert text.count(old) == 1
    report.write_text(text.replace(old, new), "utf-8")


IDS = ["1", "2", "3", "附件一/1"]


def _folder(settings: Settings) -> Path:
    return settings.index / "builds" / (settings.index / "CURRENT").read_text().strip()


def test_build_holds_what_the_design_names(bees: Assistant, settings: Settings) -> None:
    folder = _folder(settings)
    assert folder.name == bees.build.id
    names = {p.name for p in folder.iterdir()}
    assert {"manifest.json", "paragraphs.jsonl", "vectors.faiss"} <= names
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["encoder"] == {
        "name": "characters",
        "fingerprint": "0123456789abcdef",
        "dimension": 64,
        "arithmetic": "fp32",
    }
    assert manifest["counts"]["paragraphs"] == 4
    assert manifest["reports"][0]["symbol"] == "TD/B/99/1"
    assert len(manifest["reports"][0]["sha256"]) == 64


def test_paragraphs_come_back_as_they_were_parsed(bees: Assistant, settings: Settings) -> None:
    index = open_index(settings.index)
    assert [p.id for p in index.paragraphs] == IDS
    second = index.paragraphs[1]
    assert second.text == "会议注意到，蜂蜜的价格在三年中上涨了一半。¹ 运输费用没有变化。"
    assert [str(note) for note in second.footnotes] == ["1 见蜂蜜市场年鉴。"]
    assert index.paragraphs[2].text == "经费用于：\n- 购买蜂箱；\n- 培训养蜂人。"
    assert index.find("TD/B/99/1", "附件一", 1) == index.find("TD/B/99/1", "Annex I", 1) == [3]
    assert index.find("TD/B/99/1", "", 9) == []


def test_vector_of_a_paragraph_finds_it_first(
    bees: Assistant, settings: Settings, encoder: WordEncoder
) -> None:
    index = open_index(settings.index, encoder)
    vector = encoder.encode_question(index.paragraphs[3].text).vector
    rows, _ = index.near(vector, 100)
    assert rows[0] == 3
    assert sorted(rows) == [0, 1, 2, 3]


def test_windows_of_a_paragraph_are_its_sentences_then_its_pairs(
    bees: Assistant, settings: Settings
) -> None:
    index = open_index(settings.index)
    own, heading = pieces_of(index.paragraphs[1])
    assert heading == "一、建议"
    first, second = "会议注意到，蜂蜜的价格在三年中上涨了一半。¹", "运输费用没有变化。"
    assert [own[start:end] for start, end in index.windows_of(1)] == [
        *(first, second, "见蜂蜜市场年鉴。"),
        *(f"{first} {second}", f"{second}\n见蜂蜜市场年鉴。"),
    ]


def test_heading_is_one_piece_for_all_paragraphs_below_it(
    bees: Assistant, settings: Settings
) -> None:
    index = open_index(settings.index)
    first, second, third = (index.members_of(row).tolist() for row in range(3))
    assert first[1:] == second[1:] != third[1:]
    assert len({first[0], second[0], third[0]}) == 3
    assert index.keys[first[1]].tolist() == keys_of(["一、建议"])[0].tolist()


def test_missing_index_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="no index in .*; run `duanci index` first"):
        open_index(tmp_path)


def test_other_encoder_is_named_with_the_command_that_mends(
    bees: Assistant, settings: Settings
) -> None:
    other = WordEncoder("ffffffffffffffff")
    with pytest.raises(
        IndexMismatch,
        match=r"made by encoder characters \(0123456789abcdef\), the one in use is characters "
        r"\(ffffffffffffffff\); run `duanci index` with --encoder characters",
    ):
        open_index(settings.index, other)


def test_other_schema_is_named_with_the_command_that_mends(
    bees: Assistant, settings: Settings
) -> None:
    path = _folder(settings) / "manifest.json"
    manifest = json.loads(path.read_text("utf-8")) | {"schema": 99}
    path.write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(
        IndexMismatch, match=r"has schema 99, this duanci reads schema \d+; run `duanci"
    ):
        open_index(settings.index)


@pytest.mark.parametrize("name", ["paragraphs.jsonl", "vectors.faiss"])
@pytest.mark.parametrize("harm", ["remove", "cut", "flip"])
def test_damaged_file_is_noticed(bees: Assistant, settings: Settings, name: str, harm: str) -> None:
    path = _folder(settings) / name
    data = path.read_bytes()
    path.unlink()
    if harm == "cut":
        path.write_bytes(data[:-1])
    elif harm == "flip":
        path.write_bytes(data[:-5] + bytes([data[-5] ^ 1]) + data[-4:])
    with pytest.raises(IndexMismatch, match=f"{name} missing or damaged; run `duanci index`"):
        open_index(settings.index)


def test_manifest_that_is_no_json_is_noticed(bees: Assistant, settings: Settings) -> None:
    (_folder(settings) / "manifest.json").write_text("{")
    with pytest.raises(IndexMismatch, match="manifest.json is missing or damaged"):
        open_index(settings.index)


def test_damaged_build_gives_way_to_the_one_before_and_says_so(
    bees: Assistant, settings: Settings, encoder: WordEncoder
) -> None:
    edit(settings, "乌兰巴托", "喀布尔")
    second = rebuild(settings, encoder).build
    (_folder(settings) / "vectors.faiss").unlink()
    index = open_index(settings.index, encoder)
    assert index.build == bees.build
    assert index.notice == (
        f"build {second.id}: vectors.faiss missing or damaged; run `duanci index`; "
        f"until then the build before it answers, {bees.build.id}"
    )
    rebuilt = rebuild(settings, encoder)
    assert (rebuilt.made, rebuilt.build.paragraphs) == (True, 4)
    assert open_index(settings.index, encoder).notice == ""


def test_current_that_names_no_build_is_noticed(bees: Assistant, settings: Settings) -> None:
    (settings.index / "CURRENT").write_text("gone\n")
    assert "build gone: " in open_index(settings.index).notice
    for name in ("", "../x", ".part"):
        (settings.index / "CURRENT").write_text(name)
        with pytest.raises(DamagedBuild, match="expected a build; run `duanci index`"):
            open_index(settings.index)


def test_bad_report_leaves_the_earlier_build_in_force(
    bees: Assistant, settings: Settings, encoder: WordEncoder
) -> None:
    before = sorted(p.relative_to(settings.index) for p in settings.index.rglob("*"))
    (settings.data / "empty.md").write_text("")
    with pytest.raises(ReportError, match=r"empty\.md: empty, expected a report"):
        rebuild(settings, encoder)
    assert sorted(p.relative_to(settings.index) for p in settings.index.rglob("*")) == before
    assert open_index(settings.index, encoder).build == bees.build


def test_findings_stop_the_build_unless_they_are_allowed(
    bees: Assistant, settings: Settings, encoder: WordEncoder
) -> None:
    (settings.data / "twice.md").write_text("1. 甲。\n\n2. 乙乙乙。\n\n2. 丙丙丙。\n\n3. 丁。\n")
    with pytest.raises(ReportError, match=r"twice\.md:5: .*; no build was made.*--allow-findings"):
        rebuild(settings, encoder)
    assert open_index(settings.index).build == bees.build
    rebuilt = rebuild(settings, encoder, allow_findings=True)
    assert [str(f).partition(": ")[0][-10:] for f in rebuilt.findings] == ["twice.md:5"]


def test_paragraphs_of_a_repeated_number_have_ids_of_their_own(
    settings: Settings, encoder: WordEncoder
) -> None:
    (settings.data / "bees.md").write_text("1. 甲。\n\n2. 乙乙乙。\n\n2. 丙丙丙。\n\n3. 丁。\n")
    rebuild(settings, encoder, allow_findings=True)
    assistant = Assistant.open_with(settings, encoder)
    assert [p.id for p in assistant.index.paragraphs] == ["1", "2", "2#2", "3"]
    assert [p.label for p in assistant.show("2")] == ["第2段", "第2段（第2处）"]
    assert [p.text for p in assistant.show("2#2")] == ["丙丙丙。"]
    answer = assistant.ask("第2段")
    assert [c.quotes for c in answer.citations] == [("乙乙乙。",), ("丙丙丙。",)]


def test_failure_while_writing_leaves_the_earlier_build(
    bees: Assistant, settings: Settings
) -> None:
    class Failing(WordEncoder):
        def encode_paragraphs(self, *_: object, **__: object) -> list:  # type: ignore[type-arg,override]
            raise OSError(28, "No space left on device")

    edit(settings, "每年春季", "每年秋季")
    with pytest.raises(
        BuildError, match="No space left on device; the earlier build stays in force"
    ):
        rebuild(settings, Failing())
    assert open_index(settings.index).build == bees.build
    assert [p.name for p in (settings.index / "builds").iterdir()] == [bees.build.id]
    assert not (settings.index / ".holder.json").exists()


def test_two_builds_are_kept_beside_the_one_in_force(
    settings: Settings, encoder: WordEncoder
) -> None:
    made = []
    for year in range(2001, 2006):
        edit(settings, "每年春季" if year == 2001 else f"{year - 1}年", f"{year}年")
        made.append(rebuild(settings, encoder).build.id)
    assert sorted(p.name for p in (settings.index / "builds").iterdir()) == made[2:]
    assert open_index(settings.index).build.id == made[4]


def test_text_that_is_gone_is_in_no_file_of_the_new_build(
    settings: Settings, encoder: WordEncoder
) -> None:
    rebuild(settings, encoder)
    edit(settings, "乌兰巴托", "喀布尔")
    assert rebuild(settings, encoder).embedded == 1
    index = open_index(settings.index)
    assert index.paragraphs[3].text == "喀布尔的合作社有四百个蜂箱。"
    assert "乌兰巴托" not in (_folder(settings) / "paragraphs.jsonl").read_text("utf-8")
    assert not index.words.has("乌兰巴托")
    assert index.words.has("喀布尔")
    assert index.said(Asked([(["乌兰巴托"], 1.0)]), 4).tolist() == []


@pytest.mark.parametrize(
    "text", ["1. 甲。\n\n2.\n\n3. 乙。\n", "1. ……\n\n2. ——\n", "1. Only one.\n"]
)
def test_paragraph_that_says_nothing_does_no_harm(
    settings: Settings, encoder: WordEncoder, text: str
) -> None:
    (settings.data / "bees.md").write_text(text, "utf-8")
    build = rebuild(settings, encoder, allow_findings=True).build
    assert build.paragraphs == text.count(".") - text.count("one.")
    assistant = Assistant.open_with(settings, encoder)
    assert assistant.ask("有什么？").build == build.id
    assert assistant.ask("第1段").answered


@pytest.mark.model
def test_words_find_what_looking_at_all_windows_finds(real_assistant: Assistant) -> None:
    """BM25 of every window by bm25s itself, the best of each paragraph; then all in order.

    Headings above more than five paragraphs come last, and do not count.
    """
    index = real_assistant.index
    holders = Counter(text for p in index.paragraphs for text in dict.fromkeys(pieces_of(p)))
    documents, owner, tells = [], [], []
    for row, paragraph in enumerate(index.paragraphs):
        for text in pieces_of(paragraph):
            for start, end in windows(text):
                documents.append(text[start:end])
                owner.append(row)
                tells.append(text == pieces_of(paragraph)[0] or holders[text] <= 5)
    distinct = list(dict.fromkeys(zip(documents, owner, tells, strict=True)))
    pieces = dict.fromkeys(text for p in index.paragraphs for text in pieces_of(p))
    every = [words(text[a:b]) for text in pieces for a, b in windows(text)]
    model = bm25s.BM25(method="lucene", k1=1.2, b=0.6)
    model.index(every, show_progress=False)
    said = {text[a:b]: at for at, (text, a, b) in enumerate(_windows(pieces))}
    golden = (ROOT / "tests" / "golden.jsonl").read_text("utf-8").splitlines()
    for line in golden:
        question = json.loads(line).get("q", "")
        known = [word for word in words(question) if word in model.vocab_dict]
        if not known:
            continue
        scores = model.get_scores(known)
        best, common = np.zeros((2, len(index.paragraphs)), np.float32)
        for kept, is_told in ((best, True), (common, False)):
            own = [(scores[said[d]], row) for d, row, told in distinct if told == is_told]
            np.maximum.at(kept, [row for _, row in own], [score for score, _ in own])
        order = np.lexsort((np.where(best > 0, 0, -common), -best))
        expected = order[np.maximum(best, common)[order] > 0][:20]
        asked = Asked([(words(question), 1.0)])
        found = index.said(asked, 20)
        matched = index.match(found, asked).words
        np.testing.assert_allclose(matched, best[expected], rtol=1e-5)
        assert found.tolist() == expected.tolist()


def test_tokens_that_are_fetched_ahead_are_the_same(
    real_assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = real_assistant.index
    pieces = np.array([3, 70, 3, 41])
    before, counts = index.tokens_of(pieces)
    monkeypatch.setattr("duanci.index.LARGE", 0)
    found, counts_too = index.tokens_of(pieces)
    assert counts.tolist() == counts_too.tolist()
    np.testing.assert_array_equal(found.nibbles, before.nibbles)
    np.testing.assert_array_equal(found.means, before.means)


def test_mean_of_tokens_is_that_of_all_pieces(real_assistant: Assistant) -> None:
    index = real_assistant.index
    every = np.arange(len(index.keys))
    tokens, _ = index.tokens_of(every)
    mean = (unpack(tokens.nibbles, tokens.scales) + tokens.means[tokens.owner]).mean(axis=0)
    np.testing.assert_allclose(index.mean_token, mean, atol=2e-3)  # four bits a number
    assert 0.7 < np.linalg.norm(index.mean_token) < 0.95  # they all point much the same way


def _windows(texts: Iterable[str]) -> list[tuple[str, int, int]]:
    return [(text, a, b) for text in texts for a, b in windows(text)]
