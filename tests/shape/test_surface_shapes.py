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
        lambda w: ball_nats(w, (0, 2)),
        lambda w: sheet_nats(w, (0, 1)),
        lambda w: round_torus_nats(w, (0, 1, 2)),
    ):
        assert measure(white) == pytest.approx(np.concatenate([measure(o[None]) for o in white]))
