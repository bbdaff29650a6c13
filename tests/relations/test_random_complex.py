import numpy as np
import pytest

from armillary.core import BadInput
from armillary.relations import clamped, degree_preserving, removal_curve


def margins(facets, n):
    return [len(one) for one in facets], np.bincount(np.concatenate(facets), minlength=n).tolist()


def test_every_size_and_every_degree_is_kept_and_the_rest_is_not():
    rng = np.random.default_rng(0)
    facets = [tuple(rng.choice(12, rng.integers(1, 5), replace=False).tolist()) for _ in range(30)]
    drawn = list(degree_preserving(facets, draws=5, rng=rng))
    assert all(margins(one, 12) == margins(facets, 12) for one in drawn)
    assert all(one != [tuple(sorted(f)) for f in facets] for one in drawn)
    assert all(len(set(f)) == len(f) for one in drawn for f in one)


def test_all_tables_with_the_margins_are_equally_likely():
    """Three points, three edges as margins allow: counted against every table there is."""
    facets = [(0, 1), (0, 2), (1,)]  # sizes 2, 2, 1; degrees 2, 2, 1
    tables = [
        ((0, 1), (0, 1), (2,)), ((0, 1), (0, 2), (1,)), ((0, 1), (1, 2), (0,)),
        ((0, 2), (0, 1), (1,)), ((1, 2), (0, 1), (0,)),
    ]  # fmt: skip
    n = 2000
    counted = {table: 0 for table in tables}
    for one in degree_preserving(facets, draws=n, trades=8, rng=np.random.default_rng(1)):
        counted[tuple(one)] += 1
    share = np.array(list(counted.values())) / n
    assert np.abs(share - 0.2).max() <= 4 * np.sqrt(0.2 * 0.8 / n)


def test_ranks_are_uniform_however_few_trades_there_are():
    """Observed tables drawn from the null itself, with chains far too short to mix."""
    rng, ranks = np.random.default_rng(2), []
    start = [tuple(rng.choice(8, 3, replace=False).tolist()) for _ in range(10)]
    pool = degree_preserving(start, draws=300, trades=50, rng=rng)
    for observed in pool:
        drawn = list(degree_preserving(observed, draws=9, trades=1, rng=rng))
        values = np.array([overlap(one) for one in [observed, *drawn]]) + 1e-6 * rng.random(10)
        ranks.append(int((values >= values[0]).sum()))
    # P(rank <= 1) = 1 / 10 for exchangeable values
    assert np.mean(np.array(ranks) == 1) <= 0.1 + 3 * np.sqrt(0.1 * 0.9 / 300)
    assert np.mean(np.array(ranks) == 10) <= 0.1 + 3 * np.sqrt(0.1 * 0.9 / 300)


def overlap(facets):
    return sum(len(set(a) & set(b)) ** 2 for a in facets for b in facets)


def test_clamping_takes_a_vertex_out_of_every_simplex():
    assert clamped([(0, 1, 2), (1,), (2, 3)], [1]) == [(0, 2), (2, 3)]
    assert clamped([(0,)], [0]) == []


def test_a_curve_of_removal_ends_in_what_is_left():
    def betti(facets):
        return np.array([len(facets), 0])

    found = removal_curve([(0,), (1,), (2,), (3,)], [3, 2, 1, 0], betti=betti, shares=(0.0, 0.5))
    assert found.tolist() == [[4, 0], [2, 0]]


def test_orders_and_simplices_that_make_no_sense_are_refused():
    with pytest.raises(BadInput, match="each of 2"):
        removal_curve([(0,), (1,)], [0, 0], betti=lambda _: np.zeros(1, dtype=int))
    with pytest.raises(BadInput, match="shares"):
        removal_curve([(0,)], [0], betti=lambda _: np.zeros(1, dtype=int), shares=(1.0,))
    with pytest.raises(BadInput, match="repeats a vertex"):
        degree_preserving([(0, 0), (1,)], draws=1, rng=np.random.default_rng(0))
