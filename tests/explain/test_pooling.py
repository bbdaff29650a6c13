import numpy as np
import pytest

from armillary.explain.pooling import interval_of, pooled_units, pooled_values


def units_of(rng, *, n, between=0.0):
    loss = 1.5 + between * rng.standard_normal() + 0.3 * rng.standard_normal(n)
    return np.column_stack([loss, np.full(n, 2.0), np.full(n, 1.0)])


def test_the_interval_over_units_is_the_textbook_one():
    units = units_of(np.random.default_rng(0), n=100)
    low, high = interval_of(pooled_units([units]))
    error = units[:, 0].std() / 10
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.1)
    assert low < 2 - units[:, 0].mean() < high


def test_seeds_that_differ_widen_it():
    rng = np.random.default_rng(1)
    same = [units_of(rng, n=100) for _ in range(3)]
    apart = [units_of(rng, n=100, between=0.5) for _ in range(3)]
    width = [np.diff(interval_of(pooled_units(one)))[0] for one in (same, apart)]
    assert width[1] > 2 * width[0]


def test_units_are_the_same_in_every_theory_so_that_what_they_share_cancels():
    rng = np.random.default_rng(2)
    one = units_of(rng, n=50)
    other = one - [[0.1, 0, 0]]
    over = pooled_units([other], name="a") - pooled_units([one], name="b")
    np.testing.assert_allclose(over, 0.1, atol=1e-9)


def test_many_units_are_summed_into_blocks_and_say_the_same():
    units = units_of(np.random.default_rng(3), n=5000)
    low, high = interval_of(pooled_units([units]))
    assert (high - low) / 2 == pytest.approx(1.96 * 0.3 / np.sqrt(5000), rel=0.15)


def test_without_units_seeds_give_students_interval():
    values = np.array([0.1, 0.2, 0.3])
    low, high = interval_of(pooled_values(values))
    half = 4.303 * 0.1 / np.sqrt(3)
    assert high - 0.2 == pytest.approx(half, rel=0.25)
    assert 0.2 - low == pytest.approx(half, rel=0.25)


def test_draws_that_are_mostly_no_numbers_give_no_interval():
    assert np.isnan(interval_of(np.r_[np.full(600, np.nan), np.zeros(400)])).all()
