"""Who is near whom on a map."""

from importlib import import_module
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core import BadInput


def map_neighbours(
    xy: Float[np.ndarray, "feature 2"], *, k: int
) -> tuple[Int[np.ndarray, "feature k"], Float[np.ndarray, "feature k"]]:
    """Find every feature's k nearest on the map.

    Parameters
    ----------
    xy
        The map.
    k
        Fewer than there are features.

    Returns
    -------
    index : Int[np.ndarray, "feature k"]
        Row numbers, nearest first, never a row's own.
    distance : Float[np.ndarray, "feature k"]
        How far they are.

    Raises
    ------
    BadInput
        If k is below 1 or there are not more than k features.
    """
    n = xy.shape[0]
    if not 0 < k < n:
        raise BadInput(f"asked for {k} neighbours on a map of {n} features: need 1 to {n - 1}")
    tree: Any = import_module("scipy.spatial").cKDTree(np.asarray(xy, dtype=np.float64))
    distance: np.ndarray
    index: np.ndarray
    distance, index = tree.query(xy, k=k + 1)
    row: np.ndarray = np.arange(n, dtype=np.int64)
    own = np.equal(index, row[:, None])
    own[~own.any(axis=1), -1] = True  # copies pushed it out of its own list
    kept = np.argsort(own, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(index, kept, 1), np.take_along_axis(distance, kept, 1)
