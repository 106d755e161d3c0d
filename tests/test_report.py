"""The shipped report, read exactly; what the audit says when it is damaged; input that is none."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from duanci.errors import ReportError
from duanci.records import Finding, Paragraph
from duanci.report import Parsed, parse_report, read_report

DATA = Path(__file__).parents[1] / "data"
SUMMARY = "二、主席关于专家非正式讨论的摘要"


@pytest.fixture(scope="module")
def shipped_report() -> Path:
    """The report that the repository ships."""
    (found,) = [p for p in DATA.glob("*.txt") if "EM.5_3" in p.name]
    return found


@pytest.fixture(scope="module")
def text(shipped_report: Path) -> str:
    return shipped_report.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def parsed(shipped_report: Path) -> Parsed:
    return read_report(shipped_report)


@pytest.fixture(scope="module")
def by_id(parsed: Parsed) -> dict[str, Paragraph]:
    return {paragraph.id: paragraph for paragraph in parsed.report.paragraphs}


# ---- the report as it is shipped


def test_shipped_report_has_82_paragraphs_in_three_scopes(parsed: Parsed) -> None:
    ids = [paragraph.id for paragraph in parsed.report.paragraphs]
    body = [str(n) for n in range(1, 76)]
    assert ids == body + ["附件一/1", "附件一/2"] + [f"附件二/{n}" for n in range(1, 6)]


def test_shipped_report_has_no_findings(parsed: Parsed) -> None:
    assert [str(finding) for finding in parsed.findings] == []


def test_shipped_report_is_found_by_both_symbols(parsed: Parsed) -> None:
    report = parsed.report
    found = (report.symbol, report.aliases, report.language)
    assert found == ("TD/B/COM.3/EM.5/3", ("TD/B/COM.3/14",), "zh")


@pytest.mark.parametrize(
    ("text", "language", "label"),
    [
        ("1. Кооператив «The Hive» купил ульи.\n\n2. Мёд подорожал.", "ru", "para. 2"),
        ("1. La coopérative a acheté des ruches.\n\n2. Le miel est cher.", "fr", "para. 2"),
        ("1. 合作社（The Hive Cooperative）买了蜂箱。\n\n2. 蜂蜜涨价了。", "zh", "第2段"),
    ],
)
def test_report_and_its_paragraphs_are_in_its_language(
    text: str, language: str, label: str
) -> None:
    report = parse_report(text).report
    assert [report.language, *(one.language for one in report.paragraphs)] == [language] * 3
    assert report.paragraphs[1].label == label


@pytest.mark.parametrize(
    ("id_", "part", "first", "last"),
    [
        ("25", "但由于就业主要以家庭网为基础，企业间的信息交流甚少。", 106, 108),
        ("36", "是趋同企业支助体系的典型例证，通过重点明确的服务", 132, 134),
        ("45", "没有实现加工区外的技术转让，而在中国", 152, 154),
        ("53", "就进入私人供货商的市场。", 180, 182),
        ("58", "国际贸易谈判；增强经济能力；促进生产性的网络。关于促进生产性网络", 194, 196),
    ],
)
def test_paragraph_torn_by_a_page_is_joined_whole(
    by_id: dict[str, Paragraph], id_: str, part: str, first: int, last: int
) -> None:
    paragraph = by_id[id_]
    assert part in paragraph.text
    assert "\n" not in paragraph.text
    assert (paragraph.line, paragraph.end_line) == (first, last)


def test_only_lists_make_lines(by_id: dict[str, Paragraph]) -> None:
    lines = {id_: p.text.count("\n") + 1 for id_, p in by_id.items() if "\n" in p.text}
    annex = {"附件二/1": 26, "附件二/2": 4, "附件二/3": 4, "附件二/5": 12}
    assert lines == {"15": 5, "16": 3, "72": 3, "73": 5} | annex


def test_bullets_are_lines_of_their_paragraph(by_id: dict[str, Paragraph]) -> None:
    lead, *items = by_id["15"].text.split("\n")
    assert lead.endswith("促进中小企业的集群和联网：")
    assert [item[:6] for item in items] == ["- 创造中小", "- 利用有关", "- 鼓励服务", "- 促进起初"]


def test_agenda_is_no_paragraphs_but_lines(by_id: dict[str, Paragraph]) -> None:
    assert [line[:6] for line in by_id["73"].text.split("\n")[1:]] == [
        "1. 选举主",
        "2. 通过议",
        "3. 支助结",
        "4. 通过会",
    ]


def test_officers_are_lines(by_id: dict[str, Paragraph]) -> None:
    assert by_id["72"].text.split("\n")[1:] == [
        "主席: Paul Frix先生(比利时)",
        "副主席兼报告员: Enio Klein先生(巴西)",
    ]


def test_last_annex_has_every_resource_person_under_a_closed_up_word(
    by_id: dict[str, Paragraph],
) -> None:
    lines = by_id["附件二/5"].text.split("\n")
    assert lines[1:5] == [
        "普通类",
        "国际妇女争取和平与自由联盟",
        "联合国协会世界联合会",
        "顾问人士",
    ]
    names = ["Jorg", "Hans", "Banji", "Rustam", "Frank", "Giovanna", "R."]
    assert [line.split()[0] for line in lines[5:]] == names


def test_notes_go_to_the_paragraphs_that_carry_their_marks(by_id: dict[str, Paragraph]) -> None:
    notes = {id_: [(n.mark, n.line) for n in p.footnotes] for id_, p in by_id.items()}
    found = {id_: marks for id_, marks in notes.items() if marks}
    assert found == {"46": [("1", 166)], "71": [("2", 255)], "附件二/1": [("*", 309)]}
    assert by_id["71"].footnotes[0].text.startswith("见企业、工商促进和发展委员会第二届会议的报告")
    assert "尺度。¹ 由于各国条件不同" in by_id["46"].text


@pytest.mark.parametrize(
    ("id_", "section"),
    [
        ("1", ("一、议定结论和建议",)),
        ("14", ("一、议定结论和建议", "致政府、国际社会和民间社会")),
        ("25", (SUMMARY, "1. 区域集群与企业发展")),
        ("50", (SUMMARY, "3. 公共政策支持企业网络和集群的作用", "(a) 集群化的背景")),
        ("72", ("三、组织事项", "B. 选举主席团成员 (议程项目1)")),
        ("74", ("三、组织事项", "D. 文件")),
        ("附件一/1", ("附件一", "介绍性发言摘要")),
        ("附件二/5", ("附件二", "出席情况")),
    ],
)
def test_section_is_the_path_of_headings(
    by_id: dict[str, Paragraph], id_: str, section: tuple[str, ...]
) -> None:
    assert by_id[id_].section == section


# ---- the same report, damaged in one place


@pytest.fixture(scope="module")
def starts(by_id: dict[str, Paragraph]) -> dict[str, int]:
    """The position among the lines of each paragraph's first, by id."""
    return {id_: paragraph.line - 1 for id_, paragraph in by_id.items()}


def findings(lines: list[str]) -> list[Finding]:
    return list(parse_report("\n".join(lines), "report.txt").findings)


@pytest.mark.parametrize("number", range(2, 75))
def test_paragraph_taken_out_is_one_gap_found_at_the_next(
    text: str, by_id: dict[str, Paragraph], number: int
) -> None:
    gone = by_id[str(number)]
    lines = text.split("\n")
    taken = {*range(gone.line, gone.end_line + 1), *(note.line for note in gone.footnotes)}
    left = [line for n, line in enumerate(lines, 1) if n not in taken]
    (finding,) = findings(left)
    assert re.match(rf"{number + 1}[.．、]", left[finding.line - 1].lstrip("# "))
    assert f"expected number {number} (missing: {number})" in finding.message
    assert not finding.ambiguous


@pytest.mark.parametrize("number", range(2, 76))
def test_number_printed_again_is_one_ambiguous_finding(
    text: str, starts: dict[str, int], number: int
) -> None:
    lines = text.split("\n")
    at = starts[str(number)]
    lines[at] = lines[at].replace(f"{number}.", f"{number - 1}.", 1)
    found = findings(lines)
    twice = [finding for finding in found if finding.ambiguous]
    assert [finding.line for finding in twice] == [at + 1]
    assert f"第{number - 1}段 printed again" in twice[0].message
    assert len(found) == 1 or number in {21, 71, 75}  # there a range changes too


@pytest.mark.parametrize("number", range(2, 75))
def test_paragraphs_changed_about_are_out_of_order(
    text: str, starts: dict[str, int], number: int
) -> None:
    lines = text.split("\n")
    one, two = starts[str(number)], starts[str(number + 1)]
    lines[one] = lines[one].replace(f"{number}.", f"{number + 1}.", 1)
    lines[two] = lines[two].replace(f"{number + 1}.", f"{number}.", 1)
    found = findings(lines)
    assert [f.line for f in found if "out of order" in f.message] == [two + 1]
    assert not any(f.ambiguous for f in found)


@pytest.mark.parametrize(
    ("note", "message"),
    [
        ("<sup>1</sup> ILO", "footnote mark 1 has no note"),
        ("<sup>2</sup> 见", "footnote mark 2 has no note"),
        ("\\* 与会者", "footnote mark * has no note"),
    ],
)
def test_note_taken_out_leaves_its_mark_alone(text: str, note: str, message: str) -> None:
    lines = text.split("\n")
    (at,) = [n for n, line in enumerate(lines) if line.startswith(note)]
    (finding,) = findings(lines[:at] + lines[at + 1 :])
    assert finding.message.startswith(message)
    assert not finding.ambiguous


@pytest.mark.parametrize(
    ("mark", "line", "message"),
    [
        ("尺度。<sup>1</sup>", 166, "note 1 'ILO"),
        ("15日),<sup>2</sup>", 255, "note 2 '见企业"),
        ("情 况\\*", 309, "note * '与会者"),
    ],
)
def test_mark_taken_out_leaves_its_note_alone(
    text: str, mark: str, line: int, message: str
) -> None:
    assert text.count(mark) == 1
    bare = re.sub(r"<sup>.*|\\\*", "", mark)
    (finding,) = findings(text.replace(mark, bare).split("\n"))
    assert finding.line == line
    assert finding.message.startswith(message)


@pytest.mark.parametrize(
    ("stated", "changed", "line"),
    [
        ("建议.....\t1 - 20", "建议.....\t1 - 19", 28),
        ("摘要.....\t21 - 70", "摘要.....\t20 - 70", 29),
        ("事项.....\t71 - 75", "事项.....\t71 - 76", 30),
    ],
)
def test_range_that_the_contents_state_wrongly_is_one_finding(
    text: str, stated: str, changed: str, line: int
) -> None:
    assert text.count(stated) == 1
    (finding,) = findings(text.replace(stated, changed).split("\n"))
    assert finding.line == line
    assert "as the table of contents says" in finding.message
    assert not finding.ambiguous


def test_annex_without_its_head_is_an_ambiguous_restart(text: str) -> None:
    lines = [line for line in text.split("\n") if "附 件" not in line]
    twice = [finding for finding in findings(lines) if finding.ambiguous]
    assert twice
    assert "numbering restarts at 1" in twice[0].message


# ---- input that is no report


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b" \n\t\r\n\x0c\n", "empty"),
        ("只有一句话。\n".encode(), "no numbered paragraph in 1 lines"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\n", "not text"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00\xdf\xa4", "not text"),
        ("1. 甲桥已经修好。\n\n2. 乙桥已经修好。\n".encode("utf-16"), "not text"),
        (bytes((n * 97 + 13) % 256 for n in range(4096)), "not text"),
    ],
    ids=["empty", "blank", "unnumbered", "pdf", "zip", "utf-16", "random"],
)
def test_file_that_is_no_report_is_one_line_that_says_why(
    tmp_path: Path, content: bytes, what: str
) -> None:
    path = tmp_path / "bad.md"
    path.write_bytes(content)
    with pytest.raises(ReportError, match=re.escape(what)) as raised:
        read_report(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message


def test_missing_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "absent.md"
    with pytest.raises(ReportError, match=f"^{re.escape(str(path))}: no such file"):
        read_report(path)


def test_folder_says_that_it_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=f"^{re.escape(str(tmp_path))}: cannot be read"):
        read_report(tmp_path)


# ---- what tools for extraction make of a report

BODY = "委员会听取了秘书处关于本项目执行情况的报告，并对各成员国的支持表示赞赏。"
CLAIM = "The Committee took note of the report and thanked the members for their support."


def body(first: int, last: int) -> str:
    return "\n\n".join(f"{n}. {BODY}" for n in range(first, last + 1))


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("# 报告\n\n## 一、导言\n\n" + body(1, 9).replace("\n\n", "\n\n## "), 9),
        (body(1, 3).replace(". ", ".\t"), 3),
        (f"1. 1998年，{BODY}\n\n2.1999年，{BODY}\n\n3. {BODY}\n", 3),
        (f"1. {BODY}\n\n> 1. 引文一。\n>\n> 2. 引文二。\n\n2. {BODY}\n", 2),
        (f"1. {BODY}\n\n![](a/1.jpg)\n\n2. {BODY}\n\n<!-- 3 -->\n\n3. {BODY}\n", 3),
        (f"1. {BODY}\n\n2. 尽管如此，就业\n\n12\n\n仍少。\n\n3. {BODY}\n\n13\n\n4. {BODY}\n", 4),
        (body(1, 7) + "\n\n8. 决定如下：\n\n### 决定\n\n" + body(1, 12) + "\n\n" + body(9, 11), 11),
        (f"1. {BODY}\n\n2. 下列：\n\n" + "\n".join(f"{n}. 国" for n in range(1, 194)), 2),
        ("I. OPENING\n\n" + "\n\f\n".join(f"{n}.  {CLAIM}" for n in range(1, 250)), 249),
    ],
    ids="marked tab years quote pictures pages decision list long".split(),
)
def test_extracted_report_keeps_its_numbers(text: str, last: int) -> None:
    result = parse_report(text)
    assert [p.id for p in result.report.paragraphs] == [str(n) for n in range(1, last + 1)]
    assert result.findings == ()


def test_table_in_html_is_rows_of_its_paragraph() -> None:
    cells = "<tr><td>1.</td><td>甲</td></tr><tr><td>2.</td><td>乙</td></tr>"
    table = f"<html><body><table>{cells}</table></body></html>"
    one, two = parse_report(f"1. 下表：\n\n{table}\n\n2. {BODY}\n").report.paragraphs
    assert (one.text, two.text) == ("下表：\n1.\t甲\n2.\t乙", BODY)


def test_same_title_in_two_chapters_is_compared_with_its_own_range() -> None:
    contents = (
        "目录\n\n段次\n\n一、甲.....1-2\nA. 概况.....1-2\n二、乙.....3-4\nA. 概况.....3-{}\n\n"
    )
    text = f"## 一、甲\n\n## A. 概况\n\n{body(1, 2)}\n\n## 二、乙\n\n## A. 概况\n\n{body(3, 4)}\n"
    assert parse_report(contents.format(4) + text).findings == ()
    (finding,) = parse_report(contents.format(5) + text).findings
    assert finding.line == 8


@pytest.mark.parametrize(
    "change",
    [
        lambda text: re.sub(r"(?m)^#+ ", "", text),
        lambda text: re.sub(r"(?m)^#+ ", "## ", text),
        lambda text: re.sub(r"(?m)^#+ (.*)$", r"**\1**", text),
        lambda text: re.sub(r"\n\n+", "\n", text),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("---", "\f").replace("\n", "\r\n"),
        lambda text: re.sub(r"(?m)^(?=\S)", "　　", re.sub(r"(?m)^#+ ", "", text)),
    ],
    ids="bare level bold tight loose feeds indented".split(),
)
def test_shipped_report_says_the_same_in_another_form(
    text: str, by_id: dict[str, Paragraph], change: Callable[[str], str]
) -> None:
    result = parse_report(change(text))
    assert result.findings == ()
    said = {p.id: (p.text, p.section, len(p.footnotes)) for p in result.report.paragraphs}
    assert said == {id_: (p.text, p.section, len(p.footnotes)) for id_, p in by_id.items()}


def test_time_grows_with_the_length_and_no_faster() -> None:
    def seconds(count: int) -> float:
        text = "\n\n".join(f"{n}. {BODY * 8}" for n in range(1, count + 1))
        start = time.process_time()
        assert len(parse_report(text).report.paragraphs) == count
        return time.process_time() - start

    seconds(100)
    few, many = (min(seconds(count) for _ in range(3)) for count in (2000, 8000))
    assert many < 8 * few + 0.5  # the quickest of three: others take time of the machine


def test_paragraph_without_text_is_a_finding() -> None:
    parsed = parse_report("1. 甲乙丙。\n\n2.\n\n3. 丁戊己。\n", "x.md")
    assert [p.id for p in parsed.report.paragraphs] == ["1", "2", "3"]
    assert [str(f) for f in parsed.findings] == ["x.md:3: 第2段 says nothing, expected its text"]
