"""The torus: its two planes are found by algebra."""

import numpy as np
import pytest

from armillary.worlds.catalogue.torus import build, knot, planes, recover


@pytest.mark.parametrize("ratio", [0.3, 0.7, 1.0, 1.8])
def test_a_torus_of_any_ratio_is_recovered(ratio: float):
    world = build(seed=0, size="custom", d_model=10, ratio=ratio)
    seen = recover(world, np.random.default_rng(0))
    assert seen.passed, seen
    assert max(seen.found["off the radii"]) < 1e-5


def test_a_torus_of_another_ratio_is_not():
    world = build(seed=0, size="custom", d_model=10, ratio=0.7)
    claimed = build(seed=0, size="custom", d_model=10, ratio=0.75)
    object.__setattr__(world, "truth", claimed.truth)
    assert not recover(world, np.random.default_rng(0)).passed


def test_the_planes_are_those_that_were_laid():
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, (500, 2))
    first, second = (np.column_stack([np.cos(a), np.sin(a)]) for a in angles.T)
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((4, 4)))[0]
    one, two = planes(np.hstack([first, 0.5 * second]) @ turn, radii=(1.0, 0.5))
    np.testing.assert_allclose(np.abs(np.linalg.det(turn[:2] @ one)), 1, atol=1e-9)
    np.testing.assert_allclose(np.abs(np.linalg.det(turn[2:] @ two)), 1, atol=1e-9)


def test_a_knot_on_the_torus_covers_too_little_of_it():
    seen = recover(knot(seed=0, size="tiny", d_model=8), np.random.default_rng(0))
    assert seen.found["p of uniform angles"] < 1e-10
