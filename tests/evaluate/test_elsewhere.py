"""The same arrangement elsewhere: what stays and what does not."""

import numpy as np
import pytest

from armillary.evaluate.elsewhere import Elsewhere
from armillary.inference.calibration import size


def dictionary(rng, n=400, d=20):
    return (rng.standard_normal((n, d)) * np.linspace(2, 0.2, d)).astype(np.float32)


def test_cosines_lengths_and_the_second_moment_stay_and_the_place_does_not(rng):
    rows = dictionary(rng)
    moved = Elsewhere(rows).draw(rows, rng=rng)
    np.testing.assert_allclose(moved @ moved.T, rows @ rows.T, atol=2e-4)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    there = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    np.testing.assert_allclose(there.T @ there, unit.T @ unit, atol=1e-3)
    assert np.abs((unit * there).sum(axis=1)).mean() < 0.7


def test_the_mean_direction_stays(rng):
    rows = dictionary(rng) + 3 * np.eye(20, dtype=np.float32)[7]
    mean = rows.mean(axis=0)
    moved = Elsewhere(rows).draw(rows, rng=rng).mean(axis=0)
    cosine = moved @ mean / np.linalg.norm(moved) / np.linalg.norm(mean)
    assert cosine > 0.99


def test_a_rank_among_draws_is_an_exact_test_of_gaussian_rows():
    """A statistic that knows a place, on Gaussian dictionaries of a steep spectrum."""
    aim = np.random.default_rng(9).standard_normal((20, 20))

    def test(rows, rng):
        maps = Elsewhere(rows)

        def seen(of):
            return float(np.abs(of[:30] @ aim).max())

        draws = np.array([seen(maps.draw(rows, rng=rng)) for _ in range(19)])
        return (1 + np.count_nonzero(draws >= seen(rows))) / 20

    kept = size(test, dictionary, n_draws=300, level=0.1, rng=np.random.default_rng(2))
    assert kept.keeps_level
    assert kept.rate > 0.1 - 3 * kept.standard_error, "nor is it conservative"


@pytest.mark.refusal
def test_a_dictionary_of_one_row_has_no_spectrum():
    with pytest.raises(ValueError, match="need two rows"):
        Elsewhere(np.ones((1, 3), dtype=np.float32))
