import numpy as np
import pytest

from armillary.inference import NullTest


def test_a_pvalue_is_never_zero_and_a_tie_is_no_evidence():
    assert NullTest(1.0, np.zeros(9)).pvalue == pytest.approx(1 / 10)
    assert NullTest(1.0, np.ones(9)).pvalue == 1.0


def test_the_smallest_pvalue_is_the_reach():
    assert NullTest(5.0, np.arange(4.0)).pvalue == NullTest(0.0, np.arange(4.0)).reach == 1 / 5


def test_the_effect_counts_null_standard_deviations():
    assert NullTest(3.0, np.array([-1.0, 1.0])).effect == pytest.approx(3.0)
    assert NullTest(3.0, np.ones(5)).effect == 0.0
