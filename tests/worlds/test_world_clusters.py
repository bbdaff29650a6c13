import numpy as np
import pytest
from scipy.spatial.distance import pdist

from armillary.worlds.clusters import gaussian, heavy_tailed, k_clusters, ring_of_clusters


@pytest.mark.parametrize("shape", [k_clusters, ring_of_clusters])
def test_clusters_are_far_tighter_than_they_are_apart(shape, rng):
    drawn = shape(90, rng=rng)
    counts = np.array(drawn.parameters["counts"])
    assert counts.sum() == 90
    assert counts.min() >= 3
    label = np.repeat(np.arange(counts.size), counts)
    centres = np.stack([drawn.points[label == k].mean(axis=0) for k in range(counts.size)])
    radius = np.linalg.norm(drawn.points - centres[label], axis=1)
    assert np.sqrt((radius**2).mean()) < 0.25 * pdist(centres).min()


def test_clusters_on_a_ring_are_evenly_spaced(rng):
    drawn = ring_of_clusters(100, rng=rng)
    counts = np.array(drawn.parameters["counts"])
    label = np.repeat(np.arange(counts.size), counts)
    centres = np.stack([drawn.points[label == k].mean(axis=0) for k in range(counts.size)])
    sides = np.linalg.norm(centres - np.roll(centres, 1, axis=0), axis=1)
    assert sides == pytest.approx(np.full(counts.size, sides.mean()), rel=0.3)


def test_heavy_tails_are_heavier_than_gaussian_ones():
    def kurtosis(sampler):
        first = [sampler(200, rng=np.random.default_rng(s)).points[:, 0] for s in range(40)]
        return np.median([(x**4).mean() / (x**2).mean() ** 2 for x in first])

    assert kurtosis(gaussian) == pytest.approx(3.0, abs=0.3)
    assert kurtosis(heavy_tailed) > 3.8
