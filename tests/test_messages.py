"""duanci's messages in Chinese: that each has a translation, and how the most important read."""

import os
import re
import time
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

import duanci
from conftest import SMALL_REPORT, WordEncoder
from duanci import messages
from duanci.assistant import Assistant, checked_question, rebuild
from duanci.builds import current_id, roll_back, writing
from duanci.config import Settings
from duanci.editing import open_draft, save_draft
from duanci.errors import DuanciError
from duanci.feedback import Verdict, record
from duanci.files import read_bytes
from duanci.history import compare_builds
from duanci.library import read_library
from duanci.lookup import tell_available
from duanci.messages import to_chinese
from duanci.references import ranges
from duanci.report import _NO_TEXT, decode, parse_report
from said_in_source import CARRIES, FINDING, SRC, Said, raised, read_said

# What no page can show, by module or function.
LEFT_OUT = {
    "accounts": "accounts are read before the page is served, and passwords hashed by a command",
    "cli": "reads what the command line gives",
    "config": "settings are made before the page is served",
    "encoder": "the encoder is opened before the page is served, and stays open",
    "packed": "weights are unpacked when the encoder is opened",
    "weights": "weights are found when the encoder is opened",
    "evaluate": "question sets are read by a command",
    "feedback.read_feedback": "verdicts are read by a command",
    "feedback._parse": "verdicts are read by a command",
    "server": "tells that it cannot listen, when there is no page",
}
# What is raised and carries no message of its own: it passes one on, or is for a caller's mistake.
PASSED_ON = {"gr.Error", "ToolError", "_refused", "click.UsageError", "ValueError", "_Gone",
             "cannot_write", "_too_large"}  # fmt: skip
# What of the catalogue is not to be seen in the source: a finding with its place, a list as printed
SEEN_ELSEWHERE = [
    f"7:7: {FINDING}",
    "7 after 7: gap, expected number 7 (missing: [7, 7])",
    "7 comes first: gap, expected number 7 (missing: [7, 7])",
]
# What the source may read as and no build can be: one that is there, of none
NEVER = "7 builds begin with 7, expected one of none"
# The words in Latin letters that Chinese keeps: commands, options, names of files and of formats.
KEPT = re.compile(
    r"duanci (?:index|check)\b|--[a-z-]+|curl -u NAME|\bU\+|UTF-(?:8|16)|GB18030|gb18030|utf-8"
    r"|Markdown|JSON|PDF|RTF|\.md|\.txt|docx|xlsx|zip|Office|HTTP Basic|Host|POST|localhost|127\.x"
    r"|\[::1\]|vectors\.faiss|Annex I/2"
)
HAN = "[\u4e00-\u9fff]"
ASCII_MARKS = re.compile(rf"{HAN} ?[,;:!?()'\"]|[,;:!?()'\"] ?{HAN}|{HAN}\.")


@cache
def said() -> list[Said]:
    """List all that duanci says and a page can show."""
    found = [one for module in sorted(SRC.glob("*.py")) for one in read_said(module.stem)]
    return [one for one in found if not left_out(one) and one.text != NEVER]


def left_out(one: Said) -> bool:
    return not {one.place, one.place.partition(".")[0]}.isdisjoint(LEFT_OUT)


@cache
def entries() -> list[tuple[str, str, str]]:
    """List the catalogue: table, English, Chinese."""
    text = (Path(duanci.__file__).parent / "web" / "messages.zh.toml").read_text("utf-8")
    tables = tomllib.loads(text).items()
    return [(table, entry["en"], entry["zh"]) for table, found in tables for entry in found]


def in_chinese(message: str) -> str:
    """Translate a message; a reason by itself, as one that stands in a message."""
    around = "cannot write the index 7: {}; the earlier build stays in force; free the disk or name another folder with --index"  # noqa: E501
    if (found := to_chinese(message)) != message:
        return found
    found = to_chinese(around.format(message))
    return found.removeprefix("索引 7 无法写入：").partition("。")[0]


def failure(act: Callable[[], object]) -> str:
    """Return the message of an error in Chinese."""
    with pytest.raises(DuanciError) as caught:
        act()
    return to_chinese(str(caught.value))


# --- that nothing is left in English --------------------------------------------------------------


def test_messages_are_found_in_the_source() -> None:
    places = {one.place for one in said()}
    assert len(said()) > 90
    assert {"audit._gap", "audit._order"} & places and {
        "opening.open_index",
        "guard._pause",
    } < places


@pytest.mark.parametrize("one", said(), ids=lambda one: f"{one.place}:{one.text[:40]}")
def test_every_message_has_its_chinese(one: Said) -> None:
    chinese = in_chinese(one.text)
    assert chinese != one.text, f"{one.place}, line {one.line}: add to web/messages.zh.toml"
    assert not re.findall("[A-Za-z]+", KEPT.sub("", chinese))
    assert not ASCII_MARKS.search(chinese)


def test_whatever_is_raised_is_looked_at() -> None:
    modules = {path.stem for path in SRC.glob("*.py")}
    found = {name: raised(name) - set(CARRIES) for name in modules - set(LEFT_OUT)}
    assert set().union(*found.values()) <= PASSED_ON


def test_what_is_left_out_is_there() -> None:
    places = {one.place for path in SRC.glob("*.py") for one in read_said(path.stem)}
    assert set(LEFT_OUT) <= places | {place.partition(".")[0] for place in places}


@pytest.mark.parametrize(("table", "english", "chinese"), entries())
def test_entry_says_the_same_in_chinese(table: str, english: str, chinese: str) -> None:
    names, kept = (
        {name for _, name, _, _ in Formatter().parse(text) if name} for text in (english, chinese)
    )
    assert kept == {name for name in names if not name.startswith("_")}
    words = re.sub(r"\{[a-z]+\}", "", chinese)
    assert not re.findall("[A-Za-z]+", KEPT.sub("", words))
    assert not ASCII_MARKS.search(words)
    ends = chinese.endswith(("。", "{finding}"))
    assert ends is (table != "reason")


def test_no_entry_is_for_a_message_that_is_gone() -> None:
    texts = [*(one.text for one in said()), *SEEN_ELSEWHERE]
    for table, english, chinese in entries():
        if table != "reason":
            pattern = messages._template(english, chinese).english
            assert any(pattern.fullmatch(text) for text in texts), english
    assert len({english for _, english, _ in entries()}) == len(entries())


# --- how they read --------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["", " \n", "\0\x07\x1b"])
def test_empty_question(question: str) -> None:
    assert failure(lambda: checked_question(question)) == "问题是空的。请输入想了解的内容。"


def test_long_question() -> None:
    told = "问题有 2001 个字符，最多 2000 个。请缩短后再问。"
    assert failure(lambda: checked_question("问" * 2001)) == told


def test_paragraph_that_is_not_there(bees: Assistant) -> None:
    there = "TD/B/99/1 有第1–3段，附件一第1段。"
    assert failure(lambda: bees.show("4")) == f"没有第4段。{there}"
    assert failure(lambda: bees.show("附件一/9")) == f"没有附件一第9段。{there}"
    assert failure(lambda: bees.show("Annex II, para. 9")) == f"没有 Annex II 第9段。{there}"
    assert failure(lambda: bees.show("honey")) == (
        "“honey”不是段次。请写一个段次、一个范围或附件中的段次，如 25、21-25、附件一/1。"
    )


def test_numbers_that_there_are() -> None:
    listed = [
        ("A/50/7", [("", [1, 2, 5]), ("附件一", [1])]),
        ("B/1", [("", [1, 2]), ("Annex I", [1])]),
    ]
    told = tell_available(
        [(symbol, [(scope, ranges(n)) for scope, n in scopes]) for symbol, scopes in listed]
    )
    assert told == "A/50/7 has 1–2, 5, 附件一 1; B/1 has 1–2, Annex I 1"
    assert to_chinese(f"no paragraph 8; {told}") == (
        "没有第8段。A/50/7 有第1–2、5段，附件一第1段；B/1 有第1–2段，Annex I 第1段。"
    )


def test_report_that_is_not_there(bees: Assistant) -> None:
    told = "没有文号为 X/1 的报告。现有的报告：TD/B/99/1。"
    assert failure(lambda: bees.ask("蜂箱", report="X/1")) == told
    assert to_chinese("no report X/1; the build has A/1, B/2") == (
        "没有文号为 X/1 的报告。现有的报告：A/1、B/2。"
    )


def test_page_that_is_out_of_date() -> None:
    assert to_chinese("no paragraph A/1 25; the reports have changed: load the page anew") == (
        "报告已有改动，找不到 A/1 25 这一段。请重新载入网页。"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "第3段的新文字是空的，应有段次和正文。没有存入。"),
        ("3. 经\x1b费", "第3段的新文字含有控制字符 U+001B。没有存入，请删去这个字符。"),
        ("3. 经\ud83d费", "第3段的新文字含有字符 U+D83D，文件的编码 utf-8 无法表示。没有存入，"
         "请删去这个字符。"),
        ("经费", "新文字不能读作第3段，第一行应以数字 3 和句点开头。没有存入，请补上。"),
        ("3. 经费。\n\n4. 甲。\n\n5. 乙。", "新文字会另起第4段和另外 1 段，这里只应有第3段。"
         "没有存入，除第一行外，请勿以数字和句点开头。"),
        ("3. ……", "换上新文字后，核对发现第 17 行有问题：第3段没有正文；段次之后应有文字。"
         "没有存入，请改正。"),
    ],
)  # fmt: skip
def test_edit_that_is_refused(bees: Assistant, text: str, told: str) -> None:
    (source,) = bees.index.sources
    file = Path(source.report.file)
    draft = open_draft(source, source.report.paragraphs[2])
    assert failure(lambda: save_draft(file, draft, text)) == f"{file}：{told}"


def test_edit_of_a_file_that_changed(bees: Assistant) -> None:
    (source,) = bees.index.sources
    file = Path(source.report.file)
    draft = open_draft(source, source.report.paragraphs[0])
    file.write_text(SMALL_REPORT + "\n", "utf-8")
    assert failure(lambda: save_draft(file, draft, "1. 会议休会。")) == (
        f"{file}：打开第1段之后，文件又有改动。没有存入，请重新打开这一段。"
    )
    assert failure(lambda: open_draft(source, source.report.paragraphs[0])) == (
        f"{file}：建立索引之后，文件又有改动。请先重建索引，再修改。"
    )


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "文件是空的，应为段落带有段次的报告。"),
        ("甲\n乙\n".encode(), "共 2 行，没有带段次的段落。段落应以数字和句点开头，如“1. ……”。"),
        (b"1. \xff", "不是文本文件（位置 3 的字节是 0xff），应为 UTF-8 或 GB18030 编码的文字。"
         "请先另存为文本。"),
        (b"%PDF-1.7", "不是文本文件（PDF），应为 UTF-8 或 GB18030 编码的文字。请先转换成 Markdown "
         "或纯文本。"),
    ],
)  # fmt: skip
def test_report_that_cannot_be_read_any_more(bees: Assistant, data: bytes, told: str) -> None:
    file = bees.settings.data / "bees.md"
    file.write_bytes(data)
    assert failure(bees.rebuild) == f"{file}：{told}"
    assert to_chinese(bees.status().problem) == f"{file}：{told}"


@pytest.mark.parametrize(("magic", "kind"), _NO_TEXT.items())
def test_files_that_are_no_text(magic: bytes, kind: str) -> None:
    told = failure(lambda: decode(magic, "7"))
    assert told.startswith("7：不是文本文件（") and not re.findall("[A-Za-z]+", KEPT.sub("", told))
    assert f"（{kind}）" in told or not kind.isupper()


def test_report_that_is_no_file(tmp_path: Path) -> None:
    told = f"{tmp_path}：无法读取（这是一个目录），应为文本文件。"
    assert failure(lambda: read_bytes(tmp_path)) == told
    missing = tmp_path / "没有.md"
    told = f"{missing}：没有这个文件，应为 Markdown 或纯文本格式的报告。"
    assert failure(lambda: read_bytes(missing)) == told
    assert failure(lambda: read_library(missing)) == (
        f"{missing}：没有这个目录，报告应放在其中。请建立该目录，或用 --data 另指定一个。"
    )


FINDINGS = {
    "1. 甲。\n\n2. 乙。\n\n4. 丙。\n": (
        "第 5 行：第2段之后是第4段，中间缺段；此处段次应为 3（缺 3）。"
    ),
    "1. 甲。\n\n2. 乙。\n\n7. 丙。\n": (
        "第 5 行：第2段之后是第7段，中间缺段；此处段次应为 3（缺 3–6）。"
    ),
    "3. 甲说。\n\n4. 乙说。\n": "第 1 行：第3段排在最前，前面缺段；此处段次应为 1（缺 1–2）。",
    "1. 甲。\n\n2. 乙。\n\n4. 丙。\n\n3. 丁。\n": (
        "第 7 行：第3段排在第4段之后，次序不对；此处段次应为 5。"
    ),
    "1. 甲。\n\n2. 乙。\n\n2. 丙。\n\n3. 丁。\n": (
        "第 5 行：第2段重复出现，前一处在第 3 行；此处段次应为 3。"
    ),
    "1. 甲。\n\n2. 乙。\n\n## 子\n\n1. 丙。\n\n2. 丁。\n\n3. 戊。\n": (
        "第 7 行：段次又从 1 开始，前面却没有附件的标题：第1段重复出现，前一处在第 1 行；"
        "此处段次应为 3。"
    ),
    "1. One.\n\n2. Two.\n\nAnnex I\n\n1. Three.\n\n4. Four.\n": (
        "第 9 行：Annex I 第1段之后是 Annex I 第4段，中间缺段；此处段次应为 2（缺 2–3）。"
    ),
    "1. 甲乙丙。\n\n2.\n\n3. 丁戊己。\n": "第 3 行：第2段没有正文；段次之后应有文字。",
    "1. 甲说¹会议。\n\n2. 乙。\n": "第 1 行：脚注标记 1 没有对应的脚注；应有以 1 开头的脚注。",
    "1. 甲说会议。\n\n---\n\n¹ 见年鉴。\n\n2. 乙。\n": (
        "第 5 行：脚注 1“见年鉴。”没有对应的标记；上文应有标记 1。"
    ),
    "目录\n\n一、甲.....\t1 - 3\n二、乙.....\t4 - 5\n\n"
    "## 一、甲\n\n1. 说。\n\n2. 蜂。\n\n## 二、乙\n\n3. 说。\n\n4. 人。\n\n5. 蜜。\n": (
        "第 3 行：“一、甲”一节的段次是 1–2，按目录应为 1–3。"
    ),
    "目录\n\n一、甲.....\t1 - 2\n二、乙.....\t3 - 4\n\n## 一、甲\n\n1. 说。\n\n2. 蜂。\n": (
        "第 4 行：目录列有“二、乙”（段次 3–4），正文中却没有这个标题。"
    ),
    "1. 甲。\n\n2. 乙。\n\n## 结语\n\n会议感谢各方参加。\n\n## 三\n\n3. 丙。\n": (
        "第 7 行：标题“结语”之下有文字没有段次，未予收入；此处应为带段次的段落。"
    ),
}


@pytest.mark.parametrize(("text", "told"), FINDINGS.items())
def test_finding(text: str, told: str) -> None:
    found = parse_report(text, "x.md").findings
    assert f"x.md {told}" in [to_chinese(str(finding)) for finding in found]
    assert told.partition("：")[2] in [to_chinese(finding.message) for finding in found]


def test_finding_before_the_first_paragraph_and_scattered_gap() -> None:
    assert to_chinese(
        "x.md:3: '7. 会议' looks like a paragraph but stands before 第1段; "
        "expected a heading or a line without number"
    ) == ("x.md 第 3 行：“7. 会议”像是一个段落，却排在第1段之前；此处应为标题，或没有段次的一行。")
    (gap, *_) = parse_report("1. 甲。\n\n2. 乙。\n\n6. 丙。\n\n4. 丁。\n", "x.md").findings
    assert gap.message == "第6段 after 第2段: gap, expected number 3 (missing: [3, 5])"
    told = "x.md 第 5 行：第2段之后是第6段，中间缺段；此处段次应为 3（缺 3、5）。"
    assert to_chinese(str(gap)) == told


def test_rebuild_that_findings_stop(bees: Assistant) -> None:
    file = bees.settings.data / "bees.md"
    file.write_text("1. 甲。\n\n2. 乙。\n\n4. 丙。\n", "utf-8")
    found = f"{file} 第 5 行：第2段之后是第4段，中间缺段；此处段次应为 3（缺 3）。"
    stopped = (
        "没有建立新索引，仍用原来的索引。请改正报告后重建；若这样无妨，可运行 "
        "duanci index --allow-findings 照样建立索引。"
    )
    assert failure(bees.rebuild) == found + stopped
    file.write_text("1. 甲。\n\n2. 乙。\n\n4. 丙。\n\n3. 丁。\n\n6. 戊。\n", "utf-8")
    told = failure(bees.rebuild)
    assert told.endswith(f"另有 1 处问题，运行 duanci check 可全部列出。{stopped}")


def test_index_that_is_being_written(bees: Assistant) -> None:
    with writing(bees.settings.index):
        told = failure(bees.rebuild)
    holder = rf" 正由主机 \S+ 上的进程 {os.getpid()} 写入"
    since = r"（始于 \d{4}-\d\d-\d\d \d\d:\d\d UTC）。请等它完成，或结束该进程。"
    assert re.fullmatch(re.escape(str(bees.settings.index)) + holder + since, told)


def test_index_that_is_not_there(tmp_path: Path) -> None:
    assert failure(lambda: current_id(tmp_path)) == (
        f"{tmp_path} 中还没有索引（没有文件 {tmp_path / 'CURRENT'}）。"
        "请先建立索引（运行 duanci index）。"
    )
    (tmp_path / "CURRENT").mkdir()
    assert failure(lambda: current_id(tmp_path)) == (
        f"{tmp_path / 'CURRENT'} 无法读取（这是一个目录）。请检查访问权限。"
    )
    (tmp_path / "file").touch()
    assert failure(lambda: writing(tmp_path / "file").__enter__()) == (
        f"索引 {tmp_path / 'file'} 无法写入：这不是目录。仍用原来的索引。"
        "请清理磁盘空间，或用 --index 另指定目录。"
    )


def test_damaged_build_falls_back(bees: Assistant, encoder: WordEncoder) -> None:
    before, settings = bees.build.id, bees.settings
    file = settings.data / "bees.md"
    file.write_text(SMALL_REPORT.replace("四百", "五百"), "utf-8")
    after = rebuild(settings, encoder).build.id
    (settings.index / "builds" / after / "vectors.faiss").write_bytes(b"")
    notice = Assistant.open_with(settings, encoder).status().notice
    harmed = f"索引 {after} 的文件缺失或损坏：vectors.faiss。请重建索引（运行 duanci index）。"
    assert to_chinese(notice) == f"{harmed}在此之前，由较早的索引 {before} 回答。"
    (settings.index / "CURRENT").write_text("../x\n", "utf-8")
    assert to_chinese(bees.status().notice) == (
        f"{settings.index / 'CURRENT'} 中写的是“../x”，不是索引号。"
        "请重建索引（运行 duanci index）。"
        f"在此之前，由索引 {before} 回答。"
    )


def test_no_build_before(bees: Assistant) -> None:
    index, build = bees.settings.index, bees.build.id
    assert failure(lambda: compare_builds(index)) == (
        f"{index} 中没有比 {build} 更早的索引可供比较。"
        "请在修改报告后重建索引（运行 duanci index）。"
    )
    assert failure(lambda: roll_back(index)) == (
        f"{index} 中没有比 {build} 更早的索引可供退回。请改正报告后重建索引（运行 duanci index）。"
    )


def test_build_of_another_encoder(settings: Settings, encoder: WordEncoder) -> None:
    build = rebuild(settings, encoder).build.id
    other = WordEncoder("ffffffffffffffff")
    assert failure(lambda: Assistant.open_with(settings, other)) == (
        f"索引 {build} 由编码器 characters（0123456789abcdef）建立，现用的编码器是 "
        "characters（ffffffffffffffff）。请用 --encoder characters 重建索引（运行 duanci index），"
        "或用 --encoder characters 提问。"
    )


def test_verdict_that_is_lost(bees: Assistant, tmp_path: Path) -> None:
    answer = bees.ask("第1段")
    (tmp_path / "feedback.jsonl").mkdir()
    for folder, why in ((tmp_path / "none", "没有这个文件或目录"), (tmp_path, "这是一个目录")):
        told = failure(lambda: record(folder, Verdict.UP, answer))  # noqa: B023
        assert told == (
            f"{folder / 'feedback.jsonl'} 无法写入：{why}。这次评价没有记下。"
            "请清理磁盘空间或检查访问权限，然后再评价一次。"
        )


def test_reason_that_is_not_known_stays() -> None:
    assert to_chinese("x.md: cannot be read (Cosmic rays), expected a text file") == (
        "x.md：无法读取（Cosmic rays），应为文本文件。"
    )
    harmed = "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"
    assert to_chinese(f"CURRENT cannot be read ({harmed}); check its permissions") == (
        "CURRENT 无法读取（位置 0 的字节 0xff 不是 utf-8 文字）。请检查访问权限。"
    )


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "10 wrong passwords came from your address within a minute: try again in 42 s",
            "一分钟内，从您的地址有 10 次口令不对。请在 42 秒后重试。",
        ),
        (
            "build 7 has schema 9, this duanci reads schema 5; run `duanci index`",
            "索引 7 的格式版本是 9，本程序能读的是 5。请重建索引（运行 duanci index）。",
        ),
        (
            "cannot write the index x: vectors.faiss cannot be written, the disk may be full; the "
            "earlier build stays in force; free the disk or name another folder with --index",
            "索引 x 无法写入：vectors.faiss 无法写入，磁盘可能已满。仍用原来的索引。"
            "请清理磁盘空间，或用 --index 另指定目录。",
        ),
    ],
)
def test_what_is_seldom_said(english: str, chinese: str) -> None:
    assert to_chinese(english) == chinese


# --- other texts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "出了意外的错误，没有得到回答。",
        "Something else went wrong",
        "the question is empty",
        "No space left on device",
        "a.md:7: something that no audit finds",
        "something; until then 20260101T000000000000Z-01234567 answers",
        "the question has many characters, expected at most 2000; shorten it",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert to_chinese(text) == text


def test_names_that_look_like_markup_or_messages_stay_as_they_are() -> None:
    for name in ("{file}", "{0.__class__}", "a: b: 7: c.md", r"\1 \g<file>", "a\nb", "\u202e.md"):
        told = to_chinese(f"{name}: empty, expected a report with numbered paragraphs")
        assert told == f"{name}：文件是空的，应为段落带有段次的报告。"
    told = to_chinese("no report the question is empty; the build has A/1")
    assert told == "没有文号为 the question is empty 的报告。现有的报告：A/1。"


@pytest.mark.parametrize("count", [1, 50])
def test_time_grows_with_the_length_and_no_faster(count: int) -> None:
    literals = [
        [text for text, *_ in Formatter().parse(english) if text] for _, english, _ in entries()
    ]
    hostile = [part * (20_000 // len(part)) for found in literals for part in found if part]
    hostile += [("".join(found) * count)[:20_000] for found in literals]
    hostile += ["第1段" + " (and 1 more)" * 1600, "no paragraph 1; a has " + " " * 19_900]
    started = time.process_time()
    for text in hostile:
        to_chinese(text)
    assert (time.process_time() - started) / len(hostile) < 0.02


def test_message_that_is_too_long_stays() -> None:
    text = f"{'a' * 20_000}: empty, expected a report with numbered paragraphs"
    assert to_chinese(text) == text
