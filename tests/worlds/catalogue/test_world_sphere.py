"""The sphere: uniform, and known from twelve clusters and from a cap."""

import numpy as np
import pytest

from armillary.worlds import entry
from armillary.worlds.catalogue.sphere import uniform_products


def test_controls_lie_on_the_sphere_and_fail_by_where_they_are():
    found = entry("sphere")
    for control in ("clusters", "cap"):
        seen = found.recover(found.make_control(control), np.random.default_rng(0))
        assert seen.found["off the radius"] < 1e-6
        assert seen.found["p of pairs"] < 1e-4
        assert not seen.passed


def test_the_p_value_of_pairs_agrees_with_scipy():
    stats = pytest.importorskip("scipy.stats")
    products = np.random.default_rng(0).uniform(-1, 1, 2000) ** 3
    near = np.random.default_rng(0).uniform(-1, 1, 2000)
    exact = stats.kstest(near, stats.uniform(-1, 2).cdf).pvalue
    assert uniform_products(near) == pytest.approx(exact, abs=0.02)
    assert uniform_products(products) < 1e-10
