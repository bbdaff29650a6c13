"""A claim made again of other clouds."""

import numpy as np
import pytest

from armillary.shape import haar_clouds, refitted
from armillary.shape.verdict import CLAIMS
from armillary.shape.views import principal


def ring_and_noise(n: int = 24, axes: int = 6) -> np.ndarray:
    rng = np.random.default_rng(0)
    angle = 2 * np.pi * np.arange(n) / n
    wide = 0.04 * rng.standard_normal((n, axes))
    wide[:, :2] += np.c_[np.cos(angle), np.sin(angle)]
    return principal(wide[None])[0]


def test_a_ring_is_told_from_draws_of_its_spectrum():
    cloud = ring_and_noise()
    rng = np.random.default_rng(1)
    clouds = np.concatenate([cloud[None], haar_clouds(cloud, n_draws=9, rng=rng)])
    fits = refitted("circle", clouds, rng=rng)
    assert fits[0].nats > 2 * max(fit.nats for fit in fits[1:])
    assert all(len(fit.parameters["plane_points"]) == 24 for fit in fits)
    order = fits[0].order
    assert set(np.diff([*order, order[0]]) % 24) in ({1}, {23})


def test_over_draws_of_the_null_the_mean_is_about_zero():
    rng = np.random.default_rng(2)
    clouds = haar_clouds(ring_and_noise(), n_draws=40, rng=rng)
    nats = np.array([fit.nats for fit in refitted("circle", clouds, rng=rng)])
    assert abs(nats.mean()) < 4 * nats.std() * np.sqrt(1 / 40 + 1 / 20)


@pytest.mark.parametrize("shape", sorted(CLAIMS))
@pytest.mark.parametrize(("n", "axes"), [(5, 4), (30, 12)])
def test_every_shape_that_is_claimed_can_be_fitted_or_says_that_it_cannot(shape, n, axes):
    rng = np.random.default_rng(3)
    frame = np.zeros((n, axes))
    frame[0] = np.exp(-np.arange(axes) / 4.0)
    fits = refitted(shape, haar_clouds(frame, n_draws=3, rng=rng), rng=rng)
    assert len(fits) == 3
    if n == 30:
        assert all(fit is not None and np.isfinite(fit.nats) for fit in fits)
        assert all(fit.shape == shape and fit.order.size == n for fit in fits)


def test_what_is_no_shape_is_fitted_to_nothing():
    clouds = haar_clouds(ring_and_noise(), n_draws=2, rng=np.random.default_rng(4))
    assert refitted("klein_bottle", clouds, rng=np.random.default_rng(5)) == [None, None]
