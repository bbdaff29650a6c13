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
