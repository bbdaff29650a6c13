"""Compare, tree and curves in Chromium, and what is saved from them."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from synthetic_survey import atlas

from armillary.explorer.bodies import Bodies
from armillary.explorer.page import page_html
from armillary.explorer.schema import (
    Answer,
    CompareBody,
    CurvesBody,
    CurveSpot,
    CurveView,
    Fact,
    Side,
    TreeBody,
)
from armillary.explorer.wire import encode

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def html() -> str:
    bodies = Bodies(atlas())
    first = bodies.body("atlas")
    parts = replace(first.parts, compare=True, tree=True, curves=True)
    told = {"atlas": replace(first, parts=parts), "compare": compared(), "tree": forest(bodies),
            "curves": explained()}  # fmt: skip
    inline = {name: bodies.data(name) for name in bodies.names()}
    inline |= {name: encode(body) for name, body in told.items()}
    return page_html(bodies, door={"kind": "inline"}, inline=inline)


@pytest.fixture
def show(browser, html, tmp_path):
    """Open a view, in the dark; at the end nothing may have been complained of."""
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": 1400, "height": 900}, color_scheme="dark")
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda one: complaints.append(one.url) if "http" in one.url[:4] else None)
    (tmp_path / "page.html").write_text(html, encoding="utf-8")

    def opened(view: str):
        page.goto("about:blank")  # else another view of the same page is no new page
        page.goto((tmp_path / "page.html").as_uri() + f"#v={view}")
        page.wait_for_selector(f"[data-testid={view}] h2")
        return page

    yield opened
    page.close()
    assert complaints == []


def compared() -> CompareBody:
    """One pair, one feature in three, two in one, one that prefers another, one alone a side."""
    kinds = ("matched", "split", "merged", "near", "only here")

    def side(name, labels, kind, partner, cosine) -> Side:
        n = len(labels)
        places = np.linspace(0, 65535, n).astype(np.uint16)
        return Side(
            name, n, np.arange(n, dtype=np.int32) + 100, labels, places, places[::-1].copy(),
            np.array(kind, dtype=np.uint8),
            tuple(np.bincount(kind, minlength=5).tolist()), np.array(partner, dtype=np.int32),
            (np.array(cosine) * 255).astype(np.uint8),
        )  # fmt: skip

    a = side("first", ("pair", "one", "left", "right", "hanger", "alone"), (0, 1, 2, 2, 3, 4),
             (0, 1, 4, 4, 0, 2), (0.9, 0.8, 0.7, 0.6, 0.5, 0.1))  # fmt: skip
    b = side("second", ("pair'", "third1", "third2", "=third3", "both", "alone'"),
             (0, 2, 2, 2, 1, 4), (0, 1, 1, 1, 2, 0), (0.9, 0.8, 0.6, 0.6, 0.7, 0.2))  # fmt: skip
    return CompareBody(kinds, a, b, (Fact("A: matched", "1; chance 0"),), "By cosine.")


def forest(bodies: Bodies) -> TreeBody:
    """A root with 4,000 children, the last of which is the second finding's group."""
    n = 4_001
    size = np.ones(n, dtype=np.int32)
    size[0] = n - 1
    ids = bodies.body("map").ids[:7]
    begin = np.full(n + 1, 7, dtype=np.int32)
    begin[0] = 0
    line = np.full(n, -1, dtype=np.int32)
    line[-1] = 1
    label = ("all", *(f"leaf {i}" for i in range(1, n - 1)), "<img src=x onerror=alert(1)>")
    parent = np.where(np.arange(n) == 0, -1, 0).astype(np.int32)
    height = np.where(np.arange(n) == 0, 1, 0).astype(np.float32)
    return TreeBody(parent, height, size, line, label, ids, begin, "Made by hand.")


def explained() -> CurvesBody:
    def spot(label, family, bits, value, *, free=False, above=False) -> CurveSpot:
        return CurveSpot(label, family, bits, free, above, value, value - 0.05, value + 0.05)

    spots = (spot("random", "null", 0.01, 0.1, free=True), spot("covariance", "statistic", 5, 0.4),
             spot("tree", "structure", 40, 0.8, above=True), spot("scalar", "codec", 300, 0.9),
             spot("worse", "control", 60, -0.9))  # fmt: skip
    view = CurveView("next token", "none", spots, ((5.0, 0.2), (300.0, 0.9)), 0.1)
    verdict = (Answer("placement", "yes", "Placement is explained", "By much."),)
    return CurvesBody(
        "a dictionary", 600, ("null", "statistic", "structure", "codec", "control"),
        (view, replace(view, gauge="rotation")), verdict,
    )  # fmt: skip


def text(page, what: str) -> str:
    return " ".join(page.inner_text(f"[data-testid={what}]").split())


def said(page, prefix: str) -> None:
    """Wait until the compare view says something that begins like this."""
    for _ in range(100):
        if text(page, "compare-says").startswith(prefix):
            return
        page.wait_for_timeout(50)
    raise AssertionError(text(page, "compare-says"))


def saved(page, what: str) -> str:
    with page.expect_download() as waited:
        page.click(what)
    return Path(waited.value.path()).read_text(encoding="utf-8")


def test_a_feature_lights_its_partners_and_says_their_cosines(show):
    page = show("compare")
    page.focus(".examples-of tr:has-text('third1') button")
    assert text(page, "compare-says") == (
        "one first #101 split third1 second #101 cosine 0.80 third2 second #102 cosine 0.60 "
        "=third3 second #103 cosine 0.60"
    )
    page.focus(".examples-of tr:has-text('hanger') button")
    assert "near nearest there pair' second #100 cosine 0.50" in text(page, "compare-says")
    page.click("[data-testid=kind-4]")
    assert page.locator(".examples-of tbody tr").count() == 2
    page.fill("[data-testid=compare-search]", "ALONE'")
    assert page.locator(".examples-of tbody tr").count() == 1


def test_the_maps_answer_the_pointer_and_centre_on_a_click(show):
    page = show("compare")
    box = page.locator("[data-testid=compare-a]").bounding_box()
    edge, left = min(box["width"], box["height"]), max(0, box["width"] - box["height"]) / 2
    page.mouse.move(box["x"] + left + 26, box["y"] + (box["height"] - edge) / 2 + 26)
    said(page, "pair first #100 matched pair' second #100")
    page.mouse.down()
    page.mouse.up()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    said(page, "pair first #100")
    page.click("text=whole maps")
    page.mouse.move(*middle)
    said(page, "Point at a feature")


def test_a_table_holds_no_formula(show):
    rows = list(csv.reader(io.StringIO(saved(show("compare"), "header [data-testid=save-csv]"))))
    assert rows[0] == ["kind", "a_feature", "a_label", "b_feature", "b_label", "cosine"]
    assert ["split", "101", "one", "103", "'=third3"] in [row[:5] for row in rows]
    assert len({len(row) for row in rows}) == 1


def test_a_large_tree_is_walked_by_keys_and_draws_only_what_is_seen(show):
    page = show("tree")
    page.focus("[data-testid=tree-lines]")
    page.keyboard.press("ArrowRight")  # opens
    assert 10 < page.locator("[role=treeitem]").count() < 80
    page.keyboard.press("End")
    assert page.locator(".tree-line.active").inner_text().startswith("<img src=x onerror=alert(1)>")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-testid=tree]", state="detached")
    page = show("tree")
    page.fill("[data-testid=tree-search]", "leaf 3999")
    assert page.locator("[role=treeitem]").count() == 2
    assert page.locator(".icicle rect").count() <= 480


def test_a_curve_is_saved_as_it_stands_without_the_page(show):
    page = show("curves")
    assert page.locator("[data-testid=spot]").count() == 5
    page.focus("[data-testid=curve]")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert "tree structure keeps 0.8 [0.75, 0.85] at 40 bits a feature" in text(page, "curves-says")
    drawing = ElementTree.fromstring(saved(page, "header [data-testid=save-svg]"))
    assert drawing.tag == f"{SVG}svg"
    every = list(drawing.iter())
    assert not any(
        {"class", "style"} & set(one.keys()) or "var(" in str(one.attrib) for one in every
    )
    assert every[1].get("fill") == "white"
    ticks = [one for one in every if one.tag == f"{SVG}text"]
    assert {one.get("fill") for one in ticks if one.text == "0.0"} == {"rgb(108, 113, 122)"}
    assert {one.text for one in ticks} >= {"random", "covariance", "tree", "scalar", "worse"}


def test_a_png_shows_the_same_marks(show, tmp_path):
    page = show("curves")
    with page.expect_download() as waited:
        page.click("header [data-testid=save-png]")
    data = Path(waited.value.path()).read_bytes()
    assert data.startswith(b"\x89PNG")
    width = int.from_bytes(data[16:20], "big")
    assert width == pytest.approx(
        2 * page.locator("svg.theory-curve").bounding_box()["width"], abs=2
    )
    assert len(data) > 10_000
