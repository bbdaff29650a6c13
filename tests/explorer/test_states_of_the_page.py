"""Every state that the page can be in says what it is and what to do."""

import re
from dataclasses import replace

from synthetic_survey import atlas, survey

from armillary.atlas import Atlas
from armillary.explorer import Bodies, page_html, report_html
from armillary.explorer.limits import Limits

INLINE = {"kind": "inline"}


def page_of(bodies: Bodies, *, without: tuple[str, ...] = ()) -> str:
    held = {name: bodies.data(name) for name in bodies.names() if name not in without}
    return page_html(bodies, door=INLINE, inline=held)


def test_without_a_map_it_says_which_command_draws_one(visit):
    record = atlas()
    arrays = {name: value for name, value in record.arrays.items() if name != "map"}
    bare = replace(record, arrays=arrays)
    page = visit(report_html(bare)).open()
    assert "armillary map" in page.get_by_test_id("map").inner_text()


def test_what_was_left_out_stands_in_amber(visit):
    page = visit(page_of(Bodies(atlas(), Limits(panels=5, features=400, points=8)))).open()
    amber = page.locator(".amber").all_inner_texts()
    assert any("5 of 27 findings have panels" in text for text in amber)
    assert any("400 of 849" in text for text in amber)
    page.get_by_test_id("row-8").locator(".row").click()
    page.get_by_test_id("finding").filter(has_text="findings.parquet").wait_for()


def test_a_body_that_is_missing_is_named_and_the_rest_stands(visit):
    page = visit(page_of(Bodies(atlas()), without=("panel/0",))).open()
    page.get_by_role("alert").filter(has_text="panel/0").wait_for()
    page.keyboard.press("j")
    page.wait_for_selector("[data-testid=finding][data-line='1'] [data-testid=hero]")


def test_a_page_that_cannot_be_read_says_so(visit):
    seen = visit(page_of(Bodies(atlas()), without=("atlas",)))
    seen.page.goto(seen.file.as_uri())
    seen.page.get_by_role("alert").filter(has_text="could not be read").wait_for()
    assert "armillary survey" in seen.page.get_by_role("alert").inner_text()


def test_a_browser_that_cannot_unpack_is_told_in_a_sentence(visit):
    seen = visit(report_html(atlas()))
    seen.page.add_init_script("delete window.DecompressionStream")
    seen.page.goto(seen.file.as_uri())
    seen.page.get_by_text(re.compile("needs a browser that can unpack gzip")).wait_for()


def test_views_that_are_not_there_say_what_adds_them(visit):
    page = visit(report_html(atlas())).open()
    for name, command in (("compare", "armillary compare"), ("curves", "armillary explain")):
        button = page.get_by_test_id(f"view-{name}")
        assert button.is_disabled()
        assert command in (button.get_attribute("title") or "")


def test_what_was_not_tested_is_said_and_never_blank(visit):
    space, groups, findings, place = survey()
    bare = [replace(one, rival=None, stability=float("nan")) for one in findings]
    record = Atlas.from_survey(space, groups, bare, manifest={}, map_xy=place)
    page = visit(report_html(record)).open()
    page.get_by_test_id("hero").wait_for()
    told = page.get_by_test_id("finding").inner_text()
    assert told.lower().count("not tested") >= 2  # its stability, and its best impostor


def test_without_scripts_there_is_a_table(visit):
    seen = visit(report_html(atlas()), java_script_enabled=False)
    seen.page.goto(seen.file.as_uri())
    assert seen.page.locator("noscript table tr, main.plain table tr").count() > 20
