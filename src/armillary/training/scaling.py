"""Where the data lie: their centre and their typical distance from it."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """What fresh weights start from.

    Parameters
    ----------
    centre
        Geometric median of a sample, in raw units.
    scale
        Raw vectors are multiplied by it before training; 1 leaves them.
    """

    centre: np.ndarray
    scale: float


def place_of(sample: np.ndarray, *, scaled: bool) -> Place:
    """Return the geometric median of a sample and ``sqrt(d_model) / median |x - centre|``.

    Medians, because residual streams hold a few vectors fifty times as long as the others. Rows
    that lie at the centre itself (where nothing fires, in a sparse world) have no say in the
    scale: they could be more than half.
    """
    centre = geometric_median(sample)
    distance = np.linalg.norm(sample - centre, axis=1)
    apart = distance > 1e-6 * distance.max()
    typical = float(np.median(distance[apart])) if apart.any() else 0.0
    factor = np.sqrt(sample.shape[1]) / typical if scaled and typical > 0 else 1.0
    return Place(centre.astype(np.float32), float(factor))


def geometric_median(points: np.ndarray, *, n_steps: int = 50) -> np.ndarray:
    """Return the point with the least summed distance to all, by Weiszfeld's iteration."""
    points = points.astype(np.float64)
    centre = np.median(points, axis=0)
    for _ in range(n_steps):
        distance = np.linalg.norm(points - centre, axis=1)
        weight = 1 / np.maximum(distance, 1e-9 * (1 + distance.max()))
        moved = weight @ points / weight.sum()
        if np.linalg.norm(moved - centre) <= 1e-6 * np.linalg.norm(moved):
            return moved
        centre = moved
    return centre
