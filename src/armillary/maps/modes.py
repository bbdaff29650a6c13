"""Modes: the clumps of a map, and how far each stands out of what is around it."""

import numpy as np
from jaxtyping import Float

from armillary.maps.near import map_neighbours

K = 8


def prominences(xy: Float[np.ndarray, "feature 2"], *, k: int = K) -> Float[np.ndarray, " mode"]:
    """Return how prominent each mode of the map's density is, the densest of all left out.

    The density at a feature is ``-2 log`` of the distance to its k-th nearest. From the densest
    feature down each joins what its neighbours belong to, or begins a mode; where two modes meet,
    the lower one ends, and its height above the pass is its prominence (persistence in degree 0;
    Chazal, Guibas, Oudot & Skraba 2013). A mode that meets no other counts down to its own edge.

    Parameters
    ----------
    xy
        The map.
    k
        Neighbours; lowered where there are fewer features.

    Returns
    -------
    Float[np.ndarray, " mode"]
        Nats, largest first. Unchanged by turning, moving or scaling the map.
    """
    n = len(xy)
    index, distance = map_neighbours(xy, k=min(k, n - 1))
    radius = distance[:, -1]
    least = max(float(np.median(radius)) * 1e-6, np.finfo(np.float64).tiny)
    height: list[float] = (-2 * np.log(np.maximum(radius, least))).tolist()
    mode, peak = [-1] * n, list(range(n))
    ended: list[float] = []
    floor = dict[int, float]()
    near: list[list[int]] = index.tolist()
    order: list[int] = np.argsort(-np.array(height), kind="stable").tolist()
    for i in order:
        here = {_root(mode[j], peak) for j in near[i] if mode[j] >= 0}
        if not here:
            mode[i] = i
            floor[i] = height[i]
            continue
        first = max(here, key=height.__getitem__)
        for other in here - {first}:
            ended.append(height[other] - height[i])
            peak[other] = first
            del floor[other]
        mode[i] = first
        floor[first] = height[i]
    densest = max(floor, key=height.__getitem__)
    ended += [height[i] - low for i, low in floor.items() if i != densest]
    return -np.sort(-np.array(ended, dtype=np.float64))


def _root(i: int, peak: list[int]) -> int:
    while peak[i] != i:
        peak[i] = peak[peak[i]]
        i = peak[i]
    return i
