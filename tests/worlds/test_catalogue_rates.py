"""Ten seeds of every world: the truth is recovered, and the controls refused, at stated rates."""

import numpy as np
import pytest

from armillary.worlds import NAMES, entry

SEEDS = range(10)


def share(passed: list[bool]) -> float:
    return sum(passed) / len(passed)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_truth_is_recovered_at_the_stated_rate(name: str):
    found = entry(name)
    passed = [
        found.recover(found.make(seed=seed), np.random.default_rng([seed, 5])).passed
        for seed in SEEDS
    ]
    assert share(passed) >= found.rates[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_controls_pass_no_more_often_than_stated(name: str):
    found = entry(name)
    assert found.controls, "a test that cannot fail says nothing"
    for control in found.controls:
        passed = [
            found.recover(
                found.make_control(control, seed=seed), np.random.default_rng([seed, 5])
            ).passed
            for seed in SEEDS
        ]
        assert share(passed) <= found.rates[1], control
