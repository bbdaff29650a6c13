"""Charted worlds: uniform angles, leading axes, digits."""

import numpy as np
import pytest

from armillary.worlds.charted import digits, leading, uniform_angles


def test_uniform_angles_are_rejected_at_the_level():
    rng = np.random.default_rng(0)
    angles = [rng.uniform(0, 2 * np.pi, (400, 1)) for _ in range(400)]
    draws = np.array([uniform_angles(angle, order=8) for angle in angles])
    assert np.mean(draws <= 0.1) <= 0.1 + 3 * np.sqrt(0.09 / 400)
    assert np.mean(draws <= 0.5) > 0.2


@pytest.mark.parametrize("m", [1, 3, 7])
def test_angles_that_gather_in_m_places_are_seen(m: int):
    rng = np.random.default_rng(1)
    angle = 2 * np.pi / m * rng.integers(m, size=(500, 1)) + 0.1 * rng.standard_normal((500, 1))
    assert uniform_angles(angle, order=8) < 1e-10


def test_angles_that_depend_on_each_other_are_seen():
    first = np.random.default_rng(2).uniform(0, 2 * np.pi, 500)
    assert uniform_angles(np.column_stack([first, 2 * first]), order=3) < 1e-10


def test_what_lies_outside_of_the_leading_axes_is_measured():
    rows = np.diag([2.0, 1.0, 0.3])
    points, left_out = leading(rows, 2)
    assert points.shape == (3, 2)
    assert left_out == pytest.approx(0.3 / np.sqrt(3))


def test_digits_are_those_of_the_largest_error():
    assert digits(1e-3, 1e-5) == pytest.approx(6)
    assert digits(0.0) == pytest.approx(24)
