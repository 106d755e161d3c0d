"""Asking in the browser: what is asked, in which order, and what comes of it when calls fail."""

# ruff: noqa: F402, F811 (fixtures are imported)

import socket
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from duanci import app
from duanci.accounts import make_line, read_accounts
from duanci.guard import Guard
from duanci.limits import Limits
from fake_assistant import FakeAssistant
from test_browser import (  # noqa: F401  (fixtures)
    NOTHING_TO_ASK,
    Server,
    Visit,
    assistant,
    browser,
    server,
    visit,
    visit_with,
)

pytestmark = pytest.mark.browser

# Press Enter after each of some texts, with nothing between, and leave another in the box.
ENTER_EACH = """([texts, left]) => {
  const box = document.querySelector('#box textarea');
  const type = text => {
    box.value = text;
    box.dispatchEvent(new Event('input', { bubbles: true }));
  };
  for (const text of texts) {
    type(text);
    for (const kind of ['keydown', 'keypress']) {
      const key = { key: 'Enter', bubbles: true, cancelable: true };
      box.dispatchEvent(new KeyboardEvent(kind, key));
    }
  }
  type(left);
}"""


def test_what_stood_in_the_box_at_enter_is_asked_and_later_typing_stays(
    visit: Visit, assistant: FakeAssistant
) -> None:
    visit.open().page.evaluate(ENTER_EACH, [["菊花在几月开花", "兰花呢"], "还没有问完"])
    asked = visit.page.locator("#chat .question")
    expect(asked).to_have_text(["菊花在几月开花", "兰花呢"])
    expect(visit.page.locator("#box textarea")).to_have_value("还没有问完")
    assert assistant.histories == [(), ("菊花在几月开花",)]
    visit.page.locator("#box textarea").fill("牡丹在几月开花")
    visit.page.evaluate("""() => {
      document.querySelector('#box button').click();
      const box = document.querySelector('#box textarea');
      box.value += '樱呢';
      box.dispatchEvent(new Event('input', { bubbles: true }));
    }""")
    expect(asked).to_have_text(["菊花在几月开花", "兰花呢", "牡丹在几月开花"])
    expect(visit.page.locator("#box textarea")).to_have_value("樱呢")


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        ([" ", "菊花呢", " "], NOTHING_TO_ASK),
        ([" ", " ", "菊花呢"], ""),
        (["菊花呢", " ", "花期多长"], ""),
    ],
)
def test_of_several_events_at_once_the_last_has_the_last_word(
    visit: Visit, texts: list[str], word: str
) -> None:
    answered: list[str] = []
    visit.page.on("requestfinished", lambda request: answered.append(request.post_data or ""))
    visit.open().page.evaluate(ENTER_EACH, [texts, ""])
    while sum(data.count(f',"{text}"]') for data in answered for text in set(texts)) < len(texts):
        visit.page.wait_for_timeout(50)
    visit.page.wait_for_timeout(200)  # until what was answered last is shown
    expect(visit.page.locator("#problem")).to_have_text(word)


def test_two_clicks_at_once_are_both_heeded(visit: Visit, assistant: FakeAssistant) -> None:
    visit.open().page.evaluate("""() => {
      const scope = document.querySelector('select[data-act=scope]');
      scope.selectedIndex = 1;
      scope.dispatchEvent(new Event('change', { bubbles: true }));
      document.querySelector('.masthead .switch').click();
    }""")
    expect(visit.page.locator("html")).to_have_attribute("lang", "en")
    visit.ask("樱在几月开花")
    assert assistant.kept == ("TEST/1", ("一、花期",))


def test_lost_connection_is_told_and_nothing_that_was_said_is_lost(visit: Visit) -> None:
    first = visit.open().ask("菊花在几月开花")
    visit.page.evaluate("window.sameAsBefore = true")
    visit.page.context.set_offline(True)
    visit.press_enter("秘书长谈到兰花的什么")
    word = visit.page.get_by_text("连不上服务器，网页会继续尝试；先前的问答仍可查看。")
    expect(word).to_be_visible()
    expect(visit.page.locator("#box textarea")).to_have_value("秘书长谈到兰花的什么")
    visit.page.context.set_offline(False)
    expect(word).to_have_count(0)  # at the next look
    visit.page.locator("#box textarea").press("Enter")
    expect(visit.page.locator("#chat .bot-row")).to_have_count(2)
    expect(first.locator("blockquote")).to_have_text("菊花在十月开花。")
    assert visit.page.evaluate("window.sameAsBefore")
    assert set(visit.complaints) == {"Failed to load resource: net::ERR_INTERNET_DISCONNECTED"}
    visit.complaints.clear()


def test_page_goes_on_when_the_server_was_started_again(browser: Browser) -> None:
    first = Server(FakeAssistant())
    port = first.listener.getsockname()[1]
    for visit in visit_with(browser, first.url):
        with first:
            visit.open().ask("菊花在几月开花")
        expect(visit.page.get_by_text("连不上服务器")).to_be_visible()  # at the next look
        expect(visit.page.locator("#chat .bot-row")).to_have_count(1)
        again = Server(FakeAssistant())
        again.listener.close()
        again.listener = socket.create_server(("127.0.0.1", port))
        with again:
            expect(visit.page.locator("#problem")).to_contain_text("服务器没有保留先前的问答")
            visit.press_enter("秘书长谈到兰花的什么")
            answer = visit.page.locator("#chat .bot-row", has_text="兰花的贸易")
            answer.locator('a[href^="#p="]').click()
            expect(visit.paragraph("附件一/2")).to_be_focused()
        visit.complaints.clear()


def test_call_that_the_server_fails_at_is_told(visit: Visit) -> None:
    visit.open()
    fail = lambda route: route.fulfill(status=500, json={"error": None})  # noqa: E731
    visit.page.route("**/predict", fail)
    visit.press_enter("樱在几月开花")
    expect(visit.page.locator("#talk .problem")).to_have_text(
        "服务器没有办成这件事。请再试一次；若仍然如此，请重新载入网页。"
    )
    visit.page.unroute("**/predict", fail)
    visit.page.locator("#box textarea").press("Enter")
    expect(visit.page.locator("#chat .question")).to_have_text("樱在几月开花")
    expect(visit.page.locator("#talk .problem")).to_have_count(0)
    assert all("500" in line for line in visit.complaints)
    visit.complaints.clear()


def test_what_the_guard_refuses_is_told_in_the_language_of_the_page(browser: Browser) -> None:
    server = Server(FakeAssistant())
    limits = Limits(body_bytes=2000)
    server.make = lambda: Guard(app.make_app(server.assistant), None, limits)  # type: ignore[arg-type]
    with server:
        for visit in visit_with(browser, server.url, locale="en-US"):
            visit.open().page.get_by_role("button", name="中文").click()
            expect(visit.page.locator("html")).to_have_attribute("lang", "zh-CN")
            visit.press_enter("花" * 1000)
            expect(visit.page.locator("#talk .problem")).to_have_text(
                "请求的内容超过了上限 2,000 字节。请缩短后再发。\n"
            )
            expect(visit.page.locator("#box textarea")).to_have_value("花" * 1000)
            visit.ask("樱在几月开花")
            expect(visit.page.locator("#talk .problem")).to_have_count(0)
            assert [line for line in visit.complaints if "413" not in line] == []
            visit.complaints.clear()


def test_page_works_with_an_account_and_not_without(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "accounts.txt"
    file.write_text(make_line("anna", "ein langes Passwort") + "\n", "utf-8")
    server = Server(FakeAssistant())
    accounts = read_accounts(file)
    server.make = lambda: Guard(app.make_app(server.assistant), accounts, Limits())  # type: ignore[arg-type]
    with server:
        known = {"username": "anna", "password": "ein langes Passwort"}
        for visit in visit_with(browser, server.url, http_credentials=known):
            visit.open().ask("樱在几月开花")
            with visit.page.expect_download() as download:
                visit.page.get_by_role("link", name="Markdown").click()
            assert "樱" in download.value.path().read_text("utf-8")
            visit.complaints.clear()  # of what was asked before the password was sent
        stranger = browser.new_context()
        assert stranger.request.get(server.url).status == 401
        stranger.close()


def test_new_answer_is_read_from_its_beginning(visit: Visit) -> None:
    visit.open().page.set_viewport_size({"width": 1280, "height": 420})
    top = """part => part.getBoundingClientRect().top
      - document.querySelector('#chat [role=log]').getBoundingClientRect().top"""
    for question in ("樱在几月开花", "菊花在几月开花", "火星"):
        visit.ask(question)
    visit.page.wait_for_timeout(400)  # it is kept in its place for 0.3 s
    assert 0 <= visit.page.locator("#chat .user-row").last.evaluate(top) < 60
    answer = visit.ask("关于菊花在几月开花的问题，" * 40)  # which fills the view
    visit.page.wait_for_timeout(400)
    assert 0 <= answer.evaluate(top) < 100
