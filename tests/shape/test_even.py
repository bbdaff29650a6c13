import numpy as np
import pytest

from armillary.shape.even import even_ring, even_row, ring_share, row_share
from armillary.shape.haar import haar_clouds


def principal(points: np.ndarray) -> np.ndarray:
    centred = points - points.mean(axis=0)
    left, length, _ = np.linalg.svd(centred, full_matrices=False)
    kept = length > 1e-9
    return left[:, kept] * length[kept]


def a_ring(n: int, rng: np.random.Generator, *, noise: float = 0.0) -> np.ndarray:
    angle = 2 * np.pi * rng.permutation(n) / n
    plane = np.linalg.qr(rng.standard_normal((8, 2)))[0]
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) @ plane.T
    return ring + noise * rng.standard_normal((n, 8))


def test_an_even_ring_is_explained_wholly_and_its_order_found():
    rng = np.random.default_rng(0)
    angle = 2 * np.pi * rng.permutation(12) / 12
    cloud = principal(np.column_stack([np.cos(angle), np.sin(angle)]))
    fit = even_ring(cloud)
    assert fit.share == pytest.approx(1.0)
    steps = np.diff(np.r_[angle[fit.order], angle[fit.order[0]]])
    assert np.allclose(np.cos(steps), np.cos(2 * np.pi / 12))


def test_an_even_row_is_explained_wholly():
    rng = np.random.default_rng(1)
    place = rng.permutation(9).astype(float)
    cloud = principal(np.outer(place, rng.standard_normal(5)))
    fit = even_row(cloud)
    assert fit.share == pytest.approx(1.0)
    assert abs(np.diff(place[fit.order])) == pytest.approx(1.0)


def test_a_ring_in_known_order_gives_its_first_harmonic():
    rng = np.random.default_rng(2)
    n = 10
    angle = 2 * np.pi * np.arange(n) / n
    points = np.zeros((n, 6))
    points[:, :2] = np.column_stack([np.cos(angle), np.sin(angle)])
    points[:, 2:] = 0.1 * rng.standard_normal((n, 4))
    points -= points.mean(axis=0)
    power = np.abs(np.fft.fft(points, axis=0)) ** 2
    harmonic = (power[1].sum() + power[-1].sum()) / power.sum()
    assert ring_share(principal(points)[None])[0] == pytest.approx(harmonic, rel=1e-6)


@pytest.mark.parametrize("share", [ring_share, row_share])
def test_scale_order_of_points_and_signs_change_nothing(share):
    rng = np.random.default_rng(3)
    cloud = principal(a_ring(11, rng, noise=0.3))
    again = 3.0 * cloud[rng.permutation(11)] * rng.choice([-1, 1], cloud.shape[1])
    assert share(again[None])[0] == pytest.approx(share(cloud[None])[0], abs=1e-9)


def test_a_noisy_ring_beats_clouds_of_its_spectrum_and_gaussian_points_do_not():
    rng = np.random.default_rng(4)
    below = []
    for _ in range(200):
        cloud = principal(rng.standard_normal((12, 5)))
        null = ring_share(haar_clouds(cloud, n_draws=39, rng=rng))
        below.append((null >= ring_share(cloud[None])[0]).sum() < 2)  # p <= 0.05
    assert np.mean(below) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    cloud = principal(a_ring(12, rng, noise=0.1))
    null = ring_share(haar_clouds(cloud, n_draws=199, rng=rng))
    assert (null >= ring_share(cloud[None])[0]).sum() < 10
