"""Editing a paragraph in its report's file: what is written, byte for byte, and what is refused."""

import errno
import hashlib
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import DATA, SHIPPED, SMALL_REPORT
from duanci.editing import Draft, open_draft, save_draft
from duanci.errors import ReportError
from duanci.library import read_library
from duanci.manifest import Source
from duanci.records import Paragraph
from duanci.report import parse_bytes

TORN = """\
A/1/2

## 甲

1. 第一段说蜂箱。

2. 第二段说蜂蜜，¹ 而且

---

¹ 见蜂蜜年鉴。

---

还说运输。

## 乙

3. 第三段说经费。

4. 第四段说人员。
"""
ENCODINGS = ["utf-8", "utf-8-sig", "gb18030"]
ENDINGS = ["\n", "\r\n", "\r"]
MIXED = (
    "A/1/2\r\n\r\n1. 第一段说蜂箱。\r\r2. 第二段说蜂蜜，\r\n而且说运输，\r还说人员。\n\n"
    "3. 第三段说经费。\r4. 第四段说\r\n会议。"
)


def open_library(folder: Path, data: bytes) -> Source:
    """Write a report and read it as the library does."""
    (folder / "bees.md").write_bytes(data)
    (source,) = read_library(folder)
    return source


def paragraph(source: Source, id_: str) -> Paragraph:
    (found,) = [p for p in source.report.paragraphs if p.id == id_]
    return found


def draft_of(source: Source, id_: str) -> Draft:
    return open_draft(source, paragraph(source, id_))


def refused(source: Source, id_: str, text: str) -> str:
    """Return what is told when an edit is refused; nothing is written then."""
    file = Path(source.report.file)
    before, when = file.read_bytes(), file.stat().st_mtime_ns
    with pytest.raises(ReportError, match="nothing was written") as caught:
        save_draft(file, draft_of(source, id_), text)
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (before, when)
    assert os.listdir(file.parent) == [file.name]
    message = str(caught.value)
    assert message.startswith(f"{file}: ") and "\n" not in message
    return message.removeprefix(f"{file}: ")


def test_draft_is_the_lines_as_they_stand(tmp_path: Path) -> None:
    source = open_library(tmp_path, TORN.encode())
    second = paragraph(source, "2")
    assert (second.line, second.end_line) == (7, 15)
    assert open_draft(source, second) == Draft(
        paragraph=second,
        text="2. 第二段说蜂蜜，¹ 而且\n\n---\n\n¹ 见蜂蜜年鉴。\n\n---\n\n还说运输。",
        sha256=hashlib.sha256(TORN.encode()).hexdigest(),
    )


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_edit_keeps_encoding_and_line_ends(tmp_path: Path, encoding: str, ending: str) -> None:
    source = open_library(tmp_path, TORN.replace("\n", ending).encode(encoding))
    draft = draft_of(source, "2")
    assert draft.text == TORN[TORN.index("2. 第") : TORN.index("\n\n## 乙")]
    save_draft(tmp_path / "bees.md", draft, draft.text.replace("运输。", "运输，𠮷，\n以及人员。"))
    edited = TORN.replace("运输。", "运输，𠮷，\n以及人员。").replace("\n", ending)
    assert (tmp_path / "bees.md").read_bytes() == edited.encode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_byte_order_mark_before_the_first_paragraph_stays(tmp_path: Path, encoding: str) -> None:
    mark = "" if encoding == "utf-8-sig" else "\ufeff"
    source = open_library(tmp_path, f"{mark}1. 说蜂箱。\n2. 说蜂蜜。\n".encode(encoding))
    draft = draft_of(source, "1")
    assert draft.text == "1. 说蜂箱。"
    save_draft(tmp_path / "bees.md", draft, "1. 说蜂群。")
    edited = f"{mark}1. 说蜂群。\n2. 说蜂蜜。\n".encode(encoding)
    assert (tmp_path / "bees.md").read_bytes() == edited


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("id_", "text", "old", "new"),
    [
        ("1", "1. 甲。\n乙。", "1. 第一段说蜂箱。\r", "1. 甲。\r乙。\r"),
        ("2", "2. 甲，\n乙，\n丙，\n丁。",
         "2. 第二段说蜂蜜，\r\n而且说运输，\r还说人员。\n", "2. 甲，\r\n乙，\r\n丙，\r\n丁。\n"),
        ("2", "2. 甲。", "2. 第二段说蜂蜜，\r\n而且说运输，\r还说人员。\n", "2. 甲。\n"),
        ("3", "3. 甲。", "3. 第三段说经费。\r", "3. 甲。\r"),
        ("4", "4. 甲，\n乙，\n丙。", "4. 第四段说\r\n会议。", "4. 甲，\r\n乙，\r\n丙。"),
    ],
)  # fmt: skip
def test_mixed_line_ends_stay(
    tmp_path: Path, encoding: str, id_: str, text: str, old: str, new: str
) -> None:
    source = open_library(tmp_path, MIXED.encode(encoding))
    save_draft(tmp_path / "bees.md", draft_of(source, id_), text)
    assert MIXED.count(old) == 1
    assert (tmp_path / "bees.md").read_bytes() == MIXED.replace(old, new).encode(encoding)


@pytest.mark.parametrize(("above", "ending"), [("1. 甲。\r2. 乙。", "\r"), ("2. 乙。", "\n")])
def test_lines_after_one_without_an_end(tmp_path: Path, above: str, ending: str) -> None:
    source = open_library(tmp_path, above.encode())
    save_draft(tmp_path / "bees.md", draft_of(source, "2"), "2. 丙，\n丁。")
    edited = above.replace("乙。", f"丙，{ending}丁。")
    assert (tmp_path / "bees.md").read_bytes() == edited.encode()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "odd", ["\f", "\v", "\x1c", "\x85", "\u2028", "\u2029", "\ufeff", "\u3000"]
)
def test_separators_that_end_no_line_stay(tmp_path: Path, encoding: str, odd: str) -> None:
    text = f"A/1/2\n\n乙{odd}丙\n\n1. 说{odd}蜂箱。\n\n2. 说蜂蜜。\n"
    source = open_library(tmp_path, text.encode(encoding))
    draft = draft_of(source, "1")
    assert draft.text == f"1. 说{odd}蜂箱。"
    save_draft(tmp_path / "bees.md", draft, f"1. 再说{odd}蜂箱。")
    edited = text.replace("1. 说", "1. 再说").encode(encoding)
    assert (tmp_path / "bees.md").read_bytes() == edited


def test_form_feed_within_a_paragraph_stays(tmp_path: Path) -> None:
    text = "A/1/2\n\n1. 说蜂箱，而且\n\f\n还说蜂蜜。\n\n2. 说运输。\n"
    source = open_library(tmp_path, text.encode())
    draft = draft_of(source, "1")
    assert draft.text == "1. 说蜂箱，而且\n\f\n还说蜂蜜。"
    save_draft(tmp_path / "bees.md", draft, draft.text.replace("蜂蜜", "蜂蜡"))
    assert (tmp_path / "bees.md").read_bytes() == text.replace("蜂蜜", "蜂蜡").encode()


@pytest.mark.parametrize("form", ["{}", "{}\n", "\n{}\n\n", "{}\r\n"])
def test_unchanged_text_writes_nothing(tmp_path: Path, form: str) -> None:
    source = open_library(tmp_path, TORN.replace("\n", "\r\n").encode())
    before = (tmp_path / "bees.md").stat()
    draft = draft_of(source, "2")
    save_draft(tmp_path / "bees.md", draft, form.format(draft.text))
    after = (tmp_path / "bees.md").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize("ending", ENDINGS)
def test_text_of_a_form_may_end_its_lines_otherwise(tmp_path: Path, ending: str) -> None:
    source = open_library(tmp_path, SMALL_REPORT.encode())
    draft = draft_of(source, "3")
    text = draft.text.replace("购买", "维修").replace("\n", ending) + ending
    save_draft(tmp_path / "bees.md", draft, text)
    edited = SMALL_REPORT.replace("购买", "维修").encode()
    assert (tmp_path / "bees.md").read_bytes() == edited


def test_mode_and_link_stay(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    open_library(tmp_path / "real", SMALL_REPORT.encode())
    (tmp_path / "real" / "bees.md").chmod(0o640)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "link.md").symlink_to("../real/bees.md")
    (source,) = read_library(tmp_path / "data")
    save_draft(Path(source.report.file), draft_of(source, "1"), "1. 会议建议休会。")
    assert (tmp_path / "data" / "link.md").is_symlink()
    assert (tmp_path / "real" / "bees.md").stat().st_mode & 0o7777 == 0o640
    assert "1. 会议建议休会。\n" in (tmp_path / "real" / "bees.md").read_text("utf-8")
    assert os.listdir(tmp_path / "real") == ["bees.md"]
    assert os.listdir(tmp_path / "data") == ["link.md"]


def test_one_edit_after_another(tmp_path: Path) -> None:
    source = open_library(tmp_path, SMALL_REPORT.encode())
    save_draft(
        tmp_path / "bees.md", draft_of(source, "1"), "1. 会议建议，\n\n各社每年\n\n检查蜂箱。"
    )
    (source,) = read_library(tmp_path)
    save_draft(tmp_path / "bees.md", draft_of(source, "附件一/1"), "1. 合作社有五百个蜂箱。")
    edited = SMALL_REPORT.replace(
        "会议建议，各合作社每年春季检查蜂箱。", "会议建议，\n\n各社每年\n\n检查蜂箱。"
    ).replace("乌兰巴托的合作社有四百个", "合作社有五百个")
    assert (tmp_path / "bees.md").read_bytes() == edited.encode()


# --- the shipped report ---------------------------------------------------------------------------


@pytest.fixture
def shipped(tmp_path: Path) -> Source:
    (source,) = read_library(Path(shutil.copytree(DATA, tmp_path / "data")))
    return source


def test_every_shipped_paragraph_unchanged_leaves_the_file_alone(shipped: Source) -> None:
    file = Path(shipped.report.file)
    before = file.stat()
    assert len(shipped.report.paragraphs) == 82
    for one in shipped.report.paragraphs:
        draft = open_draft(shipped, one)
        save_draft(file, draft, draft.text)
    assert file.read_bytes() == SHIPPED.read_bytes()
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_word_in_any_shipped_paragraph_changes_that_one_only(shipped: Source) -> None:
    file, original = Path(shipped.report.file), SHIPPED.read_bytes()
    lines = original.split(b"\n")
    for at, one in enumerate(shipped.report.paragraphs):
        draft = open_draft(shipped, one)
        text = re.sub(r"^[# ]*\d+\.\s*", lambda opening: f"{opening[0]}新词", draft.text)
        save_draft(file, draft, text)
        data = file.read_bytes()
        expected = [*lines[: one.line - 1], text.encode(), *lines[one.end_line :]]
        assert data == b"\n".join(expected) != original
        after = list(parse_bytes(data, shipped.report.file).report.paragraphs)
        before = list(shipped.report.paragraphs)
        before[at] = replace(one, text=f"新词{one.text}")
        assert after == before
        file.write_bytes(original)


def test_line_more_in_a_shipped_paragraph_moves_the_others_only(shipped: Source) -> None:
    file, original = Path(shipped.report.file), SHIPPED.read_bytes()
    for at in range(0, 82, 9):
        draft = open_draft(shipped, shipped.report.paragraphs[at])
        save_draft(file, draft, draft.text + "\n\n他还指出，这是新的一行文字。")
        after = parse_bytes(file.read_bytes(), shipped.report.file).report.paragraphs
        for place, (old, new) in enumerate(zip(shipped.report.paragraphs, after, strict=True)):
            moved = 0 if place <= at else 2
            assert (new.id, new.section, new.line) == (old.id, old.section, old.line + moved)
            assert (new.text == old.text) is (place != at)
        assert re.sub(r"\s", "", after[at].text).endswith("他还指出，这是新的一行文字。")
        file.write_bytes(original)


# --- conflicts ------------------------------------------------------------------------------------


def test_file_changed_since_the_build_is_not_opened(tmp_path: Path) -> None:
    source = open_library(tmp_path, SMALL_REPORT.encode())
    (tmp_path / "bees.md").write_text(SMALL_REPORT + "\n", "utf-8")
    with pytest.raises(
        ReportError, match=r"bees.md: changed since the build was made, .*; rebuild first"
    ):
        draft_of(source, "1")


def test_missing_file_is_not_opened(tmp_path: Path) -> None:
    source = open_library(tmp_path, SMALL_REPORT.encode())
    (tmp_path / "bees.md").unlink()
    with pytest.raises(ReportError, match=r"bees.md: no such file"):
        draft_of(source, "1")


@pytest.mark.parametrize("text", ["1. 会议建议休会。", "1. 会议建议，各合作社每年春季检查蜂箱。"])
def test_file_changed_since_it_was_opened_is_not_written(tmp_path: Path, text: str) -> None:
    source = open_library(tmp_path, SMALL_REPORT.encode())
    draft = draft_of(source, "1")
    (tmp_path / "bees.md").write_text(SMALL_REPORT.replace("四百", "五百"), "utf-8")
    with pytest.raises(
        ReportError, match=r"changed since 第1段 was opened .* nothing was written, open the"
    ):
        save_draft(tmp_path / "bees.md", draft, text)
    assert (tmp_path / "bees.md").read_text("utf-8") == SMALL_REPORT.replace("四百", "五百")


def test_of_several_who_save_one_draft_the_first_wins(tmp_path: Path) -> None:
    source = open_library(tmp_path, SMALL_REPORT.encode())
    draft = draft_of(source, "1")

    def save(number: int) -> str | None:
        text = f"1. 会议建议购买{number}个蜂箱。"
        try:
            save_draft(tmp_path / "bees.md", draft, text)
        except ReportError as exc:
            assert "changed since 第1段 was opened" in str(exc)
            return None
        return text

    with ThreadPoolExecutor(8) as pool:
        (saved,) = [text for text in pool.map(save, range(8)) if text]
    edited = SMALL_REPORT.replace("1. 会议建议，各合作社每年春季检查蜂箱。", saved)
    assert (tmp_path / "bees.md").read_text("utf-8") == edited
    assert os.listdir(tmp_path) == ["bees.md"]


def test_change_while_the_edit_is_written_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = open_library(tmp_path, SMALL_REPORT.encode())
    draft = draft_of(source, "1")
    monkeypatch.setattr(os, "fsync", lambda _: (tmp_path / "bees.md").write_bytes(b"1. other"))
    with pytest.raises(ReportError, match="changed since 第1段 was opened"):
        save_draft(tmp_path / "bees.md", draft, "1. 会议建议休会。")
    assert (tmp_path / "bees.md").read_bytes() == b"1. other"
    assert os.listdir(tmp_path) == ["bees.md"]


def test_build_that_another_parser_made_is_not_edited(tmp_path: Path) -> None:
    source = open_library(tmp_path, SMALL_REPORT.encode())
    draft = open_draft(source, replace(paragraph(source, "1"), end_line=9))
    with pytest.raises(ReportError, match=r"第1段 is not read from lines 7–9, .*; rebuild first"):
        save_draft(tmp_path / "bees.md", draft, "1. 会议建议休会。")
    assert (tmp_path / "bees.md").read_text("utf-8") == SMALL_REPORT


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "\n", " \n\u3000\r\n"])
def test_empty_text_is_refused(tmp_path: Path, text: str) -> None:
    source = open_library(tmp_path, SMALL_REPORT.encode())
    assert refused(source, "1", text) == (
        "the new text of 第1段 is empty, expected its number and text; nothing was written"
    )


@pytest.mark.parametrize("char", ["\0", "\x1b", "\x7f", "\x85", "\f", "\v"])
def test_control_character_is_refused(tmp_path: Path, char: str) -> None:
    source = open_library(tmp_path, SMALL_REPORT.encode())
    assert refused(source, "附件一/1", f"1. 合作社{char}有蜂箱。") == (
        f"the new text of 附件一第1段 has the control character U+{ord(char):04X}, expected text; "
        "nothing was written, take it out"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_character_that_the_encoding_lacks_is_refused(tmp_path: Path, encoding: str) -> None:
    source = open_library(tmp_path, TORN.encode(encoding))
    assert refused(source, "1", "1. 说\ud83d蜂箱。") == (
        f"the new text of 第1段 has U+D83D, expected characters that {encoding} can write; "
        "nothing was written, take it out"
    )


def test_edit_after_which_gb18030_reads_as_utf_8_is_refused(tmp_path: Path) -> None:
    source = open_library(tmp_path, "1. bees 蜂蜜\n2. wax\n".encode("gb18030"))
    twice = "蜂蜜蜂蜜".encode().decode("gb18030")  # bytes that are text in both encodings
    assert refused(source, "1", f"1. bees {twice}") == (
        "with the new text of 第1段 its bytes read as UTF-8, expected gb18030 as before; nothing "
        "was written, save the file as UTF-8 and rebuild first"
    )
    save_draft(tmp_path / "bees.md", draft_of(source, "1"), "1. bees")
    assert (tmp_path / "bees.md").read_bytes() == b"1. bees\n2. wax\n"


@pytest.mark.parametrize(
    "text", ["说经费。", "5. 说经费。", "33. 说经费。", "又说。\n\n3. 说经费。", "3 说经费。"]
)
def test_text_without_its_number_is_refused(tmp_path: Path, text: str) -> None:
    source = open_library(tmp_path, TORN.encode())
    assert refused(source, "3", text) == (
        "the new text is not read as 第3段, expected its first line to begin with the number 3 "
        "and a full stop; put them there; nothing was written"
    )


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("3. 说经费。\n\n4. 说人员。", "第4段（第2处）"),
        ("3. 说经费。\n4. 说人员。", "第4段（第2处）"),
        ("3. 说经费。\n\n3. 说人员。", "第3段（第2处）"),
        ("3. 说经费。\n\n5. 说人员。", "第5段"),
        ("3. 说经费。\n\n4. 说人员。\n\n5. 说会议。\n\n6. 说蜂蜡。", "第5段 (and 2 more)"),
    ],
)
def test_text_that_opens_another_paragraph_is_refused(
    tmp_path: Path, text: str, opened: str
) -> None:
    source = open_library(tmp_path, TORN.encode())
    assert refused(source, "3", text) == (
        f"the new text opens {opened}, expected 第3段 only; begin no other line with a number and "
        "a full stop; nothing was written"
    )


@pytest.mark.parametrize("line", ["<table><tr><td>甲", "注释"])
def test_text_that_swallows_another_paragraph_is_refused(tmp_path: Path, line: str) -> None:
    source = open_library(tmp_path, f"{TORN}\n<table><tr><td>乙</td></tr></table>\n".encode())
    assert refused(source, "3", f"3. 说经费。\n\n{line}") == (
        "with the new text 第4段 is not found, expected every paragraph but 第3段 as before; take "
        "out what reads as a heading, a table or a note; nothing was written"
    )


def test_text_that_moves_others_under_a_heading_is_refused(tmp_path: Path) -> None:
    source = open_library(tmp_path, TORN.encode())
    assert refused(source, "3", "3. 说经费。\n\n## 丙\n\n又说蜂蜡。") == (
        "the new text changes the text or the headings of 第4段, expected a change in the text of "
        "第3段 only; take out what reads as a heading, a table or a note; nothing was written"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("4. 说人员。\n\n## 丙", "## 丙"),
        ("4. 说人员。\n\n## 丙\n\n蜂蜡", "## 丙"),
        ("4. 说人员。\n\n---", "---"),
    ],
)
def test_line_that_is_not_of_the_paragraph_is_refused(tmp_path: Path, text: str, line: str) -> None:
    source = open_library(tmp_path, TORN.encode())
    assert refused(source, "4", text) == (
        f"'{line}' is not read as part of 第4段, expected all of the new text in it; join it to "
        "the line above or take it out; nothing was written"
    )


def test_text_that_the_audit_would_not_pass_is_refused(tmp_path: Path) -> None:
    source = open_library(tmp_path, TORN.encode())
    assert refused(source, "2", "2. 第二段说蜂蜜。\n\n¹ 见蜂蜜年鉴。\n\n而且说运输。") == (
        "with the new text the audit finds at line 9: note 1 '见蜂蜜年鉴。' has no mark, expected "
        "1 in the text above; mend that; nothing was written"
    )
    assert refused(source, "4", "4. ……") == (
        "with the new text the audit finds at line 21: 第4段 says nothing, expected its text; mend "
        "that; nothing was written"
    )


def test_rejoined_lines_of_others_are_no_change(tmp_path: Path) -> None:
    source = open_library(tmp_path, MIXED.encode())
    assert paragraph(source, "4").text == "第四段说会议。"
    save_draft(tmp_path / "bees.md", draft_of(source, "2"), "2. 甲。")
    (after,) = read_library(tmp_path)
    assert paragraph(after, "4").text == "第四段说\n会议。"  # the file counts as not wrapped now


def test_note_and_page_break_may_come_to_stand_below(tmp_path: Path) -> None:
    source = open_library(tmp_path, TORN.encode())
    text = "2. 第二段说蜂蜜，¹ 而且还说运输。\n\n---\n\n¹ 见蜂蜜年鉴。\n\n---"
    save_draft(tmp_path / "bees.md", draft_of(source, "2"), text)
    edited = TORN.replace("而且\n", "而且还说运输。\n").replace("\n\n还说运输。", "")
    assert (tmp_path / "bees.md").read_bytes() == edited.encode()


def test_note_may_be_added(tmp_path: Path) -> None:
    source = open_library(tmp_path, TORN.encode())
    text = "4. 第四段说人员。² \n\n² 见人员年鉴。"
    save_draft(tmp_path / "bees.md", draft_of(source, "4"), text)
    (after,) = read_library(tmp_path)
    assert paragraph(after, "4").text == "第四段说人员。²"
    assert [str(note) for note in paragraph(after, "4").footnotes] == ["2 见人员年鉴。"]


def test_finding_from_before_is_no_hindrance(tmp_path: Path) -> None:
    text = TORN.replace("蜂蜜，¹", "蜂蜜，")
    source = open_library(tmp_path, text.encode())
    assert len(source.findings) == 1
    save_draft(tmp_path / "bees.md", draft_of(source, "1"), "1. 说蜂群。")
    assert (tmp_path / "bees.md").read_bytes() == text.replace("第一段说蜂箱", "说蜂群").encode()


def test_full_disk_is_told_and_the_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    source = open_library(tmp_path, SMALL_REPORT.encode())
    monkeypatch.setattr(os, "fsync", fail)
    assert refused(source, "1", "1. 会议建议休会。") == (
        "cannot be written (No space left on device), expected to put the edit of 第1段 there; "
        "nothing was written, check permissions and disk"
    )


def test_read_only_file_is_told_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = open_library(tmp_path, SMALL_REPORT.encode())
    (tmp_path / "bees.md").chmod(0o444)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write it
    assert refused(source, "1", "1. 会议建议休会。") == (
        "cannot be written (it is read-only), expected to put the edit of 第1段 there; nothing was "
        "written, check permissions and disk"
    )
