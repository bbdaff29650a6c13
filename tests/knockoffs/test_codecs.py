import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from armillary.core.codes import Codes
from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs import (
    KMeans,
    LowRank,
    Product,
    Residual,
    Scalar,
    Shared,
    Theory,
    Transform,
    place,
)
from armillary.knockoffs.bound import gaussian_bound
from armillary.knockoffs.columns import columns_bits, pack_columns, unpack_columns
from armillary.knockoffs.rate import step_for
from armillary.knockoffs.weights import row_weights

M, D = 4_000, 16


def gaussian(variance: np.ndarray, *, n: int = M) -> tuple[FeatureSpace, Shared]:
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.standard_normal((variance.size, variance.size)))[0]
    rows = (rng.standard_normal((n, variance.size)) * np.sqrt(variance)) @ turn
    ids = np.arange(n)
    return FeatureSpace(rows.astype(np.float32), ids), Shared(ids, variance.size)


def spent(theory: Theory, space: FeatureSpace, shared: Shared) -> tuple[float, float]:
    """Bits a row, and squared error a row."""
    message = theory.fit(space, shared, rng=np.random.default_rng(0))
    placed = place(message.to_bytes(), shared, rng=np.random.default_rng(0)).directions
    lost = ((space.directions - placed).astype(np.float64) ** 2).sum() / space.n_features
    return message.bits / space.n_features, float(lost)


def variances(space: FeatureSpace) -> np.ndarray:
    rows = space.directions.astype(np.float64)
    return np.linalg.eigvalsh(rows.T @ rows) / len(rows)


@given(
    arrays(np.int64, array_shapes(min_dims=2, max_dims=2, max_side=6),
           elements=st.integers(-40, 40)),
    st.integers(1, 3),
)  # fmt: skip
def test_columns_come_back(symbols: np.ndarray, n_groups: int):
    group = np.arange(len(symbols)) % n_groups
    assert np.array_equal(unpack_columns(pack_columns(symbols, group=group), group=group), symbols)


@pytest.mark.parametrize("spread", [0.3, 3.0, 40.0])
@pytest.mark.parametrize("draw", ["standard_normal", "standard_cauchy"])
def test_columns_cost_about_their_entropy(draw: str, spread: float):
    rng = np.random.default_rng(0)
    numbers = getattr(rng, draw)((20_000, 3)) * spread
    symbols = np.round(numbers).clip(-30_000, 30_000).astype(np.int64)
    entropy = 0.0
    for column in symbols.T:
        share = np.unique(column, return_counts=True)[1] / len(symbols)
        entropy -= float((share * np.log2(share)).sum())
    used = 8 * len(pack_columns(symbols)) / len(symbols)
    values = np.unique(symbols).size
    assert entropy <= used + 0.01  # rounding of shares never helps
    if values < 1_000:
        assert used < 1.02 * entropy + 8 * 3 * (values + 20) / len(symbols)
    assert used == pytest.approx(sum(columns_bits(symbols)) / len(symbols), rel=0.15)


def test_a_number_too_large_for_columns_is_refused():
    with pytest.raises(BadInput, match="40,000"):
        pack_columns(np.array([[40_000]]))


def test_the_bound_has_its_closed_form_where_all_axes_are_used():
    value = np.array([4.0, 2.0, 1.0])
    bits = 3.0
    assert gaussian_bound(value, bits) == pytest.approx(3 * 2 ** ((np.log2(8.0) - 2 * bits) / 3))
    assert gaussian_bound(value, 0) == pytest.approx(7)
    assert gaussian_bound(np.array([4.0, 0.0]), 1) == pytest.approx(1)
    assert gaussian_bound(np.array([4.0, 1.0]), 0.5) == pytest.approx(3)  # the second is not said


def test_no_bound_without_variance():
    with pytest.raises(BadInput, match="no bound"):
        gaussian_bound(np.zeros(3), 1)


@pytest.mark.parametrize("rate", [20.0, 50.0, 90.0])
def test_the_transform_comes_near_the_bound_of_gaussian_rows(rate: float):
    """Within .3 bits a coefficient: .254 is lost to cubes, the rest to axes and headers."""
    space, shared = gaussian(np.geomspace(9, 0.5, D), n=20_000)
    bits, lost = spent(Transform(rate), space, shared)
    value = variances(space)
    assert rate * 0.95 < bits <= rate
    assert gaussian_bound(value, bits) < lost < gaussian_bound(value, bits - 0.3 * D)


CODECS: list[Theory] = [
    Transform(8), Transform(40), Scalar(30), Scalar(60), LowRank(3), KMeans(8), KMeans(64),
    Product(4, nbits=4), Product(8, nbits=6), Residual(3, nbits=3),
]  # fmt: skip


@pytest.mark.parametrize("theory", CODECS, ids=lambda t: t.label)
def test_no_codec_beats_the_bound(theory: Theory):
    """A check of honest bytes; a few rows could be learned by heart, so there are many."""
    space, shared = gaussian(np.geomspace(4, 0.25, D))
    bits, lost = spent(theory, space, shared)
    assert lost > gaussian_bound(variances(space), bits)


@pytest.mark.parametrize("theory", CODECS, ids=lambda t: t.label)
def test_what_is_said_is_better_than_the_mean(theory: Theory):
    space, shared = gaussian(np.geomspace(4, 0.25, D))
    assert spent(theory, space, shared)[1] < variances(space).sum()


@pytest.mark.parametrize("kind", [Transform, Scalar])
def test_more_bits_lose_less(kind: type[Transform] | type[Scalar]):
    space, shared = gaussian(np.ones(D))
    lost = [spent(kind(rate), space, shared)[1] for rate in (24.0, 40.0, 64.0)]
    assert lost == sorted(lost, reverse=True)


@pytest.mark.parametrize("kind", [Transform, Scalar])
def test_fewer_bits_than_headers_are_refused(kind: type[Transform] | type[Scalar]):
    space, shared = gaussian(np.ones(D), n=20)
    with pytest.raises(BadInput, match="cannot hold even the headers"):
        kind(1.0).fit(space, shared, rng=np.random.default_rng(0))


@pytest.mark.parametrize("kind", [Transform, Scalar])
@pytest.mark.parametrize("rate", [5.0, 10.0, 13.0, 16.0, 20.0, 28.0, 36.0])
def test_rates_near_the_headers_are_held_or_refused(kind: type[Transform] | type[Scalar], rate):
    space, shared = gaussian(np.ones(D), n=30)
    theory = kind(rate)
    try:
        message = theory.fit(space, shared, rng=np.random.default_rng(0))
    except BadInput:
        return
    assert message.bits <= rate * 30


def test_the_transform_saves_where_columns_are_correlated():
    space, shared = gaussian(np.geomspace(100, 0.01, D))
    assert spent(Transform(40), space, shared)[1] < 0.5 * spent(Scalar(40), space, shared)[1]


def test_low_rank_is_exact_at_full_rank_and_on_its_rank():
    space, shared = gaussian(np.array([3.0, 2.0, 1.0]))
    assert spent(LowRank(3), space, shared)[1] < 1e-3
    bits, lost = spent(LowRank(2), space, shared)
    assert lost == pytest.approx(variances(space)[0], rel=0.01)
    assert bits == pytest.approx(16, rel=0.05)


def test_low_rank_above_the_dimension_is_refused():
    space, shared = gaussian(np.ones(3))
    with pytest.raises(BadInput, match="rank 4 of a space of 3"):
        LowRank(4).fit(space, shared, rng=np.random.default_rng(0))


def test_slices_must_divide_the_dimension():
    space, shared = gaussian(np.ones(5), n=50)
    with pytest.raises(BadInput, match="3 slices do not divide 5"):
        Product(3, nbits=2).fit(space, shared, rng=np.random.default_rng(0))


@pytest.mark.parametrize("theory", [Product(1, nbits=9), Residual(0), KMeans(51)])
def test_more_codes_than_features_are_refused(theory: Theory):
    space, shared = gaussian(np.ones(5), n=50)
    with pytest.raises(BadInput, match="for 50 features|of 50 features"):
        theory.fit(space, shared, rng=np.random.default_rng(0))


def uneven() -> tuple[FeatureSpace, Shared]:
    """Rows of which the first tenth fire nine times as strongly as the others."""
    space, shared = gaussian(np.ones(D))
    value = np.where(np.arange(M) < M // 10, 9.0, 1.0)
    codes = Codes.from_triples(np.arange(M), np.arange(M), value, n_tokens=M, n_features=M)
    return space, Shared(shared.feature_id, D, {}, codes)


@pytest.mark.parametrize(
    ("plain", "weighted"),
    [(Transform(24), Transform(24, by_energy=True)), (KMeans(32), KMeans(32, by_energy=True))],
)
def test_energy_moves_error_to_where_it_costs_less(plain: Theory, weighted: Theory):
    space, shared = uneven()
    energy = shared.energy()
    cost = []
    for theory in (plain, weighted):
        message = theory.fit(space, shared, rng=np.random.default_rng(0))
        placed = place(message, shared, rng=np.random.default_rng(0)).directions
        cost.append(float(energy @ ((space.directions - placed) ** 2).sum(axis=1)))
    assert cost[1] < 0.98 * cost[0]


def test_weights_have_mean_one_and_need_a_floor():
    _, shared = uneven()
    weight = row_weights(shared, by_energy=True)
    assert weight.mean() == pytest.approx(1)
    assert weight.min() > 0
    assert np.array_equal(row_weights(shared, by_energy=False), np.ones(M))
    with pytest.raises(BadInput, match="above 0"):
        row_weights(shared, by_energy=True, floor=0.0)


def test_a_step_is_the_smallest_that_is_not_longer_than_wanted():
    step = step_for(lambda s: 100 / s, 50.0, largest=1000.0)
    assert 2 <= step < 2.02
