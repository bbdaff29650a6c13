"""Take the pictures of the explorer in the docs.

    python scripts/explorer_pictures.py ATLAS SAE [OUT]

ATLAS is a folder that ``armillary survey`` wrote of the built-in model's embeddings, SAE one of
``armillary survey demo:sae`` with sections that ``armillary compare SAE TWIN`` and ``armillary
explain demo:sae --out SAE`` put there, and studies (``armillary compare demo:series --out SAE``). Writes ``explorer_*.png`` to OUT (default: docs/figures).
Needs playwright and a Chromium. A finding is chosen by a label of its members, not by its number.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from armillary.atlas import Atlas
from armillary.explorer import report_html

HERE = Path(__file__).parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))))
SIZE = {"width": 1400, "height": 900}


def shown(page: Any, file: Path, view: str, search: str = "") -> None:
    """Open a view, on the first finding that the search leaves."""
    page.goto("about:blank")
    page.goto(f"{file.as_uri()}#v={view}")
    page.wait_for_selector("html[data-mapped=true]")
    if search:
        page.keyboard.press("/")
        page.keyboard.type(search)
        page.get_by_test_id("tally").filter(has_text=re.compile(" of ")).wait_for()
        page.locator("[data-testid=list] .row").first.click()
        page.get_by_test_id("search").fill("")
        page.keyboard.press("Escape")
        page.mouse.move(5, 5)
    page.wait_for_timeout(1500)


def main(embeddings: Path, autoencoder: Path, out: Path) -> None:
    """Take every picture."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        files: list[Path] = []
        for atlas in (embeddings, autoencoder):
            files.append(Path(folder) / f"{len(files)}.html")
            files[-1].write_text(report_html(Atlas.read(atlas), folder=atlas), encoding="utf-8")
        words, latents = files
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        pictures = [
            ("main", words, "panels", "weekdays", "light"), ("dark", words, "panels", "months", "dark"),
            ("null", words, "null", "weekdays", "light"), ("blind", words, "blind", "weekdays", "light"),
            ("tree", words, "tree", "", "light"), ("rebuilt", latents, "rebuilt", "", "light"),
            ("compare", latents, "compare", "", "light"), ("curve", latents, "curves", "", "light"),
            ("studies", latents, "studies", "", "light"),
        ]  # fmt: skip
        for name, file, view, search, scheme in pictures:
            page = browser.new_page(viewport=SIZE, color_scheme=scheme)
            shown(page, file, view, search)
            page.screenshot(path=out / f"explorer_{name}.png")
            page.close()
        page = browser.new_page(viewport={"width": 420, "height": 800}, color_scheme="light")
        shown(page, words, "panels")
        page.screenshot(path=out / "explorer_narrow.png")
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    given = [Path(one) for one in sys.argv[1:]]
    main(given[0], given[1], given[2] if len(given) == 3 else HERE / "docs" / "figures")
