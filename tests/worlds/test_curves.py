import numpy as np
import pytest

from armillary.worlds.curves import arc, circle, cone, ellipse, helix, segment


def centre_and_radius(points):
    """Solve |x|^2 = 2 c.x + (r^2 - |c|^2) for the sphere through all points."""
    system = np.column_stack([2 * points, np.ones(len(points))])
    solution, residual, *_ = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)
    gap = system @ solution - (points**2).sum(axis=1)
    return solution[:-1], float(np.abs(gap).max())


def angles(points):
    centre, _ = centre_and_radius(points)
    return np.unwrap(np.arctan2(*(points - centre).T[::-1]))


@pytest.mark.parametrize("shape", [arc, circle])
def test_all_points_are_equally_far_from_one_centre(shape, rng):
    _, gap = centre_and_radius(shape(30, rng=rng).points)
    assert gap < 1e-9


def test_a_circle_has_one_point_in_every_sector_and_closes(rng):
    angle = angles(circle(40, rng=rng).points)
    steps = np.diff(np.append(angle, angle[0] + 2 * np.pi))
    assert steps.min() > 0
    assert steps.max() < 2 * 2 * np.pi / 40


def test_an_arc_spans_the_extent_it_reports(rng):
    drawn = arc(200, rng=rng)
    span = np.rad2deg(np.ptp(angles(drawn.points)))
    assert 120 <= drawn.parameters["extent_degrees"] <= 270
    assert span == pytest.approx(drawn.parameters["extent_degrees"], rel=2 / 200)


def test_a_segment_is_one_dimensional_and_in_order(rng):
    points = segment(20, rng=rng).points
    assert points.shape[1] == 1
    assert (np.diff(points[:, 0]) > 0).all()


def test_an_ellipse_becomes_a_circle_when_its_short_axis_is_stretched(rng):
    drawn = ellipse(50, rng=rng)
    _, gap = centre_and_radius(drawn.points / np.array([1, drawn.parameters["axis_ratio"]]))
    assert gap < 1e-9


def test_a_helix_winds_evenly_round_its_axis(rng):
    drawn = helix(120, rng=rng)
    turns = np.ptp(angles(drawn.points[:, :2])) / (2 * np.pi)
    assert turns == pytest.approx(drawn.parameters["turns"], rel=0.02)
    pitch = np.polyfit(angles(drawn.points[:, :2]), drawn.points[:, 2], 1, full=True)[1]
    assert pitch[0] < 1e-12
    _, gap = centre_and_radius(drawn.points[:, :2])
    assert gap < 1e-9


def test_a_cone_has_radius_proportional_to_height(rng):
    drawn = cone(60, rng=rng)
    slope = drawn.parameters["slope"]
    # (x - a)^2 + (y - b)^2 = slope^2 (z - h)^2 is linear in a, b, h and one constant
    x, y, z = drawn.points.T
    right = x**2 + y**2 - slope**2 * z**2
    system = np.column_stack([2 * x, 2 * y, -2 * slope**2 * z, np.ones(60)])
    (a, b, h, constant), *_ = np.linalg.lstsq(system, right, rcond=None)
    assert np.abs(system @ [a, b, h, constant] - right).max() < 1e-9
    assert constant == pytest.approx(slope**2 * h**2 - a**2 - b**2)
