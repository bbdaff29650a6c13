"""Panels of a finding drawn from its null: the right null, the same fit, the same draws again."""

import dataclasses

import numpy as np
import pytest
from synthetic_survey import atlas, survey

from armillary.atlas import Atlas
from armillary.explorer import Bodies
from armillary.explorer.limits import Limits
from armillary.explorer.wire import decode


@pytest.fixture(scope="module")
def bodies() -> Bodies:
    return Bodies(atlas())


def null_of_one(finding, *, shares=None):
    space, groups, *_ = survey()
    record = Atlas.from_survey(space, groups, [finding], manifest={}, shares=shares)
    return Bodies(record).body("null/0")


def named(k: int, null: str, **changes):
    finding = survey()[2][k]
    placement = dataclasses.replace(finding.placement, name=null)
    return dataclasses.replace(finding, placement=placement, **changes)


def test_every_draw_has_the_groups_own_spectrum_and_no_other_point_of_it(bodies):
    panel, null = bodies.body("panel/3"), bodies.body("null/3")
    spread = panel.points.std(axis=0)
    assert null.name == "placement (Haar)"
    assert len(null.draws) == 5
    for draw in null.draws:
        assert draw.points.shape == panel.points.shape
        assert np.allclose(draw.points.mean(axis=0), 0, atol=1e-5)
        assert np.allclose(draw.points.std(axis=0), spread, rtol=1e-3)
        covariance = np.cov(draw.points.T) - np.diag(draw.points.var(axis=0, ddof=1))
        assert np.abs(covariance).max() < 1e-5
    flat = [draw.points.ravel() for draw in (*null.draws, panel)]
    assert np.linalg.matrix_rank(flat, tol=1e-3) == 6


def test_draws_depend_on_the_finding_alone(bodies):
    again = Bodies(atlas(), Limits(panels=4, nulls=4))
    assert again.data("null/3") == bodies.data("null/3")
    assert again.data("null/2") != bodies.data("null/3")
    moved = Atlas.from_survey(*survey()[:2], survey()[2][::-1], manifest={})
    seeds = {Bodies(moved).body(f"null/{line}").seed for line in range(27)}
    assert seeds == {bodies.body(f"null/{line}").seed for line in range(27)}
    assert len(seeds) == 27


def test_a_ring_saves_more_on_the_group_than_on_its_null(bodies):
    week = bodies.body("null/0")
    assert all(draw.nats < 0.5 * week.nats for draw in week.draws)
    for draw in week.draws:
        x, y = draw.plane_points.T
        order = np.array(draw.order)
        centre = np.array(draw.curve).mean(axis=0) if draw.curve else np.zeros(2)
        angle = np.unwrap(np.arctan2(y - centre[1], x - centre[0])[order])
        assert sorted(draw.order) == list(range(7))
        assert np.ptp(angle) < 2 * np.pi + 0.2 or not draw.curve


def test_a_curve_is_drawn_where_the_fit_has_one(bodies):
    curves = [len(draw.curve) for draw in bodies.body("null/0").draws]
    assert set(curves) <= {0, 96}
    assert max(curves) == 96


def test_the_spectrum_null_draws_from_the_spectrum_of_the_space():
    shares = np.exp(-np.arange(24) / 3.0)
    claim = named(2, "spectrum-matched placement")
    null = null_of_one(claim, shares=shares)
    assert null.name == "spectrum-matched placement"
    assert "whole space" in null.keeps
    own = survey()[1][2].scores[:, :3]
    for draw in null.draws:
        spread = draw.points[:, :3].std(axis=0)
        assert spread[1] / spread[0] > 2 * own.std(axis=0)[1] / own.std(axis=0)[0]


def test_where_that_spectrum_was_not_kept_the_null_drawn_is_named():
    assert null_of_one(named(2, "spectrum-matched placement")).name == "placement (Haar)"


def test_where_labels_were_shuffled_points_stay_and_words_are_dealt_anew():
    claim = named(1, "label order (linear)", effect=9.0)
    null = null_of_one(claim)
    panel = Bodies(atlas()).body("panel/0")
    assert null.name == "label order (linear)"
    assert null.nats is None
    orders = {draw.order for draw in null.draws}
    assert len(orders) == 5
    n = claim.rows.size
    assert all(sorted(order) == list(range(n)) for order in orders)
    assert len({draw.points.tobytes() for draw in null.draws}) == 1
    assert panel.points.size  # the group's own points, not a draw


def test_pairs_keep_their_first_words():
    fit = dataclasses.replace(survey()[2][1].fit, order=np.arange(12))
    null = null_of_one(named(1, "label order (pairs)", fit=fit))
    for draw in null.draws:
        assert draw.order[::2] == tuple(range(0, 12, 2))
        assert sorted(draw.order[1::2]) == list(range(1, 12, 2))


def test_a_shape_that_nothing_can_fit_leaves_the_leading_plane():
    finding = survey()[2][0]
    odd = dataclasses.replace(finding, fit=dataclasses.replace(finding.fit, shape="klein bottle"))
    for draw in null_of_one(odd).draws:
        assert draw.nats is None
        assert draw.curve == draw.order == ()
        assert np.array_equal(draw.plane_points, draw.points[:, :2])


def test_a_group_too_large_has_no_null_view_and_the_page_says_so():
    few = Bodies(atlas(), Limits(points=12))
    lines = few.body("atlas").parts.nulls
    rows = few.body("atlas").findings
    assert [row.n <= 12 for row in rows] == [line in lines for line in range(27)]
    assert "they have no null view" in " ".join(few.body("atlas").header.shown)


def test_what_is_sent_is_what_was_drawn(bodies):
    sent, made = decode(bodies.data("null/1")), bodies.body("null/1")
    assert np.array_equal(sent["draws"][4]["points"], made.draws[4].points.ravel())
    assert sent["nats"] == made.nats
