"""Clumpiness: how much nearer a map's features are to their neighbours than its extent needs."""

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput
from armillary.maps.near import map_neighbours

K = 5
_EULER = 0.5772156649015329
_ENTRIES = 2**22


def clumpiness(
    xy: Float[np.ndarray, "feature 2"],
    *,
    rng: np.random.Generator,
    k: int = K,
    rows: int = 2000,
) -> float:
    """Measure clumps at every scale above that of k neighbours.

    ``2 (mean log d_ij - mean log r_i) - c`` with ``d_ij`` the distance of two features of the map,
    ``r_i`` that of a feature to its k-th nearest, and what a round Gaussian blob gives,
    ``c = psi(n - 1) - psi(k) + log 2 - 1 - gamma``. The first mean is over every rank of
    neighbour, so that a few large clumps count as many small ones do; logarithms keep a few
    outliers from deciding.

    Parameters
    ----------
    xy
        The map.
    rng
        Source of the features whose distances to all others are taken.
    k
        Neighbours.
    rows
        How many features those are.

    Returns
    -------
    float
        Nats of density: about 0 for a Gaussian blob, .38 for a disk filled evenly, 1 and more where
        clumps stand apart. Unchanged by turning, moving or scaling the map.

    Raises
    ------
    BadInput
        If there are fewer than three features, or all are at one place.
    """
    n = xy.shape[0]
    if n < 3:
        raise BadInput(f"found {n} features, clumpiness needs at least 3")
    k = min(k, n - 1)
    place = np.asarray(xy, dtype=np.float64)
    sample = np.sort(rng.choice(n, min(rows, n), replace=False))
    squared = _mean_log_distance(place, sample)
    radius = map_neighbours(place, k=k)[1][:, -1]
    least = 1e-6 * float(np.exp(squared / 2))  # features at one place are not infinitely near
    near = 2 * float(np.log(np.maximum(radius, least)).mean())
    between = float(np.sum(1 / np.arange(k, n - 1, dtype=np.float64)))  # psi(n - 1) - psi(k)
    return squared - near - (between + float(np.log(2)) - 1 - _EULER)


def _mean_log_distance(place: Float[np.ndarray, "feature 2"], sample: np.ndarray) -> float:
    """Return the mean of log squared distance from sampled features to all others."""
    n, total, count = len(place), 0.0, 0
    step = max(1, _ENTRIES // n)
    for at in range(0, sample.size, step):
        rows = sample[at : at + step]
        squared = np.subtract.outer(place[rows, 0], place[:, 0]) ** 2
        squared += np.subtract.outer(place[rows, 1], place[:, 1]) ** 2
        apart = squared[squared > 0]
        total, count = total + float(np.log(apart).sum()), count + apart.size
    if count == 0:
        raise BadInput("every feature of the map is at one place")
    return total / count
