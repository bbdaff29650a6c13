import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import false_discovery_control

from armillary.inference.multiplicity import benjamini_hochberg, benjamini_yekutieli, holm, weighted

ADJUSTMENTS = [benjamini_hochberg, benjamini_yekutieli, holm]
pvalues = hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(1e-9, 1.0))


@given(pvalues)
def test_false_discovery_rates_agree_with_scipy(p: np.ndarray):
    assert benjamini_hochberg(p) == pytest.approx(false_discovery_control(p, method="bh"))
    assert benjamini_yekutieli(p) == pytest.approx(false_discovery_control(p, method="by"))


def test_a_worked_example_by_hand():
    p = np.array([0.04, 0.01, 0.03, 0.5])
    # sorted .01 .03 .04 .5: times 4/rank gives .04 .06 .0533 .5, and .0533 lowers the second
    assert benjamini_hochberg(p) == pytest.approx([0.16 / 3, 0.04, 0.16 / 3, 0.5])
    # times 4 3 2 1 gives .04 .09 .08 .5, and .09 raises the third
    assert holm(p) == pytest.approx([0.09, 0.04, 0.09, 0.5])


@pytest.mark.parametrize("adjust", ADJUSTMENTS)
@given(p=pvalues)
def test_order_of_tests_does_not_matter_and_nothing_falls_below_p(adjust, p: np.ndarray):
    back = np.arange(p.size)[::-1]
    assert adjust(p[back]) == pytest.approx(adjust(p)[back])
    assert (adjust(p) >= p - 1e-15).all()
    assert (adjust(p) <= 1).all()


@given(pvalues)
def test_holm_is_stricter_than_benjamini_hochberg(p: np.ndarray):
    assert (holm(p) >= benjamini_hochberg(p) - 1e-12).all()


@pytest.mark.parametrize("adjust", ADJUSTMENTS)
def test_one_test_is_left_as_it_is_and_none_is_fine(adjust):
    assert adjust(np.array([0.03])) == pytest.approx([0.03])
    assert adjust(np.empty(0)).size == 0


def test_the_callers_array_is_left_alone():
    p = np.array([0.5, 0.01])
    benjamini_hochberg(p)
    assert p.tolist() == [0.5, 0.01]


def test_fifty_six_perfect_weeks_are_needed_among_a_thousand_groups():
    def smallest_q(perfect: int) -> float:
        return benjamini_hochberg(np.r_[np.full(perfect, 1 / 360), np.ones(1000 - perfect)]).min()

    assert smallest_q(55) > 0.05
    assert smallest_q(56) <= 0.05


@pytest.mark.parametrize("adjust", ADJUSTMENTS)
@pytest.mark.parametrize("bad", [-0.1, 1.5, np.nan])
def test_what_is_no_p_value_is_refused(adjust, bad: float):
    with pytest.raises(ValueError, match=r"\[0, 1\], got .* at 1"):
        adjust(np.array([0.5, bad]))


def test_weights_of_any_sum_divide_p_and_equal_ones_change_nothing():
    p = np.array([0.01, 0.2, 0.6])
    assert weighted(p, None) is p
    assert weighted(p, np.full(3, 7.0)) == pytest.approx(p)
    assert weighted(p, np.array([2.0, 1.0, 1.0])) == pytest.approx([0.02 / 3, 0.8 / 3, 0.8])
    assert weighted(p, np.array([1.0, 1.0, 0.01]))[2] == 1.0


def test_weighted_p_values_keep_the_false_discovery_rate(rng):
    level, runs, n = 0.05, 2000, 30
    weight = np.r_[np.full(20, 0.1), np.ones(10)]
    some = sum(
        (benjamini_hochberg(weighted(rng.random(n), weight)) <= level).any() for _ in range(runs)
    )
    assert some / runs <= level + 3 * np.sqrt(level * (1 - level) / runs)
