"""Size, power and the null of the battery's scores, by simulation."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from armillary.shape import haar_clouds, omnibus_scores, score, whiten
from armillary.shape.views import principal
from armillary.worlds import sample

pytestmark = pytest.mark.slow

ALPHA, N = 0.05, 16
SPECTRA = {
    "flat": np.ones(8),
    "steep": 0.5 ** np.arange(8.0),
    "two strong axes": np.array([9, 7, 1, 1, 1, 1, 1, 1.0]),
}
WHITENED = ("segment", "disk", "sphere", "ball", "clusters", "hypercube", "grid", "star")
"""Families that see nothing but whitened axes: one null for every covariance."""


def gaussian_rows(spectrum: np.ndarray, *, n: int, rng: np.random.Generator) -> np.ndarray:
    """A cloud whose rows are independent Gaussians with a random basis of this spectrum."""
    basis = np.linalg.qr(rng.standard_normal((8, 8)))[0]
    return principal(rng.standard_normal((1, n, 8)) * spectrum @ basis)[0]


def pvalue(observed: float, null: np.ndarray) -> float:
    return float(1 + np.count_nonzero(null >= observed - 1e-12)) / (1 + null.size)


@pytest.mark.parametrize("family", [*WHITENED, "ellipse", "cone", "helix", "cross_polytope"])
def test_the_null_of_whitened_families_knows_no_spectrum(family):
    found = []
    for seed, name in enumerate(("flat", "steep")):
        rng = np.random.default_rng(seed)
        scores = gaussian_rows(SPECTRA[name], n=N, rng=rng)
        draws = haar_clouds(scores, n_draws=500, rng=rng)
        found.append(score(draws, families=(family,))[family])
    assert ks_2samp(*found).pvalue > 0.001


@pytest.fixture(scope="module")
def omnibus_nulls() -> list[dict[str, np.ndarray]]:
    """Null tables from a frame of ones, and whitened Gaussian rows of a steep covariance."""
    rng = np.random.default_rng(11)
    table = whiten(haar_clouds(np.ones((N, 8)), n_draws=500, rng=rng))
    rows = np.stack([gaussian_rows(SPECTRA["steep"], n=N, rng=rng) for _ in range(500)])
    return [omnibus_scores(table), omnibus_scores(whiten(rows))]


@pytest.mark.parametrize("family", ["arc", "bend", "helix", "clusters", "grid", "cross_polytope"])
def test_gaussian_radii_make_the_null_that_of_any_elliptical_cloud(family):
    rng = np.random.default_rng(5)
    plain = rng.standard_normal((500, N, 3))
    heavy = rng.standard_normal((500, N, 3)) * np.abs(rng.standard_t(1, (500, N, 1)))
    one, other = omnibus_scores(plain)[family], omnibus_scores(heavy)[family]
    assert ks_2samp(one, other).pvalue > 0.001


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("family", ["circle", "arc", "product:circle", "tree"])
def test_rejections_on_gaussian_rows_stay_at_the_level(spectrum, family):
    repeats, rejected = 400, 0
    rng = np.random.default_rng(list(SPECTRA).index(spectrum))
    for _ in range(repeats):
        scores = gaussian_rows(SPECTRA[spectrum], n=N, rng=rng)
        draws = haar_clouds(scores, n_draws=39, rng=rng)
        both = score(np.concatenate([scores[None], draws]), families=(family,))[family]
        rejected += pvalue(both[0], both[1:]) <= ALPHA
    assert rejected / repeats <= ALPHA + 3 * np.sqrt(ALPHA * (1 - ALPHA) / repeats)


POWER = {
    "ellipse": ("circle", 24, 0.95),
    "circle": ("circle", 40, 0.6),
    "arc": ("arc", 40, 0.6),
    "sphere": ("sphere", 60, 0.95),
    "grid": ("grid", 36, 0.9),
    "hypercube": ("hypercube", 32, 0.9),
    "star": ("star", 40, 0.9),
    "clusters": ("k_clusters", 40, 0.9),
    "helix": ("helix", 60, 0.9),
}


@pytest.mark.parametrize("family", POWER)
def test_a_shape_is_found_by_its_own_score(family):
    shape, n, power = POWER[family]
    rng, found, repeats = np.random.default_rng(3), 0, 40
    for _ in range(repeats):
        points = sample(shape, n, rng=rng)
        padded = np.zeros((len(points), max(10, points.shape[1])))
        padded[:, : points.shape[1]] = points
        padded += 0.06 * rng.standard_normal(padded.shape)
        scores = principal(padded[None])[0][:, : len(points) - 1]
        draws = haar_clouds(scores, n_draws=39, rng=rng)
        both = score(np.concatenate([scores[None], draws]), families=(family,))[family]
        found += pvalue(both[0], both[1:]) <= ALPHA
    assert found / repeats >= power, found / repeats


def test_omnibus_tables_hold_for_gaussian_rows_of_any_covariance(omnibus_nulls):
    table, rows = omnibus_nulls
    for family, value in table.items():
        if family in WHITENED or family in ("circle", "cone"):
            assert ks_2samp(value, rows[family]).pvalue > 0.001 / len(table), family
