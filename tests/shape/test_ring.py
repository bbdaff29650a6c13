import math

import numpy as np
import pytest
from scipy.stats import norm

from armillary.shape import haar_clouds
from armillary.shape.ring import (
    arc_nats,
    cyclic_order,
    fit_circles,
    planes,
    ring_nats,
    widest_gap,
)
from armillary.shape.views import principal

PLANE = [(0, 1)]


def circle(n: int, *, turn: float = 2 * np.pi, noise: float = 0.03) -> np.ndarray:
    rng = np.random.default_rng(n)
    angle = np.linspace(0, turn, n, endpoint=turn < 6)
    points = np.column_stack([np.cos(angle), np.sin(angle)]) + noise * rng.standard_normal((n, 2))
    return principal(points[None])


def test_planes_come_leading_axes_first():
    assert planes(4) == [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
    assert planes(1) == []


def test_the_closed_form_is_the_least_squares_circle(rng):
    scores = principal(rng.standard_normal((3, 20, 4)) ** 3)
    pairs = planes(4)
    fits = fit_circles(scores, pairs)
    for draw in range(3):
        for plane in range(len(pairs)):
            x, y = fits.x[draw, :, plane], fits.y[draw, :, plane]
            design = np.column_stack([2 * x, 2 * y, np.ones(20)])
            (a, b, _), *_ = np.linalg.lstsq(design, x**2 + y**2, rcond=None)
            centre = fits.centre_x[draw, plane], fits.centre_y[draw, plane]
            assert centre == pytest.approx((a, b))


def test_a_shifted_arc_is_given_its_own_centre_and_radius():
    angle = np.linspace(0, 2.5, 40)
    points = 3 * np.column_stack([np.cos(angle), np.sin(angle)])
    fits = fit_circles(principal(points[None]), PLANE)
    scale = np.sqrt(points.var(axis=0).mean())
    assert fits.radius[0, :, 0] == pytest.approx(np.full(40, 3 / scale), rel=1e-6)


def naive_ring(x: np.ndarray, y: np.ndarray, extent: float) -> float:
    """Log density ratio, written point by point."""
    n = x.size
    cx = np.mean((x**2 + y**2) * x) / (2 * np.mean(x**2))
    cy = np.mean((x**2 + y**2) * y) / (2 * np.mean(y**2))
    radius = np.hypot(x - cx, y - cy)
    sd = max(np.sqrt(((radius - radius.mean()) ** 2).sum() / (n - 3)), 1e-2)
    ring = norm.logpdf(radius, radius.mean(), sd) - math.log(extent)
    ring -= np.log(np.maximum(radius, 0.3 * radius.mean()))
    gauss = norm.logpdf(x, 0, x.std()) + norm.logpdf(y, 0, y.std())
    return float((ring - gauss).sum())


def test_ring_nats_are_what_the_formula_says(rng):
    fits = fit_circles(principal(rng.standard_normal((1, 15, 2))), PLANE)
    x, y = fits.x[0, :, 0], fits.y[0, :, 0]
    assert ring_nats(fits)[0, 0] == pytest.approx(naive_ring(x, y, 2 * math.pi))


def test_arc_nats_are_what_the_formula_says():
    fits = fit_circles(circle(15, turn=3.0), PLANE)
    x, y = fits.x[0, :, 0], fits.y[0, :, 0]
    extent = (2 * math.pi - widest_gap(fits.angle)[0, 0]) * 16 / 14
    assert arc_nats(fits)[0, 0] == pytest.approx(naive_ring(x, y, extent) - math.log(15))


@pytest.mark.parametrize("n", [7, 12, 40])
def test_a_circle_saves_far_more_than_its_haar_clouds(n, rng):
    scores = circle(n)
    null = ring_nats(fit_circles(haar_clouds(scores[0], n_draws=200, rng=rng), PLANE))[:, 0]
    assert ring_nats(fit_circles(scores, PLANE))[0, 0] > null.mean() + 4 * null.std()


@pytest.mark.parametrize("n", [12, 40])
def test_an_arc_saves_more_as_an_arc_than_as_a_ring(n):
    fits = fit_circles(circle(n, turn=2.0), PLANE)
    assert arc_nats(fits)[0, 0] > ring_nats(fits)[0, 0]
    whole = fit_circles(circle(n), PLANE)
    assert arc_nats(whole)[0, 0] < ring_nats(whole)[0, 0]


def test_points_go_round_from_the_widest_gap():
    angle = np.array([3.0, -3.0, 0.5, 1.0, 2.0])
    assert widest_gap(angle[None, :, None])[0, 0] == pytest.approx(3.5)
    assert cyclic_order(angle).tolist() == [2, 3, 4, 0, 1]


def test_a_batch_is_the_same_as_one_by_one(rng):
    clouds, pairs = principal(rng.standard_normal((5, 11, 4))), planes(4)
    alone = np.concatenate([ring_nats(fit_circles(cloud[None], pairs)) for cloud in clouds])
    assert ring_nats(fit_circles(clouds, pairs)) == pytest.approx(alone)
