"""Shapes made of clusters, and the two clouds that have no shape."""

import numpy as np
from scipy.spatial.distance import pdist

from armillary.worlds.point_set import PointSet, split_counts, standardised

_LEAST = 3  # points in a cluster


def k_clusters(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw k = 3 to 6 round clusters of unequal sizes, centres Gaussian in ``k - 1`` dimensions.

    Centres are redrawn until the closest two are at least half the mean distance apart; within
    a cluster the root mean squared radius is 0.15 of the closest distance.
    """
    n = max(n, 3 * _LEAST)
    k = int(rng.integers(3, min(6, n // _LEAST) + 1))
    centres = rng.standard_normal((k, k - 1))
    while pdist(centres).min() < 0.5 * pdist(centres).mean():
        centres = rng.standard_normal((k, k - 1))
    return _scattered(centres, n, rng, {"k": k})


def ring_of_clusters(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw k = 5 to 12 clusters of unequal sizes on a ring (2 dimensions), evenly spaced.

    Within a cluster the root mean squared radius is 0.15 of the distance between neighbours.
    """
    n = max(n, 5 * _LEAST)
    k = int(rng.integers(5, min(12, n // _LEAST) + 1))
    angle = 2 * np.pi * np.arange(k) / k
    centres = np.column_stack([np.cos(angle), np.sin(angle)])
    return _scattered(centres, n, rng, {"k": k})


def gaussian(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw a decoy: a Gaussian cloud with power-law covariance, no shape.

    Variance of axis i is ``i ** -power``, i = 1 .. dim, dim uniform in 3 to 12 and power uniform
    in 0.5 to 1.5.
    """
    dim, power = int(rng.integers(3, 13)), float(rng.uniform(0.5, 1.5))
    sd = np.arange(1, dim + 1) ** (-power / 2)
    points = rng.standard_normal((max(n, 5), dim)) * sd
    return standardised(points, {"dim": dim, "power": power})


def heavy_tailed(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw a decoy: as ``gaussian``, but Student t with 5 degrees of freedom.

    Multivariate t: every point is divided by the root of its own chi-square over 5.
    """
    cloud = gaussian(n, rng=rng)
    scale = np.sqrt(rng.chisquare(5, size=(cloud.points.shape[0], 1)) / 5)
    return standardised(cloud.points / scale, cloud.parameters)


def _scattered(
    centres: np.ndarray, n: int, rng: np.random.Generator, parameters: dict[str, int]
) -> PointSet:
    counts = split_counts(n, centres.shape[0], least=_LEAST, rng=rng)
    dim = centres.shape[1]
    sd = 0.15 * pdist(centres).min() / np.sqrt(dim)
    points = np.repeat(centres, counts, axis=0) + sd * rng.standard_normal((n, dim))
    return standardised(points, {**parameters, "counts": counts.tolist()})
