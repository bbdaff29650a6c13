"""A headless Chromium that notes every request that leaves the page and every complaint."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-webgl",
         "--disable-3d-apis"]  # fmt: skip


def required() -> None:
    """Skip where there is no browser, unless every test is asked for."""
    missing = "no Chromium: apt-get install chromium" if CHROMIUM is None else ""
    try:
        import playwright  # noqa: F401
    except ImportError:
        missing = "no playwright: pip install playwright"
    if missing and os.environ.get("ARMILLARY_REQUIRE_ALL") == "1":
        pytest.fail(f"{missing}, and ARMILLARY_REQUIRE_ALL=1 asks for every test")
    if missing:
        pytest.skip(missing)


@contextmanager
def chromium() -> Iterator[Any]:
    """Yield a browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        # a page answers in the next frame: on a busy machine that comes some milliseconds late
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS, slow_mo=25)
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """One page, with what it asked for and what it complained of.

    Parameters
    ----------
    browser
        Of ``chromium``.
    html
        Of the page, written to a file of its own.
    file
        Where to.
    """

    def __init__(self, browser: Any, html: str, file: Path, **options: Any) -> None:
        self.asked: list[str] = []
        self.complaints: list[str] = []
        size = {"width": 1400, "height": 900}
        self.context = browser.new_context(**{"viewport": size, **options})
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._console)
        self.page.set_default_timeout(15_000)
        self.file = file
        self.file.write_text(html, encoding="utf-8")

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, anchor: str = "") -> Any:
        """Open the page, and return it when it is ready."""
        self.page.goto(f"{self.file.as_uri()}{anchor}")
        self.page.wait_for_selector("html[data-mapped=true]")
        return self.page

    @property
    def external(self) -> list[str]:
        """Requests for anything but the file itself, and what the page made on the spot."""
        own = ("file:", "data:", "blob:", "about:")
        return [url for url in self.asked if not url.startswith(own)]

    def close(self) -> None:
        """Close the page."""
        self.context.close()
