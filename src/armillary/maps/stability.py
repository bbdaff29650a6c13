"""Stability: what two seeds of one method agree on."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

from armillary.core import BadInput
from armillary.maps.near import map_neighbours


def agreement(
    maps: Sequence[Float[np.ndarray, "feature 2"]], *, k: int
) -> Float[np.ndarray, " feature"]:
    """Return the share of each feature's k nearest on one map that are so on another.

    Parameters
    ----------
    maps
        Two or more maps of the same features, a row each.
    k
        Neighbours looked at.

    Returns
    -------
    Float[np.ndarray, " feature"]
        In [0, 1], the mean over all pairs of maps. Unchanged by turning, moving or scaling a map;
        ``k / (n - 1)`` on average for maps that have nothing to do with each other.

    Raises
    ------
    BadInput
        If there are fewer than two maps, or their features differ in number.
    """
    if len(maps) < 2 or len({len(xy) for xy in maps}) > 1:
        raise BadInput(f"agreement needs two maps of the same features, got {[*map(len, maps)]}")
    near = [map_neighbours(xy, k=k)[0] for xy in maps]
    shares = [_shared(a, b) / k for a, b in combinations(near, 2)]
    return np.mean(shares, axis=0)


def _shared(
    a: Int[np.ndarray, "feature k"], b: Int[np.ndarray, "feature k"]
) -> Int[np.ndarray, " feature"]:
    both = np.sort(np.hstack([a, b]), axis=1)
    return (both[:, 1:] == both[:, :-1]).sum(axis=1)
