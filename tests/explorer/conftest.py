import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "atlas"))  # the synthetic survey

import browsing


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser():
    browsing.required()
    with browsing.chromium() as found:
        yield found


@pytest.fixture
def visit(browser, tmp_path):
    """Open pages; at the end none may have asked for anything or complained."""
    visits: list[browsing.Visit] = []

    def made(html: str, **options):
        visits.append(browsing.Visit(browser, html, tmp_path / f"{len(visits)}.html", **options))
        return visits[-1]

    yield made
    for one in visits:
        one.close()
    assert [url for one in visits for url in one.external] == []
    assert [text for one in visits for text in one.complaints] == []


@pytest.fixture
def show(browser, tmp_path):
    """Open a page; at the end nothing may have been complained of."""
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(8_000)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def opened(html: str, anchor: str = ""):
        file = tmp_path / "page.html"
        file.write_text(html, encoding="utf-8")
        page.goto(file.as_uri() + anchor)
        page.wait_for_selector("html[data-mapped]")
        return page

    yield opened
    page.close()
    assert complaints == []
