import math

import numpy as np
import pytest
from scipy.stats import norm

from armillary.shape import haar_clouds
from armillary.shape.doughnut import doughnut_nats
from armillary.shape.views import IMPOSSIBLE, principal

N, RING, TUBE, NOISE = 120, 2.0, 0.7, 0.05


def doughnut(seed: int, *, part: float = 1.0, noise: float = NOISE) -> np.ndarray:
    """Points of a doughnut about the third axis; a part of it has its mean off centre."""
    rng = np.random.default_rng(seed)
    around, across = 2 * np.pi * rng.uniform(size=(2, N)) * [[part], [1.0]]
    reach = RING + TUBE * np.cos(across)
    points = np.column_stack(
        [reach * np.cos(around), reach * np.sin(around), TUBE * np.sin(across)]
    )
    return points + noise * rng.standard_normal(points.shape)


def nats_of_the_truth(points: np.ndarray) -> float:
    """Nats with centre, axis and radius of the ring as they were planted, point by point."""
    rho = np.hypot(points[:, 0], points[:, 1])
    t = np.hypot(rho - RING, points[:, 2])
    sd = math.sqrt(((t - t.mean()) ** 2).sum() / (N - 7))
    shape = norm.logpdf(t, t.mean(), sd) - np.log(2 * np.pi * t) - np.log(2 * np.pi * rho)
    axes = principal(points[None])[0]
    gauss = norm.logpdf(axes, 0, axes.std(axis=0)).sum(axis=1)
    return float((shape - gauss).sum()) - 3.5 * math.log(N)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("part", [1.0, 0.75, 0.6])
def test_the_fit_saves_what_the_truth_saves(part, seed):
    points = doughnut(seed, part=part)
    gained = doughnut_nats(principal(points[None]))[0] - nats_of_the_truth(points)
    assert -1 < gained < 14  # least squares in seven parameters gain 3.5 on average, sd 1.9


@pytest.mark.parametrize("part", [1.0, 0.75])
def test_a_doughnut_is_far_above_its_haar_clouds(part, rng):
    scores = principal(doughnut(0, part=part)[None])
    null = doughnut_nats(haar_clouds(scores[0], n_draws=60, rng=rng))
    assert doughnut_nats(scores)[0] > null.max() + 100


def test_a_doughnut_beside_a_longer_axis_is_found(rng):
    points = np.column_stack([5 * rng.standard_normal(N), doughnut(0)])
    assert doughnut_nats(principal(points[None]))[0] > 50


def test_rotation_shift_and_size_change_nothing():
    points = doughnut(1, part=0.75)
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((3, 3)))[0]
    own = doughnut_nats(principal(points[None]))
    moved = doughnut_nats(principal((7 * points @ turn + [5, -3, 1])[None]))
    assert moved == pytest.approx(own)


def test_the_signs_of_the_axes_change_nothing():
    scores = principal(doughnut(3, part=0.75)[None])
    assert doughnut_nats(scores * [1, -1, -1]) == pytest.approx(doughnut_nats(scores))


def test_gaussian_clouds_are_no_doughnuts(rng):
    assert (doughnut_nats(principal(rng.standard_normal((20, 30, 3)))) < 0).all()


@pytest.mark.parametrize("shape", [(3, 30, 2), (3, 8, 3), (3, 30, 0)])
def test_fewer_than_three_axes_or_nine_points_are_impossible(shape, rng):
    assert doughnut_nats(principal(rng.standard_normal(shape))).tolist() == [IMPOSSIBLE] * 3


def test_a_batch_is_the_same_as_one_by_one(rng):
    clouds = principal(rng.standard_normal((5, 20, 5)) * [3, 3, 2, 1, 1])
    alone = np.concatenate([doughnut_nats(cloud[None]) for cloud in clouds])
    assert doughnut_nats(clouds) == pytest.approx(alone)
