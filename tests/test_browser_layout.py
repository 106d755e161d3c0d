"""What the page looks like where room is short, and how it is gone through without a mouse."""

# ruff: noqa: F402, F811 (fixtures are imported)

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from conftest import WordEncoder
from duanci.app import make_app
from duanci.assistant import Assistant, rebuild
from duanci.config import Settings
from fake_assistant import FakeAssistant, make_report
from test_browser import (  # noqa: F401  (fixtures)
    CONTRASTS,
    PHONE,
    Server,
    Visit,
    assistant,
    browser,
    phone,
    server,
    visit,
    visit_with,
)

pytestmark = pytest.mark.browser

ENLARGED = {"width": 640, "height": 400}
AT_200_PERCENT: dict[str, Any] = {"viewport": ENLARGED, "device_scale_factor": 2}
ARABIC = "ماذا قال الخبير من مصر عن تعريف التجمعات الصناعية والشبكات، " * 5


@pytest.fixture
def enlarged(browser: Browser, settings: Settings, encoder: WordEncoder) -> Iterator[Visit]:
    """The page, enlarged to 200 %, in which paragraphs can be edited."""
    rebuild(settings, encoder)
    own = Assistant.open_with(settings, encoder)
    desk = Server(own)
    desk.make = lambda: make_app(own, is_editing=True)
    with desk:
        yield from visit_with(browser, desk.url, **AT_200_PERCENT)


def test_behind_the_drawer_nothing_is_reached_and_a_tap_beside_it_closes_it(phone: Visit) -> None:
    answer = phone.open().ask("秘书长谈到兰花的什么")
    answer.locator('a[href^="#p="]').tap()
    expect(phone.paragraph("附件一/2")).to_be_focused()
    for _ in range(20):
        phone.page.keyboard.press("Tab")
        assert not phone.page.evaluate("Boolean(document.activeElement.closest('#talk'))")
    phone.page.touchscreen.tap(200, 75)
    expect(phone.paragraph("附件一/2")).to_be_hidden()
    expect(answer.locator('a[href^="#p="]')).to_be_focused()


def test_drawer_leaves_free_what_is_told_of_the_build(
    phone: Visit, assistant: FakeAssistant
) -> None:
    assistant.changed = ("a_report_with_a_rather_long_name.md", "another_one.md")
    phone.open().page.get_by_role("button", name="看报告").tap()
    expect(phone.paragraph("1")).to_be_visible()
    phone.page.wait_for_timeout(300)  # the drawer slides in
    state, sheet = (phone.page.locator(part).bounding_box() for part in ("#state", "#sheet"))
    assert state and sheet and state["height"] > 40
    assert state["y"] + state["height"] <= sheet["y"]


def test_editor_is_within_reach_at_200_percent(enlarged: Visit) -> None:
    enlarged.open().page.get_by_role("button", name="看报告").click()
    enlarged.paragraph("1").get_by_role("link", name="修改").click()
    expect(enlarged.page.locator("#draft textarea")).to_be_focused()
    editor = enlarged.page.locator("#editor").bounding_box()
    assert editor and editor["y"] + editor["height"] <= ENLARGED["height"]
    for name in ("存入报告", "不改了"):
        button = enlarged.page.get_by_role("button", name=name)
        button.scroll_into_view_if_needed()
        expect(button).to_be_in_viewport(ratio=1)
    enlarged.page.get_by_role("button", name="不改了").click()
    expect(enlarged.page.locator("#editor")).to_be_hidden()


def test_first_words_of_the_page_are_not_above_what_can_be_scrolled_to(visit: Visit) -> None:
    visit.open().page.set_viewport_size({"width": 640, "height": 300})
    above = visit.page.locator(".welcome-title").evaluate("""part => {
      const log = part.closest('[role=log]');
      log.scrollTop = 0;
      return log.getBoundingClientRect().top - part.getBoundingClientRect().top;
    }""")
    assert above <= 0


def test_contents_close_by_escape_and_by_a_click_elsewhere(visit: Visit) -> None:
    summary, listed = (visit.page.locator(f".contents {part}") for part in ("summary", "nav"))
    visit.open()
    summary.click()
    expect(listed).to_be_visible()
    visit.page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    expect(summary).to_be_focused()
    summary.click()
    visit.page.locator("#masthead h1").click()
    expect(listed).to_be_hidden()


FOCUS = """() => {
  const part = document.activeElement, box = part.getBoundingClientRect();
  const shown = part.closest('#box textarea') ? document.querySelector('#box') : part;
  const style = getComputedStyle(shown);
  const middle = document.elementFromPoint(
    Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1),
    Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 1), innerHeight - 1));
  const isRinged = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1
    || style.boxShadow !== 'none';
  const isBare = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
    && (part.contains(middle) || middle?.contains(part));
  return { name: part.outerHTML.slice(0, 90), isSeen: isRinged && isBare,
    isBody: part === document.body };
}"""


@pytest.mark.parametrize(
    "options", [{}, {"viewport": PHONE}, AT_200_PERCENT], ids=["laptop", "phone", "200%"]
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_has_the_focus_is_seen_wherever_tab_leads(
    browser: Browser, server: Server, assistant: FakeAssistant, options: dict[str, Any], scheme: str
) -> None:
    for visit in visit_with(browser, server.url, color_scheme=scheme, **options):
        visit.open()
        visit.ask("火星")
        visit.ask("樱在几月开花，花期约几天")
        visit.page.locator("#box textarea").focus()
        stops = []
        for _ in range(60):
            visit.page.keyboard.press("Tab")
            visit.page.wait_for_timeout(20)
            stop = visit.page.evaluate(FOCUS)
            if stop["isBody"]:
                continue
            if stop["name"] in stops:
                break
            stops.append(stop["name"])
            assert stop["isSeen"], stop["name"]
        assert len(stops) > 12


def test_arabic_runs_from_right_to_left(visit: Visit) -> None:
    visit.open().ask(ARABIC)
    question = visit.page.locator("#chat .question").last
    gaps = question.evaluate("""part => {
      const range = document.createRange();
      range.selectNodeContents(part);
      const last = Array.from(range.getClientRects()).at(-1), box = part.getBoundingClientRect();
      return [last.left - box.left, box.right - last.right];
    }""")
    assert gaps[0] > 20 and abs(gaps[1]) < 2
    box = visit.page.locator("#box textarea")
    assert box.evaluate("part => getComputedStyle(part).unicodeBidi") == "plaintext"


def test_lines_of_an_item_hang_where_its_text_begins(
    visit: Visit, assistant: FakeAssistant
) -> None:
    (report,) = assistant.reports
    long = replace(report.paragraphs[1], text="园艺师应当：\n- " + "每周浇水两次，" * 20)
    assistant.reports = (replace(report, paragraphs=(report.paragraphs[0], long)),)
    assistant.rebuild("long")
    lefts = (
        visit.open()
        .paragraph("2")
        .locator(".item")
        .evaluate("""part => {
      const range = document.createRange();
      range.selectNodeContents(part.lastChild);
      return Array.from(range.getClientRects(), line => line.left);
    }""")
    )
    assert len(lefts) > 2
    assert max(lefts) - min(lefts) < 3


def test_report_is_fetched_once_by_each_page(
    browser: Browser, server: Server, assistant: FakeAssistant
) -> None:
    assistant.rebuild("build-2")
    for locale in ("zh-CN", "en-US"):
        for visit in visit_with(browser, server.url, locale=locale):
            visit.open().ask("樱在几月开花")
            assert len([r for r in visit.requests if "/report" in r]) == 1


def test_head_names_the_reports_of_a_new_build(visit: Visit, assistant: FakeAssistant) -> None:
    head = visit.open().page.locator(".answers-from")
    expect(head).to_have_text("TEST/1")
    assistant.reports = (make_report("A/1", filler=1), make_report("B/2", filler=1))
    assistant.rebuild("two")
    expect(head).to_have_text("A/1、B/2")


def test_panel_stays_open_while_its_build_changes(visit: Visit, assistant: FakeAssistant) -> None:
    panel = visit.open().page.locator("details.build")
    panel.locator("summary").click()
    assistant.rebuild("build-2")
    expect(panel).to_contain_text("索引号 build-2")
    expect(panel).to_have_attribute("open", "")
    panel.locator("summary").click()
    assistant.rebuild("build-3")
    expect(panel).to_contain_text("索引号 build-3")
    expect(panel).not_to_have_attribute("open", "")


def test_dark_page_is_printed_black_on_white(
    browser: Browser, server: Server, assistant: FakeAssistant
) -> None:
    for visit in visit_with(browser, server.url, color_scheme="dark"):
        answer = visit.open().ask("樱在几月开花，花期约几天")
        visit.ask("火星")
        visit.page.emulate_media(media="print")
        assert visit.page.evaluate(CONTRASTS) == {}
        ink = answer.locator("blockquote").evaluate("part => getComputedStyle(part).color")
        assert ink == "rgb(0, 0, 0)"
        expect(answer.get_by_role("link", name="复制")).to_be_hidden()


def test_text_is_set_for_reading_chinese(visit: Visit) -> None:
    line = visit.open().paragraph("3").locator(".line").first
    size, leading, width = line.evaluate("""part => {
      const style = getComputedStyle(part);
      return [style.fontSize, style.lineHeight, style.width].map(parseFloat);
    }""")
    assert 16 <= size <= 18
    assert 1.7 <= leading / size <= 2
    assert 30 <= width / size <= 42  # characters in a line
