"""Reports opened in a page, notes that stay by what they are about, maps by their seeds."""

import json

import numpy as np
from synthetic_survey import atlas

from armillary.atlas import MapLayout, with_layouts
from armillary.explorer import Bodies, page_html, report_html
from armillary.explorer.notes import claim_key

INLINE = {"kind": "inline"}
KEPT = (
    "JSON.parse(localStorage.getItem(Object.keys(localStorage).find((k) => k.includes(':notes:'))))"
)


def empty(visit):
    seen = visit(page_html(Bodies(atlas()), door=INLINE, inline={}))
    seen.page.goto(seen.file.as_uri())
    seen.page.get_by_test_id("failure").wait_for()
    return seen.page


def test_a_page_without_an_atlas_opens_a_report_from_a_file(visit, tmp_path):
    page = empty(visit)
    report = tmp_path / "report.html"
    report.write_text(report_html(atlas()), encoding="utf-8")
    page.get_by_test_id("open-file").set_input_files(report)
    page.wait_for_selector("html[data-mapped=true]")
    assert page.locator("[data-testid=list] .row").count() > 5
    page.get_by_test_id("hero").wait_for()
    assert page.get_by_test_id("failure").count() == 0


def test_a_file_that_is_no_report_is_named_and_another_can_be_chosen(visit, tmp_path):
    page = empty(visit)
    other = tmp_path / "other.html"
    other.write_text("<script>alert(1)</script>", encoding="utf-8")
    page.get_by_test_id("open-file").set_input_files(other)
    page.get_by_role("alert").filter(has_text="other.html holds no atlas").wait_for()
    assert page.get_by_test_id("open-file").is_visible()


def lassoed(page):
    page.get_by_test_id("lasso").click()
    page.get_by_test_id("map-canvas").focus()
    page.keyboard.press("Enter")  # all in view
    return page.get_by_test_id("chosen")


def test_what_the_lasso_holds_is_noted_and_starred_and_found_again(visit):
    page = visit(report_html(atlas())).open()
    chosen = lassoed(page)
    chosen.get_by_test_id("note").fill("all of them")
    chosen.get_by_test_id("chosen-star").click()
    many = chosen.inner_text().split(" ")[0]
    page.keyboard.press("Escape")
    page.reload()
    page.wait_for_selector("html[data-mapped=true]")
    groups = page.get_by_test_id("groups")
    assert f"all of them ({many})" in groups.inner_text()
    groups.locator("button").click()
    again = page.get_by_test_id("chosen")
    assert again.get_by_test_id("note").input_value() == "all of them"
    assert again.get_by_test_id("chosen-star").get_attribute("aria-pressed") == "true"


def test_notes_of_a_browser_stand_by_the_claim_whatever_its_number(visit):
    record = atlas()
    page = visit(report_html(record)).open()
    page.keyboard.press("s")
    (note,) = page.evaluate(KEPT)
    claim = record.findings.to_pylist()[note["finding"]]
    assert note["key"] == claim_key(claim)
    place = page.evaluate("Object.keys(localStorage).find((k) => k.includes(':notes:'))")
    moved = [{**note, "finding": note["finding"] + 1}]  # as after another survey
    old = [{"finding": 2, "star": True, "text": "kept by number"}]
    page.evaluate("([k, v]) => localStorage.setItem(k, v)", [place, json.dumps(moved + old)])
    page.reload()
    page.wait_for_selector("html[data-mapped=true]")
    assert "2 starred" in page.get_by_test_id("tally").inner_text()
    page.keyboard.press("s")  # takes the first star back
    told = {one["key"]: one["star"] for one in page.evaluate(KEPT)}
    assert told == {note["key"]: False, claim_key(record.findings.to_pylist()[2]): True}


def test_a_map_is_coloured_by_what_its_seeds_agree_on(visit):
    record = atlas()
    n = record.features.num_rows
    rng = np.random.default_rng(0)
    further = MapLayout(
        "map_pacmap", rng.standard_normal((n, 2)), {"name": "PaCMAP"}, rng.random(n)
    )
    page = visit(report_html(with_layouts(record, [further]))).open()
    steady = page.locator("[data-testid=colour] option[value=steady]")
    assert steady.get_attribute("disabled") is not None  # the survey's own has one seed
    page.keyboard.press("g")
    page.wait_for_function("!document.querySelector('option[value=steady]').disabled")
    page.get_by_test_id("colour").select_option("steady")
    page.get_by_test_id("legend").filter(has_text="other seeds agree on").wait_for()
    shades = """(canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    }"""
    assert page.get_by_test_id("map-canvas").evaluate(shades) > 30
    page.keyboard.press("g")
    page.get_by_test_id("legend").filter(has_text="no other seed").wait_for()
