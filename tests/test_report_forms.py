"""What the parser must make of reports in many printed forms; the reports are invented."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from duanci.errors import ReportError
from duanci.records import Finding, Paragraph
from duanci.report import Parsed, parse_report, read_report

REPORTS = Path(__file__).parent / "reports"
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
CLEAN = [
    "annex_three.md",
    "traditional.md",
    "annexes_en.txt",
    "full_width.md",
    "gb18030.txt",
    "bom_crlf.md",
    "no_toc.md",
    "restarting_headings.md",
    "agenda.md",
    "nested.md",
    "french.txt",
    "tables.md",
    "no_symbol.txt",
    "endnotes_en.md",
]


@cache
def parsed(name: str) -> Parsed:
    return read_report(REPORTS / name)


def paragraph(source: str | Parsed, id_: str) -> Paragraph:
    report = (parsed(source) if isinstance(source, str) else source).report
    (found,) = [p for p in report.paragraphs if p.id == id_]
    return found


def ids(source: str | Parsed) -> list[str]:
    report = (parsed(source) if isinstance(source, str) else source).report
    return [p.id for p in report.paragraphs]


def numbers(first: int, last: int, scope: str = "") -> list[str]:
    return [f"{scope}/{n}" if scope else str(n) for n in range(first, last + 1)]


def line_of(name: str, start: str) -> int:
    """Return the line (from 1, ended by LF alone) that begins with `start`, which only one does."""
    encoding = "gb18030" if name == "gb18030.txt" else "utf-8-sig"
    lines = (REPORTS / name).read_bytes().decode(encoding).split("\n")
    (found,) = [n for n, line in enumerate(lines, 1) if line.strip("\f \u3000").startswith(start)]
    return found


def squeeze(text: str) -> str:
    """Return the text with every run of blanks within a line as one space."""
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def items(p: Paragraph) -> list[str]:
    """Return the lines of the text below the first, without their bullets."""
    return [squeeze(line).lstrip("-*•·–— ") for line in p.text.split("\n")[1:]]


def notes(p: Paragraph) -> dict[str, str]:
    """Return the paragraph's notes by mark; in what script a mark is kept is left open."""
    return {n.mark.translate(SUPERSCRIPTS).strip("\\()/"): squeeze(n.text) for n in p.footnotes}


def headings(p: Paragraph) -> list[str]:
    return [bare(h).casefold() for h in p.section]


def says(finding: Finding, number: int | str) -> bool:
    return re.search(rf"(?<!\d){number}(?!\d)", finding.message) is not None


def at(source: Parsed, lines: Iterable[int]) -> list[Finding]:
    wanted = set(lines)
    return [f for f in source.findings if f.line in wanted]


# ---- which paragraphs there are


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "annex_three.md",
            [
                *numbers(1, 12),
                *numbers(1, 2, "附件一"),
                *numbers(1, 3, "附件二"),
                *numbers(1, 3, "附件三"),
            ],
        ),
        ("traditional.md", [*numbers(1, 6), *numbers(1, 2, "附件")]),
        (
            "annexes_en.txt",
            [*numbers(1, 12), *numbers(1, 2, "Annex I"), *numbers(1, 2, "Annex II")],
        ),
        ("full_width.md", numbers(1, 10)),
        ("gb18030.txt", numbers(1, 7)),
        ("bom_crlf.md", numbers(1, 6)),
        ("no_toc.md", numbers(1, 5)),
        ("toc_columns.txt", [*numbers(1, 13), *numbers(1, 2, "附件一")]),
        ("restarting_headings.md", numbers(1, 9)),
        ("agenda.md", numbers(1, 6)),
        ("nested.md", numbers(1, 7)),
        ("addendum.md", numbers(21, 25)),
        ("french.txt", [*numbers(1, 5), *numbers(1, 2, "Annexe I")]),
        ("tables.md", numbers(1, 4)),
        ("no_symbol.txt", numbers(1, 4)),
        ("endnotes_en.md", [*numbers(1, 4), *numbers(1, 2, "Annex")]),
        ("broken_notes.md", numbers(1, 4)),
        ("broken_toc.md", numbers(1, 7)),
    ],
)
def test_every_printed_number_is_one_paragraph(name: str, expected: list[str]) -> None:
    assert ids(name) == expected


@pytest.mark.parametrize("name", CLEAN)
def test_sound_report_has_no_findings(name: str) -> None:
    assert [str(f) for f in parsed(name).findings] == []


def test_front_matter_causes_no_ambiguous_number_and_no_wrong_range() -> None:
    # Whether the unnumbered summary box deserves a finding is left open.
    name = "toc_columns.txt"
    result = parsed(name)
    assert not any(f.ambiguous for f in result.findings)
    assert at(result, range(line_of(name, "目录"), line_of(name, "1.   大会") + 1)) == []
    assert at(result, range(line_of(name, "1.   大会"), 1000)) == []


def test_report_that_begins_at_21_can_be_cited() -> None:
    result = parsed("addendum.md")
    assert not any(f.ambiguous for f in result.findings)
    assert paragraph(result, "21").label == "第21段"
    assert paragraph(result, "24").text == "司库报告说，结余为1 240元。"


@pytest.mark.parametrize(
    "mark",
    [
        "{n}. ",
        "{n}.",
        "{n}.\t",
        "{n}.  ",
        "{n}.\u3000",
        "{n}.\u00a0",
        "{n}．",
        "{n}、",
        "{w}．",
        "{w}. ",
        "{w}、",
        "**{n}.** ",
        "**{n}**. ",
        "**{n}．**",
        "{n}\\. ",
        "\u3000\u3000{n}. ",
        "   {n}. ",
        "{n}．\u3000",
    ],
)
def test_number_mark_is_read_and_left_out_of_the_text(mark: str) -> None:
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    bodies = {
        n: f"第{c}座桥的栏杆已经修好。" for n, c in zip(range(8, 13), "甲乙丙丁戊", strict=True)
    }
    lines = [mark.format(n=n, w=str(n).translate(wide)) + body for n, body in bodies.items()]
    result = parse_report("## 桥梁\n\n" + "\n\n".join(lines) + "\n")
    assert ids(result) == numbers(8, 12)
    assert [p.text for p in result.report.paragraphs] == list(bodies.values())
    assert [p.line for p in result.report.paragraphs] == [3, 5, 7, 9, 11]


def test_paragraphs_need_no_blank_line_between() -> None:
    result = parse_report("一、桥梁\n1. 甲桥已经修好。\n2. 乙桥已经修好。\n3. 丙桥已经拆除。\n")
    assert ids(result) == numbers(1, 3)
    assert paragraph(result, "2").text == "乙桥已经修好。"


def test_numbers_of_three_digits_are_read() -> None:
    bodies = [f"{n}. 第{n}号水井已经清淤。" for n in range(97, 104)]
    assert ids(parse_report("\n\n".join(bodies))) == numbers(97, 103)


def test_gap_does_not_swallow_the_paragraph_after_it() -> None:
    result = parse_report("1. 甲桥已经修好。\n\n2. 乙桥已经修好。\n\n5. 丙桥已经拆除。\n")
    assert ids(result) == ["1", "2", "5"]


# ---- symbol, language, label, place


@pytest.mark.parametrize(
    ("name", "symbol", "aliases", "language"),
    [
        ("annex_three.md", "TD/B/COM.9/EM.2/3", (), "zh"),
        ("traditional.md", "E/CN.98/2004/7", (), "zh"),
        ("annexes_en.txt", "TD/B/COM.8/EM.4/2", (), "en"),
        ("full_width.md", "SY/2019/15", (), "zh"),
        ("gb18030.txt", "DT/2007/4", (), "zh"),
        ("bom_crlf.md", "WMX/HP/2012/6", (), "zh"),
        ("no_toc.md", "CT/2015/L.8", (), "zh"),
        ("toc_columns.txt", "A/77/9999", (), "zh"),
        ("addendum.md", "FR/2003/5/Add.1", (), "zh"),
        ("french.txt", "TD/B/COM.7/EM.9/3", (), "fr"),
        ("tables.md", "MK/REP/2006/9", ("MK/STAT/7",), "zh"),
        ("no_symbol.txt", "no_symbol", (), "zh"),
        ("endnotes_en.md", "UNX/HIST/31", (), "en"),
    ],
)
def test_symbol_and_language_come_from_the_masthead(
    name: str, symbol: str, aliases: tuple[str, ...], language: str
) -> None:
    report = parsed(name).report
    assert (report.symbol, report.aliases, report.language) == (symbol, aliases, language)
    assert {(p.report, p.language) for p in report.paragraphs} == {(symbol, language)}
    assert Path(report.file).name == name


def test_symbol_of_a_cited_document_is_not_the_report_s() -> None:
    result = parse_report("桥梁报告\n\n1. 委员会收到了文件(TD/B/COM.5/4)。\n", "bridges.txt")
    assert result.report.symbol == "bridges"
    assert result.report.aliases == ()


@pytest.mark.parametrize(
    ("name", "id_", "label"),
    [
        ("annex_three.md", "5", "第5段"),
        ("annex_three.md", "附件三/2", "附件三第2段"),
        ("traditional.md", "附件/1", "附件第1段"),
        ("annexes_en.txt", "10", "para. 10"),
        ("annexes_en.txt", "Annex II/1", "Annex II, para. 1"),
        ("full_width.md", "10", "第10段"),
    ],
)
def test_label_is_what_a_reader_would_write(name: str, id_: str, label: str) -> None:
    assert paragraph(name, id_).label == label


@pytest.mark.parametrize(
    ("name", "id_", "start", "end"),
    [
        ("annex_three.md", "1", "1. 专家会议认为", "1. 专家会议认为"),
        ("annex_three.md", "2", "2. 专家们建议", "- 保留冬季"),
        ("annex_three.md", "5", "5. 第一名讲演者", "海鸟筑巢"),
        ("annex_three.md", "3", "3. 船东应当", "等候，"),
        ("annex_three.md", "附件三/1", "#### 1. 下列国家", "墨西哥"),
        ("annexes_en.txt", "4", "4.   The expert from", "lit landing stages."),
        ("annexes_en.txt", "12", "12.  The Expert", "4.  Adoption of the outcome"),
        ("annexes_en.txt", "Annex I/2", "2.   She thanked", "2.   She thanked"),
        ("gb18030.txt", "3", "3、第一位", "台阶上坏过"),
        ("gb18030.txt", "7", "7、会议通过", "7、会议通过"),
        ("bom_crlf.md", "6", "6. 下次会议", "6. 下次会议"),
        ("toc_columns.txt", "5", "5.   小农户", "自制的木箱"),
        ("no_toc.md", "4", "4. 每名邮差", "120. 余件"),
    ],
)
def test_lines_are_those_of_the_file(name: str, id_: str, start: str, end: str) -> None:
    p = paragraph(name, id_)
    assert (p.line, p.end_line) == (line_of(name, start), line_of(name, end))


@pytest.mark.parametrize("odd", ["\f", "\v", "\u2028", "\x85", "\x1c"])
def test_only_line_feeds_count_as_lines(odd: str) -> None:
    result = parse_report(f"1. 甲桥已经修好。{odd}\n\n2. 乙桥已经修好。\n")
    assert [p.line for p in result.report.paragraphs] == [1, 3]


# ---- text: torn, wrapped, joined


@pytest.mark.parametrize(
    ("name", "id_", "text"),
    [
        (
            "annex_three.md",
            "5",
            "第一名讲演者介绍了北岸七个港口的灯标。其中三个灯标已有海鸟筑巢，换灯要等到秋天。",
        ),
        (
            "traditional.md",
            "3",
            "書車每週到訪每個村莊一次。雪季道路中斷時，改由馱馬運送，馱馬每匹可載書四十冊。",
        ),
        (
            "gb18030.txt",
            "3",
            "第一位看守人说，灯塔的楼梯共有一百六十三级，每天上下四次，他从不数台阶，但他知道灯泡在第几级台阶上坏过。",
        ),
        ("toc_columns.txt", "5", "小农户平均有蜂群八箱，其中半数是自制的木箱。"),
        ("bom_crlf.md", "3", "风速计在零下三十度时停转²，各站改用木制风向标。"),
    ],
)
def test_torn_paragraph_is_joined(name: str, id_: str, text: str) -> None:
    assert paragraph(name, id_).text == text


def test_note_between_two_halves_does_not_keep_them_apart() -> None:
    p = paragraph("annex_three.md", "3")
    assert p.text == (
        "船东应当在开航前一天通报载货量，以便港务员安排泊位。"
        "遇有大风，渡船可在外港等候，² 但不得超过两个潮次。"
    )
    assert notes(p) == {"2": "外港指防波堤以外的水域。"}


def test_header_and_note_between_two_halves_are_left_out_in_english() -> None:
    text = squeeze(paragraph("annexes_en.txt", "4").text)
    assert "a ferry without life-jackets should not leave the landing stage." in text
    assert "\n" not in text
    assert "well- lit" not in text


def test_french_paragraph_is_joined_around_its_note() -> None:
    text = squeeze(paragraph("french.txt", "3").text)
    assert text.endswith("Il a précisé que les prix étaient affichés chaque matin à sept heures.")
    assert "annexe I du présent" not in text


def test_torn_english_paragraph_is_joined_by_one_space() -> None:
    p = paragraph("endnotes_en.md", "3")
    expected = "The clocks are to be repaired before winter, and wound by the town crier."
    assert p.text == expected


@pytest.mark.parametrize(
    ("name", "id_", "part"),
    [
        ("gb18030.txt", "1", "到会的看守人有十九名，最年长的"),
        ("gb18030.txt", "4", "钟绳每年换一次。"),
        ("toc_columns.txt", "4", "平原蜂群略有减少。"),
        ("no_symbol.txt", "2", "栏杆松动，已经绑上绳子。"),
        ("annexes_en.txt", "1", "at the request of the Commission."),
        ("annexes_en.txt", "1", "pilots, ferry owners and the mayors"),
        ("endnotes_en.md", "1", "It looked at clocks only."),
        ("french.txt", "1", "à tous les États membres."),
    ],
)
def test_hard_wrapped_lines_are_joined(name: str, id_: str, part: str) -> None:
    assert part in squeeze(paragraph(name, id_).text)


@pytest.mark.parametrize(
    ("name", "scraps"),
    [
        ("annexes_en.txt", ["Page ", "TD/B/COM.8/EM.4/2", "GE.99", "\f", "____", "Annex"]),
        ("gb18030.txt", ["- 1 -", "- 2 -", "第 3 页", "\f", "\u3000"]),
        ("toc_columns.txt", ["22-59999", "A/77/9999", "\f", "/7"]),
        ("annex_three.md", ["---", "#", "<sup>", "EM.2/INF.1", "手册", "议程项目"]),
        ("bom_crlf.md", ["\r", "\ufeff", "[^", "1988", "日志", "#"]),
        ("endnotes_en.md", ["---", "[^", "railway", "1906", "\\"]),
        ("no_symbol.txt", ["**", "二、"]),
        ("french.txt", ["Voir", "Annexe"]),
        ("traditional.md", ["見第二屆", "註", "(一)", "(二)"]),
    ],
)
def test_what_the_page_adds_is_in_no_text(name: str, scraps: list[str]) -> None:
    texts = "\n".join(p.text for p in parsed(name).report.paragraphs)
    # Annex I is mentioned in no text of these; headings, notes and page furniture are not text.
    assert [s for s in scraps if s in texts] == []


@pytest.mark.parametrize("name", [*CLEAN, "toc_columns.txt", "addendum.md"])
def test_text_has_no_blank_lines_and_no_loose_blanks(name: str) -> None:
    for p in parsed(name).report.paragraphs:
        assert p.text == p.text.strip()
        assert all(line and line == line.rstrip() for line in p.text.split("\n"))


def test_torn_item_is_joined() -> None:
    result = parse_report(
        "1. 请各村：\n\n- 登记水井;\n- 测量每一口水井的水位并把结果写在井\n\n---\n\n"
        "栏上；\n- 更换井绳。\n\n2. 会议闭幕。\n"
    )
    assert items(paragraph(result, "1")) == [
        "登记水井;",
        "测量每一口水井的水位并把结果写在井栏上；",
        "更换井绳。",
    ]
    assert result.findings == ()


def test_torn_paragraph_is_joined_before_a_heading() -> None:
    result = parse_report(
        "## 一、水井\n\n1. 水井由各户轮流清淤，费用由合作社\n\n和村民分担。\n\n"
        "井绳\n\n2. 井绳每年更换一次。\n"
    )
    assert paragraph(result, "1").text == "水井由各户轮流清淤，费用由合作社和村民分担。"
    assert headings(paragraph(result, "2")) == ["一、水井", "井绳"]


# ---- what starts with a number and is no paragraph


def test_year_and_decimal_at_a_line_s_start_are_no_numbers() -> None:
    text = bare(paragraph("no_toc.md", "2").text)
    assert "1998.年以前没有记录" in text
    assert text.endswith("增幅约为3.5个百分点。")
    assert bare(paragraph("no_toc.md", "4").text) == "每名邮差每日投递信件120.余件，节日加倍。"
    assert "2019．年鉴所载数目与此不同" in paragraph("full_width.md", "5").text


def test_year_and_decimal_in_hard_wrapped_english_are_no_numbers() -> None:
    five = squeeze(paragraph("annexes_en.txt", "5").text)
    assert five == (
        "Two accidents had occurred in the dry season of 1998. Both were due to sandbanks;"
        " the water had fallen by 3.5 metres in a month."
    )
    six = squeeze(paragraph("annexes_en.txt", "6").text)
    assert "had gone from 40 to 55. The owners wished" in six


def test_wrapped_line_that_starts_with_the_next_number_is_no_paragraph() -> None:
    result = parse_report(
        "1.  The number of ferries on the river had risen from 1 to\n"
        "2. The owners were pleased with that.\n\n"
        "2.  The pilots were not.\n\n"
        "3.  Nobody asked the passengers.\n"
    )
    assert ids(result) == numbers(1, 3)
    assert squeeze(paragraph(result, "1").text).endswith(
        "from 1 to 2. The owners were pleased with that."
    )
    assert paragraph(result, "2").text == "The pilots were not."
    assert not any(f.ambiguous for f in result.findings)


def test_agenda_belongs_to_its_paragraph() -> None:
    p = paragraph("agenda.md", "1")
    assert p.text == (
        "年会通过了下列议程：\n1. 选举主席\n2. 通过议程\n3. 乡村学校的冬季取暖\n4. 其他事项"
    )


def test_list_that_starts_with_the_next_paragraph_s_number_belongs_to_its_paragraph() -> None:
    p = paragraph("agenda.md", "3")
    assert items(p) == ["4. 乡村学校的冬季取暖", "5. 通过议程", "6. 其他事项"]
    assert paragraph("agenda.md", "4").text.startswith("年会同意主席的建议，并决定：")


def test_list_with_blank_lines_between_belongs_to_its_paragraph() -> None:
    expected = ["1. 每日上午开会；", "2. 下午参观学校；", "3. 晚间不安排活动。"]
    assert items(paragraph("agenda.md", "4")) == expected


def test_list_in_another_mark_belongs_to_its_paragraph() -> None:
    expected = ["1、取暖费的账目；", "2、学校名册；", "3、课桌的图样。"]
    assert items(paragraph("agenda.md", "5")) == expected


def test_indented_english_agenda_belongs_to_its_paragraph() -> None:
    assert items(paragraph("annexes_en.txt", "12")) == [
        "1. Election of officers",
        "2. Adoption of the agenda",
        "3. Ferries and the dry season: measures to keep the crossings open",
        "4. Adoption of the outcome of the meeting",
    ]


def test_contents_are_no_paragraphs() -> None:
    result = parse_report(
        "目录\n\n1. 概况 ........ 1-2  3\n2. 经费 ........ 3  4\n\n"
        "1. 概况\n\n1. 甲桥已经修好。\n\n2. 乙桥已经修好。\n\n"
        "2. 经费\n\n3. 修桥的经费来自捐款。\n"
    )
    assert ids(result) == numbers(1, 3)
    assert [p.text for p in result.report.paragraphs] == [
        "甲桥已经修好。",
        "乙桥已经修好。",
        "修桥的经费来自捐款。",
    ]
    assert result.findings == ()


def test_annex_named_in_the_contents_starts_nothing() -> None:
    result = parse_report(
        "目录\n\n段次\n\n一、桑叶.....1 - 2\n\n附件一、名单.....5\n附件二 账目 ..... 6\n\n"
        "一、桑叶\n\n1. 桑叶每日采摘两次。\n\n2. 雨天的桑叶要先晾干。\n\n"
        "附件一\n\n名单\n\n1. 名单从略。\n\n附件二\n\n账目\n\n1. 账目从略。\n"
    )
    assert ids(result) == ["1", "2", "附件一/1", "附件二/1"]
    assert result.findings == ()


# ---- numbered headings


def test_numbered_headings_are_sections_and_no_paragraphs() -> None:
    name = "restarting_headings.md"
    assert {id_: headings(paragraph(name, id_))[-1] for id_ in ids(name)} == {
        "1": "1.泥料",
        "2": "1.泥料",
        "3": "2.釉料",
        "4": "3.窑",
        "5": "3.窑",
        "6": "1.国内市场",
        "7": "2.国外市场",
        "8": "3.展销会",
        "9": "3.展销会",
    }
    assert paragraph(name, "1").text == "研讨会认为，泥料应当在地窖中陈放一年。"


def test_numbered_paragraph_marked_as_heading_is_a_paragraph() -> None:
    p = paragraph("restarting_headings.md", "9")
    assert p.text.split("\n")[0] == "下列城市将主办今后的展销会："
    assert items(p) == ["北港", "南港"]


def test_heading_with_the_next_paragraph_s_number_is_no_paragraph() -> None:
    result = parse_report(
        "## 1. 泥料\n\n1. 泥料应当陈放一年。\n\n2. 有人主张两年。\n\n"
        "## 2. 釉料\n\n3. 釉料以草木灰为主。\n\n## 3. 装窑\n\n4. 装窑需要三天。\n\n"
        "## 5. 展销\n\n5. 展销会每年秋季举行。\n"
    )
    assert ids(result) == numbers(1, 5)
    assert paragraph(result, "5").text == "展销会每年秋季举行。"
    assert headings(paragraph(result, "5"))[-1] == "5.展销"
    assert not any(f.ambiguous for f in result.findings)


def test_bare_numbered_heading_above_a_paragraph_is_no_paragraph() -> None:
    result = parse_report(
        "II.  DISCUSSION\n\n1.  Background\n\n21.  The first speaker spoke of wells.\n\n"
        "22.  The second speaker spoke of ropes.\n\n2.  Costs of the wells\n\n"
        "23.  The third speaker spoke of money.\n"
    )
    assert ids(result) == numbers(21, 23)
    assert headings(paragraph(result, "22")) == ["ii.discussion", "1.background"]
    assert headings(paragraph(result, "23")) == ["ii.discussion", "2.costsofthewells"]
    assert paragraph(result, "22").text == "The second speaker spoke of ropes."


def test_sentence_marked_as_heading_is_a_paragraph_when_it_fits() -> None:
    result = parse_report(
        "## 一、桥梁\n\n1. 甲桥已经修好。\n\n### 2. 乙桥的栏杆在洪水中被冲走，至今没有更换。\n\n"
        "3. 丙桥已经拆除。\n"
    )
    assert ids(result) == numbers(1, 3)
    assert paragraph(result, "2").text == "乙桥的栏杆在洪水中被冲走，至今没有更换。"
    assert headings(paragraph(result, "3")) == ["一、桥梁"]


# ---- items


def test_bulleted_items_are_lines_of_their_paragraph() -> None:
    p = paragraph("annex_three.md", "2")
    assert p.text.split("\n")[0] == "专家们建议各国政府："
    assert items(p) == ["公布港口收费；", "每年核对一次灯标;", "保留冬季的渡船航线。"]


def test_bullets_of_several_kinds_are_items() -> None:
    assert items(paragraph("nested.md", "5")) == ["锄头十把；", "喷壶六只；", "剪刀四把。"]
    assert items(paragraph("endnotes_en.md", "Annex/1")) == [
        "The north clock;",
        "The harbour clock;",
        "The two school clocks.",
    ]


def test_nested_items_are_lines_of_their_paragraph() -> None:
    assert items(paragraph("nested.md", "1")) == [
        "(a) 登记每一批种子，包括：",
        "(i) 来源；",
        "(ii) 采集日期；",
        "(b) 每周翻土一次；",
        "(c) 在霜降前盖好草帘。",
    ]


def test_nested_english_items_are_lines_with_their_wrapped_ends() -> None:
    assert items(paragraph("annexes_en.txt", "7")) == [
        "(a) A common timetable;",
        "(b) A reserve of spare parts, to be kept:",
        "(i) At the upper landing stage;",
        "(ii) At the boatyard, under the care of the boatbuilder;",
        "(c) Free passage for schoolchildren.",
    ]


@pytest.mark.parametrize(
    ("name", "id_", "expected"),
    [
        (
            "full_width.md",
            "3",
            ["①仍在供水的；", "②已经封盖的；", "③只存井栏的；", "④仅见于文献的。"],
        ),
        ("full_width.md", "6", ["（一）立牌；", "（二）测量井深；", "（三）绘制位置图。"]),
        (
            "gb18030.txt",
            "5",
            ["(1)印制新的值班簿；", "(2)每座灯塔配一只收音机；", "(3)修理南岛的钟。"],
        ),
        ("nested.md", "3", ["1) 库存数量；", "2) 发芽率；", "3) 温度和湿度。"]),
        (
            "traditional.md",
            "4",
            ["(a) 書車配備雪鏈；", "(b) 每年更換三分之一的藏書；", "(c) 司機接受急救訓練。"],
        ),
        (
            "french.txt",
            "4",
            ["a) Peser les fruits devant l'acheteur ;", "b) Fermer les halles à midi."],
        ),
    ],
)
def test_items_in_many_marks_are_lines(name: str, id_: str, expected: list[str]) -> None:
    assert items(paragraph(name, id_)) == expected


def test_items_that_look_like_chapters_belong_to_the_paragraph_that_announces_them() -> None:
    p = paragraph("nested.md", "6")
    assert items(p) == [
        "一、守则每年审议一次；",
        "二、审议由全体职工参加；",
        "三、修改须经三分之二同意。",
    ]
    assert headings(paragraph("nested.md", "7"))[-1] == "二.附则"


def test_marks_within_a_line_do_not_split_it() -> None:
    four = paragraph("nested.md", "4")
    assert four.text == "温室分三区：①育苗区；②移栽区；③展示区。"
    assert "(a) 花期不得喷洒农药；(b) 喷药前两天" in paragraph("toc_columns.txt", "11").text


def test_lettered_line_between_finished_paragraphs_is_a_heading() -> None:
    name = "nested.md"
    found = {id_: headings(paragraph(name, id_))[-1] for id_ in ids(name)}
    assert found == {
        "1": "一.总则",
        "2": "(a)种子库",
        "3": "(a)种子库",
        "4": "(b)温室",
        "5": "(c)工具",
        "6": "二.附则",
        "7": "二.附则",
    }
    assert paragraph("endnotes_en.md", "2").text.endswith("showed the same time.²")


@pytest.mark.parametrize(("left", "right"), [("(", ")"), ("（", "）")])
def test_lettered_heading_and_lettered_item_are_told_apart(left: str, right: str) -> None:
    a, b = f"{left}a{right}", f"{left}b{right}"
    result = parse_report(
        f"## 一、桥梁\n\n{a} 石桥\n\n1. 修石桥需要：\n\n{a} 石料；\n\n{b} 石灰。\n\n"
        f"{b} 木桥\n\n2. 木桥已经腐朽。\n"
    )
    assert ids(result) == numbers(1, 2)
    assert items(paragraph(result, "1")) == [f"{a} 石料；", f"{b} 石灰。"]
    assert headings(paragraph(result, "1")) == ["一、桥梁", bare(f"{a}石桥")]
    assert headings(paragraph(result, "2")) == ["一、桥梁", bare(f"{b}木桥")]


# ---- tables


def test_markdown_table_belongs_to_its_paragraph() -> None:
    text = paragraph("tables.md", "1").text
    assert text.startswith("各港历年渔获量如下表所示：\n")
    assert all(cell in text for cell in ("序号", "北港", "120", "东港", "95.5", "南港", "80"))
    assert paragraph("tables.md", "2").text == "东港的渔获量下降，见MK/STAT/5号文件。"


def test_tab_separated_rows_and_the_line_after_them_belong_to_their_paragraph() -> None:
    lines = [line.split() for line in paragraph("tables.md", "3").text.split("\n")]
    assert lines == [
        ["各年的渔船数目为："],
        ["1998", "41"],
        ["1999", "43"],
        ["2000", "40"],
        ["其中木船占一半。"],
    ]


def test_names_of_states_in_columns_belong_to_their_paragraph() -> None:
    text = paragraph("annex_three.md", "附件三/1").text
    assert text.startswith("下列国家派代表出席了会议:\n")
    assert all(name in text for name in ("奥地利", "缅甸", "孟加拉国", "荷兰", "墨西哥"))
    two = paragraph("annex_three.md", "附件三/2")
    assert items(two) == ["国际劳工组织", "国际海事组织"]
    assert items(paragraph("annex_three.md", "附件三/3")) == ["沿岸渔民联合会"]
    english = paragraph("annexes_en.txt", "Annex II/1").text
    assert all(name in english for name in ("Bhutan", "Paraguay", "Chad", "Zambia"))
    assert "国家" not in english


# ---- sections


@pytest.mark.parametrize(
    ("name", "id_", "section"),
    [
        ("annex_three.md", "1", ["一、议定结论和建议"]),
        ("annex_three.md", "4", ["一、议定结论和建议", "致海运界"]),
        ("annex_three.md", "6", ["二、主席的摘要", "1.灯标与航道"]),
        ("annex_three.md", "7", ["二、主席的摘要", "2.渡船"]),
        ("annex_three.md", "8", ["二、主席的摘要", "2.渡船", "(a)票价"]),
        ("annex_three.md", "9", ["二、主席的摘要", "2.渡船", "(b)船员"]),
        ("annex_three.md", "11", ["三、组织事项", "b.文件"]),
        ("traditional.md", "1", ["一、導言"]),
        ("traditional.md", "4", ["二、討論情況", "(一)書車"]),
        ("traditional.md", "5", ["二、討論情況", "(二)館藏"]),
        ("annexes_en.txt", "2", ["i.introduction"]),
        ("annexes_en.txt", "5", ["ii.chairperson'ssummary", "a.safety"]),
        (
            "annexes_en.txt",
            "7",
            [
                "ii.chairperson'ssummary",
                "b.faresandthecostofrunningaferryinthedryseason",
            ],
        ),
        ("annexes_en.txt", "8", ["ii.chairperson'ssummary", "c.landingstages"]),
        ("annexes_en.txt", "10", ["ii.chairperson'ssummary", "d.lessons"]),
        ("full_width.md", "4", ["第二章普查结果"]),
        ("gb18030.txt", "3", ["二、讨论"]),
        ("gb18030.txt", "7", ["三、闭幕"]),
        ("toc_columns.txt", "5", ["二.蜂群的情况", "a.数目"]),
        ("toc_columns.txt", "6", ["二.蜂群的情况", "b.疾病、农药以及山地农民对蜂群的照料"]),
        ("toc_columns.txt", "10", ["三.国家的措施"]),
        ("toc_columns.txt", "13", ["四.结论"]),
        ("no_symbol.txt", "2", ["一、巡查经过"]),
        ("no_symbol.txt", "4", ["二、建议"]),
        ("french.txt", "5", ["ii.débats"]),
    ],
)
def test_section_is_the_path_of_headings(name: str, id_: str, section: list[str]) -> None:
    assert headings(paragraph(name, id_)) == section


@pytest.mark.parametrize(
    ("name", "id_", "last"),
    [
        # Above these stands the report's title as a heading; whether it heads the path is open.
        ("bom_crlf.md", "1", ["一、导言"]),
        ("bom_crlf.md", "4", ["二、观测", "a.仪器"]),
        ("bom_crlf.md", "6", ["三、结论"]),
        ("no_toc.md", "3", ["邮差"]),
        ("agenda.md", "2", ["a.开幕"]),
        ("agenda.md", "6", ["b.工作安排"]),
        ("endnotes_en.md", "2", ["a.general"]),
        ("endnotes_en.md", "3", ["a.general", "(a)repairs"]),
        ("endnotes_en.md", "4", ["a.general", "(b)costs"]),
        ("endnotes_en.md", "Annex/2", ["clocksvisited"]),
        ("addendum.md", "23", ["四、下游观测(续)"]),
        ("tables.md", "4", ["二、说明"]),
        ("annex_three.md", "附件一/2", ["开幕发言摘要"]),
        ("traditional.md", "附件/2", ["與會者名單"]),
        ("annexes_en.txt", "Annex I/1", ["openingstatements"]),
        ("traditional.md", "6", ["教訓"]),
        ("french.txt", "Annexe I/1", ["leshalles"]),
    ],
)
def test_section_ends_with_the_nearest_heading(name: str, id_: str, last: list[str]) -> None:
    assert headings(paragraph(name, id_))[-len(last) :] == last


def test_blanks_between_single_han_characters_of_a_heading_are_dropped() -> None:
    assert paragraph("annex_three.md", "附件一/1").section[-1] == "开幕发言摘要"
    assert paragraph("annex_three.md", "附件三/2").section[-1].startswith("出席情况")
    assert paragraph("traditional.md", "6").section[-1] == "教訓"


def test_short_parenthesis_after_a_heading_is_part_of_it() -> None:
    assert headings(paragraph("annex_three.md", "10")) == [
        "三、组织事项",
        "a.选举主席团成员(议程项目1)",
    ]
    assert headings(paragraph("annex_three.md", "12"))[-1] == "c.通过会议的结果(议程项目3)"
    assert headings(paragraph("annexes_en.txt", "11")) == [
        "iii.organizationalmatters",
        "a.electionofofficers(agendaitem1)",
    ]


def test_letters_c_and_d_are_no_roman_chapters() -> None:
    letters = "ABCDEFGHIJ"
    lines = [f"## {c}. Part {c.lower()}\n\n{n}. Text of it." for n, c in enumerate(letters, 1)]
    result = parse_report("## II. Discussion\n\n" + "\n\n".join(lines))
    assert ids(result) == numbers(1, 10)
    paths = [headings(p) for p in result.report.paragraphs]
    assert paths == [["ii.discussion", f"{c}.part{c}".casefold()] for c in letters]


def test_annex_leaves_the_sections_of_the_body() -> None:
    for name in ("annex_three.md", "annexes_en.txt", "toc_columns.txt", "traditional.md"):
        body = {bare(h) for p in parsed(name).report.paragraphs if not p.scope for h in p.section}
        annex = {bare(h) for p in parsed(name).report.paragraphs if p.scope for h in p.section}
        assert body & annex == set()


# ---- annexes


@pytest.mark.parametrize(
    ("heading", "scope"),
    [
        ("附件三", "附件三"),
        ("附 件 三", "附件三"),
        ("## 附件三", "附件三"),
        ("## 附 件 三", "附件三"),
        ("**附件三**", "附件三"),
        ("## 附件三 与会者名单", "附件三"),
        ("## 附件三：与会者名单", "附件三"),
        ("## 附件三、与会者名单", "附件三"),
        ("附件三\n\n与会者名单", "附件三"),
        ("附 件\n\n附 件 三\n\n与会者名单", "附件三"),
        ("## 附件3", "附件3"),
        ("附件", "附件"),
        ("附 件", "附件"),
        ("附录二", "附录二"),
        ("Annex I", "Annex I"),
        ("## Annex IV", "Annex IV"),
        ("### Annex II. List of participants", "Annex II"),
        ("Annex", "Annex"),
        ("Anexo I", "Anexo I"),
    ],
)
def test_annex_starts_again_in_its_own_scope(heading: str, scope: str) -> None:
    result = parse_report(
        f"1. 甲桥已经修好。\n\n2. 乙桥已经修好。\n\n{heading}\n\n"
        "1. 下列村庄派代表出席了会议。\n\n2. 一个合作社派代表出席了会议。\n"
    )
    assert ids(result) == ["1", "2", f"{scope}/1", f"{scope}/2"]
    assert result.findings == ()


def test_annex_that_only_continues_a_sentence_starts_nothing() -> None:
    result = parse_report(
        "1. 与会者的名单和会议收到的全部文件的清单均载于本报告的附件(见\n\n"
        "附件一第2段)。\n\n2. 会议闭幕。\n\n## 附件一\n\n1. 名单从略。\n\n2. 清单从略。\n"
    )
    assert ids(result) == ["1", "2", "附件一/1", "附件一/2"]
    assert "(见附件一第2段)。" in paragraph(result, "1").text


def test_wrapped_line_that_starts_with_annex_starts_nothing() -> None:
    result = parse_report(
        "1.  The list of participants and the list of documents are given in\n"
        "Annex I to this report.\n\n2.  The meeting was closed.\n\n"
        "Annex I\n\n1.  The lists are omitted.\n"
    )
    assert ids(result) == ["1", "2", "Annex I/1"]
    assert paragraph(result, "1").text.endswith("are given in Annex I to this report.")


def test_spanish_report_is_read() -> None:
    result = parse_report(
        "Naciones Unidas\n\nTD/B/COM.4/EM.6/2\n\n## I. Introducción\n\n"
        "1. La reunión se celebró en una escuela de la costa.\n\n"
        "2. El presidente dio las gracias a los maestros.\n\n"
        "## Anexo II\n\n1. Asistieron los siguientes países:\n\nChile\n\nPerú\n",
        "es.md",
    )
    assert ids(result) == ["1", "2", "Anexo II/1"]
    assert items(paragraph(result, "Anexo II/1")) == ["Chile", "Perú"]
    assert result.report.symbol == "TD/B/COM.4/EM.6/2"


# ---- footnotes


@pytest.mark.parametrize(
    ("name", "id_", "expected"),
    [
        ("annex_three.md", "1", {"1": "见《小港口手册》第三版，第12页。"}),
        ("annex_three.md", "附件二/2", {"1": "采石场已于1960年关闭。"}),
        ("annex_three.md", "附件三/1", {"*": "与会者名单，见 TD/B/COM.9/EM.2/INF.1。"}),
        ("traditional.md", "2", {"1": "見第二屆會議的報告，第9段。"}),
        (
            "annexes_en.txt",
            "2",
            {"1": "The note is available on request, also in French and Spanish."},
        ),
        (
            "annexes_en.txt",
            "Annex II/1",
            {"*": "For the list of participants, see TD/B/COM.8/EM.4/INF.1."},
        ),
        ("bom_crlf.md", "1", {"1": "首次会议于1988年举行。"}),
        ("bom_crlf.md", "3", {"2": "见湖边站值班日志，第44页。"}),
        ("bom_crlf.md", "5", {"3": "逢节日由站长做饭。"}),
        ("french.txt", "3", {"1": "Voir l'annexe I du présent rapport."}),
        ("endnotes_en.md", "1", {"1": "The first meeting was held in a railway station."}),
        (
            "endnotes_en.md",
            "2",
            {"2": "Differences of up to 40 minutes were noted; see the annex."},
        ),
        ("endnotes_en.md", "4", {"10": "Under the agreement of 1906."}),
    ],
)
def test_note_belongs_to_the_paragraph_that_carries_its_mark(
    name: str, id_: str, expected: dict[str, str]
) -> None:
    assert notes(paragraph(name, id_)) == expected


@pytest.mark.parametrize(
    ("name", "carriers"),
    [
        ("annex_three.md", {"1", "3", "附件二/2", "附件三/1"}),
        ("traditional.md", {"2"}),
        ("annexes_en.txt", {"2", "Annex II/1"}),
        ("bom_crlf.md", {"1", "3", "5"}),
        ("endnotes_en.md", {"1", "2", "4"}),
        ("french.txt", {"3"}),
        ("nested.md", set()),
    ],
)
def test_no_other_paragraph_has_a_note(name: str, carriers: set[str]) -> None:
    assert {p.id for p in parsed(name).report.paragraphs if p.footnotes} == carriers


def test_mark_is_printed_as_a_superscript() -> None:
    assert paragraph("annex_three.md", "1").text == (
        "专家会议认为，小港口对沿海居民的生计十分重要。¹ 没有小港口，岛上的学校便收不到课本。"
    )
    assert paragraph("bom_crlf.md", "1").text == "联络会议每两年举行一次，由各站轮流做东。¹"
    assert paragraph("endnotes_en.md", "4").text.endswith("shared by the towns.¹⁰")


def test_mark_of_two_digits_is_printed_as_a_superscript() -> None:
    result = parse_report("1. 甲桥已经修好。<sup>12</sup>\n\n<sup>12</sup> 见账目。\n")
    assert paragraph(result, "1").text == "甲桥已经修好。¹²"
    assert notes(paragraph(result, "1")) == {"12": "见账目。"}
    assert result.findings == ()


def test_line_of_a_note_is_that_of_the_file() -> None:
    (note,) = paragraph("annex_three.md", "1").footnotes
    assert note.line == line_of("annex_three.md", "<sup>1</sup> 见《小港口手册》")
    (note,) = paragraph("annexes_en.txt", "2").footnotes
    assert note.line == line_of("annexes_en.txt", "¹ The note")


def test_two_notes_of_one_paragraph_keep_their_order() -> None:
    result = parse_report(
        "1. 甲桥<sup>1</sup> 和乙桥<sup>2</sup> 已经修好。\n\n2. 丙桥已经拆除。\n\n"
        "<sup>1</sup> 建于宋代。\n\n<sup>2</sup> 建于明代。\n\n3. 丁桥待修。\n"
    )
    assert ids(result) == numbers(1, 3)
    assert list(notes(paragraph(result, "1")).items()) == [("1", "建于宋代。"), ("2", "建于明代。")]
    assert result.findings == ()


@pytest.mark.parametrize("heading", ["## 注释", "## 注", "注", "注 释", "Notes"])
@pytest.mark.parametrize("mark", ["<sup>{n}</sup> ", "{s} ", "{n} ", "{n}. "])
def test_endnotes_are_notes_and_no_paragraphs(heading: str, mark: str) -> None:
    one, two = mark.format(n=1, s="¹"), mark.format(n=2, s="²")
    result = parse_report(
        "## 一、桥梁\n\n1. 甲桥已经修好。<sup>1</sup>\n\n2. 乙桥已经修好。<sup>2</sup>\n\n"
        f"{heading}\n\n{one}建于宋代。\n{two}建于明代，\n重修于清代。\n"
    )
    assert ids(result) == numbers(1, 2)
    assert notes(paragraph(result, "1")) == {"1": "建于宋代。"}
    assert notes(paragraph(result, "2")) == {"2": "建于明代，重修于清代。"}
    assert result.findings == ()


# ---- the audit


def test_gap_is_found_where_the_number_after_it_stands() -> None:
    result = parsed("broken_numbers.md")
    found = at(result, [line_of("broken_numbers.md", "4. 其余水井")])
    assert len(found) == 1
    assert says(found[0], 3)
    assert not found[0].ambiguous


def test_repeated_number_is_found_at_its_second_place_and_leaves_it_ambiguous() -> None:
    result = parsed("broken_numbers.md")
    found = at(result, [line_of("broken_numbers.md", "5. 管理员由村民")])
    assert any(f.ambiguous and says(f, 5) for f in found)


def test_number_out_of_order_is_found_and_not_ambiguous() -> None:
    name = "broken_numbers.md"
    found = at(parsed(name), [line_of(name, "8. 井台"), line_of(name, "7. 井绳")])
    assert any(says(f, 7) for f in found)
    assert not any(f.ambiguous for f in found)


def test_restart_that_no_annex_explains_leaves_numbers_ambiguous() -> None:
    name = "broken_numbers.md"
    found = at(parsed(name), [line_of(name, "1. 经费来自"), line_of(name, "2. 账目每季")])
    assert any(f.ambiguous and f.line == line_of(name, "1. 经费来自") for f in found)


def test_sound_numbers_of_a_broken_report_have_no_findings() -> None:
    name = "broken_numbers.md"
    sound = ["1. 村中共有", "2. 其中三口", "5. 水井设有", "6. 管理员每月", "9. 打水的时间"]
    assert at(parsed(name), [line_of(name, start) for start in sound]) == []


def test_out_of_order_alone_is_kept_in_printed_order() -> None:
    result = parse_report(
        "1. 甲桥已经修好。\n\n2. 乙桥已经修好。\n\n4. 丁桥已经修好。\n\n"
        "3. 丙桥已经修好。\n\n5. 戊桥已经修好。\n"
    )
    assert ids(result) == ["1", "2", "4", "3", "5"]
    assert at(result, [5, 7]) != []
    assert at(result, [1, 3]) == []
    assert not any(f.ambiguous for f in result.findings)


def test_mark_without_a_note_is_found_at_the_mark() -> None:
    name = "broken_notes.md"
    found = at(parsed(name), [line_of(name, "2. 采茶季节")])
    assert len(found) == 1
    assert re.search(r"2|²", found[0].message)
    assert not found[0].ambiguous
    assert paragraph(name, "2").footnotes == ()


def test_note_without_a_mark_is_found_at_the_note() -> None:
    name = "broken_notes.md"
    found = at(parsed(name), [line_of(name, "<sup>3</sup>")])
    assert len(found) == 1
    assert re.search(r"3|³", found[0].message)
    assert not found[0].ambiguous


def test_unnumbered_prose_before_the_first_paragraph_is_found() -> None:
    name = "broken_notes.md"
    found = at(parsed(name), [line_of(name, "本次考察"), line_of(name, "## 引言")])
    assert found
    assert not any(f.ambiguous for f in found)


def test_unnumbered_prose_under_a_heading_is_found_and_left_out() -> None:
    name = "broken_notes.md"
    assert len(at(parsed(name), [line_of(name, "茶园的主人都说")])) == 1
    assert not any("茶园的主人都说" in p.text for p in parsed(name).report.paragraphs)
    assert paragraph(name, "2").text == "采茶季节为三月至五月。²"


def test_note_that_is_in_order_is_no_finding() -> None:
    name = "broken_notes.md"
    assert at(parsed(name), [line_of(name, "1. 茶园多在"), line_of(name, "<sup>1</sup>")]) == []
    assert notes(paragraph(name, "1")) == {"1": "据茶园主人的测量。"}


@pytest.mark.parametrize(
    ("entry", "heading", "first", "actual"),
    [
        ("一、桑叶.....", "## 一、桑叶", "1. 桑叶", (1, 2)),
        ("二、蚕房.....", "## 二、蚕房", "3. 蚕房朝南", (3, 5)),
    ],
)
def test_section_whose_range_differs_from_the_contents_is_found(
    entry: str, heading: str, first: str, actual: tuple[int, int]
) -> None:
    name = "broken_toc.md"
    found = at(parsed(name), [line_of(name, start) for start in (entry, heading, first)])
    assert len(found) == 1
    assert all(says(found[0], n) for n in actual)
    assert not found[0].ambiguous


def test_section_whose_range_agrees_is_no_finding() -> None:
    name = "broken_toc.md"
    rest = range(line_of(name, "## 三、蚕丝"), 1000)
    assert at(parsed(name), [line_of(name, "三、蚕丝....."), *rest]) == []
    assert len(parsed(name).findings) == 2


@pytest.mark.parametrize("dash", ["-", " - ", "–", " – ", "—", "－", "～", "~", "至", "‑"])
@pytest.mark.parametrize("leader", [".....", " …… ", "\t", " . . . . . ", "......\t"])
def test_range_in_the_contents_is_read_in_many_prints(dash: str, leader: str) -> None:
    contents = f"目 录\n\n段 次\n\n一、桑叶{leader}1{dash}2\n二、蚕房{leader}3{dash}{{}}\n\n"
    body = (
        "## 一、桑叶\n\n1. 桑叶每日采摘两次。\n\n2. 雨天的桑叶要先晾干。\n\n"
        "## 二、蚕房\n\n3. 蚕房朝南。\n\n4. 蚕房内不得吸烟。\n"
    )
    right, wrong = parse_report(contents.format(4) + body), parse_report(contents.format(5) + body)
    assert ids(right) == ids(wrong) == numbers(1, 4)
    assert right.findings == ()
    (finding,) = wrong.findings
    assert says(finding, 5)
    assert finding.line in {6, 14, 16}


def test_page_column_is_not_taken_for_the_range() -> None:
    result = parse_report(
        "目录\n\n                     段次    页次\n\n一、桑叶 .........   1-2      7\n"
        "二、蚕房 .........   3        9\n\n一、桑叶\n\n1. 桑叶每日采摘两次。\n\n"
        "2. 雨天的桑叶要先晾干。\n\n二、蚕房\n\n3. 蚕房朝南。\n"
    )
    assert ids(result) == numbers(1, 3)
    assert result.findings == ()


@pytest.mark.parametrize("name", ["broken_numbers.md", "broken_notes.md", "broken_toc.md"])
def test_finding_is_one_line_with_file_and_line(name: str) -> None:
    for finding in parsed(name).findings:
        assert Path(finding.file).name == name
        assert re.match(rf"{re.escape(finding.file)}:[1-9]\d*: \S", str(finding))
        assert "\n" not in finding.message


# ---- bad input


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \r\n\t\n",
        b"\xef\xbb\xbf",
        "桥梁报告\n\n没有一段有编号。\n".encode(),
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00\xff\xfe\x00",
        bytes(range(256)) * 4,
    ],
    ids=["empty", "blank", "only a mark", "no numbers", "image", "bytes"],
)
def test_bad_input_is_one_line_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    with pytest.raises(ReportError, match=r"bad\.txt") as raised:
        read_report(path)
    message = str(raised.value)
    assert message.startswith(("bad.txt", str(path)))
    assert "\n" not in message


def test_missing_file_is_one_line_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "absent.md"
    with pytest.raises(ReportError, match=r"absent\.md") as raised:
        read_report(path)
    assert str(raised.value).startswith(("absent.md", str(path)))
    assert "\n" not in str(raised.value)


def test_folder_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=re.escape(tmp_path.name)):
        read_report(tmp_path)


def test_text_without_numbers_names_the_file_it_was_given_for() -> None:
    with pytest.raises(ReportError, match=r"^bridges\.md"):
        parse_report("桥梁报告\n", "bridges.md")


# ---- encodings


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encoding_and_line_ends_change_nothing(tmp_path: Path, encoding: str, newline: str) -> None:
    source = (REPORTS / "annex_three.md").read_text(encoding="utf-8")
    path = tmp_path / "annex_three.md"
    path.write_bytes(source.replace("\n", newline).encode(encoding))
    result, expected = read_report(path), parsed("annex_three.md")
    assert result.report.paragraphs == expected.report.paragraphs
    assert result.report.symbol == expected.report.symbol
    assert result.findings == ()


def test_rare_character_of_gb18030_is_read() -> None:
    assert "秘书㐂先生" in paragraph("gb18030.txt", "7").text


def test_text_with_carriage_returns_is_read_like_text_without() -> None:
    source = (REPORTS / "annex_three.md").read_text(encoding="utf-8")
    crlf = parse_report(source.replace("\n", "\r\n"), "annex_three.md")
    assert crlf.report.paragraphs == parse_report(source, "annex_three.md").report.paragraphs
