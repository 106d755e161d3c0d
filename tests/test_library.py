from pathlib import Path

import pytest

from duanci.errors import ReportError
from duanci.files import list_files
from duanci.library import read_library


def test_markdown_and_text_are_reports_and_readme_is_not(tmp_path: Path) -> None:
    for name in ("b.md", "a.TXT", "README.md", "readme.zh.txt", "notes.json", ".hidden.md"):
        (tmp_path / name).write_text("1. 甲。")
    (tmp_path / "folder.md").mkdir()
    assert [path.name for path in list_files(tmp_path)] == ["a.TXT", "b.md"]


def test_missing_directory_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="nowhere: no such directory, expected the reports there"):
        list_files(tmp_path / "nowhere")


def test_directory_without_a_report_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"no report, expected a file that ends in .md or .txt"):
        list_files(tmp_path)


def test_two_files_of_one_symbol_are_refused(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("A/1/2\n\n1. 甲。\n")
    with pytest.raises(ReportError, match=r"b.md: symbol A/1/2 is that of .*a.md too"):
        read_library(tmp_path)
