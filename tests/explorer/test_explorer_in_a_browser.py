"""The whole page in Chromium, WebGL off: it draws, answers keys, and asks nobody for anything."""

import json
import re
from html import escape

import numpy as np
import pytest
from synthetic_survey import HOSTILE, atlas_with_codes, atlas_with_contexts, survey

from armillary.atlas import Atlas
from armillary.explorer import Bodies, report_html

LINES = "document.querySelectorAll('[data-testid=list] .row').length"


@pytest.fixture(scope="module")
def html() -> str:
    return report_html(atlas_with_contexts())


def text_of(page, testid: str) -> str:
    return page.get_by_test_id(testid).first.inner_text()


def test_every_key_draws_without_a_request_or_a_complaint(visit, html):
    page = visit(html).open()
    for key in ["j", "j", "k", "n", "Escape", "b", "1", "Escape", "s", "g", "+", "-", "0", "l",
                "Escape", "p", "?", "Escape", "c", "t", "Escape", "j"]:  # fmt: skip
        page.keyboard.press(key)
    page.wait_for_selector("[data-testid=finding]")
    assert page.locator("img, iframe, link[rel=stylesheet]").count() == 0


def test_every_control_has_a_name_and_can_be_reached_by_tab(visit, html):
    page = visit(html).open()
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, select, input, textarea')].filter((one) => "
        "!(one.innerText || one.ariaLabel || one.title || one.labels?.length)).length"
    )
    assert nameless == 0
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached |= set(
            page.evaluate(
                "[...document.querySelectorAll('[data-testid]')].filter((one) => "
                "one.contains(document.activeElement)).map((one) => one.dataset.testid)"
            )
        )
    assert {"search", "map-canvas", "lasso", "finding"} <= reached


def test_a_hover_tells_the_firing_token_once_and_it_is_the_planted_one(visit, html):
    page = visit(html).open()
    dot = page.locator("[data-testid=hero] .dot").first
    feature = int(dot.get_attribute("data-id"))
    dot.hover()
    page.wait_for_selector("[data-testid=bottom] b.tok")
    kept = Bodies(atlas_with_contexts()).body("contexts/0")
    (mine,) = [one for one in kept.features if one.id == feature]
    said = page.locator("[data-testid=bottom] .where")
    assert said.locator("b.tok").count() == 1
    assert said.locator("b.tok").inner_text().strip("␣ ") == mine.contexts[0].token.strip("␣ ")
    assert said.inner_text().count(mine.contexts[0].token.strip("␣ ")) == 1


def test_the_same_point_lights_up_in_every_panel(visit, html):
    page = visit(html).open()
    dot = page.locator("[data-testid=hero] .dot").nth(2)
    feature = dot.get_attribute("data-id")
    dot.hover()
    page.wait_for_selector(f"[data-testid=finding] .hot[data-id='{feature}'] >> nth=2")
    others = page.evaluate(
        f"[...document.querySelectorAll('[data-testid=finding] .hot')].filter((one) => "
        f"one.dataset.id !== '{feature}').length"
    )
    assert others == 0


def test_the_planes_points_lie_where_the_data_says(visit, html):
    page = visit(html).open()
    seen = page.evaluate(
        "[...document.querySelectorAll('[data-testid=hero] .dot')].map((one) => "
        "[Number(one.dataset.id), Number(one.getAttribute('cx')), Number(one.getAttribute('cy'))])"
    )
    panel = Bodies(atlas_with_contexts()).body("panel/0")
    true = dict(zip(panel.ids.tolist(), panel.plane_points.reshape(-1, 2), strict=True))
    drawn = np.array([[x, -y] for _, x, y in seen])
    wanted = np.array([true[i] for i, _, _ in seen])
    drawn, wanted = drawn - drawn.mean(axis=0), wanted - wanted.mean(axis=0)
    scale = np.linalg.norm(drawn) / np.linalg.norm(wanted)
    assert len(seen) == panel.n_shown
    assert np.abs(drawn - scale * wanted).max() < 0.1  # of a pixel; coordinates have one decimal


def test_hostile_tokens_are_inert(visit):
    space, groups, findings, _ = survey()
    labels = space.labels.copy()
    for i, row in enumerate(np.concatenate([one.rows for one in findings])[: 3 * len(HOSTILE)]):
        labels[row] = HOSTILE[i % len(HOSTILE)]
    hostile = type(space)(space.directions, space.feature_id, {"label": labels}, space.source)
    seen = visit(report_html(Atlas.from_survey(hostile, groups, findings, manifest={})))
    seen.page.on("dialog", lambda dialog: seen.complaints.append(f"dialog: {dialog.message}"))
    page = seen.open()
    for _ in range(6):
        page.keyboard.press("j")
    page.wait_for_selector("[data-testid=members]")
    assert page.locator("img").count() == 0
    assert page.locator("#app script").count() == 0


def test_a_link_restores_the_finding_and_the_view(visit, html):
    first = visit(html).open()
    first.keyboard.press("j")
    first.keyboard.press("j")
    first.keyboard.press("n")
    first.wait_for_selector("[data-testid=null-view]")
    first.wait_for_url(re.compile("v=null"))  # written when keys have come to rest
    anchor = first.evaluate("location.hash")
    again = visit(html).open(anchor)
    again.wait_for_selector("[data-testid=null-view]")
    assert again.evaluate("location.hash") == anchor
    wanted = Bodies(atlas_with_contexts()).body("atlas").findings[2].finding
    assert f"f={wanted}" in anchor


def test_a_page_in_a_frame_of_srcdoc_draws_and_stays(visit, html):
    outer = f'<!doctype html><iframe srcdoc="{escape(html)}" width=1200 height=800></iframe>'
    seen = visit(outer)
    seen.page.goto(seen.file.as_uri())
    frame = seen.page.frame_locator("iframe")
    frame.get_by_test_id("finding").wait_for()
    frame.get_by_test_id("row-1").locator(".row").click()
    frame.get_by_test_id("hero").wait_for()
    assert seen.page.frames[1].url == "about:srcdoc"


def test_rapid_keys_never_show_the_wrong_group(visit, html):
    page = visit(html).open()
    page.evaluate(
        """() => { window.seen_ = new Set(); new MutationObserver(() => {
          const pane = document.querySelector('[data-testid=finding]');
          const dot = pane?.querySelector('[data-testid=hero] .dot');
          if (dot) window.seen_.add(`${pane.dataset.line} ${dot.dataset.id}`);
        }).observe(document.body, { subtree: true, childList: true, attributes: true }); }"""
    )
    for at, key in enumerate("j" * 26 + "k" * 9):
        page.keyboard.press(key)
        if at % 5 == 0:
            page.wait_for_timeout(40)
    page.wait_for_selector("[data-testid=finding][data-line='17'] [data-testid=hero] .dot")
    bodies = Bodies(atlas_with_contexts())
    seen = [text.split() for text in page.evaluate("[...window.seen_]")]
    assert len(seen) > 1
    for line, first in seen:
        assert bodies.body(f"panel/{line}").ids[0] == int(first)


def test_the_dark_page_is_dark_and_the_narrow_one_has_tabs(visit, html):
    page = visit(html, color_scheme="dark").open()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, re.findall(r"\d+", ground)[:3])) < 150
    small = visit(html, viewport={"width": 420, "height": 800}).open()
    assert small.evaluate("document.documentElement.scrollWidth") <= 420
    small.get_by_role("button", name=re.compile("^map$", re.I)).first.click()
    assert small.get_by_test_id("map-canvas").is_visible()
    assert not small.get_by_test_id("list").is_visible()


def test_nothing_found_is_said_large(visit):
    space, groups, findings, _ = survey()
    weak = Atlas.from_survey(space, groups, [], manifest={})
    page = visit(report_html(weak)).page
    seen = visit(report_html(weak))
    seen.page.goto(seen.file.as_uri())
    seen.page.get_by_test_id("nothing").wait_for()
    assert "Nothing found" in text_of(seen.page, "nothing")
    assert page is not None
    assert findings


def test_a_star_and_a_note_stay_with_the_page(visit, html):
    page = visit(html).open()
    page.keyboard.press("s")
    page.keyboard.press("j")
    page.keyboard.press("s")
    kept = [json.loads(text) for text in page.evaluate("Object.values(localStorage)")]
    stars = [one["star"] for some in kept for one in some if isinstance(one, dict)]
    assert stars == [True, True]
    page.reload()
    page.wait_for_selector("html[data-mapped=true]")
    assert "2 starred" in text_of(page, "tally")


def test_the_search_finds_and_says_how_many(visit, html):
    page = visit(html).open()
    page.keyboard.press("/")
    page.keyboard.type("monday")
    page.get_by_test_id("tally").filter(has_text=" of ").wait_for()
    assert page.evaluate(LINES) >= 1
    page.keyboard.press("Escape")
    page.get_by_test_id("tally").filter(has_not_text=" of ").wait_for()
    assert page.get_by_test_id("search").input_value() == ""


def test_claims_rebuilt_from_codes_show_their_tokens(visit):
    page = visit(report_html(atlas_with_codes())).open("#v=rebuilt")
    page.get_by_test_id("rebuilt").wait_for()
    at = page.evaluate(
        """[...document.querySelectorAll('[data-testid=word-plane] .token')].map((one) => {
          const box = one.getBoundingClientRect();
          const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
          return document.elementFromPoint(x, y) === one ? [x, y] : null;
        }).find(Boolean)"""
    )
    page.mouse.move(*at)
    page.get_by_test_id("context").wait_for()
    assert page.locator("[data-testid=context] b.tok").count() == 1
