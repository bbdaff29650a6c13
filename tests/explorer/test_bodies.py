import dataclasses
import json

import numpy as np
import pytest
from synthetic_survey import MONTHS, WEEK, atlas, atlas_with_contexts, manifest, survey

from armillary.atlas import Atlas
from armillary.core import BadInput
from armillary.explorer import Bodies, report_files
from armillary.explorer.curve import fitted_curve
from armillary.explorer.limits import Limits
from armillary.explorer.wire import decode, encode, readable


@pytest.fixture(scope="module")
def bodies() -> Bodies:
    return Bodies(atlas())


def panel_of_one(finding) -> object:
    space, groups, *_ = survey()
    return Bodies(Atlas.from_survey(space, groups, [finding], manifest={})).body("panel/0")


def test_the_header_counts_what_was_tested_and_found(bodies):
    head = bodies.body("atlas").header
    assert (head.features, head.groups, head.findings, head.significant) == (849, 27, 27, 27)
    assert head.smallest_q == 0.008
    assert head.nulls == ("spectrum-matched draws", "isotropic directions")
    assert head.seed == "7"
    assert ("time.shapes", "12.2 s") in [(fact.name, fact.value) for fact in head.facts]
    assert head.left_out == ("groups of fewer than 5 members: 1,204",)


def test_the_strongest_come_first(bodies):
    rows = bodies.body("atlas").findings
    assert [row.rank for row in rows[:9]] == [1] * 9
    assert sorted(row.finding for row in rows) == list(range(27))


def test_the_taxonomy_counts_only_what_is_significant():
    space, groups, findings, _ = survey()
    weak = [dataclasses.replace(finding, q=0.2) for finding in findings[9:]]
    record = Atlas.from_survey(space, groups, findings[:9] + weak, manifest={})
    kinds = Bodies(record).body("atlas").taxonomy
    assert {kind.shape: kind.count for kind in kinds}["circle"] == 1
    assert sum(kind.count for kind in kinds) == 9
    assert all(sum(kind.levels) == kind.count for kind in kinds)


def test_a_panel_carries_the_findings_points_exactly(bodies):
    panel = bodies.body("panel/0")
    points = decode(bodies.data("panel/0"))["points"].reshape(panel.n_shown, len(panel.axes))
    assert np.array_equal(points, bodies.atlas.scores(0)[:, list(panel.axes)])
    assert panel.points.shape == points.shape
    assert [panel.labels[k] for k in panel.order] == [day.replace(" ", "␣") for day in WEEK]


def test_the_fitted_circle_is_drawn_at_its_radius(bodies):
    panel = bodies.body("panel/0")
    facts = {fact.name: fact.value for fact in panel.parameters}
    curve = np.array(panel.curve)
    radius = np.linalg.norm(curve - curve[:-1].mean(axis=0), axis=1)
    assert radius == pytest.approx(float(facts["radius"]), rel=0.01)


def test_a_circle_fitted_in_other_coordinates_is_not_drawn():
    points = np.array([[5.0, 0.0], [0.0, 5.0], [-5.0, 0.0], [0.0, -5.0]])
    here = {"center": [0.0, 0.0], "radius": 5.0}
    away = {"center": [0.0, 0.0], "radius": 1.0}
    assert len(fitted_curve(points, parameters=here, order=[], closed=True)) == 96
    assert fitted_curve(points, parameters=away, order=[], closed=True) == ()
    assert fitted_curve(points, parameters={"radius": 5.0}, order=[], closed=True) == ()


def test_an_arc_is_drawn_only_where_its_points_are():
    angle = np.linspace(2.5, 4.5, 9)  # across the branch cut of the arctangent
    points = np.c_[np.cos(angle), np.sin(angle)]
    track = np.array(
        fitted_curve(
            points, parameters={"center": [0, 0], "radius": 1.0}, order=range(9), closed=False
        )
    )
    assert np.allclose(track[[0, -1]], points[[0, -1]], atol=1e-4)
    assert track[:, 0].max() < 0


def test_members_are_found_on_the_map(bodies):
    drawn, panel = bodies.body("map"), bodies.body("panel/0")
    here = np.flatnonzero(drawn.line == 0)
    assert [drawn.labels[k] for k in here] == list(panel.labels)
    assert drawn.ids[here].tolist() == panel.ids.tolist()
    assert drawn.n_near == drawn.near.size == drawn.near_cosine.size == 0


def test_places_on_the_map_are_those_of_the_survey_at_one_scale(bodies):
    drawn, xy = bodies.body("map"), bodies.atlas.arrays["map"].astype(np.float64)
    flat = np.c_[drawn.layouts[0].x, drawn.layouts[0].y].astype(np.float64)
    scale = 65535 / np.ptp(xy, axis=0).max()
    assert np.allclose(flat - flat.mean(axis=0), scale * (xy - xy.mean(axis=0)), atol=1.5)


def test_true_neighbours_are_places_among_the_features_shown():
    record = atlas_with_contexts()
    whole = Bodies(record).body("map")
    assert whole.n_near == 5
    assert np.array_equal(whole.near.reshape(-1, 5), record.arrays["near"])
    part = Bodies(record, Limits(features=500)).body("map")
    ids = record.features["feature_id"].to_numpy()
    row_of = {feature: row for row, feature in enumerate(ids.tolist())}
    near, cosine = part.near.reshape(-1, 5), part.near_cosine.reshape(-1, 5)
    assert (near == -1).any()
    for k, feature in enumerate(part.ids.tolist()):
        row = row_of[feature]
        true = ids[record.arrays["near"][row]].tolist()
        shown = [part.ids[place] if place >= 0 else None for place in near[k]]
        assert shown == [one if one in part.ids else None for one in true]
        assert np.allclose(cosine[k] / 255, record.arrays["near_cosine"][row].clip(0), atol=3e-3)


def test_every_reduction_is_said():
    few = Bodies(atlas(), Limits(panels=5, nulls=2, features=500, points=8))
    body = few.body("atlas")
    said = " ".join(body.header.shown)
    assert "5 of 27 findings have panels" in said
    assert "drawn with 8 points each" in said
    assert "500 of 849 features: every member of a finding" in said
    assert (body.parts.panels, len(body.findings)) == (5, 27)
    panels = [few.body(f"panel/{line}") for line in range(5)]
    assert max(panel.n_shown for panel in panels) == 8
    assert all(max(panel.order, default=0) < panel.n_shown for panel in panels)
    assert Bodies(atlas()).body("atlas").header.shown == ()


def test_findings_without_a_null_view_are_counted():
    body = Bodies(atlas(), Limits(panels=9, nulls=4)).body("atlas")
    assert body.parts.nulls == (0, 1, 2, 3)
    assert "null view is here for 4 of 9 findings" in " ".join(body.header.shown)


def test_members_of_findings_stay_on_a_reduced_map():
    drawn = Bodies(atlas(), Limits(features=460)).body("map")
    assert (drawn.shown, drawn.total) == (460, 849)
    members = {i for ids in atlas().findings["feature_ids"].to_pylist() for i in ids}
    assert members <= set(drawn.ids.tolist())
    fewer = Bodies(atlas(), Limits(features=100))
    assert fewer.body("map").shown == 100
    assert "members of findings, chosen at random" in fewer.body("atlas").header.shown[-1]


def test_every_body_that_is_named_can_be_had_and_no_other(bodies):
    names = bodies.names()
    assert len(names) == len(set(names)) == 2 + 27 + 27
    for name in names:
        assert bodies.data(name) == encode(bodies.body(name))
    odd = ["", "map/", "panel", "panel/27", "panel/-1", "panel/01", "panel/\u0663", "panel/0/0"]
    absent = ["null/99", "contexts/0", "rebuilt", "compare", "../atlas", "panel/" + "9" * 5000]
    for name in odd + absent:
        with pytest.raises(BadInput, match="has no"):
            bodies.body(name)
        with pytest.raises(BadInput, match="has no"):
            bodies.data(name)


def test_within_other_limits_nothing_else_is_given():
    many = Bodies(atlas())
    everything = {name: many.data(name) for name in many.names()}
    few = many.within(Limits(panels=4, nulls=1, features=500))
    fresh = Bodies(atlas(), Limits(panels=4, nulls=1, features=500))
    assert few.names() == fresh.names()
    assert all(few.data(name) == fresh.data(name) for name in fresh.names())
    assert few.data("panel/3") is everything["panel/3"]
    with pytest.raises(BadInput, match="panel/4"):
        few.data("panel/4")


def test_evidence_is_told_in_words(bodies):
    said = " ".join(bodies.body("panel/0").evidence)
    assert "0.42 more than its best rival, clusters on a ring" in said
    assert "p = 0.005 against 199 draws of spectrum-matched draws, the smallest" in said
    assert "87 % of this space’s own groups" in said
    assert "7 points carry little evidence" in said


def test_what_was_not_measured_is_not_invented():
    findings = survey()[2]
    bare = dataclasses.replace(
        findings[20], rival=None, percentile=float("nan"), stability=float("nan"), q_by=float("nan")
    )
    panel = panel_of_one(bare)
    said = " ".join(panel.evidence)
    assert "Against its best impostor: not tested." in said
    assert "nan" not in said
    assert "own groups" not in said
    assert len(panel.nulls) == 1


def test_a_margin_below_zero_is_called_less():
    panel = panel_of_one(dataclasses.replace(survey()[2][0], margin=-0.2))
    assert "0.2 less than its best rival" in panel.evidence[0]


def test_a_cloud_of_one_axis_has_a_panel_and_a_null():
    space, groups, findings, _ = survey()
    one = {"scores": groups[2].scores[:, :1], "spectrum": groups[2].spectrum[:1]}
    flat = dataclasses.replace(groups[2], **one)
    record = Atlas.from_survey(space, [flat], [findings[2]], manifest={})
    panel, null = (Bodies(record).body(name) for name in ("panel/0", "null/0"))
    assert null.draws[0].points.shape == panel.points.shape
    assert panel.axes == (0,)
    assert panel.plane == (0, 0)
    assert panel.solid == panel.planes == ()


def test_months_are_found_by_searching_any_of_them(bodies):
    rows = bodies.body("atlas").findings
    assert [row.rank for row in rows if "october" in row.search] == [2]
    assert len(MONTHS) == 12


def test_the_twin_holds_the_same_bodies(bodies):
    twin = json.loads(report_files(bodies.atlas)["report.json"])
    assert set(twin) == set(bodies.names())
    for name in ("atlas", "panel/0", "map"):
        assert twin[name] == readable(decode(bodies.data(name)))
    assert twin["atlas"]["schema"] == 2


def test_a_report_can_be_made_from_a_folder(tmp_path):
    there = atlas()
    assert Atlas.read(there.write(tmp_path / "run")).report() == there.report()
    assert (tmp_path / "run" / "report.html").read_text(encoding="utf-8") == there.report()


def test_a_manifest_of_odd_kinds_is_listed_not_fatal():
    space, *_ = survey()
    odd = manifest() | {"left_out": {"zero rows": 3}, "timings": 12, "peak_memory_bytes": None}
    head = Bodies(Atlas.from_survey(space, [], [], manifest=odd)).body("atlas").header
    assert head.left_out == ("zero rows: 3",)
    assert head.smallest_q is None
