from itertools import permutations

import numpy as np
import pytest

from armillary.algebra import additive_share, offset_consistency, parallelogram_test
from armillary.algebra.distractors import half_by_half
from armillary.algebra.pairings import jackknifed, pair_interval, pairings


def test_rows_plus_columns_have_share_one_and_dealt_columns_one_over_their_number():
    rng = np.random.default_rng(0)
    row, column = rng.standard_normal((8, 1, 5)), rng.standard_normal((1, 3, 5))
    assert additive_share(row + column) == pytest.approx(1.0)
    shares = [additive_share(rng.standard_normal((40, 3, 5))) for _ in range(200)]
    error = np.std(shares) / np.sqrt(len(shares))
    assert abs(np.mean(shares) - 1 / 3) < 4 * error


def test_what_the_share_leaves_is_the_sum_of_squared_closing_errors():
    table = np.random.default_rng(1).standard_normal((5, 2, 4))
    closing = table[:, None, 1] - table[:, None, 0] - table[None, :, 1] + table[None, :, 0]
    interaction = np.square(closing).sum() / (4 * len(table))
    away = table - table.mean(axis=0)
    assert 1 - additive_share(table) == pytest.approx(interaction / np.square(away).sum())


def test_the_null_holds_the_share_of_every_other_pairing():
    table = np.random.default_rng(2).standard_normal((5, 2, 7))
    made = parallelogram_test(table, rng=np.random.default_rng(0))
    every = [
        additive_share(np.stack([table[:, 0], table[list(order), 1]], axis=1))
        for order in permutations(range(5))
        if order != tuple(range(5))
    ]
    np.testing.assert_allclose(np.sort(made.test.test.null), np.sort(every))
    assert made.test.exact
    assert made.test.reach == pytest.approx(1 / 120)


def test_a_grid_of_three_columns_is_seen_and_dealing_one_column_is_not_enough():
    rng = np.random.default_rng(3)
    table = rng.standard_normal((7, 1, 10)) + rng.standard_normal((1, 3, 10))
    table += 0.5 * rng.standard_normal((7, 3, 10))
    made = parallelogram_test(table, n_draws=999, rng=rng)
    assert made.pvalue == 1 / 1000
    assert made.low < made.value < made.high
    table[:, 2] = np.roll(table[:, 2], 1, axis=0)
    assert parallelogram_test(table, n_draws=999, rng=rng).value < made.value


def test_offsets_that_are_parallel_have_cosine_one_and_a_common_shift_is_chance():
    rng = np.random.default_rng(4)
    left = rng.standard_normal((7, 30))
    made = offset_consistency(left, left + rng.standard_normal(30), rng=rng)
    assert made.value == pytest.approx(1.0)
    assert made.pvalue == 1 / 5040
    shifted = offset_consistency(left, rng.standard_normal((7, 30)) + 5, rng=rng)
    assert shifted.value > 0.8
    assert shifted.chance > 0.8


def test_offsets_are_measured_as_written_down():
    rng = np.random.default_rng(5)
    left, right = rng.standard_normal((2, 6, 40))
    made = offset_consistency(left, right, rng=rng)
    offset = right - left
    unit = offset / np.linalg.norm(offset, axis=1, keepdims=True)
    i, j = np.triu_indices(6, 1)
    assert made.value == pytest.approx((unit @ unit.T)[i, j].mean())


def test_the_interval_covers_what_it_estimates():
    """Mean over pairs of x_i x_j estimates 0.25; 200 intervals of 95 % miss it at most so often."""
    rng = np.random.default_rng(6)
    missed = 0
    for _ in range(200):
        x = 0.5 + 0.5 * rng.standard_normal(30)
        low, high = pair_interval(np.outer(x, x), lowest=-np.inf, highest=np.inf)
        missed += not low <= 0.25 <= high
    assert missed / 200 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_all_right_is_no_certainty():
    low, high = pair_interval(np.ones((10, 10), dtype=bool))
    assert high == 1.0
    assert low == pytest.approx(0.025 ** (1 / 10))
    assert jackknifed(0.3, np.full(5, 0.3), lowest=-1.0) == (0.3, 0.3)


@pytest.mark.refusal
def test_too_few_rows_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="3 rows"):
        parallelogram_test(np.zeros((2, 2, 3)), rng=rng)
    with pytest.raises(ValueError, match="re-paired"):
        pairings(1, rng=rng)


@pytest.mark.parametrize(("n", "exact"), [(7, True), (8, False)])
def test_pairings_are_listed_up_to_seven_pairs_of_two_columns(n, exact):
    rng = np.random.default_rng(11)
    left, right = rng.standard_normal((2, n, 6))
    assert pairings(n, n_draws=9, rng=rng).exact is exact
    assert offset_consistency(left, right, n_draws=9, rng=rng).test.exact is exact
    two = np.stack([left, right], axis=1)
    assert parallelogram_test(two, n_draws=9, rng=rng).test.exact is exact
    three = np.stack([left, right, right + left], axis=1)
    assert not parallelogram_test(three, n_draws=9, rng=rng).test.exact
    assert not half_by_half([(left, right)], n_draws=9, rng=rng).share.test.exact


@pytest.mark.refusal
@pytest.mark.parametrize("d", [4, 60])
def test_a_pair_of_equal_vectors_is_refused_in_few_dimensions_and_in_many(d):
    left, right = np.random.default_rng(12).standard_normal((2, 6, d))
    right[2] = left[2]
    with pytest.raises(ValueError, match="same vector"):
        offset_consistency(left, right, rng=np.random.default_rng(0))
