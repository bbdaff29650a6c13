import numpy as np
import pytest
from scipy.stats import binom

from armillary.inference.calibration import Calibration, binomial_interval, power, size


def uniform_test(sample: float, rng: np.random.Generator) -> float:
    return sample


def test_an_honest_test_keeps_its_level_and_an_eager_one_does_not(rng):
    honest = size(uniform_test, lambda rng: rng.random(), n_draws=2000, rng=rng)
    eager = size(lambda x, rng: x / 2, lambda rng: rng.random(), n_draws=2000, rng=rng)
    assert honest.rate == pytest.approx(0.05, abs=3 * honest.standard_error)
    assert honest.keeps_level
    assert not eager.keeps_level


def test_power_is_the_share_of_structured_draws_seen(rng):
    seen = power(uniform_test, lambda rng: rng.beta(1, 50), n_draws=2000, level=0.01, rng=rng)
    assert seen.rate == pytest.approx(1 - 0.99**50, abs=3 * seen.standard_error)


def test_each_draw_has_its_own_stream():
    pvalues = size(
        lambda sample, rng: rng.random(),
        lambda rng: rng.random(10),
        n_draws=50,
        rng=np.random.default_rng(0),
    ).pvalues
    assert np.unique(pvalues).size == 50


def test_the_interval_excludes_exactly_what_a_binomial_test_excludes():
    low, high = binomial_interval(3, 40)
    assert binom.sf(2, 40, low) == pytest.approx(0.025)
    assert binom.cdf(3, 40, high) == pytest.approx(0.025)


def test_none_of_n_leaves_the_rule_of_three():
    low, high = binomial_interval(0, 100)
    assert low == 0
    assert high == pytest.approx(1 - 0.025 ** (1 / 100))
    assert binomial_interval(100, 100)[1] == 1


def test_the_interval_of_a_calibration_holds_its_rate():
    found = Calibration(np.array([0.01, 0.2, 0.9, 0.04]), 0.05)
    assert found.rate == 0.5
    assert found.interval[0] < 0.5 < found.interval[1]


@pytest.mark.parametrize(("count", "n_draws"), [(-1, 5), (6, 5), (0, 0)])
def test_impossible_counts_are_refused(count: int, n_draws: int):
    with pytest.raises(ValueError, match=f"got {count} of {n_draws}"):
        binomial_interval(count, n_draws)
