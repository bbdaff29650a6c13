"""Mantel tests: two tables of distances, and what a third explains of both."""

import itertools

import numpy as np
import pytest

from armillary.inference.calibration import size
from armillary.inference.mantel import mantel, mantel_test, pairs_of


def between(rows: np.ndarray) -> np.ndarray:
    return np.linalg.norm(rows[:, None] - rows[None], axis=2)


def test_a_table_goes_with_itself_and_with_its_scaled_and_shifted_copy(rng):
    x = between(rng.standard_normal((9, 3)))
    assert mantel(x, x) == pytest.approx(1)
    assert mantel(x, 3 - 2 * x) == pytest.approx(-1)
    assert mantel(x, np.exp(x), method="spearman") == pytest.approx(1)


def test_it_is_the_correlation_of_the_pairs(rng):
    x, y = (between(rng.standard_normal((8, 3))) for _ in range(2))
    assert mantel(x, y) == pytest.approx(np.corrcoef(pairs_of(x), pairs_of(y))[0, 1])


def test_another_order_of_the_things_changes_nothing(rng):
    x, y, z = (between(rng.standard_normal((8, 3))) for _ in range(3))
    order = rng.permutation(8)
    moved = [table[np.ix_(order, order)] for table in (x, y, z)]
    assert mantel(moved[0], moved[1], given=[moved[2]]) == pytest.approx(mantel(x, y, given=[z]))


def test_the_partial_correlation_is_the_textbook_one(rng):
    x, y, z = (between(rng.standard_normal((10, 2))) for _ in range(3))
    xy, xz, yz = mantel(x, y), mantel(x, z), mantel(y, z)
    formula = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert mantel(x, y, given=[z]) == pytest.approx(formula)


def test_nothing_is_left_of_a_table_that_is_given(rng):
    x, y = (between(rng.standard_normal((7, 2))) for _ in range(2))
    assert mantel(x, y, given=[x]) == 0
    assert mantel(np.ones((7, 7)), y) == 0


def test_draws_agree_with_every_order_of_five_things(rng):
    x = between(rng.standard_normal((5, 2)))
    y = x + 0.4 * between(rng.standard_normal((5, 2)))
    every = [
        mantel(x, y[np.ix_(order, order)]) for order in map(list, itertools.permutations(range(5)))
    ]
    exact = np.mean(np.array(every) >= mantel(x, y) - 1e-12)
    drawn = mantel_test(x, y, n_draws=4000, rng=rng)
    three_errors = 3 * np.sqrt(exact * (1 - exact) / 4000) + 1 / 4001
    assert drawn.pvalue == pytest.approx(exact, abs=three_errors)


def test_a_seed_decides_the_test():
    x, y = (between(np.random.default_rng(s).standard_normal((12, 3))) for s in (1, 2))
    one, two = (mantel_test(x, y, n_draws=70, rng=np.random.default_rng(5)).null for _ in range(2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_the_level_is_kept_with_and_without_a_third_table(method):
    def drawn(rng):
        shared = between(rng.standard_normal((16, 3)))
        noise = [between(rng.standard_normal((16, 3))) for _ in range(2)]
        return shared, [shared + one for one in noise]

    def partial(sample, rng):
        shared, (x, y) = sample
        return mantel_test(x, y, given=[shared], method=method, n_draws=99, rng=rng).pvalue

    def plain(sample, rng):
        shared, (x, _) = sample
        other = between(rng.standard_normal((16, 3)))
        return mantel_test(x, other, method=method, n_draws=99, rng=rng).pvalue

    for test in (partial, plain):
        kept = size(test, drawn, n_draws=200, level=0.05, rng=np.random.default_rng(3))
        assert kept.keeps_level, kept.rate


@pytest.mark.refusal
def test_what_makes_no_pairs_is_refused(rng):
    x = between(rng.standard_normal((6, 2)))
    with pytest.raises(ValueError, match=r"shape \(5, 5\)"):
        mantel(x, x[:5, :5])
    with pytest.raises(ValueError, match="4 things"):
        mantel(x[:3, :3], x[:3, :3])
    with pytest.raises(ValueError, match="'kendall' is not known"):
        mantel(x, x, method="kendall")
