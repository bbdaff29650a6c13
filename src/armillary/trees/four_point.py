"""The four-point condition: how far distances are from those along a tree."""

from itertools import combinations
from math import comb

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput

MOST_QUARTETS = 1000


def squared_distances(
    clouds: Float[np.ndarray, "draw point axis"],
) -> Float[np.ndarray, "draw point point"]:
    """Return all squared Euclidean distances of each cloud; orthogonal edges add up in these."""
    square = np.einsum("dpa,dpa->dp", clouds, clouds)
    inner = clouds @ np.swapaxes(clouds, 1, 2)
    return np.maximum(square[:, :, None] + square[:, None, :] - 2 * inner, 0.0)


def quartets(
    n: int, *, most: int = MOST_QUARTETS, rng: np.random.Generator
) -> Int[np.ndarray, "quartet 4"]:
    """Return sets of four of ``n`` points: all of them, or ``most`` drawn at random.

    Raises
    ------
    BadInput
        If there are fewer than four points.
    """
    if n < 4:
        raise BadInput(f"the four-point condition needs four points, got {n}")
    if comb(n, 4) <= most:
        return np.array(list(combinations(range(n), 4)), dtype=np.int64)
    return rng.random((most, n)).argpartition(4, axis=1)[:, :4].astype(np.int64)


def four_point_excess(
    distance: Float[np.ndarray, "draw point point"], four: Int[np.ndarray, "quartet 4"]
) -> Float[np.ndarray, " draw"]:
    """Measure how much the four-point condition fails.

    Of the three ways to pair four points, let S1 >= S2 >= S3 be the sums of the two distances.
    Along a tree S1 = S2 (Buneman 1974). The excess is the sum of S1 - S2 over quartets divided by
    the sum of S1 - S3.

    Parameters
    ----------
    distance
        Distances of each draw, symmetric.
    four
        Quartets, as from ``quartets``.

    Returns
    -------
    Float[np.ndarray, " draw"]
        0 for distances along a tree, at most 1; 1 where nothing differs from anything.

    References
    ----------
    Buneman 1974, A note on the metric properties of trees, J. Combinatorial Theory B 17. The ratio
    of a single quartet is that of Holland et al. 2002, Delta plots, Mol. Biol. Evol. 19.
    """
    sums = _sums(distance, four)
    excess = (sums[:, 2] - sums[:, 1]).sum(axis=1)
    whole = (sums[:, 2] - sums[:, 0]).sum(axis=1)
    alike = whole <= 1e-12 * sums[:, 2].sum(axis=1)
    return np.where(alike, 1.0, excess / np.where(alike, 1.0, whole))


def gromov_delta(
    distance: Float[np.ndarray, "draw point point"], four: Int[np.ndarray, "quartet 4"]
) -> Float[np.ndarray, " draw"]:
    """Return Gromov's hyperbolicity over these quartets, as a share of the diameter.

    The largest (S1 - S2) / 2 over the largest distance: 0 for a tree; over all quartets at most 1/2
    for a metric, whose squares may pass that.
    """
    sums = _sums(distance, four)
    diameter = distance.max(axis=(1, 2))
    return (sums[:, 2] - sums[:, 1]).max(axis=1) / 2 / np.maximum(diameter, 1e-300)


def _sums(distance: np.ndarray, four: np.ndarray) -> Float[np.ndarray, "draw 3 quartet"]:
    a, b, c, d = four.T
    ways = ((a, b, c, d), (a, c, b, d), (a, d, b, c))
    sums = [distance[:, i, j] + distance[:, k, m] for i, j, k, m in ways]
    return np.sort(np.stack(sums, axis=1), axis=1)
