"""Leftovers: spectra, planted parts, and what of a residual is predictable."""

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.evaluate.leftover import (
    gaussian_like,
    planted_share,
    predictable,
    residual,
    spectrum,
)
from armillary.inference.calibration import Calibration
from armillary.worlds import make
from armillary.worlds.threshold_sae import cross_polytope_sae


def test_the_spectrum_of_known_variances(rng):
    rows = rng.standard_normal((40_000, 4)) * [3, 2, 1, 0]
    found = spectrum(rows)
    np.testing.assert_allclose(found.variance, [9, 4, 1, 0], rtol=0.05, atol=1e-9)
    assert found.total == pytest.approx(14, rel=0.03)
    assert found.effective == pytest.approx(14**2 / (81 + 16 + 1), rel=0.05)
    assert [found.axes_for(share) for share in (0.5, 0.9, 1.0)] == [1, 2, 3]


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_planted_circle_ends_where_the_autoencoder_leaves_it(kept, rng):
    """Its axes kept: none, one, both; what is not kept is left over, axis by axis."""
    world = make("circle", size="full", seed=0)
    drawn = world.draw(4000, rng)
    span = world.truth.factors[0].span
    other = np.linalg.qr(np.vstack([span, rng.standard_normal((6, span.shape[1]))]).T)[0].T[2:]
    x = drawn.activations + (rng.standard_normal((4000, 6)) @ other).astype(np.float32)
    sae = cross_polytope_sae(np.vstack([other, span[:kept]]))
    left = residual(sae, x)
    planted = world.contribution(world.truth.factors[0].name, drawn)
    found = planted_share(planted, x, left, rng=rng)
    assert found.share == pytest.approx(1 - kept / 2, abs=0.05)
    assert found.from_residual == pytest.approx(1 - kept / 2, abs=0.06)
    assert found.from_rebuilt == pytest.approx(kept / 2, abs=0.06)


def test_what_is_linear_is_predicted_and_the_null_is_not(rng):
    x = rng.standard_normal((1500, 10))
    y = x @ rng.standard_normal((10, 5)) + np.sqrt(10) * rng.standard_normal((1500, 5))
    document = np.repeat(np.arange(30), 50)
    found = predictable(x, y, document=document, n_draws=19, rng=rng)
    assert found.observed == pytest.approx(0.5, abs=0.06)
    assert found.null.max() < 0.05
    assert found.pvalue == pytest.approx(1 / 20)


def test_turning_the_targets_changes_nothing(rng):
    x, y = rng.standard_normal((300, 4)), rng.standard_normal((300, 3))
    y = y + x[:, :3]
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    one, two = (
        predictable(x, t, n_draws=0, rng=np.random.default_rng(1)).observed for t in (y, y @ turn)
    )
    assert one == pytest.approx(two)


def test_the_level_is_kept_on_documents_with_a_life_of_their_own():
    """Rows of a document share their means in x and in y, independently of each other."""
    pvalues: list[float] = []
    document = np.repeat(np.arange(20), 8)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x, y = (
            rng.standard_normal((160, 4)) + 2 * rng.standard_normal((20, 4))[document]
            for _ in range(2)
        )
        pvalues.append(predictable(x, y, document=document, n_draws=19, rng=rng).pvalue)
    kept = Calibration(np.array(pvalues), 0.05)
    assert kept.keeps_level, kept.rate


def test_the_gaussian_twin_has_mean_and_covariance(rng):
    rows = rng.exponential(size=(30_000, 3)) @ rng.standard_normal((3, 3)) + 5
    twin = gaussian_like(rows.astype(np.float32), rng=rng)
    np.testing.assert_allclose(twin.mean(axis=0), rows.mean(axis=0), atol=0.1)
    np.testing.assert_allclose(np.cov(twin.T), np.cov(rows.T), atol=0.3)


@pytest.mark.refusal
def test_what_has_no_answer_is_refused(rng):
    with pytest.raises(BadInput, match="two or more"):
        spectrum(np.ones((1, 3)))
    with pytest.raises(BadInput, match="documents"):
        predictable(np.ones((5, 2)), np.ones((5, 2)), rng=rng)
    with pytest.raises(BadInput, match="the same on every row"):
        planted_share(np.ones((30, 2)), np.ones((30, 2)), np.ones((30, 2)), rng=rng)
