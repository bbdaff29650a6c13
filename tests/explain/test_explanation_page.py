"""The page and the figure of an explanation, and its place in an atlas."""

import re
from dataclasses import replace
from html import escape

import numpy as np
import pytest
from bench_subject import KEPT, LADDER, chosen, theory

from armillary.atlas import Atlas
from armillary.core import BadInput, FeatureSpace
from armillary.explain import Explanation, open_explanation
from armillary.explain.label_places import label_places


@pytest.fixture(scope="module")
def explanation():
    near = dict.fromkeys(KEPT, 0.5)
    kept = {**KEPT, "total interference": -0.8}
    return chosen(kept, LADDER, gauges=("none", "rotation"), lift=0.1, cosine=near)


def test_the_page_asks_nobody_anything(explanation):
    page = explanation.report()
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|src=|@import|url\(|<script|<link|<iframe", page)


def test_the_page_has_verdict_curve_and_the_zero_line_beside_every_score(explanation):
    page = explanation.report()
    for sentence in explanation.verdict().sentences:
        assert escape(sentence.lead) in page
        assert escape(sentence.detail) in page
    assert page.index("Verdict") < page.index('<svg class="curve"') < page.index("What is kept")
    assert page.count('<svg class="curve"') == 2
    scores = re.findall(
        r'<td class="n">[\u2212\d.]+(?: <small>.*?</small>)?</td><td class="n zero">', page
    )
    assert len(scores) == 2 * 2 * len(LADDER)  # gauges, readers


def test_a_long_ladder_by_many_readers_stays_below_a_megabyte():
    ladder = [("random", "null"), *[("tree", "structure")] * 60, *[("scalar", "codec")] * 30]
    said = [
        theory(f"theory number {i} of a long ladder", kind, family, 200 + 150 * i)
        for i, (kind, family) in enumerate([*ladder, ("exact", "exact")])
    ]
    kept = {one.label: i / len(said) for i, one in enumerate(said)}
    one = chosen(kept, said, gauges=("none", "rotation"), seeds=1)
    names = ["splice KL", "geometry: gram", "geometry: cka", "geometry: neighbours"]
    more = [replace(s, reader=name) for name in names for s in one.scores]
    more += [replace(s, reader="group prompts", group=g) for s in one.scores for g in "abcd"]
    page = Explanation(one.said, (*one.scores, *more), one.manifest).report()
    assert len(page.encode()) < 1_000_000
    assert page.count("<details>") > 5
    assert page.count('<svg class="curve"') == 4  # splice and its KL; geometry is no function


def test_text_from_outside_is_escaped(explanation):
    page = explanation.manifest_with(source="<b>&x").report()
    assert "<b>&x" not in page
    assert "&lt;b&gt;&amp;x" in page


def test_the_figure_draws_every_theory(explanation):
    pytest.importorskip("matplotlib")
    ax = explanation.plot(gauge="rotation")
    assert "after the best rotation" in ax.get_title(loc="left")
    assert any("random directions" in t.get_text() for t in ax.get_legend().get_texts())
    with pytest.raises(BadInput, match="nothing was read by 'taste'"):
        explanation.plot(reader="taste")


def test_names_do_not_lie_on_one_another():
    points = [(100.0, 100.0), (102.0, 101.0), (101.0, 103.0)]
    found = label_places(points, ["first", "second", "third"], frame=(0.0, 0.0, 200.0, 200.0))
    placed = [one for one in found if one is not None]
    assert len(placed) == len(set(placed)) >= 2
    assert label_places([(1.0, 1.0)], ["far too long"], frame=(0.0, 0.0, 20.0, 20.0)) == [None]


def test_an_atlas_keeps_its_explanation_when_it_is_written_again(explanation, tmp_path):
    space = FeatureSpace(np.eye(4, dtype=np.float32), np.arange(4))
    atlas = Atlas.from_survey(space, [], [], manifest={"seed": 0})
    atlas.write(tmp_path / "atlas", report=False)
    where = explanation.write(tmp_path / "atlas")
    assert where == tmp_path / "atlas" / "explanation"
    atlas.write(tmp_path / "atlas", report=False)
    assert str(open_explanation(tmp_path / "atlas").verdict()) == str(explanation.verdict())


def test_a_folder_of_something_else_is_refused(explanation, tmp_path):
    (tmp_path / "thesis.tex").write_text("", "utf-8")
    with pytest.raises(BadInput, match="holds other files"):
        explanation.write(tmp_path)
    with pytest.raises(BadInput, match="holds no explanation"):
        open_explanation(tmp_path)
