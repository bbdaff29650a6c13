"""Solids: corners of regular bodies on the unit sphere, facets, matrices that move them."""

from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

GOLDEN = (1 + np.sqrt(5)) / 2


def polygon(n: int) -> Float[np.ndarray, "vertex dim"]:
    """Return the n corners of a regular polygon, in order, the first at ``(1, 0)``."""
    angle = 2 * np.pi * np.arange(n) / n
    return np.column_stack([np.cos(angle), np.sin(angle)])


def polygon_sides(n: int) -> Int[np.ndarray, "facet corner"]:
    """Return the two ends of each side: i and i + 1."""
    return np.column_stack([np.arange(n), (np.arange(n) + 1) % n])


def icosahedron() -> tuple[Float[np.ndarray, "vertex dim"], Int[np.ndarray, "facet corner"]]:
    """Return 12 corners of length 1 and 20 triangles.

    The corners are ``(0, +-1, +-phi)`` and its cyclic shifts over ``sqrt(1 + phi^2)``; a triangle
    is three corners at the least distance from each other.
    """
    base = np.array([[0, a, b * GOLDEN] for a in (1, -1) for b in (1, -1)])
    corners = np.vstack([np.roll(base, shift, axis=1) for shift in range(3)])
    corners /= np.linalg.norm(corners, axis=1, keepdims=True)
    near = corners @ corners.T > 0.44  # neighbours have cosine 1 / sqrt 5 = .447
    triples = [t for t in combinations(range(12), 3) if all(near[i, j] for i, j in _pairs(t))]
    return corners, np.array(triples)


def subdivided(
    corners: Float[np.ndarray, "vertex dim"], facets: Int[np.ndarray, "facet corner"]
) -> tuple[Float[np.ndarray, "more dim"], Int[np.ndarray, "finer corner"]]:
    """Cut every triangle into four at the middles of its edges, pushed out to length 1."""
    points = list(corners)
    middle: dict[tuple[int, int], int] = {}
    for facet in facets:
        for i, j in _pairs(tuple(sorted(int(c) for c in facet))):
            if (i, j) not in middle:
                middle[i, j] = len(points)
                between = corners[i] + corners[j]
                points.append(between / np.linalg.norm(between))
    finer: list[tuple[int, int, int]] = []
    for facet in facets:
        a, b, c = sorted(int(corner) for corner in facet)
        ab, bc, ac = middle[a, b], middle[b, c], middle[a, c]
        finer += [(a, ab, ac), (b, ab, bc), (c, ac, bc), (ab, bc, ac)]
    return np.array(points), np.array(finer)


def turn(angle: float, axis: Float[np.ndarray, " dim"]) -> Float[np.ndarray, "dim dim"]:
    """Return the matrix that turns three dimensions by an angle about an axis (Rodrigues)."""
    x, y, z = axis / np.linalg.norm(axis)
    across = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * across + (1 - np.cos(angle)) * across @ across


def _pairs(items: tuple[int, ...]) -> list[tuple[int, int]]:
    return list(combinations(items, 2))
