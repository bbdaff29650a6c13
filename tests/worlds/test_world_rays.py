"""Rays: directions that rows repeat."""

import numpy as np
import pytest

from armillary.worlds import make
from armillary.worlds.rays import many, repeated_directions, singles, sparse_sum

RNG = np.random.default_rng(0)


def test_directions_of_rows_on_rays_are_found_and_strangers_are_not():
    directions = RNG.standard_normal((6, 5))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    on_rays = RNG.uniform(0.1, 1, (120, 1)) * np.repeat(directions, 20, axis=0)
    rows = np.vstack([on_rays, RNG.standard_normal((500, 5)), np.zeros((3, 5))]).astype(np.float32)
    found = repeated_directions(rows, least=5, rng=np.random.default_rng(1))
    assert len(found) == 6
    np.testing.assert_allclose((found @ directions.T).max(axis=0), 1, atol=1e-9)


def test_rows_without_a_repeated_direction_give_none():
    rows = RNG.standard_normal((300, 4))
    assert repeated_directions(rows, least=3, rng=RNG).shape == (0, 4)
    assert repeated_directions(rows[:2], least=3, rng=RNG).shape == (0, 4)


def test_the_share_of_rows_with_one_feature_is_binomial():
    sample = sparse_sum(np.eye(5), 50_000, chance=0.2, scale=1.0, rng=RNG)
    assert sample.codes is not None
    alone = (np.count_nonzero(sample.codes, axis=1) == 1) & (sample.codes[:, 0] > 0)
    assert alone.mean() == pytest.approx(singles(5, 0.2), abs=0.005)


def test_many_rows_are_as_many_as_asked_for():
    assert many(make("circle"), 10_000, rng=RNG).shape == (10_000, 8)
