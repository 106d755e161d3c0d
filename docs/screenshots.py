"""Makes docs/*.png: serves the chat as `make chat` does, asks it a question, clicks the citation.

Run it after `make chat` has built the index: .venv/bin/python docs/screenshots.py
"""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
QUESTION = "尼日利亚恩内维生产多少汽车零部件？"
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
REFUSED = "火星上有没有水？"
SHOTS = {  # file: how the page is opened
    "chat.png": {"viewport": {"width": 1280, "height": 800}},
    "chat-dark.png": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "chat-refused.png": {"viewport": {"width": 1280, "height": 800}},
    "chat-phone.png": {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
    },
}


def take(browser: Browser, url: str, file: str) -> None:
    """Ask the question, follow the first citation, save what the page looks like."""
    context = browser.new_context(**SHOTS[file], device_scale_factor=1.5)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    is_refused = "refused" in file
    page.locator("#box textarea").fill(REFUSED if is_refused else QUESTION)
    page.locator("#box textarea").press("Enter")
    page.locator('#chat .citation a[href^="#p="]').first.click()
    if not is_refused:
        page.locator("#panel mark").first.wait_for()
    page.wait_for_timeout(500)  # the drawer of a phone slides in
    page.screenshot(path=HERE / file)
    context.close()
    print(HERE / file)


def main() -> None:
    """Make all screenshots."""
    chromium = shutil.which("chromium")
    if not chromium:
        sys.exit("no chromium on the PATH: install Debian's package chromium")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [Path(sys.executable).with_name("duanci"), "serve", "--port", port]
    with (
        subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True) as serving,
        sync_playwright() as playwright,
    ):
        assert serving.stdout
        line = serving.stdout.readline()
        if not line:
            sys.exit("duanci serve did not start: see its message above")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for file in SHOTS:
            take(browser, line.split()[-1], file)
        browser.close()
        serving.terminate()


if __name__ == "__main__":
    main()
