"""The curved sheet: curvatures and their signs."""

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.worlds import entry
from armillary.worlds.catalogue.hypersurface import build, curvatures, recover, sheet


@pytest.mark.parametrize("form", ["saddle", "paraboloid"])
def test_both_forms_are_recovered(form: str):
    for seed in range(3):
        world = build(seed=seed, size="custom", form=form, d_model=16)
        assert recover(world, np.random.default_rng(seed)).passed


def test_curvatures_are_second_derivatives_and_turning_the_sheet_keeps_them():
    at = np.random.default_rng(0).uniform(-1, 1, (300, 2))
    height = 1.5 * at[:, 0] ** 2 - 0.5 * at[:, 1] ** 2
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    values, error = curvatures(np.column_stack([at @ turn, height]))
    np.testing.assert_allclose(values, [3.0, -1.0], atol=1e-9)
    assert error < 1e-9


def test_the_standard_error_is_that_of_many_draws():
    rng = np.random.default_rng(1)
    at = rng.uniform(-1, 1, (200, 2))
    flat = at[:, 0] ** 2 - at[:, 1] ** 2
    seen = [
        curvatures(np.column_stack([at, flat + 0.1 * rng.standard_normal(200)])) for _ in range(300)
    ]
    spread = np.std([values for values, _ in seen], axis=0).max()
    assert np.mean([error for _, error in seen]) == pytest.approx(spread, rel=0.15)


def test_the_controls_fail_by_sign_or_by_flatness():
    found = entry("hypersurface")
    for control in found.controls:
        assert not found.recover(found.make_control(control), np.random.default_rng(4)).passed


@pytest.mark.refusal
def test_an_unknown_sheet_is_refused():
    with pytest.raises(BadInput, match="no sheet 'hyperboloid': saddle"):
        sheet("hyperboloid")
