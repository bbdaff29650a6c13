import numpy as np
import pytest

from armillary.affinity import (
    coordinates_permuted,
    cosine_knn,
    edge_threshold,
    flatten,
    isotropic,
    spectrum_matched,
)
from armillary.affinity.null_decoder import nearest_cosine
from armillary.core.errors import BadInput


def spiky(n=3000, d=12, *, seed=0):
    """Heavy-tailed rows with a falling spectrum and twenty tight groups of ten."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_t(4, (n, d)) * np.arange(1, d + 1) ** -0.5
    rows[:200] = np.repeat(rows[:20], 10, axis=0) + 0.02 * rng.standard_normal((200, d))
    return rows


def centred_unit(rows):
    rows = rows - rows.mean(axis=0)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("null", [spectrum_matched, coordinates_permuted])
def test_a_null_has_unit_rows_and_nearly_the_same_covariance(null):
    real = spiky()
    drawn = null(real, rng=np.random.default_rng(1))
    assert drawn.shape == real.shape
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1, rtol=1e-5)
    want, got = np.cov(centred_unit(real).T), np.cov(drawn.T)
    assert np.linalg.norm(got - want) < 0.15 * np.linalg.norm(want)


@pytest.mark.parametrize("null", [spectrum_matched, coordinates_permuted])
def test_a_null_breaks_the_groups(null):
    real = spiky()
    drawn = null(real, rng=np.random.default_rng(1))
    own, chance = (nearest_cosine(flatten(x), np.arange(200)) for x in (real, drawn))
    assert np.median(own) > np.quantile(chance, 0.95)


def test_permuting_keeps_a_rare_loud_coordinate_and_the_gaussian_null_does_not():
    rng = np.random.default_rng(3)
    real = rng.standard_normal((4000, 300))
    real[:, 0] = 20 * rng.choice([-1, 0, 1], 4000, p=[0.03, 0.94, 0.03])
    permuted, gaussian = (
        null(real, rng=rng)[:, 0] for null in (coordinates_permuted, spectrum_matched)
    )
    own = centred_unit(real)[:, 0]
    for coordinate, kept in ((permuted, True), (gaussian, False)):
        assert ((np.abs(coordinate) > 0.4).mean() == pytest.approx(0.06, abs=0.01)) == kept
    assert (np.abs(own) > 0.4).mean() == pytest.approx(0.06, abs=0.01)


def test_isotropic_rows_are_unit_and_point_everywhere():
    rows = isotropic(5000, 8, rng=np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(rows.T @ rows / 5000, np.eye(8) / 8, atol=0.02)


@pytest.mark.parametrize("null", [spectrum_matched, coordinates_permuted])
def test_the_same_rng_gives_the_same_null(null):
    a, b = (null(spiky(300), rng=np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_nearest_cosine_is_the_first_neighbour():
    unit = isotropic(500, 9, rng=np.random.default_rng(0))
    rows = np.array([0, 3, 99, 100, 499])
    found = nearest_cosine(unit, rows, block=100)
    np.testing.assert_allclose(found, cosine_knn(unit, k=1).cosine[rows, 0], atol=1e-6)


def test_the_threshold_is_the_larger_null_and_leaves_a_fresh_null_almost_no_edge():
    real = spiky()
    found = edge_threshold(real, rng=np.random.default_rng(0), quantile=0.99, rows=1000)
    assert set(found.by_null) == {"spectrum matched", "coordinates permuted"}
    assert found.cosine == max(found.by_null.values()) == found.by_null[found.strictest]
    fresh = flatten(spectrum_matched(real, rng=np.random.default_rng(7)))
    assert (cosine_knn(fresh, k=1).cosine > found.cosine).mean() <= 0.02


def test_the_threshold_of_isotropic_rows_is_near_its_closed_form():
    n, d = 2000, 3  # on the 2-sphere P(cosine > c) = (1 - c) / 2, so nearest has a known law
    directions = isotropic(n, d, rng=np.random.default_rng(0))
    found = edge_threshold(
        directions, rng=np.random.default_rng(1), quantile=0.5, rows=2000, flatten_strength=0.0
    )
    exact = 1 - 2 * (1 - 0.5 ** (1 / (n - 1)))
    assert 1 - found.by_null["spectrum matched"] == pytest.approx(1 - exact, rel=0.1)


@pytest.mark.parametrize(
    "wrong", [{"quantile": 1.0}, {"quantile": 0.0}, {"rows": 0}, {"nulls": {}}]
)
def test_a_threshold_that_means_nothing_is_refused(wrong):
    with pytest.raises(BadInput, match="quantile in"):
        edge_threshold(spiky(), rng=np.random.default_rng(0), **wrong)
