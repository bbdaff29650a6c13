import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from armillary.shape import haar_clouds, whiten
from armillary.shape.surface import (
    ball_nats,
    flat_torus_nats,
    round_torus_nats,
    sheet_nats,
    sphere_nats,
)
from armillary.shape.views import IMPOSSIBLE, principal
from armillary.worlds import sample

N = 120


def drawn(shape: str, *, noise: float = 0.03) -> np.ndarray:
    rng = np.random.default_rng(1)
    points = sample(shape, N, rng=rng)
    return principal((points + noise * rng.standard_normal(points.shape))[None])


def far_above(measure, scores: np.ndarray) -> bool:
    null = measure(whiten(haar_clouds(scores[0], n_draws=100, rng=np.random.default_rng(0))))
    return bool(measure(whiten(scores))[0] > null.mean() + 4 * null.std())


def test_a_sphere_is_a_sphere():
    assert far_above(lambda w: sphere_nats(w, (0, 1, 2)), drawn("sphere"))


def test_a_disk_is_a_disk():
    assert far_above(lambda w: ball_nats(w, (0, 1)), drawn("disk"))


def test_a_rectangle_is_a_sheet(rng):
    points = rng.uniform(-1, 1, (N, 2)) * [2, 1]
    assert far_above(lambda w: sheet_nats(w, (0, 1)), principal(points[None]))


def test_a_solid_ball_is_a_ball(rng):
    points = rng.standard_normal((N, 3))
    points *= (rng.uniform(size=(N, 1)) ** (1 / 3)) / np.linalg.norm(points, axis=1, keepdims=True)
    assert far_above(lambda w: ball_nats(w, (0, 1, 2)), principal(points[None]))


def test_a_doughnut_is_a_doughnut(rng):
    around, across = rng.uniform(0, 2 * np.pi, (2, N))
    radius = 2 + 0.7 * np.cos(across)
    points = np.column_stack([radius * np.cos(around), radius * np.sin(around), np.sin(across)])
    assert far_above(lambda w: round_torus_nats(w, (0, 1, 2)), principal(points[None]))


def test_sphere_nats_are_what_the_formula_says(rng):
    white = whiten(principal(rng.standard_normal((1, 30, 3))))
    radius = np.linalg.norm(white[0], axis=1)
    sd = math.sqrt(((radius - radius.mean()) ** 2).sum() / 28)
    shape = norm.logpdf(radius, radius.mean(), sd) - math.log(4 * math.pi)
    shape -= 2 * np.log(np.maximum(radius, 0.3 * radius.mean()))
    wanted = (shape - norm.logpdf(white[0]).sum(axis=1)).sum()
    assert sphere_nats(white, (0, 1, 2))[0] == pytest.approx(wanted)


@pytest.mark.parametrize("m", [3, 5])
def test_nats_of_a_fitted_sphere_are_what_the_formula_says(m, rng):
    scores = principal(rng.standard_normal((1, 40, 6)) * [6, 5, 4, 3, 2, 1])
    points = scores[0, :, :m]
    design = np.column_stack([2 * points, np.ones(40)])
    centre = np.linalg.lstsq(design, (points**2).sum(axis=1), rcond=None)[0][:m]
    radius = np.linalg.norm(points - centre, axis=1)
    sd = math.sqrt(((radius - radius.mean()) ** 2).sum() / (40 - m - 1))
    area = 2 * math.pi ** (m / 2) / math.gamma(m / 2)
    shape = norm.logpdf(radius, radius.mean(), sd) - math.log(area)
    shape -= (m - 1) * np.log(np.maximum(radius, 0.3 * radius.mean()))
    gauss = norm.logpdf(points, 0, points.std(axis=0)).sum(axis=1)
    wanted = (shape - gauss).sum() - m / 2 * math.log(40)
    assert sphere_nats(scores, tuple(range(m)), fitted=True)[0] == pytest.approx(wanted)


def on_a_sphere(*, highest: float) -> np.ndarray:
    """Exact points of a sphere below a plane, evenly along its axis: what is above is missing."""
    angle = 2 * np.pi * np.random.default_rng(4).uniform(size=N)
    height = np.linspace(-1, highest, N)
    reach = np.sqrt(1 - height**2)
    return np.column_stack([reach * np.cos(angle), reach * np.sin(angle), height])


@pytest.mark.parametrize("highest", [0.7, 0.3])
def test_a_sphere_with_a_cap_missing_needs_a_centre_of_its_own(highest):
    scores = principal(on_a_sphere(highest=highest)[None])
    centred, fitted = (sphere_nats(scores, (0, 1, 2), fitted=own)[0] for own in (False, True))
    assert fitted > centred + 1.5 * N
    assert fitted > 2 * N


def test_a_whole_sphere_pays_for_its_fitted_centre():
    points = on_a_sphere(highest=1.0)
    noise = 0.1 * np.random.default_rng(5).standard_normal(points.shape)
    scores = principal(np.vstack([points + noise, -points - noise])[None])  # the mean is right
    centred, fitted = (sphere_nats(scores, (0, 1, 2), fitted=own)[0] for own in (False, True))
    assert centred - fitted == pytest.approx(1.5 * math.log(2 * N), abs=1)


@pytest.mark.parametrize("fitted", [False, True])
def test_raw_spheres_know_no_unit_and_no_rotation(fitted):
    points = on_a_sphere(highest=0.7)
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((3, 3)))[0]
    own, moved = (
        sphere_nats(principal(p[None]), (0, 1, 2), fitted=fitted)
        for p in (points, 7 * points @ turn + [5, -3, 1])
    )
    assert moved == pytest.approx(own)


@pytest.mark.parametrize("fitted", [False, True])
def test_gaussian_clouds_are_no_spheres(fitted, rng):
    clouds = principal(rng.standard_normal((50, 200, 4)))
    assert sphere_nats(clouds, (0, 1, 2, 3), fitted=fitted).mean() < 0


@pytest.mark.parametrize("fitted", [False, True])
def test_points_in_a_plane_are_no_sphere(fitted, rng):
    flat = np.append(rng.standard_normal((1, 20, 2)), np.zeros((1, 20, 1)), axis=2)
    assert sphere_nats(principal(flat), (0, 1, 2), fitted=fitted)[0] == IMPOSSIBLE


def test_ball_nats_use_a_density_that_integrates_to_one(rng):
    white = whiten(principal(rng.standard_normal((1, 30, 3))))
    radius = np.linalg.norm(white[0], axis=1)
    scale = (8 * (radius**8).mean() / 3) ** (1 / 8)
    mass, _ = quad(lambda r: 4 * math.pi * r**2 * math.exp(-((r / scale) ** 8)), 0, 3 * scale)
    shape = -((radius / scale) ** 8) - math.log(mass)
    wanted = (shape - norm.logpdf(white[0]).sum(axis=1)).sum()
    assert ball_nats(white, (0, 1, 2))[0] == pytest.approx(wanted)


def test_sheet_nats_use_a_density_that_integrates_to_one(rng):
    points = rng.uniform(-1, 1, (400, 2)) * [2, 1]
    white = whiten(points[None] - points.mean(axis=0))
    found = sheet_nats(white, (0, 1))[0]
    wanted = -norm.logpdf(white[0]).sum()  # edges along the axes: the first orientation is best
    for column in white[0].T:
        scale = (8 * (column**8).mean()) ** (1 / 8)
        mass, _ = quad(lambda x, a=scale: math.exp(-((x / a) ** 8)), -3 * scale, 3 * scale)
        wanted += (-((column / scale) ** 8) - math.log(mass)).sum()
    assert found == pytest.approx(wanted)


def test_a_torus_needs_both_of_its_rings():
    pairs = [(0, 1), (2, 3), (0, 2)]
    ring = np.array([[5.0, 3.0, 9.0], [5.0, -3.0, 9.0]])
    assert flat_torus_nats(ring, pairs).tolist() == [8.0, -3.0]
    assert flat_torus_nats(ring[:, [0, 2]], [(0, 1), (0, 2)]).tolist() == [IMPOSSIBLE] * 2


def test_a_batch_is_the_same_as_one_by_one(rng):
    white = whiten(principal(rng.standard_normal((5, 20, 3))))
    for measure in (
        lambda w: sphere_nats(w, (0, 1, 2)),
        lambda w: sphere_nats(w, (0, 1, 2), fitted=True),
        lambda w: ball_nats(w, (0, 2)),
        lambda w: sheet_nats(w, (0, 1)),
        lambda w: round_torus_nats(w, (0, 1, 2)),
    ):
        assert measure(white) == pytest.approx(np.concatenate([measure(o[None]) for o in white]))
