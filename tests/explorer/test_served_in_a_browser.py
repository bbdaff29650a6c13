"""The page from a real server: what only a server can do, by hand."""

import json

import numpy as np
import pytest
from live_server import living, written

from armillary.atlas import Atlas
from armillary.core import FeatureSpace
from armillary.load import load_space

N, D = 300, 32


@pytest.fixture
def served(tmp_path):
    """Twelve features on a circle, in the map's lower left corner; the rest is noise."""
    rng = np.random.default_rng(5)
    rows = rng.standard_normal((N, D))
    angle = 2 * np.pi * np.arange(12) / 12
    frame = np.linalg.qr(rng.standard_normal((D, 3)))[0]
    ring = 4 * frame[:, 0] + np.c_[np.cos(angle), np.sin(angle)] @ frame[:, 1:].T
    rows[:12] = ring + 0.03 * rng.standard_normal((12, D))
    np.save(tmp_path / "rows.npy", rows.astype(np.float32))
    space = load_space(tmp_path / "rows.npy", orientation="rows")
    label = np.array([f" f{i}" for i in range(N)], dtype=object)
    named = FeatureSpace(space.directions, space.feature_id, {"label": label}, space.source)
    place = np.r_[rng.uniform(0, 0.5, (12, 2)), rng.uniform(4, 20, (N - 12, 2))]
    record = Atlas.from_survey(named, [], [], manifest={"seed": 0}, map_xy=place)
    with living(written(record, tmp_path / "atlas")) as live:
        yield live, tmp_path / "atlas"


def test_features_in_the_lasso_are_tested_and_their_circle_is_drawn(served, browser):
    live, _ = served
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(live.server.url)
    page.wait_for_selector("html[data-mapped=true]")
    box = page.get_by_test_id("map-canvas").bounding_box()
    side = min(box["width"], box["height"])
    x = box["x"] + (box["width"] - side) / 2
    y = box["y"] + (box["height"] + side) / 2
    page.get_by_test_id("lasso").click()
    page.mouse.move(x + 2, y - 2)
    page.mouse.down()
    for dx, dy in ((0.16, 0.0), (0.16, 0.16), (0.0, 0.16), (0.0, 0.0)):
        page.mouse.move(x + 2 + dx * side, y - 2 - dy * side, steps=6)
    page.mouse.up()
    assert "12 features chosen" in page.get_by_test_id("chosen").inner_text()
    page.get_by_test_id("chosen-test").click()
    page.get_by_test_id("job").filter(has_text="Done: circle").wait_for(timeout=120_000)
    page.get_by_test_id("hero").wait_for()
    assert page.locator("[data-testid=hero] .dot").count() == 12
    assert "chosen by eye" in page.get_by_test_id("finding").inner_text()
    page.close()


def test_a_page_of_a_server_asks_its_server_alone(served, browser):
    live, _ = served
    asked: list[str] = []
    complaints: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(live.server.url)
    page.wait_for_selector("html[data-mapped=true]")
    assert {url.split("/")[2] for url in asked} == {live.host}
    assert complaints == []
    page.close()


def test_a_page_says_that_its_atlas_has_changed_on_disk(served, browser):
    live, folder = served
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(live.server.url)
    page.wait_for_selector("html[data-mapped=true]")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "seed": 1}), "utf-8")
    page.get_by_test_id("lasso").click()
    page.get_by_test_id("map-canvas").focus()
    page.keyboard.press("Enter")  # all in view
    page.get_by_test_id("chosen-test").click()
    page.get_by_test_id("stale").wait_for()
    page.get_by_role("button", name="show it as it is").click()
    page.wait_for_selector("html[data-mapped=true]")
    assert page.get_by_test_id("stale").count() == 0
    page.close()
