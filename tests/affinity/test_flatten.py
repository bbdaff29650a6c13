import numpy as np
import pytest

from armillary.affinity import flatten
from armillary.core.errors import BadInput


def power_law(n=600, d=20, *, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) * np.arange(1, d + 1) ** -1.0 + rng.standard_normal(d)


def test_strength_zero_is_centred_cosine():
    directions = power_law()
    centred = directions - directions.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    flat = flatten(directions, strength=0.0)
    np.testing.assert_allclose(flat @ flat.T, centred @ centred.T, atol=3e-6)


def test_the_stated_formula_gives_the_same_cosines():
    directions = power_law()
    unit = directions - directions.mean(axis=0)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    w, axes = np.linalg.eigh(unit.T @ unit / len(unit))
    expected = (unit @ axes) / w ** (0.7 / 2)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    flat = flatten(directions, strength=0.7)
    assert flat.dtype == np.float32
    np.testing.assert_allclose(flat @ flat.T, expected @ expected.T, atol=1e-5)


def test_rotation_shift_and_scale_change_no_cosine():
    directions = power_law()
    rng = np.random.default_rng(1)
    turn, _ = np.linalg.qr(rng.standard_normal((20, 20)))
    before, after = flatten(directions), flatten(7 * directions @ turn + rng.standard_normal(20))
    np.testing.assert_allclose(before @ before.T, after @ after.T, atol=2e-5)


def test_more_strength_makes_the_loudest_axis_quieter():
    shares = [(flatten(power_law(), strength=s)[:, 0] ** 2).mean() for s in (0.0, 0.5, 1.0)]
    assert shares[0] > shares[1] > shares[2]
    assert shares[2] < 0.12  # 1 / 20 if scaling rows back to length 1 moved nothing


def test_axes_that_hold_nothing_stay_finite_and_quiet():
    directions = np.hstack([power_law(), np.zeros((600, 5))])
    flat = flatten(directions, strength=1.0)
    np.testing.assert_allclose(np.linalg.norm(flat, axis=1), 1, rtol=1e-5)
    assert (flat[:, 20:] ** 2).mean() < 1e-3


def test_a_row_at_the_mean_is_refused():
    with pytest.raises(BadInput, match="first is row 2"):
        flatten(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]]))


@pytest.mark.parametrize("strength", [-0.1, 1.1, np.nan])
def test_a_strength_outside_its_range_is_refused(strength):
    with pytest.raises(BadInput, match=r"\[0, 1\]"):
        flatten(power_law(), strength=strength)
