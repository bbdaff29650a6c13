"""Shapes with two or more intrinsic dimensions, positions independent and uniform."""

import numpy as np

from armillary.core.errors import BadInput
from armillary.worlds.point_set import PointSet, standardised


def disk(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw a filled disk (2 dimensions), uniform by area."""
    n = max(n, 12)
    angle = rng.uniform(0, 2 * np.pi, size=n)
    radius = np.sqrt(rng.uniform(size=n))
    return standardised(radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))


def sheet(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw a filled rectangle (2 dimensions), short side over long side uniform in 0.5 to 1."""
    ratio = float(rng.uniform(0.5, 1.0))
    points = rng.uniform(-1, 1, size=(max(n, 12), 2)) * np.array([1.0, ratio])
    return standardised(points, {"side_ratio": ratio})


def sphere(n: int, *, rng: np.random.Generator, dim: int = 2) -> PointSet:
    """Draw the sphere S^dim, uniform, in ``dim + 1`` coordinates.

    Parameters
    ----------
    n
        Number of points; raised to ``4 (dim + 1)``, fewer cannot show a sphere.
    rng
        Source of randomness.
    dim
        Intrinsic dimension, 1 to 9.

    Raises
    ------
    BadInput
        If ``dim`` is outside 1 to 9.
    """
    if not 1 <= dim <= 9:
        raise BadInput(f"dim is {dim}; spheres are made with intrinsic dimension 1 to 9")
    points = rng.standard_normal((max(n, 4 * (dim + 1)), dim + 1))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return standardised(points, {"dim": dim})


def hypersphere(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw a sphere S^m with m from 3 to 9, as far as ``n`` gives four points a dimension."""
    most = min(9, max(3, n // 4 - 1))
    return sphere(n, rng=rng, dim=int(rng.integers(3, most + 1)))


def torus(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw a torus: flat (Clifford, 4 dimensions) or a doughnut (3 dimensions), even odds.

    The flat torus has radii 1 and ``ratio``; the doughnut has tube radius ``ratio`` round a
    circle of radius 1. ``ratio`` is uniform in 0.6 to 1 (flat) or 0.35 to 0.6 (doughnut). Angles
    are independent and uniform, so the doughnut is a little denser on its inside.
    """
    first, second = rng.uniform(0, 2 * np.pi, size=(2, max(n, 24)))
    if rng.uniform() < 0.5:
        ratio = float(rng.uniform(0.6, 1.0))
        small = ratio * np.column_stack([np.cos(second), np.sin(second)])
        points = np.column_stack([np.cos(first), np.sin(first), small])
        return standardised(points, {"embedding": "flat", "ratio": ratio})
    ratio = float(rng.uniform(0.35, 0.6))
    reach = 1 + ratio * np.cos(second)
    points = np.column_stack([reach * np.cos(first), reach * np.sin(first), ratio * np.sin(second)])
    return standardised(points, {"embedding": "doughnut", "ratio": ratio})
