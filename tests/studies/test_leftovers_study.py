"""Leftovers of a world: what was planted is followed to where it went."""

import numpy as np
import pytest

from armillary.core import SparseAutoencoder
from armillary.core.firing import TopK
from armillary.studies.leftovers import leftovers_of_world
from armillary.studies.leftovers_measured import measured
from armillary.worlds import make
from armillary.worlds.threshold_sae import cross_polytope_sae


def test_an_autoencoder_without_the_circle_leaves_all_of_it_and_it_is_foretold(tmp_path):
    world = make("circle", size="full", seed=0)
    d_model = world.d_model
    span = world.truth.factors[0].span
    basis = np.linalg.qr(np.vstack([span, np.eye(d_model)[:8]]).T)[0].T
    found = leftovers_of_world(world, cross_polytope_sae(basis[2:6]), n_tokens=1500, n_draws=19)
    (planted,) = found.tables["planted"]
    assert planted["kind"] == "circle"
    assert planted["share_left"] == pytest.approx(1, abs=0.02)
    assert planted["r2_from_residual"] > 0.95
    assert planted["r2_from_rebuilt"] < 0.1
    rows = {row["to"]: row for row in found.tables["predictability"]}
    assert rows["residual"]["r2"] > 0.95
    assert rows["residual"]["r2_gaussian_twin"] > 0.95, "a linear map leaves it to any vectors"
    assert rows["residual"]["p"] == pytest.approx(1 / 20)
    assert "is left over most" in found.said[-1]
    assert found.write(tmp_path / "out").exists()


def test_an_autoencoder_with_the_circle_leaves_none_of_it():
    world = make("circle", size="full", seed=0)
    span = world.truth.factors[0].span
    found = leftovers_of_world(world, cross_polytope_sae(span), n_tokens=1000, n_draws=1)
    assert found.tables["planted"][0]["share_left"] == pytest.approx(0, abs=1e-3)
    assert found.tables["planted"][0]["r2_from_rebuilt"] > 0.95


def test_the_twin_tells_what_the_spectrum_alone_foretells(rng):
    """On Gaussian vectors a sparse autoencoder leaves as much foretold as on their twin."""
    d_model, n = 12, 4000
    rows = rng.standard_normal((48, d_model)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    zero = np.zeros(d_model, dtype=np.float32)
    sae = SparseAutoencoder(rows, rows.T.copy(), np.zeros(48, dtype=np.float32), zero, TopK(4))
    x = (rng.standard_normal((n, d_model)) * np.linspace(2, 0.5, d_model)).astype(np.float32)
    found = measured(sae, x, document=None, n_draws=3, rng=rng)
    for row in found.foretold:
        assert abs(row["left"]) < 6 / np.sqrt(n)
    shares = [row["share"] for row in found.spectra]
    assert shares[0] == 1
    assert shares[2] == pytest.approx(shares[3], rel=0.05)
