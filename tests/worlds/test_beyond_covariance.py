"""Beyond covariance: nothing is seen in Gaussian rows, and what is there elsewhere."""

import numpy as np
import pytest

from armillary.worlds.beyond_covariance import beyond_covariance


def test_stretching_and_shifting_change_nothing():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((400, 3)) ** 3
    stretched = points * np.array([10.0, 1.0, 0.1]) + 5
    first = beyond_covariance(points, draws=20, rng=np.random.default_rng(1))
    second = beyond_covariance(stretched, draws=20, rng=np.random.default_rng(1))
    assert first.kurtosis == pytest.approx(second.kurtosis)


def test_a_skewed_cloud_is_seen_by_its_skewness():
    points = np.random.default_rng(0).exponential(size=(1000, 4))
    seen = beyond_covariance(points, draws=399, rng=np.random.default_rng(1))
    assert seen.skewness > 0.5
    assert seen.pvalue == pytest.approx(3 / 400)


@pytest.mark.slow
def test_gaussian_rows_are_rejected_no_more_often_than_the_level():
    rng = np.random.default_rng(3)
    rejected = 0
    for _ in range(300):
        points = rng.standard_normal((200, 3)) @ np.diag([3.0, 1.0, 0.2])
        rejected += beyond_covariance(points, draws=99, rng=rng).pvalue <= 0.1
    assert rejected / 300 <= 0.1 + 3 * np.sqrt(0.09 / 300)
