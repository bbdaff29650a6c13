"""Assignment: the sparse way is the dense one where it says so, and never better than its bound."""

import itertools

import numpy as np
import pytest

from armillary.core import BadInput, Codes
from armillary.core.tokens import Tokens
from armillary.evaluate.assignment import assign, bootstrap_mean
from armillary.evaluate.cofirings import LEAST_FIRED, SHIFTED, Cofirings
from armillary.evaluate.cosines import Cosines
from armillary.evaluate.lineage import lineage, pair_threshold
from armillary.evaluate.similar import Mean
from armillary.evaluate.streamed import whole

D = 24


def cosines(n_a: int, n_b: int, seed: int = 0) -> Cosines:
    rng = np.random.default_rng(seed)
    a, b = (rng.standard_normal((n, D)).astype(np.float32) for n in (n_a, n_b))
    return Cosines.of(a, b)


def codes(n: int, seed: int, *, rate: float = 0.05, n_tokens: int = 3_000) -> Codes:
    rng = np.random.default_rng(seed)
    value = rng.random((n_tokens, n)) * (rng.random((n_tokens, n)) < rate)
    token, feature = np.nonzero(value)
    return Codes.from_triples(
        token, feature, value[token, feature].astype(np.float32), n_tokens=n_tokens, n_features=n
    )


def test_small_tables_are_solved_as_by_trying_every_way():
    similar = cosines(4, 6)
    table = whole(similar)
    best = max(
        sum(float(table[i, j]) for i, j in enumerate(order))
        for order in itertools.permutations(range(6), 4)
    )
    for dense_bytes in (0, 1 << 20):
        assert 4 * assign(similar, dense_bytes=dense_bytes).mean == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize(("n_a", "n_b"), [(300, 500), (500, 300), (400, 400)])
@pytest.mark.parametrize("candidates", [2, 16])
def test_the_sparse_way_never_beats_the_dense_one_and_its_bound_holds(n_a, n_b, candidates):
    similar = cosines(n_a, n_b)
    dense = assign(similar)
    sparse = assign(similar, candidates=candidates, dense_bytes=0)
    assert dense.method == "dense"
    assert dense.exact
    assert sparse.method == "sparse"
    assert sparse.mean <= dense.mean + 1e-6 <= sparse.bound + 2e-6
    if sparse.exact:
        assert sparse.mean == pytest.approx(dense.mean, abs=2e-6)
    for found in (dense, sparse):
        assert found.first.size == np.unique(found.first).size == min(n_a, n_b)
        assert np.unique(found.second).size == min(n_a, n_b)
        np.testing.assert_allclose(
            found.value, whole(similar)[found.first, found.second], atol=1e-6
        )


def test_a_shuffled_copy_is_put_back_in_order_and_proved_to_be():
    rows = np.random.default_rng(1).standard_normal((600, D)).astype(np.float32)
    order = np.random.default_rng(2).permutation(600)
    for dense_bytes in (0, 1 << 30):
        found = assign(Cosines.of(rows, rows[order]), dense_bytes=dense_bytes)
        assert found.exact
        np.testing.assert_array_equal(order[found.second], found.first)
    assert found.mean == pytest.approx(1, abs=1e-6)
    low, high = found.interval(rng=np.random.default_rng(0))
    assert low == pytest.approx(1, abs=1e-6)
    assert high == pytest.approx(1, abs=1e-6)


def test_what_all_want_still_gets_one_partner_each():
    rows = np.ones((50, D), dtype=np.float32)
    found = assign(Cosines.of(rows, rows), candidates=3, dense_bytes=0)
    assert np.unique(found.second).size == 50
    assert found.mean == pytest.approx(1, abs=1e-6)


def test_the_interval_covers_a_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(60):
        low, high = bootstrap_mean(rng.exponential(1, 80), rng=rng)
        covered += low <= 1 <= high
    assert covered >= 60 * 0.95 - 3 * np.sqrt(60 * 0.95 * 0.05) - 1  # skewed: a little short


def test_co_firing_is_the_correlation_of_who_fires():
    a, b = codes(40, 0), codes(60, 1)
    similar = Cofirings(a, b)
    on_a, on_b = (one.matrix(binary=True).toarray() for one in (a, b))
    expected = np.corrcoef(on_a.T, on_b.T)[:40, 40:]
    np.testing.assert_allclose(whole(similar), expected, atol=1e-6)
    rows, columns = np.arange(40), np.arange(20, 60)
    np.testing.assert_allclose(similar.pairs(rows, columns), expected[rows, columns], atol=1e-6)
    down, up = similar.shares(rows, columns)
    both = (on_a[:, rows] * on_b[:, columns]).sum(axis=0)
    np.testing.assert_allclose(down, both / on_b[:, columns].sum(axis=0), atol=1e-6)
    np.testing.assert_allclose(up, both / on_a[:, rows].sum(axis=0), atol=1e-6)
    rare = Cofirings(codes(40, 0, rate=(LEAST_FIRED - 8) / 3_000), b)
    assert whole(rare)[rare.a.firing_count() < LEAST_FIRED].any() == np.False_


def test_chance_keeps_rates_and_moves_the_text():
    a, b = codes(40, 0), codes(40, 0)
    assert assign(Cofirings(a, b)).mean == pytest.approx(1, abs=1e-6)
    for side in ("a", "b"):
        moved = Cofirings(a, b).chance(SHIFTED, side, rng=np.random.default_rng(0))
        np.testing.assert_array_equal(moved.a.firing_count(), a.firing_count())
        np.testing.assert_array_equal(moved.b.firing_count(), b.firing_count())
        assert assign(moved).mean < 0.1
    both = Mean([cosines(40, 40), Cofirings(a, b)])
    np.testing.assert_allclose(
        whole(both), (whole(both.parts[0]) + whole(both.parts[1])) / 2, atol=1e-6
    )
    assert both.nulls == both.parts[0].nulls
    assert whole(both.chance(both.nulls[0], "a", rng=np.random.default_rng(0))).max() < 0.6


def test_single_pairs_pass_their_threshold_as_rarely_as_it_says():
    similar, rng = cosines(400, 400), np.random.default_rng(0)
    threshold = pair_threshold(similar, rng=rng, quantile=0.99)
    share = (whole(similar) > threshold).mean()
    assert share <= 0.01 + 3 * np.sqrt(0.01 * 0.99 / 400)  # rows of a table are not independent
    assert threshold < lineage(similar, rng=rng).threshold


@pytest.mark.refusal
def test_what_cannot_be_compared_is_refused():
    with pytest.raises(BadInput, match="one layer"):
        Cosines.of(np.eye(4, dtype=np.float32), np.eye(5, dtype=np.float32))
    with pytest.raises(BadInput, match="same text|same tokens|not of the same"):
        Cofirings(codes(4, 0), codes(4, 0, n_tokens=100))
    text = [
        Tokens(np.full(3_000, word), np.zeros(3_000, dtype=int), np.arange(3_000))
        for word in (0, 1)
    ]
    held = [
        Codes(one.offset, one.feature, one.value, one.feature_id, words)
        for one, words in zip((codes(4, 0), codes(4, 1)), text, strict=True)
    ]
    with pytest.raises(BadInput, match="not of the same"):
        Cofirings(*held)
    with pytest.raises(BadInput, match="same features"):
        Mean([cosines(4, 4), cosines(4, 5)])
    with pytest.raises(BadInput, match="candidates"):
        assign(cosines(4, 4), candidates=0)
    with pytest.raises(BadInput, match="quantile"):
        lineage(cosines(4, 4), rng=np.random.default_rng(0), quantile=1.0)
