"""The page as a desk: edit a paragraph, rebuild, see what changed, judge, copy and export."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import pytest
from docx import Document
from playwright.sync_api import Browser, Dialog, expect

from conftest import SMALL_REPORT, WordEncoder
from duanci.app import make_app
from duanci.assistant import Assistant, rebuild
from duanci.chunking import Encoded, Progress, Span
from duanci.config import Settings
from fake_assistant import HOSTILE
from test_browser import Server, Visit, assert_accessible, browser, visit_with  # noqa: F401  (a fixture)

pytestmark = pytest.mark.browser

HIVES = "乌兰巴托的合作社有多少蜂箱"


@pytest.fixture
def desk(browser: Browser, settings: Settings, encoder: WordEncoder) -> Iterator[Visit]:  # noqa: F811
    rebuild(settings, encoder)
    assistant = Assistant.open_with(settings, encoder)
    server = Server(assistant)
    server.make = lambda: make_app(assistant, is_editing=True)
    with server:
        yield from visit_with(
            browser, server.url, permissions=["clipboard-read", "clipboard-write"]
        )


def test_address_asks(desk: Visit) -> None:
    desk.open(f"?q={HIVES}")
    expect(desk.page.locator("#chat .citation").first).to_contain_text(
        "乌兰巴托的合作社有四百个蜂箱。"
    )
    expect(desk.page.locator("#chat .user-row")).to_have_count(1)


def test_contents_lead_to_a_section(desk: Visit) -> None:
    desk.open()
    desk.page.locator(".contents summary").click()
    entries = desk.page.locator(".contents nav a")
    expect(entries).to_have_text(["一、建议1", "二、经费3", "附件一1"])
    entries.nth(2).click()
    expect(desk.paragraph("附件一/1")).to_be_focused()
    expect(desk.page.locator(".contents nav")).to_be_hidden()


def test_citations_are_walked_by_button_and_by_keyboard(desk: Visit) -> None:
    desk.open().ask("附件一第1段")
    desk.ask("第1段和第3段")
    for id_ in ("附件一/1", "1", "3", "附件一/1"):
        desk.page.locator("button.next").click()
        expect(desk.paragraph(id_)).to_be_focused()
    desk.page.keyboard.press("Alt+ArrowUp")
    expect(desk.paragraph("3")).to_be_focused()
    desk.page.keyboard.press("Alt+ArrowDown")
    expect(desk.paragraph("附件一/1")).to_be_focused()
    desk.page.go_back()
    expect(desk.paragraph("3")).to_be_focused()


def test_whole_paragraph_is_one_click_away(desk: Visit) -> None:
    answer = desk.open().ask("蜂蜜的价格上涨了多少")
    whole = answer.locator(".citation details p").first
    expect(whole).to_be_hidden()
    answer.locator(".citation summary").first.click()
    expect(whole).to_be_visible()


def test_answer_is_copied_with_its_official_citation(desk: Visit) -> None:
    answer = desk.open().ask("附件一第1段")
    copy = answer.get_by_role("link", name="复制")
    copy.click()
    expect(answer.get_by_text("已复制")).to_be_visible()
    copied = desk.page.evaluate("navigator.clipboard.readText()")
    assert copied == "“乌兰巴托的合作社有四百个蜂箱。”（TD/B/99/1, 附件一第1段）"


@pytest.mark.parametrize("kind", ["Markdown", "Word"])
def test_conversation_is_exported(desk: Visit, kind: str, tmp_path: Path) -> None:
    desk.open().ask("附件一第1段")
    desk.ask("第1段")
    with desk.page.expect_download() as download:
        desk.page.locator("#exports").get_by_role("link", name=kind).click()
    path = tmp_path / "conversation"
    download.value.save_as(path)
    if kind == "Word":
        text = "\n".join(paragraph.text for paragraph in Document(str(path)).paragraphs)
    else:
        text = path.read_text("utf-8")
    for said in ("附件一第1段", "乌兰巴托的合作社有四百个蜂箱。", "TD/B/99/1, 第1段"):
        assert said in text


def test_conversation_is_exported_in_the_language_of_the_page(desk: Visit, tmp_path: Path) -> None:
    desk.open().ask("附件一第1段")
    desk.page.get_by_role("button", name="English").click()
    expect(desk.page.locator("#exports")).to_contain_text("Export:")
    with desk.page.expect_download() as download:
        desk.page.locator("#exports").get_by_role("link", name="Markdown").click()
    download.value.save_as(tmp_path / "conversation.md")
    text = (tmp_path / "conversation.md").read_text("utf-8")
    assert text.startswith("# duanci conversation\n\nExported: ")
    assert "> 乌兰巴托的合作社有四百个蜂箱。" in text


def test_on_paper_there_is_the_conversation_alone(desk: Visit) -> None:
    answer = desk.open().ask("附件一第1段")
    desk.page.emulate_media(media="print")
    expect(answer.locator("blockquote")).to_be_visible()
    for part in ("#masthead", "#sheet", "#box", "#scope", "#exports", "#state"):
        expect(desk.page.locator(part)).to_be_hidden()


def test_verdicts_are_noted(desk: Visit, settings: Settings) -> None:
    desk.open().ask("附件一第1段")
    desk.ask("第3段")
    thumbs = desk.page.locator("#chat button[title=答得对]")
    expect(thumbs).to_have_count(2)
    with desk.page.expect_response(lambda response: "/run/" in response.url):
        thumbs.nth(1).click()
    (line,) = (settings.index / "feedback.jsonl").read_text("utf-8").splitlines()
    noted = json.loads(line)
    assert (noted["verdict"], noted["question"], noted["cited"]) == ("up", "第3段", ["3"])
    assert noted["turns"] == ["附件一第1段"]


def test_paragraph_is_edited_rebuilt_and_marked(desk: Visit, settings: Settings) -> None:
    answer = desk.open().ask("附件一第1段")
    desk.paragraph("附件一/1").get_by_role("link", name="修改").click()
    box = desk.page.locator("#draft textarea")
    expect(box).to_have_value("1. 乌兰巴托的合作社有四百个蜂箱。")
    expect(box).to_be_focused()
    expect(desk.page.locator("#editor .draft")).to_have_text(
        "修改附件一第1段：bees.md，第 24 行。只改这里；段次不能改。"
    )
    left = desk.page.locator("#panel").bounding_box()
    assert left and left["height"] > 200  # of the report, to be read beside it
    assert_accessible(desk)
    box.fill("1. 乌兰巴托的合作社有五百个蜂箱。")
    desk.page.locator("#save").click()
    expect(desk.page.locator("#editor")).to_be_hidden()
    expect(desk.paragraph("附件一/1").get_by_role("link", name="修改")).to_be_focused()
    assert (settings.data / "bees.md").read_text("utf-8") == SMALL_REPORT.replace("四百", "五百")
    state = desk.page.locator("#state")
    expect(state).to_contain_text("有改动，需要重建：bees.md。")
    state.get_by_role("button", name="重建索引").click()
    expect(state).to_have_text("索引已重建。TD/B/99/1：修改 附件一/1。")
    expect(desk.paragraph("附件一/1").locator(".text")).to_have_text(
        "乌兰巴托的合作社有五百个蜂箱。"
    )
    expect(answer.locator(".outdated-note")).to_have_text("这一段后来改过，以上是修改前的文字。")
    desk.page.locator(".build summary").click()
    desk.page.locator(".build").get_by_role("button", name="显示改动").click()
    change = desk.paragraph("附件一/1").locator(".change")
    expect(change.locator("del")).to_have_text("四百个")
    expect(change.locator("ins")).to_have_text("五百个")
    assert_accessible(desk)


class PatientEncoder(WordEncoder):
    """Embeds one text of a rebuild, then waits until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = Event()
        self.may_go_on.set()

    def encode_paragraphs(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[Span]],
        progress: Progress | None = None,
    ) -> list[Encoded]:
        if progress:
            progress(1, len(texts))
        assert self.may_go_on.wait(60)
        return super().encode_paragraphs(texts, spans, progress)


def test_rebuild_shows_its_progress_and_questions_are_answered_meanwhile(
    browser: Browser,  # noqa: F811
    settings: Settings,
) -> None:
    encoder = PatientEncoder()
    rebuild(settings, encoder)
    assistant = Assistant.open_with(settings, encoder)
    before = assistant.build.id
    encoder.may_go_on.clear()
    (settings.data / "bees.md").write_text(SMALL_REPORT.replace("四百", "五百"), "utf-8")
    with Server(assistant) as server:
        for visit in visit_with(browser, server.url):
            state = visit.open().page.locator("#state")
            state.get_by_role("button", name="重建索引").click()
            expect(state).to_contain_text("正在重建索引（1/1）；重建好之前，仍按改动前的报告回答。")
            expect(state.locator("progress")).to_have_attribute("max", "1")
            answer = visit.ask("附件一第1段")
            expect(answer.locator("blockquote")).to_have_text("乌兰巴托的合作社有四百个蜂箱。")
            assert assistant.build.id == before
            encoder.may_go_on.set()
            expect(state).to_have_text("索引已重建。TD/B/99/1：修改 附件一/1。")


def test_findings_of_the_audit_lead_to_their_paragraphs(
    browser: Browser,  # noqa: F811
    settings: Settings,
    encoder: WordEncoder,
) -> None:
    (settings.data / "bees.md").write_text(SMALL_REPORT.replace("\n3. ", "\n4. "), "utf-8")
    rebuild(settings, encoder, allow_findings=True)
    with Server(Assistant.open_with(settings, encoder)) as server:
        for visit in visit_with(browser, server.url):
            visit.open().page.locator(".build summary").click()
            findings = visit.page.locator(".build li a")
            expect(findings.first).to_have_text(
                "bees.md 第 17 行：第2段之后是第4段，中间缺段；此处段次应为 3（缺 3）。"
            )
            findings.first.click()
            expect(visit.paragraph("4")).to_be_focused()


def test_text_that_is_not_saved_is_given_up_only_by_a_word(desk: Visit) -> None:
    asked: list[str] = []
    answers = iter([False, True])

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if next(answers) else dialog.dismiss()

    desk.page.on("dialog", answer)
    box = desk.open().page.locator("#draft textarea")
    pens = [desk.paragraph(id_).get_by_role("link", name="修改") for id_ in ("1", "3")]
    pens[1].click()
    expect(box).to_have_value("3. 经费用于：\n\n- 购买蜂箱；\n- 培训养蜂人。")
    pens[0].click()  # nothing was changed
    expect(box).to_have_value("1. 会议建议，各合作社每年春季检查蜂箱。")
    assert asked == []
    expect(box).to_be_focused()
    box.fill("1. 会议建议，各合作社检查蜂箱。")
    pens[1].click()
    assert asked == ["前一段的修改还没有存入，要放弃吗？"]
    expect(box).to_have_value("1. 会议建议，各合作社检查蜂箱。")
    pens[1].click()
    expect(box).to_have_value("3. 经费用于：\n\n- 购买蜂箱；\n- 培训养蜂人。")
    assert len(asked) == 2


def test_edit_of_a_file_that_changed_meanwhile_is_refused(desk: Visit, settings: Settings) -> None:
    desk.open().paragraph("1").get_by_role("link", name="修改").click()
    box = desk.page.locator("#draft textarea")
    expect(box).to_be_focused()
    (settings.data / "bees.md").write_text(SMALL_REPORT.replace("四百", "五百"), "utf-8")
    box.fill("1. 会议建议，各合作社检查蜂箱。")
    desk.page.locator("#save").click()
    expect(desk.page.locator("#editor .problem")).to_contain_text(
        "打开第1段之后，文件又有改动。没有存入，请重新打开这一段。"
    )
    expect(box).to_have_value("1. 会议建议，各合作社检查蜂箱。")
    assert (settings.data / "bees.md").read_text("utf-8") == SMALL_REPORT.replace("四百", "五百")


def test_hostile_edit_is_shown_literally_wherever_it_comes(desk: Visit, settings: Settings) -> None:
    hostile = HOSTILE.replace("本段含", "蜂箱四百个，本段含")
    (settings.data / "bees.md").write_text(SMALL_REPORT.replace("四百个蜂箱。", hostile), "utf-8")
    (settings.data / "<img src=x onerror=hacked=4>.md").write_text(
        SMALL_REPORT.replace("TD/B/99/1", "<b>{{1}}</b>").replace("一、建议", hostile), "utf-8"
    )
    state = desk.open().page.locator("#state")
    expect(state).to_contain_text("<img src=x onerror=hacked=4>.md")
    state.get_by_role("button", name="重建索引").click()
    expect(state).to_contain_text("索引已重建。")
    desk.page.get_by_label("报告", exact=True).select_option("TD/B/99/1")
    desk.page.locator(".build summary").click()
    desk.page.locator(".build").get_by_role("button", name="显示改动").click()
    expect(desk.paragraph("附件一/1").locator(".change")).to_contain_text("本段含 <script>")
    desk.paragraph("附件一/1").get_by_role("link", name="修改").click()
    expect(desk.page.locator("#draft textarea")).to_have_value(f"1. 乌兰巴托的合作社有{hostile}")
    desk.page.locator("#cancel").click()
    assert desk.page.evaluate(
        "[window.hacked, document.querySelectorAll('#state img, #sheet img').length]"
    ) == [None, 0]


def test_edit_that_would_harm_the_report_is_refused(desk: Visit, settings: Settings) -> None:
    desk.open()
    desk.paragraph("1").get_by_role("link", name="修改").click()
    box = desk.page.locator("#draft textarea")
    expect(box).to_have_value("1. 会议建议，各合作社每年春季检查蜂箱。")
    box.fill("9. 会议建议。")
    desk.page.locator("#save").click()
    expect(desk.page.locator("#editor .problem")).to_contain_text("没有存入，请补上。")
    assert (settings.data / "bees.md").read_text("utf-8") == SMALL_REPORT
    desk.page.locator("#cancel").click()
    expect(desk.page.locator("#editor")).to_be_hidden()
