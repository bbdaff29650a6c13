import numpy as np
import pytest

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.firing import TopK
from armillary.experiments.sweeps.seen import seen_of
from armillary.experiments.sweeps.theories import D_MODEL, THEORIES, theory

RNG = np.random.default_rng
RANK = {
    "36 clusters": 12, "6 x 6 product": 10, "cube of 5 bits": 5, "tree of 13": 13, "circle": 2,
    "two circles": 4, "Gaussian": 16,
}  # fmt: skip


@pytest.mark.parametrize("name", THEORIES)
def test_every_theory_has_mean_zero_length_one_and_its_own_rank(name: str):
    rows = theory(name, seed=1).activations(8000, RNG(0)).astype(np.float64)
    assert rows.shape == (8000, D_MODEL)
    assert (rows**2).sum(axis=1).mean() == pytest.approx(1, abs=0.03)
    assert np.linalg.norm(rows.mean(axis=0)) < 0.06
    values = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False) ** 2
    assert (values > 1e-6 * values.sum()).sum() == RANK[name]


def test_noise_is_a_share_of_the_variance():
    rows = theory("circle", seed=0, noise=0.3).activations(20_000, RNG(0)).astype(np.float64)
    values = np.sort(np.linalg.eigvalsh(np.cov(rows, rowvar=False)))
    assert values.sum() == pytest.approx(1, abs=0.02)
    assert values[:-2].sum() == pytest.approx(0.3 * 14 / 16, abs=0.02)


def test_two_circles_lie_in_orthogonal_planes():
    rows = theory("two circles", seed=0).activations(4000, RNG(0)).astype(np.float64)
    assert (
        np.linalg.norm(rows, axis=1).std() < 0.01
    )  # cos^2 + sin^2, twice; the mean is one of draws
    angles = rows @ np.linalg.svd(rows, full_matrices=False)[2][:4].T
    assert np.linalg.cond(np.cov(angles, rowvar=False)) < 1.3


def one_hot() -> SparseAutoencoder:
    eye = np.eye(4, dtype=np.float32)
    return SparseAutoencoder(eye, eye, np.zeros(4, np.float32), np.zeros(4, np.float32), TopK(1))


def test_codes_of_four_equal_clusters_are_steady_even_and_alone():
    rows = np.eye(4, dtype=np.float32)[np.arange(400) % 4]
    found = seen_of(one_hot(), rows)
    assert found["steadiness"] == pytest.approx(0, abs=1e-6)
    assert found["evenness"] == pytest.approx(1)
    assert found["patterns"] == pytest.approx(np.log(4))
    assert found["repeats"] == 1
    assert found["company"] == found["partners"] == found["opposed"] == 0
    assert found["spread"] == pytest.approx(0)
    assert found["axes"] == pytest.approx(3)
    assert found["length"] == pytest.approx(0, abs=1e-6)


def test_what_is_seen_does_not_depend_on_the_order_of_latents():
    sae = one_hot()
    rows = RNG(0).standard_normal((500, 4)).astype(np.float32)
    order = [2, 0, 3, 1]
    moved = SparseAutoencoder(
        sae.directions[order], np.ascontiguousarray(sae.encoder[:, order]), sae.encoder_bias,
        sae.decoder_bias, TopK(1),
    )  # fmt: skip
    first, second = seen_of(sae, rows), seen_of(moved, rows)
    assert first == pytest.approx(second)
