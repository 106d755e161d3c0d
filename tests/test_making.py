"""Builds too large for a flat index, made small: what they find, what a rebuild of them does."""

import os
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

from conftest import WordEncoder
from duanci import making, vectors, weights
from duanci.assistant import Assistant, rebuild
from duanci.config import Settings
from duanci.errors import DamagedBuild
from duanci.index import FILES, Index
from duanci.manifest import read_manifest
from duanci.opening import open_index
from duanci.retrieve import retrieve
from duanci.status import read_status

SEARCH_OF_MANY = {"index": "RR64,RaBitQfs2", "parts": 4, "compared": 500, "rows": "SQfp16"}

_HAN = [chr(at) for at in range(0x4E00, 0x4E00 + 400)]


def _report(number: int, paragraphs: int = 60) -> str:
    rng = np.random.default_rng(number)
    lines = [f"X/{number}", ""]
    for at in range(1, paragraphs + 1):
        sentences = ("".join(rng.choice(_HAN, 12)) + "。" for _ in range(3))
        lines += [f"{at}. {''.join(sentences)}", ""]
    return "\n".join(lines)


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Five reports of 60 paragraphs, where 100 pieces are too many to look at each."""
    monkeypatch.setattr(vectors, "EXACT", 100)
    monkeypatch.setattr(making, "_CHUNK", 50)
    monkeypatch.setattr(making, "_COPIED", 70)
    (tmp_path / "data").mkdir()
    for number in range(1, 6):
        (tmp_path / "data" / f"{number}.md").write_text(_report(number), "utf-8")
    return Settings(data=tmp_path / "data", index=tmp_path / "index", refusal_threshold=0.0)


def _asked(index: Index) -> list[str]:
    return [index.paragraphs[row].text[3:20] for row in range(0, 300, 7)]


def test_manifest_tells_how_vectors_are_searched(large: Settings, encoder: WordEncoder) -> None:
    assert rebuild(large, encoder).embedded == 300
    index = open_index(large.index, encoder)
    assert index.manifest.search == SEARCH_OF_MANY
    assert index.vector_count == 300 * 6


def test_answers_are_those_of_looking_at_all(
    large: Settings, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(large, encoder)
    monkeypatch.setattr(vectors, "EXACT", 1000)
    exact = evolve(large, index=large.index.with_name("exact"))
    rebuild(exact, encoder)
    one, other = (open_index(s.index, encoder) for s in (large, exact))
    assert other.manifest.search == {"index": "Flat"}
    for question in _asked(one):
        hits = [retrieve(question, index, encoder)[0].hits[0] for index in (one, other)]
        assert hits[0].row == hits[1].row
        assert hits[0].paragraph.text[3:20] == question
        within = np.arange(60, 200)
        hits = [retrieve(question, index, encoder, within)[0].hits[0] for index in (one, other)]
        assert hits[0].row == hits[1].row


def test_edit_embeds_one_paragraph_and_keeps_all_other_vectors(
    large: Settings, encoder: WordEncoder
) -> None:
    rebuild(large, encoder)
    before = open_index(large.index, encoder)
    path = large.data / "3.md"
    path.write_text(path.read_text("utf-8").replace("\n7. ", "\n7. 喀布尔。"), "utf-8")
    rebuilt = rebuild(large, encoder)
    assert [str(change) for change in rebuilt.changes if change] == ["X/3: edited 7"]
    assert rebuilt.embedded == 1
    after = open_index(large.index, encoder)
    assert after.manifest.search["index"] == before.manifest.search["index"]
    for row in (0, 125, 127, 299):
        taken = [index.pick_pieces(index.members_of(row)) for index in (before, after)]
        np.testing.assert_array_equal(taken[0].vectors, taken[1].vectors)
        np.testing.assert_array_equal(taken[0].window_vectors, taken[1].window_vectors)
    assert Assistant.open_with(large, encoder).ask("喀布尔").citations[0].paragraph.id == "7"


def test_build_that_grows_too_large_to_look_at_each_keeps_sixteen_bits(
    large: Settings, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "EXACT", 1000)
    rebuild(large, encoder)
    monkeypatch.setattr(vectors, "EXACT", 100)
    (large.data / "6.md").write_text(_report(6), "utf-8")
    assert rebuild(large, encoder).embedded == 60
    index = open_index(large.index, encoder)
    assert index.manifest.search == SEARCH_OF_MANY
    shrunk = index.pick_pieces(np.arange(3)).vectors
    assert shrunk.dtype == np.float16
    assert retrieve(index.paragraphs[350].text[3:20], index, encoder)[0].hits[0].row == 350


def test_opening_hashes_no_file_that_is_as_it_was(
    large: Settings, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = large.index / "builds" / rebuild(large, encoder).build.id
    hashed: list[str] = []
    real = weights.sha256
    monkeypatch.setattr(weights, "sha256", lambda path: hashed.append(path.name) or real(path))
    open_index(large.index, encoder)
    assert hashed == []
    (folder / "windows.npy").touch()
    open_index(large.index, encoder)
    assert hashed == ["windows.npy"]
    hashed.clear()
    read_manifest(folder, FILES, trust_times=False)
    assert sorted(hashed) == sorted([*FILES, "bits.faiss"])


def test_damage_that_keeps_size_and_time_is_noticed_when_all_is_hashed(
    large: Settings, encoder: WordEncoder
) -> None:
    folder = large.index / "builds" / rebuild(large, encoder).build.id
    path = folder / "token-means.npy"
    data, stat = path.read_bytes(), path.stat()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    read_manifest(folder, FILES)
    assert read_status(large).changed == ()
    for look in (
        lambda: read_manifest(folder, FILES, trust_times=False),
        lambda: read_status(large, trust_times=False),
    ):
        with pytest.raises(DamagedBuild, match="token-means.npy missing or damaged"):
            look()


def test_bits_that_are_gone_are_missed(large: Settings, encoder: WordEncoder) -> None:
    build = rebuild(large, encoder).build.id
    (large.index / "builds" / build / "bits.faiss").unlink()
    with pytest.raises(DamagedBuild, match="bits.faiss missing or damaged"):
        open_index(large.index, encoder)
