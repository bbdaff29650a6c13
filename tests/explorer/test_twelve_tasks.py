"""The tasks that the explorer exists for, each in the clicks and keys that were promised."""

import re
from pathlib import Path

import pytest
from synthetic_survey import atlas, atlas_with_contexts

from armillary.explorer import report_html
from armillary.survey.compared import compare


class Counted:
    """A page whose clicks and keys are counted; looking and pointing cost nothing."""

    def __init__(self, page) -> None:
        self.page, self.acts = page, 0

    def press(self, key: str) -> None:
        self.acts += 1
        self.page.keyboard.press(key)

    def click(self, what) -> None:
        self.acts += 1
        what.click()

    def text(self, testid: str) -> str:
        return self.page.get_by_test_id(testid).first.inner_text()


@pytest.fixture(scope="module")
def html() -> str:
    return report_html(atlas_with_contexts())


@pytest.fixture
def hand(visit, html):
    return Counted(visit(html).open())


def test_1_which_findings_deserve_a_look_is_there_at_once_ranked_by_q(hand):
    first = hand.page.get_by_test_id("row-0").inner_text()
    assert re.search(r"q\s*0\.0", first)
    assert "rare here" in first
    assert hand.acts == 0


def test_2_the_next_finding_is_one_key_away(hand):
    before = hand.text("finding")
    hand.press("j")
    hand.page.wait_for_selector("[data-testid=finding][data-line='1'] [data-testid=hero]")
    assert hand.text("finding") != before
    assert hand.acts == 1


def test_3_and_4_pointing_reads_the_context_and_lights_the_point_everywhere(hand):
    dot = hand.page.locator("[data-testid=hero] .dot").nth(1)
    feature = dot.get_attribute("data-id")
    dot.hover()
    hand.page.wait_for_selector("[data-testid=bottom] b.tok")
    hand.page.wait_for_selector(f"[data-testid=members] .hot[data-id='{feature}']")
    assert hand.acts == 0


def test_5_p_and_its_null_stand_in_the_pane(hand):
    told = hand.page.get_by_test_id("histogram").first
    told.wait_for()
    assert re.search(r"p\s*[=≤]?\s*0\.\d", hand.text("finding"))
    assert hand.acts == 0


def test_6_the_nulls_own_planes_are_one_key_away(hand):
    hand.press("n")
    hand.page.get_by_test_id("null-view").wait_for()
    assert "NULL" in hand.text("null-view")
    assert hand.acts == 1


def test_7_and_8_pointing_at_the_map_tells_label_and_true_neighbours(hand):
    box = hand.page.get_by_test_id("map-canvas").bounding_box()
    said = hand.page.get_by_test_id("bottom")
    for i in range(400):
        x = box["x"] + box["width"] * (0.2 + 0.6 * (i % 20) / 20)
        y = box["y"] + box["height"] * (0.3 + 0.4 * (i // 20) / 20)
        hand.page.mouse.move(x, y)
        if "nearest, by cosine" in said.inner_text():
            break
    assert "nearest, by cosine" in said.inner_text()
    assert re.search(r"feature \d+", said.inner_text())
    assert hand.acts == 0


def test_9_a_token_is_found_by_typing_it(hand):
    hand.press("/")
    hand.page.keyboard.type("monday")
    hand.page.get_by_test_id("tally").filter(has_text=" of ").wait_for()
    assert "Monday" in hand.page.get_by_test_id("list").inner_text()
    assert hand.acts == 1


def test_10_a_lasso_is_one_drag_and_says_what_tests_it(hand):
    box = hand.page.get_by_test_id("map-canvas").bounding_box()
    x, y = box["x"], box["y"]
    hand.page.keyboard.down("Shift")
    hand.page.mouse.move(x + 20, y + 20)
    hand.page.mouse.down()
    for px, py in ((1, 0), (1, 1), (0, 1), (0, 0)):
        hand.page.mouse.move(x + 20 + px * (box["width"] - 40), y + 20 + py * (box["height"] - 40),
                             steps=5)  # fmt: skip
    hand.page.mouse.up()
    hand.page.keyboard.up("Shift")
    hand.acts += 1
    assert "features chosen" in hand.text("chosen")
    assert "armillary serve" in hand.text("chosen")
    assert hand.acts == 1


def test_11_another_dictionary_is_one_key_away(visit, tmp_path: Path):
    import numpy as np

    from armillary.atlas import Atlas
    from armillary.load import load_space

    rng = np.random.default_rng(0)
    rows = rng.standard_normal((200, 32)).astype(np.float32)
    np.save(tmp_path / "rows.npy", rows)
    np.save(tmp_path / "other.npy", rows[::-1])
    space = load_space(tmp_path / "rows.npy", orientation="rows")
    place = rng.uniform(size=(200, 2))
    home = Atlas.from_survey(space, [], [], manifest={}, map_xy=place).write(tmp_path / "atlas")
    compare(home, tmp_path / "other.npy").write(home)
    hand = Counted(visit(report_html(Atlas.read(home), folder=home)).open())
    hand.press("c")
    hand.page.get_by_test_id("compare").wait_for()
    assert "200 | 200" in hand.text("compare")
    assert hand.acts == 1


def test_12_a_link_to_exactly_this_is_the_address(hand):
    hand.press("j")
    hand.page.wait_for_url(re.compile(r"#f=\d+"))
    assert hand.acts == 1  # the step itself; the address cost nothing


def test_a_page_without_contexts_says_why_there_are_none(visit):
    page = visit(report_html(atlas())).open()
    page.locator("[data-testid=hero] .dot").first.hover()
    page.get_by_test_id("bottom").filter(has_text="No text was read").wait_for()
