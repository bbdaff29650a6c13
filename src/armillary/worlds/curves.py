"""Shapes with one intrinsic dimension, and the cone."""

import numpy as np

from armillary.worlds.point_set import PointSet, spread, standardised


def segment(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw a straight segment (1 dimension), positions uniform."""
    return standardised(spread(max(n, 5), rng=rng)[:, None])


def arc(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw an open arc of a circle (2 dimensions), its extent uniform in 120 to 270 degrees."""
    extent = float(rng.uniform(120, 270))
    angle = np.deg2rad(extent) * spread(max(n, 5), rng=rng)
    return standardised(_on_circle(angle), {"extent_degrees": extent})


def circle(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw a circle (2 dimensions), one point in each of ``n`` equal sectors."""
    return standardised(_on_circle(2 * np.pi * spread(max(n, 5), rng=rng)))


def ellipse(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw an ellipse (2 dimensions), short axis over long axis uniform in 0.5 to 0.8."""
    ratio = float(rng.uniform(0.5, 0.8))
    points = _on_circle(2 * np.pi * spread(max(n, 6), rng=rng)) * np.array([1.0, ratio])
    return standardised(points, {"axis_ratio": ratio})


def helix(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw a helix (3 dimensions) of 2 to 3 turns, as long as 0.75 to 1.25 diameters."""
    turns, length = float(rng.uniform(2, 3)), float(rng.uniform(1.5, 2.5))
    position = spread(max(n, 12), rng=rng)
    points = np.column_stack([_on_circle(2 * np.pi * turns * position), length * position])
    return standardised(points, {"turns": turns, "length_over_radius": length})


def cone(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw a cone over a circle (3 dimensions): radius proportional to height.

    Heights are uniform in [0.3, 1] and independent of the angle; the slope (radius over
    height) is uniform in 0.7 to 1.3.
    """
    n = max(n, 8)
    slope = float(rng.uniform(0.7, 1.3))
    height = rng.uniform(0.3, 1.0, size=n)
    ring = _on_circle(2 * np.pi * spread(n, rng=rng))
    points = np.column_stack([slope * height[:, None] * ring, height])
    return standardised(points, {"slope": slope})


def _on_circle(angle: np.ndarray) -> np.ndarray:
    return np.column_stack([np.cos(angle), np.sin(angle)])
