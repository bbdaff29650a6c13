"""The main screen in Chromium: list, map, bottom line, keys, lasso."""

from dataclasses import replace

import numpy as np
from synthetic_survey import atlas

from armillary.explorer.bodies import Bodies
from armillary.explorer.page import page_html
from armillary.explorer.schema import Context, ContextsBody, FeatureContexts
from armillary.explorer.wire import encode

SELECTED = "document.querySelector('[aria-selected=true]')?.dataset.testid"


def with_texts(survey, **changed) -> tuple[Bodies, str]:
    """Return bodies and a page with true neighbours, and one context of a token of its own each."""
    bodies = Bodies(survey)
    inline = {name: bodies.data(name) for name in bodies.names()}
    plan = bodies.body("map")
    n = plan.shown
    ring = (np.arange(n)[:, None] + [1, 2]) % n
    plan = replace(plan, n_near=2, near=ring.astype(np.int32).ravel(),
                   near_cosine=np.full(2 * n, 204, dtype=np.uint8))  # fmt: skip
    inline["map"] = encode(plan)
    for line in range(len(bodies.ranking)):
        ids = bodies.body(f"panel/{line}").ids.tolist()
        told = [FeatureContexts(i, (Context(1.0, "so ", f"<b>{i}", " it", 0, 3),)) for i in ids]
        inline[f"contexts/{line}"] = encode(ContextsBody(line, tuple(told)))
    first = bodies.body("atlas")
    parts = replace(first.parts, contexts=True)
    inline["atlas"] = encode(replace(first, parts=parts, **changed))
    return bodies, page_html(bodies, door={"kind": "inline"}, inline=inline)


def spot(page, bodies, feature: int) -> tuple[float, float]:
    """Return where the whole map draws a feature, in pixels of the page."""
    plan, box = bodies.body("map"), page.get_by_test_id("map-canvas").bounding_box()
    i = plan.ids.tolist().index(feature)
    side = min(box["width"], box["height"]) - 52
    x, y = plan.layouts[0].x[i] / 65535 - 0.5, plan.layouts[0].y[i] / 65535 - 0.5
    return (box["x"] + box["width"] / 2 + x * side, box["y"] + box["height"] / 2 - y * side)


def test_pointing_at_the_map_tells_the_feature_and_its_one_token(show):
    bodies, html = with_texts(atlas())
    page = show(html, "#f=0")
    line = int(page.evaluate(SELECTED).removeprefix("row-"))
    plan = bodies.body("map")
    for feature in bodies.body(f"panel/{line}").ids[:3].tolist():
        page.mouse.move(*spot(page, bodies, feature))
        page.wait_for_selector("[data-testid=bottom] b.tok")
        told = page.get_by_test_id("bottom").locator("b.tok")
        pointed = page.get_by_test_id("bottom").inner_text()
        near = int(pointed.split("feature ")[1].split("\n")[0].split("in ")[0])
        assert told.count() == 1
        assert told.inner_text() == f"<b>{near}"  # the point nearest to the pointer, and no other
        here = np.array(spot(page, bodies, near)) - spot(page, bodies, feature)
        assert np.hypot(*here) < 2
        label = plan.labels[(plan.ids.tolist().index(near) + 1) % plan.shown]
        assert f"{label} 0.80" in pointed


def test_held_keys_end_on_one_group_everywhere(show):
    bodies, html = with_texts(atlas())
    page = show(html)
    for _ in range(12):
        page.keyboard.press("j")
    row = bodies.body("atlas").findings[12]
    page.wait_for_timeout(600)  # the address is written a little later while keys are held
    assert page.url.endswith(f"#f={row.finding}")
    assert page.evaluate(SELECTED) == "row-12"
    page.keyboard.press("s")
    assert page.get_by_test_id("star-12").get_attribute("aria-pressed") == "true"
    page.reload()
    page.wait_for_selector("html[data-mapped]")
    assert page.evaluate(SELECTED) == "row-12"
    assert "1 starred" in page.get_by_test_id("tally").inner_text()


def test_of_many_rows_only_those_in_sight_are_in_the_page(show):
    first = Bodies(atlas()).body("atlas").findings
    many = tuple(replace(first[k % len(first)], finding=k) for k in range(1_500))
    _, html = with_texts(atlas(), findings=many)
    page = show(html, "#f=1321")
    assert page.evaluate(SELECTED) == "row-1321"
    assert page.get_by_test_id("row-1321").is_visible()
    assert page.locator("[data-testid=list] [role=row]").count() < 60
    page.evaluate("dispatchEvent(new Event('beforeprint'))")  # paper has no scroll bar
    page.get_by_test_id("row-1499").wait_for()
    assert page.locator("[data-testid=list] [role=row]").count() == 1_500


def test_letters_typed_at_once_after_the_slash_are_searched_for(show):
    _, html = with_texts(atlas())
    page = show(html)
    page.keyboard.press("/")
    page.keyboard.type("sunday")
    assert page.get_by_test_id("search").input_value() == "sunday"
    assert page.locator("[role=row]").count() == 1
    page.get_by_text("1 label matches").wait_for()


def test_a_lasso_holds_what_lies_in_it(show):
    bodies, html = with_texts(atlas())
    page = show(html)
    ids = bodies.body("map").ids.tolist()
    feature = int(bodies.body("panel/0").ids[0])
    x, y = spot(page, bodies, feature)
    inside = {i for i in ids if np.abs(np.array(spot(page, bodies, i)) - (x, y)).max() < 15}
    page.get_by_test_id("lasso").click()
    page.mouse.move(x - 15, y - 15)
    page.mouse.down()
    for corner in ((x + 15, y - 15), (x + 15, y + 15), (x - 15, y + 15)):
        page.mouse.move(*corner, steps=3)
    page.mouse.up()
    with page.expect_download() as caught:
        page.get_by_test_id("chosen-csv").click()
    rows = caught.value.path().read_text(encoding="utf-8").splitlines()[1:]
    assert abs(len(rows) - len(inside)) <= 2  # the pointer stands on whole pixels
    assert str(feature) in {row.split(",")[0] for row in rows}
    assert "armillary serve" in page.get_by_test_id("chosen").inner_text()
    page.keyboard.press("Escape")
    assert page.get_by_test_id("chosen").count() == 0


def test_the_keys_are_told_in_a_dialog_that_gives_the_focus_back(show):
    _, html = with_texts(atlas())
    page = show(html)
    page.get_by_test_id("keys").focus()
    page.keyboard.press("Enter")
    page.get_by_test_id("help").wait_for()
    page.keyboard.press("j")  # a key of the page does nothing under the dialog
    page.keyboard.press("Escape")
    page.get_by_test_id("help").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.dataset.testid") == "keys"
    assert page.evaluate(SELECTED) == "row-0"
    assert page.get_by_test_id("view-compare").is_disabled()
    page.keyboard.press("c")
    assert "armillary compare" in page.get_by_test_id("notice").inner_text()


def test_nothing_significant_is_said_large(show):
    page = show(page_html(bodies := Bodies(atlas(significant=False)), door={"kind": "inline"},
                          inline={name: bodies.data(name) for name in bodies.names()}))  # fmt: skip
    told = page.get_by_test_id("nothing")
    assert "smallest q" in told.inner_text()
    assert (
        page.evaluate("parseFloat(getComputedStyle(document.querySelector('.big')).fontSize)") > 36
    )
    page.set_viewport_size({"width": 420, "height": 800})
    assert not page.get_by_test_id("map").is_visible()
    page.get_by_role("button", name="map", exact=True).click()
    assert page.get_by_test_id("map-canvas").is_visible()
