"""Questions that no paragraph can answer: about the report as a document, or to duanci."""

from dataclasses import replace

import pytest

from duanci.about import Subject, find_subject, tell_subject
from duanci.assistant import Assistant


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("报告有多少段？", "count"),
        ("这份报告一共有几个段落", "count"),
        ("報告有多少段？", "count"),
        ("How many paragraphs does the report have?", "count"),
        ("Combien de paragraphes contient ce rapport ?", "count"),
        ("¿Cuántos párrafos tiene el informe?", "count"),
        ("Сколько пунктов в докладе?", "count"),
        ("كم عدد الفقرات في التقرير؟", "count"),
        ("报告有多少段谈到信任？", None),
        ("报告的文号是什么？", "symbol"),
        ("What is the symbol of this report?", "symbol"),
        ("Quelle est la cote du rapport ?", "symbol"),
        ("会议文件的文号是什么？", None),
        ("这份报告讲了什么？", "outline"),
        ("请总结一下全文。", "outline"),
        ("目录", "outline"),
        ("报告分几部分？", "outline"),
        ("What is this report about?", "outline"),
        ("De quoi parle ce rapport ?", "outline"),
        ("¿De qué trata el informe?", "outline"),
        ("О чём этот доклад?", "outline"),
        ("报告讲了什么经验？", None),
        ("这份报告对信任讲了什么？", None),
        ("总结一下第2段", None),
        ("What is this report about, trust or money?", None),
        ("你好！", "self"),
        ("谢谢", "self"),
        ("你是谁？", "self"),
        ("Who are you?", "self"),
        ("Thank you very much!", "self"),
        ("谁是主席？", None),
        ("怎么用？", None),
        ("你能说说信任吗？", None),
    ],
)
def test_what_a_question_asks_about_the_report_itself(
    question: str, subject: Subject | None
) -> None:
    assert find_subject(question) == subject


def test_what_is_told_of_one_report(bees: Assistant) -> None:
    def tell(question: str) -> str:
        answer = bees.ask(question)
        assert not answer.answered and not answer.citations and not answer.nearest
        return answer.text

    assert tell("报告有多少段？") == "TD/B/99/1 共有4段。"
    assert tell("How many paragraphs are there?") == "TD/B/99/1 has 4 paragraphs."
    assert tell("报告的文号是什么？") == "文号：TD/B/99/1。"
    assert tell("What is the symbol of the report?") == "Symbol: TD/B/99/1."
    assert tell("目录") == "\n".join(
        [
            "这里不概括整份报告。报告的各节及其段号：",
            "一、建议（第1–2段）",
            "二、经费（第3段）",
            "附件一（第1段）",
        ]
    )
    assert tell("What is this report about?").splitlines()[1:] == [
        "一、建议 (1–2)",
        "二、经费 (3)",
        "附件一 (1)",
    ]
    assert tell("你是谁？") == "这里只用报告的段落作答：请就报告的内容提问，或说出段号。"
    assert tell("Hello").startswith("Answers here are paragraphs of the report")


def test_several_reports_are_told_apart(bees: Assistant) -> None:
    (report,) = bees.reports
    reports = [report, replace(report, symbol="A/50/7", paragraphs=report.paragraphs[:1])]
    assert tell_subject("outline", "目录", reports) == (
        "报告不止一份：TD/B/99/1、A/50/7。请选定一份，再看它有哪些节。"
    )
    assert tell_subject("outline", "outline", reports) == (
        "There are several reports: TD/B/99/1, A/50/7. Choose one to see its sections."
    )
    assert tell_subject("symbol", "文号", reports) == "文号：TD/B/99/1、A/50/7。"
    assert tell_subject("count", "几段", reports) == "TD/B/99/1 共有4段；A/50/7 共有1段。"
    assert tell_subject("count", "how many", reports) == (
        "TD/B/99/1 has 4 paragraphs; A/50/7 has 1 paragraph."
    )


def test_section_without_a_heading_and_annex_with_one(bees: Assistant) -> None:
    (report,) = bees.reports
    body, *_, annex = report.paragraphs
    odd = replace(report, paragraphs=(replace(body, section=()), replace(annex, section=("名单",))))
    assert tell_subject("outline", "目录", [odd]).splitlines()[1:] == [
        "第1段",
        "名单（附件一第1段）",
    ]
    told = tell_subject("outline", "outline", [odd]).splitlines()[1:]
    assert told == ["1", "名单 (附件一 1)"]
