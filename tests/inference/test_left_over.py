"""What is left of a correlation of distances when a null map's is taken off."""

import numpy as np
import pytest

from armillary.inference.left_over import left_over
from armillary.inference.mantel import mantel


def between(rows: np.ndarray) -> np.ndarray:
    return np.linalg.norm(rows[:, None] - rows[None], axis=2)


def test_the_null_is_subtracted_and_both_p_values_are_exact_shares(rng):
    rows = rng.standard_normal((20, 4))
    x, y = between(rows), between(rows + 0.3 * rng.standard_normal((20, 4)))
    nulls = [between(rng.standard_normal((20, 4))) for _ in range(19)]
    found = left_over(x, y, nulls, n_resamples=50, rng=rng)
    each = [mantel(x, null) for null in nulls]
    np.testing.assert_allclose(found.test.null, each)
    assert found.delta == pytest.approx(mantel(x, y) - np.mean(each))
    assert found.test.pvalue == pytest.approx(1 / 20)
    assert found.two_sided == pytest.approx(2 / 20)
    assert found.low < found.delta < found.high


def test_nothing_is_left_of_a_null_map_itself(rng):
    x, y = (between(rng.standard_normal((12, 3))) for _ in range(2))
    found = left_over(x, y, [y] * 5, n_resamples=20, rng=rng)
    assert (found.delta, found.low, found.high) == pytest.approx((0, 0, 0))
    assert found.two_sided == 1


def test_below_the_null_is_seen_too(rng):
    x = between(rng.standard_normal((15, 3)))
    other = between(rng.standard_normal((15, 3)))
    nulls = [x + 0.1 * between(rng.standard_normal((15, 3))) for _ in range(39)]
    found = left_over(x, other, nulls, n_resamples=20, rng=rng)
    assert found.test.pvalue == 1
    assert found.two_sided == pytest.approx(2 / 40)
    assert found.high < 0


def test_a_null_may_have_things_of_its_own(rng):
    x = between(rng.standard_normal((10, 3)))
    own = [between(rng.standard_normal((10, 3))) for _ in range(3)]
    found = left_over(x, x, own, null_x=own, n_resamples=10, rng=rng)
    assert found.delta == pytest.approx(0)


def test_the_interval_of_an_independent_effect_holds_its_delta():
    """Delta has mean 0 here; 95 % intervals miss it in at most 5 % + 3 s.e. of 80 worlds."""
    missed = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        x, y = (between(rng.standard_normal((24, 3))) for _ in range(2))
        nulls = [between(rng.standard_normal((24, 3))) for _ in range(9)]
        found = left_over(x, y, nulls, n_resamples=60, rng=rng)
        missed += not found.low <= 0 <= found.high
    assert missed / 80 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 80)


@pytest.mark.refusal
def test_a_null_is_needed(rng):
    x = between(rng.standard_normal((6, 2)))
    with pytest.raises(ValueError, match="at least one"):
        left_over(x, x, [], rng=rng)
    with pytest.raises(ValueError, match="no given"):
        left_over(x, x, [x], null_x=[x], given=[x], rng=rng)
