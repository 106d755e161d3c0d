from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

from conftest import WordEncoder
from duanci.answer import _as_good, no_such_footnote, no_such_paragraph, text_to_compare
from duanci.assistant import Assistant, checked_question, rebuild
from duanci.candidates import Candidate
from duanci.config import Settings
from duanci.errors import IndexMissing, QuestionError, ReportError, UnknownParagraph, UnknownReport
from duanci.records import Paragraph

SECOND = "A/50/7\n\n1. 委员会审议了渔业。\n\n2. 委员会审议了林业。\n"


@pytest.fixture
def two(settings: Settings, encoder: WordEncoder) -> Assistant:
    """An assistant on two reports."""
    (settings.data / "fish.md").write_text(SECOND, "utf-8")
    rebuild(settings, encoder)
    return Assistant.open_with(settings, encoder)


def test_question_is_answered_with_label_and_verbatim_quote(bees: Assistant) -> None:
    answer = bees.ask("乌兰巴托的合作社有多少蜂箱？")
    assert answer.answered
    assert answer.citations[0].paragraph.id == "附件一/1"
    assert answer.citations[0].quotes == ("乌兰巴托的合作社有四百个蜂箱。",)
    assert answer.text.startswith("“乌兰巴托的合作社有四百个蜂箱。”[附件一第1段]")
    assert answer.nearest == ()
    assert answer.build == bees.build.id
    assert answer.elapsed_ms > 0


def test_answer_less_sure_than_the_threshold_is_refused(
    bees: Assistant, settings: Settings, encoder: WordEncoder
) -> None:
    strict = evolve(settings, refusal_threshold=1.0)
    assistant = Assistant.open_with(strict, encoder)
    answer = assistant.ask("乌兰巴托的合作社有多少蜂箱？")
    assert (answer.answered, answer.citations) == (False, ())
    assert answer.text == "报告没有说明这一点。"
    assert answer.nearest[0].paragraph.id == "附件一/1"
    assert assistant.ask("How many hives?").text == "The report does not say."
    assert assistant.ask("第1段").answered


def test_of_a_long_paragraph_what_is_quoted_is_read_with_a_question() -> None:
    short, long = (
        Paragraph("R", "", "1", (), "甲" * before + "合作社有四百个蜂箱。" + "乙" * 100, (), 1, 1)
        for before in (50, 51)
    )
    assert (len(short.text), len(long.text)) == (160, 161)
    assert text_to_compare(short, [(50, 60)]) == short.text
    assert text_to_compare(long, [(51, 61)]) == "甲" * 30 + "合作社有四百个蜂箱。" + "乙" * 30
    assert text_to_compare(long, [(20, 30), (140, 150)]) == long.text
    assert text_to_compare(long, []) == long.text


@pytest.mark.parametrize(
    "question", ["蜂蜜的价格怎样？", "经费用于什么？", "检查蜂箱", "2", "第1至3段", "bees", "？！"]
)
def test_every_quote_is_verbatim(bees: Assistant, question: str) -> None:
    answer = bees.ask(question)
    for citation in (*answer.citations, *answer.nearest):
        assert citation.quotes
        for quote in citation.quotes:
            assert quote and quote in citation.paragraph.text
        assert 0 <= citation.score <= 1


def test_footnotes_and_headings_find_their_paragraph_and_headings_are_not_quoted(
    bees: Assistant,
) -> None:
    cited = bees.ask("蜂蜜市场年鉴")
    first = (*cited.citations, *cited.nearest)[0]
    assert first.paragraph.id == "2"
    assert all(quote in first.paragraph.text for quote in first.quotes)
    assert [str(note) for note in first.notes] == ["1 见蜂蜜市场年鉴。"]
    cited = bees.ask("经费")
    assert (*cited.citations, *cited.nearest)[0].paragraph.id == "3"


def test_paragraphs_by_number_come_whole_and_in_order(bees: Assistant) -> None:
    answer = bees.ask("第3段、第1段")
    assert [c.paragraph.id for c in answer.citations] == ["3", "1"]
    assert answer.citations[0].quotes == (answer.citations[0].paragraph.text,)


def test_line_that_announces_a_list_is_quoted_with_it(bees: Assistant) -> None:
    answer = bees.ask("第3段的经费用于什么？")
    (citation,) = answer.citations or answer.nearest
    assert citation.quotes == ("经费用于：\n- 购买蜂箱；\n- 培训养蜂人。",)


def test_question_about_a_paragraph_is_answered_from_it(bees: Assistant) -> None:
    answer = bees.ask("附件一第1段里的蜂箱有多少？")
    cited = answer.citations or answer.nearest
    assert [c.paragraph.id for c in cited] == ["附件一/1"]
    assert bees.ask("第9段里的蜂箱有多少？").text.startswith("没有第9段。")


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("第一节讲什么？", ["1", "2"]),
        ("报告的第2章有哪些内容？", ["3"]),
        ("附件一", ["附件一/1"]),
        ("What is in Annex I?", ["附件一/1"]),
        ("最后一段", ["3"]),
        ("倒数第二段", ["2"]),
        ("第一节的最后一段", ["2"]),
        ("附件一的最后一段", ["附件一/1"]),
        ("前两段", ["1", "2"]),
        ("报告的经费是什么？", ["3"]),
        ("脚注1说的是什么？", ["2"]),
        ("有哪些脚注？", ["2"]),
        ("总结一下第1段", ["1"]),
        ("第1段和第2段有什么不同？", ["1", "2"]),
        ("Compare paragraphs 1 and 2", ["1", "2"]),
    ],
)
def test_annex_or_section_asked_for_is_shown_whole(
    bees: Assistant, question: str, ids: list[str]
) -> None:
    answer = bees.ask(question)
    assert [c.paragraph.id for c in answer.citations] == ids
    assert all(c.quotes == (c.paragraph.text,) for c in answer.citations)


def test_question_about_an_annex_or_a_section_keeps_to_it(bees: Assistant) -> None:
    for question, ids in (
        ("第一节里的蜂箱怎样？", {"1", "2"}),
        ("附件一的蜂箱怎样？", {"附件一/1"}),
        ("脚注里的蜂箱怎样？", {"2"}),
    ):
        answer = bees.ask(question)
        assert {c.paragraph.id for c in (*answer.citations, *answer.nearest)} <= ids
    for question in ("附件五的蜂箱有多少？", "乌兰巴托法第一节的蜂箱有多少？"):
        answer = bees.ask(question)
        assert (*answer.citations, *answer.nearest)[0].paragraph.id == "附件一/1"


@pytest.mark.parametrize(
    "question", ["脚注1说的是什么？", "有哪些脚注？", "脚注里引了什么？", "第2段"]
)
def test_footnote_that_is_asked_for_is_quoted(bees: Assistant, question: str) -> None:
    answer = bees.ask(question)
    (citation,) = answer.citations or answer.nearest
    assert [str(note) for note in citation.notes] == ["1 见蜂蜜市场年鉴。"]
    assert citation.quoted.endswith(" 脚注1：“见蜂蜜市场年鉴。”")
    if answer.answered:
        assert answer.text == f"{citation.quoted}[第2段]"


def test_footnote_is_not_quoted_where_the_text_answers(bees: Assistant) -> None:
    for question in ("第2段里的蜂箱怎样？", "第1至3段的经费用于什么？"):
        answer = bees.ask(question)
        assert all(not c.notes for c in (*answer.citations, *answer.nearest))


def test_footnote_that_does_not_exist_is_refused_with_those_there_are(bees: Assistant) -> None:
    answer = bees.ask("脚注9")
    assert not answer.answered and not answer.nearest
    assert answer.text == "没有脚注9。报告有脚注1。"
    english = bees.ask("What does footnote 12 say?").text
    assert english == "There is no footnote 12. The report has footnotes 1."
    assert no_such_footnote("脚注2", "2", ()).text == "没有脚注2。报告没有脚注。"
    assert no_such_footnote("footnote 2", "2", ()).text.endswith("The report has no footnotes.")


def test_section_of_several_reports_is_not_shown_unless_one_is_chosen(two: Assistant) -> None:
    ids = [c.paragraph.id for c in two.ask("附件一有什么？", report="TD/B/99/1").citations]
    assert ids == ["附件一/1"]
    assert all(c.score < 1 for c in two.ask("附件一有什么？").citations)


def test_number_that_does_not_exist_is_refused_with_those_there_are(bees: Assistant) -> None:
    answer = bees.ask("第9段")
    assert not answer.answered
    assert answer.citations == ()
    assert answer.text == "没有第9段。TD/B/99/1 有第1–3段、附件一第1段。"
    assert bees.ask("paragraph 9").text == "There is no paragraph 9. TD/B/99/1 has 1–3, 附件一 1."


def test_name_of_an_annex_in_latin_letters_is_set_off_from_the_chinese_around_it() -> None:
    available = [("A/1", [("", "1–20"), ("Annex I", "1–2"), ("附件二", "1")])]
    reply = no_such_paragraph("Annex I第9段", "Annex I/9", available)
    assert reply.text == "没有 Annex I 第9段。A/1 有第1–20段、Annex I 第1–2段、附件二第1段。"


def test_paragraph_before_and_after_the_one_cited(bees: Assistant) -> None:
    def step(question: str, *history: str) -> list[str]:
        return [c.paragraph.id for c in bees.ask(question, history=history).citations]

    assert step("下一段", "第2段") == ["3"]
    assert step("上一段呢？", "第2段") == ["1"]
    assert step("下一段呢？", "第1段", "下一段") == ["3"]
    assert step("next paragraph", "第3段") == ["附件一/1"]
    assert step("上一段", "第1段") == []
    assert bees.ask("下一段").text == "没有可以接着看的段落。"


@pytest.mark.parametrize("reference", ["附件一/1", "附件一第1段", "附 件 一 第 1 段"])
def test_show_takes_every_form(bees: Assistant, reference: str) -> None:
    assert [p.id for p in bees.show(reference)] == ["附件一/1"]


def test_show_range(bees: Assistant) -> None:
    assert [p.id for p in bees.show("1-3")] == ["1", "2", "3"]


def test_show_unknown_says_which_there_are(bees: Assistant) -> None:
    with pytest.raises(UnknownParagraph, match="no paragraph 4; TD/B/99/1 has 1–3, 附件一 1"):
        bees.show("2-4")
    with pytest.raises(UnknownParagraph, match="'honey' names no paragraph; expected a number"):
        bees.show("honey")


def test_show_gives_each_reports_paragraph(two: Assistant) -> None:
    assert [(p.report, p.id) for p in two.show("1")] == [("TD/B/99/1", "1"), ("A/50/7", "1")]
    assert [p.report for p in two.show("1", report="a/50/7")] == ["A/50/7"]


def test_ask_keeps_to_one_report(two: Assistant) -> None:
    answer = two.ask("委员会审议了什么？", report="TD/B/99/1")
    cited = [*answer.citations, *answer.nearest]
    assert {c.paragraph.report for c in cited} == {"TD/B/99/1"}


def test_unknown_report_names_those_there_are(two: Assistant) -> None:
    with pytest.raises(UnknownReport, match="no report X/1; the build has TD/B/99/1, A/50/7"):
        two.ask("渔业", report="X/1")


@pytest.mark.parametrize("question", ["", "  \n", "\x00\x07"])
def test_empty_question_is_one_line(question: str) -> None:
    with pytest.raises(QuestionError, match="the question is empty, expected some words"):
        checked_question(question)


def test_long_question_is_one_line() -> None:
    assert len(checked_question("问" * 2000)) == 2000
    with pytest.raises(QuestionError, match="has 2001 characters, expected at most 2000"):
        checked_question("问" * 2001)


def test_missing_index_is_told_before_the_encoder_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="run `duanci index` first"):
        Assistant.open(Settings(index=tmp_path, encoder="/no/such/folder"))


def test_examples_come_from_beside_the_reports(bees: Assistant, settings: Settings) -> None:
    assert bees.examples == ("一、建议", "二、经费", "附件一")
    (settings.data / "questions.json").write_text('{"TD/B/99/1": ["蜂箱？"], "X": ["y"]}', "utf-8")
    assert bees.examples == ("蜂箱？",)
    (settings.data / "questions.json").write_text("[", "utf-8")
    with pytest.raises(ReportError, match="questions.json: expected a JSON object"):
        _ = bees.examples


def test_rebuild_tells_its_progress(settings: Settings, encoder: WordEncoder) -> None:
    seen: list[tuple[int, int]] = []
    rebuild(settings, encoder, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (7, 7)  # four paragraphs and three headings


@pytest.mark.parametrize(
    ("match", "window", "coverage", "is_cited"),
    [
        (0.90, 0.50, 0.5, True),
        (0.885, 0.47, 0.46, True),
        (0.87, 0.50, 0.5, False),
        (0.90, 0.45, 0.5, False),
        (0.90, 0.50, 0.4, False),
    ],
)
def test_paragraph_is_as_good_where_words_and_tokens_are_met_as_well(
    match: float, window: float, coverage: float, is_cited: bool
) -> None:
    best = Candidate(0, 1, 0.5, 0, 0, 0, 0, 0, 0.50, 0, 0.90, 0, 0, np.zeros(1, np.float32))
    other = replace(best, row=1, match=match, own_window=window, coverage=coverage)
    assert _as_good([best, other]) == ([1] if is_cited else [])
