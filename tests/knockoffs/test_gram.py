import numpy as np
import pytest

from armillary.core.space import FeatureSpace
from armillary.explain.gauges import gauge_named
from armillary.knockoffs import Shared, place
from armillary.knockoffs.gram import Gram


@pytest.mark.parametrize(("m", "d"), [(30, 5), (5, 30), (4, 4), (3, 1)])
def test_inner_products_are_kept_and_the_frame_is_not(m: int, d: int):
    rng = np.random.default_rng(0)
    true = rng.standard_normal((m, d)).astype(np.float32)
    true[0] = 0  # first rows that do not span
    space = FeatureSpace(true, np.arange(m))
    message = Gram(32).fit(space, Shared(np.arange(m), d), rng=rng)
    made = place(message.to_bytes(), Shared(np.arange(m), d), rng=rng).directions
    assert np.allclose(made @ made.T, true @ true.T, atol=1e-4)
    if d > 1:
        assert np.abs(made - true).max() > 0.1


def test_a_rotation_gauge_brings_everything_back():
    rng = np.random.default_rng(0)
    true = rng.standard_normal((40, 6)).astype(np.float32)
    shared = Shared(np.arange(40), 6)
    made = place(Gram(32).fit(FeatureSpace(true, np.arange(40)), shared, rng=rng), shared, rng=rng)
    refit = gauge_named("rotation").fit(made.directions, true)
    assert np.abs(refit.turn(made.directions) - true).max() < 0.02


def test_the_triangle_is_not_sent_twice():
    shared = Shared(np.arange(8), 8)
    space = FeatureSpace(np.eye(8, dtype=np.float32), np.arange(8))
    message = Gram(16).fit(space, shared, rng=np.random.default_rng(0))
    assert len(message.parts["products"]) == 2 * 36 + 6
