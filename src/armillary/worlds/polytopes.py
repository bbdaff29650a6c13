"""Vertices of regular polytopes; with more points than vertices, vertices repeat."""

import numpy as np

from armillary.worlds.point_set import PointSet, balanced_labels, standardised


def simplex(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw a regular simplex of k = 4 to 7 vertices, at least 3 points on each.

    One point a vertex would say nothing: any k unit vectors in many dimensions are nearly a
    regular simplex.
    """
    n = max(n, 12)
    k = int(rng.integers(4, min(7, n // 3) + 1))
    return _replicated(np.eye(k), n, {"k": k})


def cross_polytope(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw the 2m vertices ``+e_i, -e_i`` for m = 3 to 5, at least one point on each."""
    n = max(n, 6)
    m = int(rng.integers(3, min(5, n // 2) + 1))
    return _replicated(np.vstack([np.eye(m), -np.eye(m)]), n, {"m": m})


def hypercube(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw the 2**m corners of a cube for m = 3 or 4, at least one point on each."""
    n = max(n, 8)
    m = int(rng.integers(3, 5)) if n >= 16 else 3
    bits = np.arange(2**m, dtype=np.int64)[:, None] >> np.arange(m, dtype=np.int64)
    corners = 2.0 * (bits & 1) - 1
    return _replicated(corners, n, {"m": m})


def _replicated(vertices: np.ndarray, n: int, parameters: dict[str, int]) -> PointSet:
    return standardised(vertices[balanced_labels(n, vertices.shape[0])], parameters)
