"""The right pane in Chromium: linked panels that agree with the data, null view, blind mode."""

from dataclasses import replace

import numpy as np
from synthetic_survey import atlas, atlas_with_codes

from armillary.explorer.bodies import Bodies
from armillary.explorer.page import page_html
from armillary.explorer.schema import NullBody, NullDraw
from armillary.explorer.wire import encode


def with_nulls(survey, n: int = 3) -> tuple[Bodies, str]:
    """Return bodies and a page that holds draws of the first findings' nulls."""
    bodies = Bodies(survey)
    rng = np.random.default_rng(0)
    inline = {name: bodies.data(name) for name in bodies.names()}
    for line in range(n):
        panel = bodies.body(f"panel/{line}")
        draws = tuple(
            NullDraw(
                rng.standard_normal(panel.points.shape).astype(np.float32),
                rng.standard_normal((panel.n_shown, 2)).astype(np.float32),
                ((1.0, 0.0), (0.0, 1.0)), tuple(range(panel.n_shown)), 0.01 * k,
            )
            for k in range(7)
        )  # fmt: skip
        told = NullBody(line, "a cloud", "its spread", "its shape", 0, 0.5, draws)
        inline[f"null/{line}"] = encode(told)
    first = bodies.body("atlas")
    inline["atlas"] = encode(replace(first, parts=replace(first.parts, nulls=tuple(range(n)))))
    return bodies, page_html(bodies, door={"kind": "inline"}, inline=inline)


def test_the_large_plane_draws_the_data(show):
    bodies, html = with_nulls(atlas())
    page = show(html, "#f=0")
    page.wait_for_selector("[data-testid=hero] .dot")
    line = int(page.get_attribute("[data-testid=finding]", "data-line"))
    panel = bodies.body(f"panel/{line}")
    drawn = page.eval_on_selector_all(
        "[data-testid=hero] .dot",
        "dots => dots.map((d) => [Number(d.dataset.id), Number(d.getAttribute('cx')), -Number(d.getAttribute('cy'))])",  # noqa: E501
    )
    assert [int(row[0]) for row in drawn] == panel.ids.tolist()
    seen, true = np.array(drawn)[:, 1:], panel.plane_points.reshape(-1, 2)
    seen, true = seen - seen.mean(axis=0), true - true.mean(axis=0)
    scale = np.linalg.norm(seen) / np.linalg.norm(true)
    assert np.abs(seen - scale * true).max() < 0.2  # pixels of 420; one scale for both axes


def test_a_point_is_lit_in_every_panel_from_any_of_them(show):
    bodies, html = with_nulls(atlas())
    page = show(html, "#f=0")
    page.wait_for_selector("[data-testid=hero] .dot")
    panel = bodies.body(f"panel/{page.get_attribute('[data-testid=finding]', 'data-line')}")
    lit = "nodes => nodes.map((n) => n.tagName.toLowerCase() + n.dataset.id)"
    page.hover("[data-testid=hero] .dot >> nth=2")
    hot = page.eval_on_selector_all("[data-testid=finding] .hot", lit)
    assert hot.count(f"circle{panel.ids[2]}") == 2 + len(panel.planes)  # and the solid
    assert f"button{panel.ids[2]}" in hot
    assert all(str(panel.ids[2]) in one for one in hot)
    assert page.locator("[data-testid=heat] .band.on").count() == 2
    page.mouse.move(5, 5)  # a pane that scrolls under a resting pointer is pointed at anew
    page.focus("[data-testid=members] button >> nth=3")
    page.wait_for_selector(f"[data-testid=hero] circle.hot[data-id='{panel.ids[panel.order[3]]}']")


def test_fast_steps_end_on_the_group_asked_for_last(show):
    bodies, html = with_nulls(atlas())
    page = show(html)
    wrong = page.evaluate(
        """async (n) => {
          const wrong = [];
          for (let k = 0; k < 40; k++) {
            location.hash = `#f=${(k * 7) % n}`;
            await new Promise((go) => setTimeout(go, k % 3 ? 0 : 25));
            const pane = document.querySelector('[data-testid=finding]');
            const title = pane.querySelector('.excerpt').textContent.split(' · ')[0];
            const first = pane.querySelector('.member')?.lastChild.textContent;
            const label = pane.querySelector('.member')?.textContent.replace(/^\\d+/, '');
            if (first && label !== title && !label.startsWith(title.slice(0, 8))) wrong.push([title, label]);
          }
          return wrong;
        }""",  # noqa: E501
        len(bodies.ranking),
    )
    assert wrong == []


def test_many_points_are_painted_and_answer_the_pointer(show):
    bodies = Bodies(atlas())
    panel, n = bodies.body("panel/0"), 1_200
    rng = np.random.default_rng(0)
    plane = rng.standard_normal((n, 2)).astype(np.float32)
    plane[5] = (9, 9)  # alone in the corner
    many = replace(
        panel, n=n, n_shown=n, ids=np.arange(n, dtype=np.int32), order=(), curve=(),
        labels=tuple(f"word {k}" for k in range(n)), plane_points=plane,
        points=rng.standard_normal((n, len(panel.axes))).astype(np.float32),
    )  # fmt: skip
    inline = {name: bodies.data(name) for name in bodies.names()} | {"panel/0": encode(many)}
    page = show(page_html(bodies, door={"kind": "inline"}, inline=inline), "#f=0")
    page.wait_for_selector("[data-testid=hero] canvas")
    assert page.locator("[data-testid=hero] .dot").count() == 0
    box = page.locator("[data-testid=hero] canvas").bounding_box()
    margin = 0.06 * box["width"]
    page.mouse.move(box["x"] + box["width"] - margin, box["y"] + margin)
    assert page.text_content("[data-testid=hero] .spot.on") == "word 5"
    assert page.locator("[data-testid=members] .hot").inner_text() == "word 5"


def test_the_null_view_draws_from_the_null(show):
    page = show(with_nulls(atlas())[1], "#f=0&v=null")
    page.wait_for_selector("[data-testid=null-view] .frame")
    assert "draw 1 of 7" in page.inner_text(".frame-head")
    before = page.get_attribute(".frame .dot", "cx")
    page.click("[data-testid=null-next]")
    assert "draw 2 of 7" in page.inner_text(".frame-head")
    assert page.get_attribute(".frame .dot", "cx") != before
    assert page.locator(".frame .watermark").first.text_content() == "NULL"
    assert "none of 7 draws" in page.inner_text("[data-testid=null-view]")


def test_where_there_is_no_null_it_says_what_gives_one(show):
    bodies, html = with_nulls(atlas(), n=2)
    page = show(html, f"#f={bodies.rows[2].finding}&v=null")
    assert "armillary serve" in page.inner_text("[data-testid=null-view]")


def test_blind_mode_hides_until_the_guess_and_keeps_the_score(show):
    page = show(with_nulls(atlas())[1], "#f=0&v=blind")
    page.wait_for_selector("[data-testid=blind-choice-6]")
    assert page.locator(".choices .label").count() == 0
    fills = "dots => new Set(dots.map((d) => d.style.fill)).size"
    assert page.eval_on_selector_all(".choices .dot", fills) == 1
    page.keyboard.press("4")
    assert page.locator(".choice.real").count() == 1
    right = "real" in (page.get_attribute("[data-testid=blind-choice-4]", "class") or "")
    assert f"{int(right)} of 1 right" in page.inner_text("[data-testid=blind-score]")
    page.keyboard.press("1")  # once told, a further guess does not count
    assert "of 1 right" in page.inner_text("[data-testid=blind-score]")
    page.click("[data-testid=blind-next]")
    page.wait_for_selector("[data-testid=blind-choice-1]:not([disabled])")


def test_a_token_shows_its_text_with_itself_marked_once(show):
    survey = atlas_with_codes()
    bodies, html = with_nulls(survey, n=0)
    page = show(html, "#v=rebuilt")
    page.wait_for_selector("[data-testid=word-plane] .token")
    examples = bodies.body("rebuilt").listed[0].examples
    for i in (0, len(examples.token) // 2, len(examples.token) - 1):
        page.dispatch_event(f"[data-testid=word-plane] .token[data-id='{i}']", "pointerover")
        marked = page.locator("[data-testid=context] b.tok")
        assert marked.count() == 1
        assert marked.text_content() == examples.token[i]
        assert str(examples.position[i]) in page.inner_text("[data-testid=context]")
