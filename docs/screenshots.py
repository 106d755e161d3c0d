"""Makes docs/*.png: serves the shipped report, asks, clicks the citation, rebuilds.

.venv/bin/python docs/screenshots.py
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
DATA = HERE.parent / "data"
QUESTION = "尼日利亚恩内维生产多少汽车零部件？"
ENGLISH = "What did the expert from Egypt say about the definition of clusters?"
REFUSED = "火星上有没有水？"
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
LAPTOP = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN"}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SHOTS: dict[str, tuple[str, dict[str, Any]]] = {  # file: what is asked, how the page is opened
    "chat.png": (QUESTION, LAPTOP),
    "chat-dark.png": (QUESTION, {**LAPTOP, "color_scheme": "dark"}),
    "chat-english.png": (ENGLISH, {**LAPTOP, "locale": "en-US"}),
    "chat-refused.png": (REFUSED, LAPTOP),
    "chat-phone.png": (QUESTION, {**PHONE, "locale": "zh-CN"}),
}


def take(browser: Browser, url: str, file: str) -> None:
    """Ask, follow the first citation, save what the page looks like."""
    asked, options = SHOTS[file]
    page = browser.new_context(**options, device_scale_factor=1.5).new_page()
    page.goto(url)
    ask(page, asked)
    page.locator('#chat .citation a[href^="#p="]').first.click()
    if asked != REFUSED:
        page.locator("#panel mark").first.wait_for()
    save(page, file)


def take_rebuilding(browser: Browser, url: str, data: Path) -> None:
    """Edit every paragraph, rebuild from the page, save what it looks like meanwhile."""
    page = browser.new_context(**LAPTOP, device_scale_factor=1.5).new_page()
    page.goto(url)
    ask(page, QUESTION)
    for report in data.glob("*.txt"):
        report.write_text(report.read_text("utf-8").replace("。", "！"), "utf-8")
    page.locator("#state a").click()
    page.locator("#state progress[value]").wait_for()
    page.locator(".build summary").click()
    save(page, "chat-rebuilding.png")


def ask(page: Page, question: str) -> None:
    """Ask and wait for the answer."""
    page.locator("#box textarea").fill(question)
    page.locator("#box textarea").press("Enter")
    page.locator("#chat .citation").first.wait_for()


def save(page: Page, file: str) -> None:
    """Save what a page looks like, once the drawer of a phone has slid in."""
    page.wait_for_timeout(500)
    page.screenshot(path=HERE / file)
    page.context.close()
    print(HERE / file)


def main() -> None:
    """Make all screenshots."""
    chromium = shutil.which("chromium")
    if not chromium:
        sys.exit("no chromium on the PATH: install Debian's package chromium")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(DATA, Path(folder) / "data")
        where = {"DUANCI_DATA": f"{folder}/data", "DUANCI_INDEX": f"{folder}/index"}
        environment = os.environ | where
        duanci = Path(sys.executable).with_name("duanci")
        subprocess.run([duanci, "index"], env=environment, check=True)
        with (
            subprocess.Popen(
                [duanci, "serve", "--port", port],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            ) as serving,
            sync_playwright() as playwright,
        ):
            assert serving.stdout
            line = serving.stdout.readline()
            if not line:
                sys.exit("duanci serve did not start: see its message above")
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            for file in SHOTS:
                take(browser, line.split()[-1], file)
            take_rebuilding(browser, line.split()[-1], Path(folder) / "data")
            browser.close()
            serving.terminate()


if __name__ == "__main__":
    main()
