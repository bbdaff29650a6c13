import numpy as np
import pytest

from armillary.core import BadInput
from armillary.worlds.point_set import balanced_labels, split_counts, spread, standardised


def test_points_are_centred_with_mean_squared_norm_one(rng):
    points = standardised(5 + 3 * rng.standard_normal((40, 6))).points
    assert points.mean(axis=0) == pytest.approx(np.zeros(6), abs=1e-12)
    assert (points**2).sum(axis=1).mean() == pytest.approx(1.0)


def test_points_that_coincide_have_no_size():
    with pytest.raises(BadInput, match="coincide"):
        standardised(np.ones((4, 3)))


def test_spread_positions_leave_no_gap_of_two_cells(rng):
    position = spread(50, rng=rng)
    assert (np.floor(position * 50) == np.arange(50)).all()
    assert np.diff(position).max() < 2 / 50


def test_counts_add_up_and_respect_the_least(rng):
    counts = split_counts(31, 6, least=3, rng=rng)
    assert counts.sum() == 31
    assert counts.min() >= 3


def test_labels_are_balanced():
    counts = np.bincount(balanced_labels(17, 5))
    assert set(counts) == {3, 4}
