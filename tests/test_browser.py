"""The web chat in headless Chromium: what a reader sees, clicks and types."""

import asyncio
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Route,
    expect,
    sync_playwright,
)

from duanci import app
from duanci.assistant import Assistant
from fake_assistant import FLOWERS, HOSTILE, TASKS, FakeAssistant, make_report

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=15_000)
PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 800}


class Server:
    """The web chat on a free port of this machine, in a thread."""

    def __init__(self, assistant: FakeAssistant | Assistant) -> None:
        self.assistant = assistant
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.make = lambda: app.make_app(self.assistant)  # type: ignore[arg-type]
        self.thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self) -> None:
        config = uvicorn.Config(
            self.make(),
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)
        await self.server.serve(sockets=[self.listener])

    def __enter__(self) -> "Server":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.listener.close()


@dataclass
class Visit:
    """A page, with what went over the network and what its console said."""

    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, fragment: str = "") -> "Visit":
        """Open the page, and wait until it can be asked and its report is there.

        Not by `expect`: it describes a page that is not yet as expected, and to describe one of two
        long reports holds it up for ten seconds and more.
        """
        self.page.goto(self.url + fragment)
        self.page.locator("#box textarea").wait_for(state="visible")
        self.page.locator("#panel .paragraph").first.wait_for(state="attached")
        return self

    def ask(self, question: str) -> Locator:
        """Ask with the Enter key; return the message that answers."""
        answers = self.page.locator("#chat .bot-row")
        before = answers.count()
        self.page.locator("#box textarea").fill(question)
        self.page.locator("#box textarea").press("Enter")
        expect(answers).to_have_count(before + 1)
        return answers.nth(before)

    def press_enter(self, question: str) -> None:
        """Type what is no question, and press Enter."""
        self.page.locator("#box textarea").fill(question)
        self.page.locator("#box textarea").press("Enter")

    def paragraph(self, id: str) -> Locator:
        return self.page.locator(f'#panel .paragraph[data-paragraph="{id}"]')

    def is_in_view(self, part: Locator) -> bool:
        """Say whether the beginning of a part soon lies inside the panel and the window."""
        for _ in range(40):
            if self._is_in_view(part):
                return True
            self.page.wait_for_timeout(50)
        return False

    def _is_in_view(self, part: Locator) -> bool:
        inside: bool = part.evaluate(
            """part => {
              const box = part.getBoundingClientRect();
              const panel = document.querySelector('#panel .reports').getBoundingClientRect();
              const top = Math.max(panel.top, 0), bottom = Math.min(panel.bottom, innerHeight);
              const middle = document.elementFromPoint(box.left + box.width / 2, box.top + 4);
              return box.top >= top && box.top + 20 <= bottom && part.contains(middle);
            }"""
        )
        return inside

    def marked(self) -> list[str]:
        """Return the marked words, by paragraph."""
        found: list[str] = self.page.evaluate(
            """() => Array.from(document.querySelectorAll('#panel .paragraph'))
              .map(p => Array.from(p.querySelectorAll('mark')).map(m => m.textContent).join(''))
              .filter(Boolean)"""
        )
        return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "no chromium on the PATH: install Debian's package chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(FakeAssistant()) as server:
        yield server


@pytest.fixture
def assistant(server: Server) -> FakeAssistant:
    """The assistant behind the server, as it was made."""
    assistant = server.assistant
    assert isinstance(assistant, FakeAssistant)
    assistant.__init__()  # type: ignore[misc]
    return assistant


def visit_with(browser: Browser, url: str, **options: Any) -> Iterator[Visit]:
    """Open a page of its own; at the end see that it was quiet and asked no other host."""
    options = {"viewport": LAPTOP, "locale": "zh-CN", **options}
    context = browser.new_context(**options)
    context.set_default_timeout(10_000)
    visit = Visit(context.new_page(), url)
    yield visit
    context.close()
    hosts = {urlsplit(request).netloc for request in visit.requests if request.startswith("http")}
    assert hosts == {urlsplit(url).netloc}
    assert visit.complaints == []


@pytest.fixture
def visit(browser: Browser, server: Server, assistant: FakeAssistant) -> Iterator[Visit]:
    yield from visit_with(browser, server.url)


@pytest.fixture
def phone(browser: Browser, server: Server, assistant: FakeAssistant) -> Iterator[Visit]:
    yield from visit_with(browser, server.url, viewport=PHONE, has_touch=True, is_mobile=True)


NOTHING_TO_ASK = "没有可问的文字。请输入问题后再发问。"

ALL_WORDS = """() => [
  document.title,
  ...Array.from(document.querySelectorAll('body *'), part => [
    part.ariaLabel, part.title, part.placeholder, part.alt,
    ...Array.from(part.childNodes).filter(n => n.nodeType === 3).map(n => n.data),
  ]).flat(),
].filter(Boolean).map(text => text.trim()).filter(Boolean)"""


def words_of(visit: Visit) -> list[str]:
    """Return every text of the page, seen or read out, but those of scripts and styles."""
    hidden = visit.page.evaluate(
        "() => Array.from(document.querySelectorAll('script, style'), part => part.textContent)"
    )
    scripts = {text.strip() for text in hidden}
    return [text for text in visit.page.evaluate(ALL_WORDS) if text not in scripts]


@pytest.mark.parametrize("locale", ["zh-CN", "zh-TW"])
def test_page_is_chinese_in_every_word(
    browser: Browser, server: Server, assistant: FakeAssistant, locale: str
) -> None:
    for visit in visit_with(browser, server.url, locale=locale):
        page = visit.open().page
        assert page.title() == "段次 duanci"
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        box = page.locator("#box textarea")
        assert box.get_attribute("placeholder") == "请输入问题，按回车键发问"
        assert page.locator("#box button").inner_text() == "发问"
        visit.ask("樱在几月开花")
        visit.ask("火星")
        page.locator("#panel .reports").evaluate("reports => reports.remove()")
        known = re.compile(
            r"TEST/1|duanci|English|Markdown|Word|fake|build-1|UTC|\bact\b|wanted|token"
        )
        foreign = [text for text in words_of(visit) if re.search("[a-z]{2}", known.sub("", text))]
        assert foreign == []


@pytest.mark.parametrize("locale", ["en-US", "fr-FR", "ar"])
def test_page_is_english_in_every_word_to_all_others(
    browser: Browser, server: Server, assistant: FakeAssistant, locale: str
) -> None:
    for visit in visit_with(browser, server.url, locale=locale):
        page = visit.open().page
        expect(page.locator("html")).to_have_attribute("lang", "en")
        box = page.locator("#box textarea")
        expect(box).to_have_attribute("placeholder", "Type a question and press Enter")
        visit.ask("樱在几月开花")
        visit.ask("火星")
        visit.press_enter("  ")
        expect(page.locator("#problem")).to_have_text(
            "There is nothing to ask. Type a question first."
        )
        page.evaluate("""() => {
          const printed = '.reports, nav, select, blockquote, .where, .question, .refused, '
            + '.source a[href^="#p"], .citation details p, .example-text';
          for (const part of document.querySelectorAll(printed)) part.remove();
        }""")
        chinese = [t for t in words_of(visit) if re.search("[\u4e00-\u9fff]", t)]
        assert set(chinese) <= {"段次", "中文", "段次 duanci"}
        others = ("Effacer", "Envoyer", "Erreur", "مسح")
        assert not any(word in text for word in others for text in words_of(visit))


def test_language_is_switched_and_the_conversation_with_it(visit: Visit) -> None:
    answer = visit.open().ask("樱在几月开花，花期约几天")
    expect(answer.locator(".sure")).to_have_text("把握：较大")
    visit.page.get_by_role("button", name="English").click()
    expect(visit.page.locator("html")).to_have_attribute("lang", "en")
    expect(answer.locator(".sure")).to_have_text("Confidence: fair")
    expect(answer.locator("blockquote")).to_have_text("𠮷野樱😀在三月开花，花期约十天。")
    expect(visit.page.locator("#box button")).to_have_text("Ask")
    visit.page.reload()
    expect(visit.page.locator("html")).to_have_attribute("lang", "en")
    visit.page.get_by_role("button", name="中文").click()
    expect(visit.page.locator("#box button")).to_have_text("发问")
    expect(visit.page.locator(".contents summary")).to_have_text("目录")


def test_question_is_answered_on_enter(visit: Visit) -> None:
    answer = visit.open().ask("樱在几月开花，花期约几天")
    expect(answer.locator("blockquote")).to_have_text("𠮷野樱😀在三月开花，花期约十天。")
    expect(answer.locator('a[href^="#p="]')).to_have_text("第1段")
    expect(visit.page.locator("#chat .user-row .question")).to_have_text("樱在几月开花，花期约几天")
    expect(visit.page.locator("#box textarea")).to_have_value("")


def test_citation_brings_its_paragraph_into_view_and_marks_the_quotation(visit: Visit) -> None:
    answer = visit.open().ask("秘书长谈到兰花的什么")
    paragraph = visit.paragraph("附件一/2")
    assert not visit._is_in_view(paragraph)
    answer.locator('a[href^="#p="]').click()
    expect(paragraph).to_be_focused()
    assert visit.is_in_view(paragraph)
    assert visit.marked() == ["秘书长谈到兰花的贸易。"]
    assert visit.page.evaluate("[scrollY, location.search]") == [0, ""]


def test_marks_count_characters_and_not_utf16_units(visit: Visit) -> None:
    visit.open().ask("菊花在几月开花").locator('a[href^="#p="]').click()
    assert visit.marked() == ["菊花在十月开花。"]
    visit.ask("樱在几月开花，花期约几天").locator('a[href^="#p="]').click()
    assert visit.marked() == ["𠮷野樱😀在三月开花，花期约十天。"]
    assert visit.paragraph("1").locator(".text").text_content() == FLOWERS


def test_marks_run_over_the_items_of_a_list(visit: Visit) -> None:
    visit.open("#p=2&q=2-14,19-22")
    expect(visit.paragraph("2")).to_be_focused()
    assert visit.marked() == [TASKS[2:14] + TASKS[19:22]]
    assert visit.paragraph("2").locator(".text").text_content() == TASKS


def test_citation_is_followed_by_keyboard_and_escape_goes_back(visit: Visit) -> None:
    visit.open().ask("秘书长谈到兰花的什么")
    link = visit.page.locator('#chat .citation a[href^="#p="]')
    for _ in range(5):  # over the scope, both verdicts and the link that copies
        visit.page.keyboard.press("Shift+Tab")
    expect(link).to_be_focused()
    visit.page.keyboard.press("Enter")
    expect(visit.paragraph("附件一/2")).to_be_focused()
    visit.page.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_browser_goes_back_and_forth_between_citations(visit: Visit) -> None:
    visit.open().ask("菊花在几月开花").locator('a[href^="#p="]').click()
    visit.ask("秘书长谈到兰花的什么").locator('a[href^="#p="]').click()
    visit.page.go_back()
    expect(visit.paragraph("1")).to_be_focused()
    assert visit.marked() == ["菊花在十月开花。"]
    visit.page.go_forward()
    expect(visit.paragraph("附件一/2")).to_be_focused()


def test_address_opens_a_paragraph(visit: Visit) -> None:
    visit.open("#p=附件一/2")
    expect(visit.paragraph("附件一/2")).to_be_focused()
    assert visit.is_in_view(visit.paragraph("附件一/2"))
    assert visit.marked() == []


def test_refusal_shows_what_came_nearest_as_no_answer(visit: Visit) -> None:
    message = visit.open().ask("火星")
    expect(message.locator(".refused")).to_have_text("报告没有谈到这一点。")
    expect(message.locator(".nearest-heading")).to_have_text("以下段落最为接近，但不是答案：")
    expect(message.locator(".nearest blockquote")).to_have_text("牡丹在四月开花。")
    expect(message.locator(".answer")).to_have_count(0)


def test_hostile_text_is_shown_literally(visit: Visit) -> None:
    page = visit.open().page
    answer = visit.ask(HOSTILE)
    shown = "".join(page.locator("#chat .question").all_inner_texts())
    assert shown == HOSTILE
    assert answer.locator("blockquote").inner_text() == HOSTILE
    answer.locator('a[href^="#p="]').click()
    assert visit.paragraph("43").locator(".text").inner_text() == HOSTILE
    expect(visit.paragraph("43").locator(".footnote")).to_have_text("1 见<b>另一份</b>报告。")
    assert visit.marked() == [HOSTILE]
    assert page.evaluate("window.hacked") is None
    assert page.locator("#chat :is(img, script, code, strong), #panel :is(img, b)").count() == 0
    assert page.locator('#chat .message a:not([href^="#copy"])').count() == 1


def test_earlier_questions_go_along(visit: Visit, assistant: FakeAssistant) -> None:
    visit.open().ask("**樱**在几月开花？<b>")
    visit.ask("菊花呢")
    visit.ask("花期多长")
    assert assistant.histories == [
        (),
        ("**樱**在几月开花？<b>",),
        ("**樱**在几月开花？<b>", "菊花呢"),
    ]


def test_example_is_asked_by_a_click(visit: Visit, assistant: FakeAssistant) -> None:
    visit.open().page.get_by_role("button", name="园艺师应当做什么？").click()
    expect(visit.page.locator('#chat .citation a[href^="#p="]')).to_have_text("第2段")
    expect(visit.page.locator("#chat .question")).to_have_text("园艺师应当做什么？")
    assert len(assistant.histories) == 1


def test_empty_question_gets_a_clear_word(visit: Visit, assistant: FakeAssistant) -> None:
    visit.open()
    rows, word = visit.page.locator("#chat .message-row"), visit.page.locator("#problem")
    # a question after each: the word that is there already would not be waited for
    for asked, nothing in enumerate(("   ", "\u0007\u200b")):
        visit.press_enter(nothing)
        expect(word).to_have_text(NOTHING_TO_ASK)
        expect(rows).to_have_count(2 * asked)
        visit.ask("菊花呢")
        expect(rows).to_have_count(2 * asked + 2)
        expect(word).to_have_text("")
        assert len(assistant.histories) == asked + 1


def test_too_long_a_question_stays_in_the_box_with_a_clear_word(visit: Visit) -> None:
    visit.open().press_enter("花" * 2001)
    expect(visit.page.locator("#problem")).to_have_text(
        "问题有 2,001 个字符，最多 2,000 个。请缩短后再问。"
    )
    expect(visit.page.locator("#box textarea")).to_have_value("花" * 2001)
    expect(visit.page.locator("#chat .message-row")).to_have_count(0)


def test_unexpected_error_is_one_line(visit: Visit, assistant: FakeAssistant) -> None:
    assistant.failure = ZeroDivisionError("secret detail")
    visit.open().press_enter("樱在几月开花")
    expect(visit.page.locator("#problem")).to_have_text(
        "出了意外的错误，没有得到回答。请再问一次；若仍然如此，请看服务器的日志。"
    )
    expect(visit.page.locator("#box textarea")).to_have_value("樱在几月开花")


def test_cleared_conversation_is_forgotten(visit: Visit, assistant: FakeAssistant) -> None:
    visit.open().ask("菊花在几月开花")
    visit.page.get_by_role("button", name="清空问答").click()
    expect(visit.page.locator("#chat .message-row")).to_have_count(0)
    expect(visit.page.locator("#exports")).to_have_text("")
    visit.ask("花期多长")
    assert assistant.histories[-1] == ()


def test_question_is_kept_to_a_section(visit: Visit, assistant: FakeAssistant) -> None:
    visit.open().page.get_by_label("提问范围").select_option("附件一")
    answer = visit.ask("开花")
    expect(answer).to_contain_text("只在“附件一”中查找。")
    assert assistant.kept == ("TEST/1", ("附件一",))
    visit.page.get_by_label("提问范围").select_option("整份报告")
    visit.ask("樱在几月开花")
    assert assistant.kept == (None, ())


def test_what_is_typed_meanwhile_stays_and_is_answered_too(
    visit: Visit, assistant: FakeAssistant
) -> None:
    assistant.pause = 0.5
    box = visit.open().page.locator("#box textarea")
    visit.press_enter("菊花在几月开花")
    visit.press_enter("秘书长谈到兰花的什么")
    expect(visit.page.locator("#chat .bot-row")).to_have_count(2)
    expect(box).to_have_value("")
    visit.press_enter("樱在几月开花")
    box.fill("还没有问完")
    expect(visit.page.locator("#chat .bot-row")).to_have_count(3)
    expect(box).to_have_value("还没有问完")


def test_answer_that_comes_after_a_later_one_does_not_hide_it(
    visit: Visit, assistant: FakeAssistant
) -> None:
    def hold(route: Route) -> None:
        answer = route.fetch()
        if "菊花" in (route.request.post_data or ""):
            visit.page.wait_for_timeout(1000)
        route.fulfill(response=answer)

    visit.open()
    visit.page.route("**/predict", hold)
    visit.press_enter("菊花在几月开花")
    visit.press_enter("秘书长谈到兰花的什么")
    expect(visit.page.locator("#chat .bot-row")).to_have_count(2)
    visit.page.wait_for_timeout(1500)
    expect(visit.page.locator("#chat .bot-row")).to_have_count(2)
    assert len(assistant.histories) == 2


def test_enter_that_ends_a_chinese_word_does_not_ask(
    visit: Visit, assistant: FakeAssistant
) -> None:
    box = visit.open().page.locator("#box textarea")
    box.fill("樱在几月开花")
    for kind in ("keydown", "keypress"):
        box.dispatch_event(kind, {"key": "Enter", "isComposing": True})
    visit.ask("菊花呢")
    assert len(assistant.histories) == 1


def test_new_build_brings_its_report_and_old_citations_mark_nothing(
    visit: Visit, assistant: FakeAssistant
) -> None:
    old = visit.open().ask("菊花在几月开花")
    assistant.reports = (make_report(filler=3),)
    assistant.rebuild("build-2")
    visit.ask("秘书长谈到兰花的什么").locator('a[href^="#p="]').click()
    expect(visit.page.locator("#panel .paragraph")).to_have_count(8)
    assert visit.marked() == ["秘书长谈到兰花的贸易。"]
    old.locator('a[href^="#p="]').click()
    expect(visit.paragraph("1")).to_be_focused()
    assert visit.marked() == []


def test_reader_stays_where_the_new_build_has_the_same_paragraph(
    visit: Visit, assistant: FakeAssistant
) -> None:
    visit.open("#p=30").page.wait_for_timeout(500)
    report = visit.page.locator("#panel .report")
    (before,) = assistant.reports
    longer = replace(before.paragraphs[0], text="此段改长了。" * 200)
    assistant.reports = (replace(before, paragraphs=(longer, *before.paragraphs[1:])),)
    assistant.rebuild("longer")
    expect(report).to_have_attribute("data-build", "longer")
    assert visit.is_in_view(visit.paragraph("30"))


def test_report_that_does_not_come_can_be_fetched_again(visit: Visit) -> None:
    fail = lambda route: route.fulfill(status=503, body="later")  # noqa: E731
    visit.page.route("**/report?*", fail)
    visit.page.goto(visit.url + "#p=30")
    problem = visit.page.locator("#panel .problem")
    expect(problem).to_have_text("没有取到报告的全文。 再取一次")
    visit.page.unroute("**/report?*", fail)
    problem.get_by_role("button").click()
    expect(visit.paragraph("30")).to_be_focused()
    assert visit.complaints == [
        "Failed to load resource: the server responded with a status of 503 (Service Unavailable)"
    ]
    visit.complaints.clear()


def test_page_takes_a_new_build_up_by_itself_and_marks_what_it_cited(
    visit: Visit, assistant: FakeAssistant
) -> None:
    flowers = visit.open().ask("菊花在几月开花")
    orchids = visit.ask("秘书长谈到兰花的什么")
    expect(visit.page.locator("#state .state")).to_have_count(0)
    assistant.changed = ("TEST_1.md",)
    expect(visit.page.locator("#state .state")).to_contain_text("有改动，需要重建：TEST_1.md。")
    (report,) = assistant.reports
    edited = replace(report.paragraphs[0], text="菊花在冬天开花。")
    assistant.reports = (replace(report, paragraphs=(edited, *report.paragraphs[1:])),)
    assistant.changed = ()
    assistant.rebuild("build-3")
    expect(visit.paragraph("1").locator(".text")).to_have_text("菊花在冬天开花。")
    expect(flowers.locator(".outdated-note")).to_have_text("这一段后来改过，以上是修改前的文字。")
    expect(orchids.locator(".outdated-note")).to_have_count(0)
    expect(visit.page.locator("#state .state")).to_have_count(0)
    expect(visit.page.locator("#chat .bot-row")).to_have_count(2)


def test_reports_are_chosen_from_a_list_and_followed_to(
    browser: Browser, server: Server, assistant: FakeAssistant
) -> None:
    other = replace(make_report("B/2").paragraphs[0], text="茉莉在六月开花，花期很长很长。")
    assistant.reports = (make_report("A/1"), replace(make_report("B/2"), paragraphs=(other,)))
    assistant.rebuild("several")
    for visit in visit_with(browser, server.url):
        visit.open()
        expect(visit.page.locator("#panel .symbol")).to_have_text("A/1")
        visit.ask("茉莉在六月开花").locator('a[href^="#p="]').click()
        expect(visit.page.locator("#panel .symbol")).to_have_text("B/2")
        expect(visit.paragraph("1")).to_be_focused()
        assert visit.marked() == ["茉莉在六月开花，花期很长很长。"]
        visit.page.get_by_label("报告", exact=True).select_option("A/1")
        expect(visit.page.locator("#panel .symbol")).to_have_text("A/1")
        visit.page.evaluate("location.hash = '#p=1&r=B/2'")
        expect(visit.page.locator("#panel .symbol")).to_have_text("B/2")
        expect(visit.paragraph("1")).to_be_focused()
        visit.page.get_by_label("提问范围").select_option("只问 A/1")
        visit.ask("樱在几月开花")
        assert assistant.kept == ("A/1", ())


def test_age_of_the_build_is_told(visit: Visit) -> None:
    visit.page.clock.set_fixed_time("2026-01-03T01:00:00Z")
    summary = visit.open().page.locator(".build summary")
    facts = visit.page.locator(".build p").first
    expect(facts).to_have_text("45 段，编码器 fake，索引号 build-1")
    expect(summary).to_have_text("索引：2026-01-01 00:00 UTC 建（2天前）")
    visit.page.get_by_role("button", name="English").click()
    expect(summary).to_have_text("Index: made 2026-01-01 00:00 UTC (2 days ago)")
    visit.page.clock.set_fixed_time("2026-01-01T00:00:59Z")
    expect(summary).to_have_text("Index: made 2026-01-01 00:00 UTC (just now)")


def test_of_several_long_reports_one_is_there_and_opens_at_once(
    browser: Browser, server: Server, assistant: FakeAssistant
) -> None:
    assistant.reports = (make_report("A/1", filler=2000), make_report("B/2", filler=2000))
    assistant.rebuild("long")
    jump = """id => new Promise(done => {
      const started = performance.now();
      location.hash = `#p=${id}`;
      const see = () => {
        const here = document.querySelector('#panel .paragraph.here');
        const top = document.querySelector('#panel .reports').getBoundingClientRect().top;
        if (here?.dataset.paragraph === id && here.getBoundingClientRect().top >= top) {
          return done(performance.now() - started);
        }
        requestAnimationFrame(see);
      };
      see();
    })"""
    for visit in visit_with(browser, server.url):
        visit.open()
        paragraphs = visit.page.locator("#panel .paragraph")
        expect(paragraphs).to_have_count(2005)
        assert visit.page.evaluate(jump, "2000") < 1000
        assert visit.is_in_view(visit.paragraph("2000"))
        texts = [request for request in visit.requests if "/report" in request]
        visit.page.get_by_label("报告", exact=True).select_option("B/2")
        # not by `expect`: see `Visit.open`
        visit.page.locator('#panel .report[data-report="B/2"]').wait_for(state="attached")
        expect(paragraphs).to_have_count(2005)
        more = [request for request in visit.requests if "/report" in request][len(texts) :]
        assert [parse_qs(urlsplit(address).query)["symbol"] for address in more] == [["B/2"]]
        page = visit.page.evaluate("fetch('.').then(answer => answer.text())")
        assert len(page) < 250_000


def test_on_a_phone_the_report_is_a_drawer(phone: Visit) -> None:
    answer = phone.open().ask("秘书长谈到兰花的什么")
    paragraph = phone.paragraph("附件一/2")
    expect(paragraph).to_be_hidden()
    answer.locator('a[href^="#p="]').tap()
    expect(paragraph).to_be_focused()
    phone.page.wait_for_timeout(300)  # the drawer slides in
    assert phone.is_in_view(paragraph)
    assert phone.marked() == ["秘书长谈到兰花的贸易。"]
    phone.page.get_by_role("button", name="返回问答").tap()
    expect(paragraph).to_be_hidden()
    expect(answer.locator('a[href^="#p="]')).to_be_focused()
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390


STICKS_OUT = """() => Array.from(document.querySelectorAll('body *'))
  .filter(part => part.checkVisibility() && !part.closest('[data-testid="status-tracker"]'))
  .map(part => [part, part.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.left < -1 || box.right > innerWidth + 1))
  .map(([part]) => `${part.tagName} ${part.className}`)"""


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_nothing_sticks_out_of_a_narrow_phone(
    browser: Browser, server: Server, assistant: FakeAssistant, locale: str
) -> None:
    narrow = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
    for visit in visit_with(browser, server.url, locale=locale, **narrow):
        visit.open().ask("火星")
        visit.press_enter(" ")
        expect(visit.page.locator("#problem .problem")).to_be_visible()
        answer = visit.ask("樱在几月开花，花期约几天")
        assert visit.page.evaluate(STICKS_OUT) == []
        answer.locator('a[href^="#p="]').tap()
        expect(visit.paragraph("1")).to_be_focused()
        visit.page.locator(".build summary").tap()
        visit.page.locator(".contents summary").tap()
        visit.page.wait_for_timeout(300)  # the drawer slides in
        assert visit.page.evaluate(STICKS_OUT) == []
        for button in visit.page.locator(".panel-bar button").all():
            box = button.bounding_box()
            assert box and box["height"] < 40  # its words stand in one line


def test_numbers_stand_in_one_margin(visit: Visit) -> None:
    visit.open()
    edges = [visit.paragraph(id_).locator(".text").bounding_box() for id_ in ("1", "附件一/2")]
    assert edges[0] and edges[1] and edges[0]["x"] == edges[1]["x"]
    number = visit.paragraph("附件一/2").locator(".number")
    expect(number).to_have_text("2附件一")
    margin = number.bounding_box()
    assert margin and margin["x"] + margin["width"] <= edges[0]["x"]


def test_on_a_phone_the_report_can_be_opened_and_closed(phone: Visit) -> None:
    opening = phone.open().page.get_by_role("button", name="看报告")
    opening.tap()
    expect(phone.paragraph("1")).to_be_visible()
    phone.page.keyboard.press("Escape")
    expect(phone.paragraph("1")).to_be_hidden()
    expect(opening).to_be_focused()


CONTRASTS = """() => {
  const parse = c => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const found = {};
  for (const e of document.querySelectorAll('body *')) {
    const own = Array.from(e.childNodes).some(n => n.nodeType === 3 && n.data.trim());
    if (!own || !e.checkVisibility({ visibilityProperty: true })) continue;
    if (['STYLE', 'SCRIPT'].includes(e.tagName)) continue;
    const [a, b] = [parse(getComputedStyle(e).color), ground(e)].map(light);
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) found[e.className || e.tagName] = ratio;
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(
    browser: Browser, server: Server, assistant: FakeAssistant, scheme: str
) -> None:
    for visit in visit_with(browser, server.url, color_scheme=scheme):
        visit.open()
        assert visit.page.evaluate(CONTRASTS) == {}
        visit.ask("火星")
        visit.press_enter("花" * 2001)
        expect(visit.page.locator("#problem")).to_contain_text("2,001")
        visit.ask("樱在几月开花，花期约几天").locator('a[href^="#p="]').click()
        assert visit.page.evaluate(CONTRASTS) == {}


def assert_accessible(visit: Visit) -> None:
    """Say that axe-core finds nothing serious."""
    found = Axe().run(visit.page).response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in serious] == []


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"locale": "en-US", "color_scheme": "dark"},
        {"viewport": PHONE, "has_touch": True, "is_mobile": True},
    ],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing_serious(
    browser: Browser, server: Server, assistant: FakeAssistant, options: dict[str, Any]
) -> None:
    for visit in visit_with(browser, server.url, **options):
        assert_accessible(visit.open())
        visit.press_enter(" ")
        expect(visit.page.locator("#problem .problem")).to_be_visible()
        visit.ask("火星")
        visit.ask("樱在几月开花，花期约几天").locator('a[href^="#p="]').click()
        visit.page.locator(".build summary").click()
        assert_accessible(visit)
        visit.page.locator(".contents summary").click()
        assert_accessible(visit)


def test_real_report_answers_and_shows_paragraph_25(
    browser: Browser, real_assistant: Assistant
) -> None:
    with Server(real_assistant) as server:
        for visit in visit_with(browser, server.url):
            answer = visit.open().ask("尼日利亚恩内维生产多少汽车零部件")
            first = answer.locator(".citation").first
            expect(first.locator('a[href^="#p="]')).to_have_text("第25段")
            quotes = first.locator("blockquote p").all_text_contents()
            first.locator('a[href^="#p="]').click()
            expect(visit.paragraph("25")).to_be_focused()
            assert visit.is_in_view(visit.paragraph("25"))
            assert visit.marked() == ["".join(quotes)]
            assert "80%以上" in "".join(quotes)
