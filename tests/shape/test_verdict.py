import numpy as np
import pytest

from armillary.shape.battery import FACTORED
from armillary.shape.verdict import judge
from armillary.shape.views import principal
from armillary.worlds import sample

CLASS = np.repeat(np.arange(3), 9)
OFFSETS = {
    "corners of a triangle": np.array([[1.0, 0.0], [-0.5, 0.87], [-0.5, -0.87]]),
    "equal steps": np.array([[-1.3, 0.0], [0.0, 0.0], [1.3, 0.0]]),
}


def in_three_variants(concept: np.ndarray, offsets: str) -> np.ndarray:
    points = np.hstack([np.tile(concept, (3, 1)), OFFSETS[offsets][CLASS], np.zeros((27, 4))])
    return principal((points + 0.03 * np.random.default_rng(1).standard_normal(points.shape))[None])


def shape_of(scores: np.ndarray) -> tuple[str, dict]:
    rng = np.random.default_rng(0)
    verdict = judge(scores[0], n_null=40, n_rival=0, n_resample=0, rng=rng)[0]
    return verdict.fit.shape, verdict.fit.parameters


@pytest.mark.parametrize("offsets", OFFSETS)
def test_a_ring_in_three_variants_is_a_ring_times_a_factor(offsets):
    turn = 2 * np.pi * np.arange(9) / 9
    ring = np.column_stack([np.cos(turn), np.sin(turn)])
    shape, parameters = shape_of(in_three_variants(ring, offsets))
    assert shape == "product:circle"
    assert len(set(zip(parameters["factor"], CLASS, strict=True))) == 3


@pytest.mark.parametrize("offsets", OFFSETS)
def test_scattered_concepts_in_three_variants_are_a_lattice(offsets):
    concept = np.random.default_rng(2).standard_normal((9, 4))
    shape, parameters = shape_of(in_three_variants(concept, offsets))
    assert shape == "lattice"
    assert len(set(zip(parameters["factor"], CLASS, strict=True))) == 3
    assert len(parameters["pairs"]) == 9


@pytest.mark.parametrize("seed", range(3))
def test_three_plain_clusters_are_no_lattice(seed):
    rng = np.random.default_rng(seed)
    points = np.repeat(6 * np.eye(3, 5), 9, axis=0) + rng.standard_normal((27, 5))
    assert shape_of(principal(points[None]))[0] == "k_clusters"


@pytest.mark.parametrize("seed", range(3))
def test_a_filled_disk_is_a_disk(seed):
    rng = np.random.default_rng(seed)
    disk = np.hstack([sample("disk", 80, rng=rng), np.zeros((80, 4))])
    points = disk + 0.05 * rng.standard_normal(disk.shape)
    assert shape_of(principal(points[None]))[0] == "disk"


def test_factors_are_not_scored_where_nothing_splits_the_cloud(rng):
    angle = rng.uniform(0, 2 * np.pi, 40)
    ring = np.column_stack([np.cos(angle), np.sin(angle), np.zeros((40, 3))])
    points = ring + 0.1 * rng.standard_normal(ring.shape)
    found = judge(principal(points[None])[0], n_null=40, n_rival=0, n_resample=5, rng=rng)[0]
    assert found.fit.shape == "circle"
    assert found.stability == 1
    assert not set(FACTORED) & set(found.excess)


def noisy_circle(n: int, noise: float, *, seed: int) -> np.ndarray:
    turn = 2 * np.pi * np.arange(n) / n
    ring = np.hstack([np.column_stack([np.cos(turn), np.sin(turn)]), np.zeros((n, 30))])
    points = ring + noise * np.random.default_rng(seed).standard_normal(ring.shape)
    return principal(points[None])[0][:, : n - 1]


@pytest.mark.parametrize("n", [11, 12, 13, 14, 15])
def test_a_circle_of_a_dozen_is_one_on_four_fifths_of_its_points(n):
    """Ten points whitened in nine axes all lie on a sphere; that is chance, and is taken off."""
    cloud, rng = noisy_circle(n, 0.02, seed=0), np.random.default_rng(1)
    found = judge(cloud, n_null=20, n_rival=0, n_resample=20, rng=rng)[0]
    assert found.fit.shape == "circle"
    assert found.stability > 0.8


@pytest.mark.parametrize("noise", [1e-6, 1e-3])
def test_a_perfect_circle_is_no_torus_of_no_thickness(noise):
    rng = np.random.default_rng(1)
    for n in (8, 12, 16, 24):
        found = judge(noisy_circle(n, noise, seed=0), n_null=20, n_rival=0, n_resample=20, rng=rng)
        assert found[0].fit.shape == "circle"
        assert found[0].stability > 0.5
