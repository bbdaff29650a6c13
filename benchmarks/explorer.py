"""How soon the explorer's page can be used, and how it moves, beside plotly's scattergl.

    python benchmarks/explorer.py [--features 25000 500000] [--survey ATLAS]

Needs playwright and plotly (``pip install playwright plotly``) and a Chromium; draws in software.
One run measures both on the same points, labels and machine. ``ready`` is from navigation until
the map is painted (two animation frames after it said so); ``frame`` is the time between animation
frames while the map is dragged in 60 steps, 95th percentile and largest; ``MB`` is the page on
disk, with everything in it. ``--survey`` prints the size of a real survey's report too.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright
from printed import head, row

from armillary.atlas import Atlas
from armillary.explorer import Bodies, page_html, report_html
from armillary.explorer.limits import Limits

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "atlas"))
from synthetic_survey import large_atlas

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))))
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--use-gl=angle",
         "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]  # fmt: skip
FRAMES = """() => { window.frames_ = []; let last = performance.now();
  const tick = (now) => {
    window.frames_.push(now - last); last = now; requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick); }"""


def ours(atlas: Atlas) -> str:
    """Return the page with every feature on the map, nothing left out."""
    bodies = Bodies(atlas, Limits(panels=300, nulls=60))
    inline = {name: bodies.data(name) for name in bodies.names()}
    return page_html(bodies, door={"kind": "inline"}, inline=inline)


def plotly(atlas: Atlas) -> str:
    """Return plotly's page of the same map: scattergl, labels on hover, its script inlined."""
    import plotly.graph_objects as go

    xy = atlas.arrays["map"]
    label = atlas.features["label"].to_pylist()
    marks = {"size": 3, "color": atlas.features["finding"].to_numpy(zero_copy_only=False)}
    cloud = go.Scattergl(x=xy[:, 0], y=xy[:, 1], mode="markers", text=label, marker=marks)
    figure = go.Figure(cloud, layout={"dragmode": "pan", "width": 900, "height": 800})
    return figure.to_html(include_plotlyjs=True, full_html=True)


def visited(page: Any, file: Path, *, ready: str, canvas: str) -> tuple[float, float, float]:
    """Return seconds until ready, and the 95th percentile and maximum of frames in ms."""
    began = time.perf_counter()
    page.goto(file.as_uri(), timeout=300_000, wait_until="commit")
    page.wait_for_function(ready, timeout=300_000)
    page.evaluate("() => new Promise((d) => requestAnimationFrame(() => requestAnimationFrame(d)))")
    took = time.perf_counter() - began
    box = page.locator(canvas).first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = page.screenshot(clip=box)
    page.evaluate(FRAMES)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(x + 90 * np.sin(step / 6), y + 70 * np.cos(step / 5))
        page.evaluate("() => new Promise(requestAnimationFrame)")
    frames = np.array(page.evaluate("() => window.frames_"))[1:]
    if page.screenshot(clip=box) == before:
        raise RuntimeError(f"the map of {file.name} did not move: its frames say nothing")
    page.mouse.up()
    return took, float(np.quantile(frames, 0.95)), float(frames.max())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--features", type=int, nargs="+", default=[25_000, 500_000])
    parser.add_argument("--survey", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    head("features", "page", "MB", "ready s", "frame 95 % ms", "largest ms")
    ready = {
        "armillary": ("() => document.documentElement.dataset.mapped === 'true'",
                      "[data-testid=map-canvas]"),
        "plotly scattergl": ("() => document.querySelector('.gl-canvas') !== null"
                             " && document.querySelector('.plotly .main-svg') !== null",
                             ".nsewdrag"),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        for n in asked.features:
            atlas = large_atlas(n_features=n, n_findings=150)
            times: dict[str, float] = {}
            for name, made in (("armillary", ours), ("plotly scattergl", plotly)):
                file = Path(folder) / f"{name.split()[0]}-{n}.html"
                file.write_text(made(atlas), encoding="utf-8")
                seen = []
                for _ in range(asked.rounds):
                    browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                    page = browser.new_page(viewport={"width": 1400, "height": 900})
                    seen.append(visited(page, file, ready=ready[name][0], canvas=ready[name][1]))
                    browser.close()
                took, frame, most = np.median(np.array(seen), axis=0)
                times[name] = took
                row(f"{n:,}", name, f"{file.stat().st_size / 1e6:.1f}", f"{took:.2f}",
                    f"{frame:.0f}", f"{most:.0f}")  # fmt: skip
            ratio = times["plotly scattergl"] / times["armillary"]
            row(f"{n:,}", "plotly over armillary", "", f"{ratio:.1f} times", "", "")
    if asked.survey:
        size = len(report_html(Atlas.read(asked.survey)).encode()) / 1e6
        row(Atlas.read(asked.survey).source, "report.html", f"{size:.1f}", "", "", "")


if __name__ == "__main__":
    main()
