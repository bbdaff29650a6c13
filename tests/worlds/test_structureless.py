import numpy as np
import pytest

from armillary.worlds import isotropic_space, permuted_space, spectrum_space


@pytest.mark.parametrize("draw", [isotropic_space, spectrum_space])
def test_rows_are_unit_and_follow_the_seed(draw):
    first, second = (draw(300, 20, rng=np.random.default_rng(3)) for _ in range(2))
    assert np.linalg.norm(first.directions, axis=1) == pytest.approx(np.ones(300), abs=1e-6)
    assert np.array_equal(first.directions, second.directions)


def test_isotropic_rows_have_no_preferred_direction(rng):
    directions = isotropic_space(20_000, 12, rng=rng).directions
    eigenvalues = np.linalg.eigvalsh(directions.T @ directions / 20_000)
    assert eigenvalues == pytest.approx(np.full(12, 1 / 12), rel=0.1)


def test_permuting_keeps_the_mean_and_each_principal_coordinates_values(rng):
    observed = rng.standard_normal((500, 8)) * np.arange(8, 0, -1) + 3
    unit = observed - observed.mean(axis=0)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    drawn = permuted_space(observed, rng=rng).directions
    assert drawn.mean(axis=0) == pytest.approx(unit.mean(axis=0), abs=1e-5)
    _, axes = np.linalg.eigh(np.cov(unit.T))
    for axis in axes.T:
        assert np.sort(drawn @ axis) == pytest.approx(np.sort(unit @ axis), abs=1e-4)
    assert not np.allclose(drawn, unit, atol=0.05)
