"""Take a picture of a study's charts, as report and explorer draw them.

    armillary tree demo --out trees
    python scripts/study_figure.py trees docs/figures/trees.png --charts 0,1,4

Charts are numbered as in ``study.json``, from 0; default: all, two in a row. Needs playwright and a
Chromium.
"""

import argparse
import json
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from armillary.atlas.study import Study
from armillary.atlas.study_svg import chart_svg

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))))
STYLE = "body{margin:12px;display:inline-grid;gap:14px;background:#fff}"


def main() -> None:
    """Draw the charts asked for on one white page, and take its picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("study", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--charts", default="")
    parser.add_argument("--columns", type=int, default=2)
    asked = parser.parse_args()
    name = json.loads((asked.study / "study.json").read_text("utf-8"))["name"]
    charts = Study.read(asked.study, name).charts
    chosen = [int(i) for i in asked.charts.split(",") if i] or range(len(charts))
    drawn = "".join(f"<div>{chart_svg(charts[i])}</div>" for i in chosen)
    grid = f"grid-template-columns:repeat({min(asked.columns, len(chosen))},auto)"
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page(device_scale_factor=1.5, viewport={"width": 1800, "height": 900})
        page.set_content(f"<style>{STYLE}</style><body style='{grid}'>{drawn}</body>")
        page.locator("body").screenshot(path=asked.picture)
        browser.close()


if __name__ == "__main__":
    main()
