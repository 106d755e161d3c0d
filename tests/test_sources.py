import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from duanci.manifest import Source
from duanci.records import Finding, Footnote, Paragraph, Report
from duanci.sources import SourceWriter, all_paragraphs, read_scopes, read_sources


def _paragraph(report: str, scope: str, number: int, text: str) -> Paragraph:
    note = Footnote("1", "见年鉴。", 9)
    return Paragraph(report, scope, str(number), ("一、甲",), text, (note,), 1, 2)


BODY, ANNEX = _paragraph("A/1", "", 1, "甲。"), _paragraph("A/1", "附件一", 1, "乙。")
ONE = Report("A/1", ("A/0",), "data/a.md", "zh", (BODY, ANNEX))
OTHER = Report("B/1", (), "data/b.md", "en", (_paragraph("B/1", "Annex I", 7, "丙\n丁。"),))
FINDINGS = (Finding("data/a.md", 3, "number 1 again", True),)


def write(folder: Path, *sources: Source) -> SourceWriter:
    folder.mkdir(exist_ok=True)
    writer = SourceWriter(folder, ExitStack())
    for source in sources:
        writer.add(source)
    writer.close()
    return writer


@pytest.fixture
def written(tmp_path: Path) -> Path:
    writer = write(tmp_path, Source(ONE, "ab", FINDINGS), Source(OTHER, "cd"))
    assert (writer.count, writer.symbols) == (3, ["A/1", "B/1"])
    assert writer.stamps == [("A/1", "data/a.md", "ab"), ("B/1", "data/b.md", "cd")]
    return tmp_path


def test_reports_come_back_as_they_were(written: Path) -> None:
    sources = read_sources(written)
    assert [source.report for source in sources] == [ONE, OTHER]
    assert [(s.sha256, s.findings) for s in sources] == [("ab", FINDINGS), ("cd", ())]
    assert read_scopes(written) == ["", "附件一", "Annex I"]


def test_paragraphs_of_all_reports_are_one_sequence(written: Path) -> None:
    paragraphs = all_paragraphs(read_sources(written))
    assert len(paragraphs) == 3
    assert [p.text for p in paragraphs] == ["甲。", "乙。", "丙\n丁。"]
    assert paragraphs[-1] == paragraphs[2] == OTHER.paragraphs[0]
    assert paragraphs[1:] == (ONE.paragraphs[1], OTHER.paragraphs[0])
    with pytest.raises(IndexError):
        paragraphs[3]


def test_paragraph_is_read_when_it_is_asked_for(written: Path) -> None:
    data = (written / "paragraphs.jsonl").read_bytes()
    (written / "paragraphs.jsonl").write_bytes(data.replace(b'"number": "7"', b'"number": "x" '))
    paragraphs = all_paragraphs(read_sources(written))
    assert paragraphs[1].text == "乙。"
    (written / "paragraphs.jsonl").write_bytes(data.replace(b"{", b"["))
    with pytest.raises(json.JSONDecodeError):
        _ = all_paragraphs(read_sources(written))[0]


def test_report_of_another_build_is_taken_over_as_it_is_written(
    written: Path, tmp_path: Path
) -> None:
    one, other = read_sources(written)
    copied = tmp_path / "copied"
    write(copied, other, Source(ONE, "ef"))
    found = read_sources(copied)
    assert [source.report for source in found] == [OTHER, ONE]
    anew = tmp_path / "anew"
    write(anew, Source(OTHER, "cd"), Source(ONE, "ef"))
    for path in anew.iterdir():
        assert (copied / path.name).read_bytes() == path.read_bytes(), path.name
