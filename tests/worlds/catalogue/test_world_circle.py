"""The circle: what is nearly one is told from it."""

import numpy as np
import pytest

from armillary.worlds import entry


@pytest.mark.parametrize("control", ["clusters", "arc", "polygon"])
def test_what_is_almost_a_circle_fails_for_its_own_reason(control: str):
    found = entry("circle")
    seen = found.recover(found.make_control(control), np.random.default_rng(0))
    assert not seen.passed
    if control == "polygon":
        assert seen.found["p of uniform angles"] > 0.001
        assert seen.found["off the radius"] > 0.001
    else:
        assert seen.found["off the radius"] < 1e-6
        assert seen.found["p of uniform angles"] < 1e-6


def test_the_clusters_keep_mean_and_covariance():
    found = entry("circle")
    rows = found.make_control("clusters").activations(50_000, np.random.default_rng(0))
    own = found.make().activations(50_000, np.random.default_rng(0))
    np.testing.assert_allclose(np.cov(rows.T), np.cov(own.T), atol=0.01)
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=0.02)
