"""The Gaussian subspace: nothing is found, and everything is rebuilt."""

import numpy as np
import pytest

from armillary.worlds import entry


def test_the_cross_polytope_code_rebuilds_it_with_one_code_a_dimension():
    world = entry("gauss").make("full")
    assert world.truth.exact_sae is not None
    seen = world.truth.exact_sae.unexplained(world.activations(1000, np.random.default_rng(0)))
    assert seen["fvu"] < 1e-12
    assert seen["l0"] == 64
    assert world.truth.exact_sae.n_features == 128


def test_controls_have_the_same_covariance():
    found = entry("gauss")
    world = found.make(seed=1)
    own = np.cov(world.activations(40_000, np.random.default_rng(0)).T)
    for name in found.controls:
        rows = found.make_control(name, seed=1).activations(40_000, np.random.default_rng(0))
        np.testing.assert_allclose(np.cov(rows.T), own, atol=0.01)


@pytest.mark.slow
def test_it_fails_no_more_often_than_its_level():
    found = entry("gauss")
    passed = [found.recover(found.make(seed=s), np.random.default_rng(s)).passed for s in range(60)]
    assert sum(passed) >= 57  # at level .01 three failures or more of 60 have a chance of .02
