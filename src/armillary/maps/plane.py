"""The principal plane: a map without a seed, and where the others start."""

from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core import Neighbours


def plane_of(
    directions: Float[np.ndarray, "feature d_model"], neighbours: Neighbours, *, seed: int
) -> tuple[Float[np.ndarray, "feature 2"], dict[str, Any]]:
    """Project the features on the two axes that carry most.

    Parameters
    ----------
    directions
        Any rows.
    neighbours, seed
        Not looked at: nothing here is random.

    Returns
    -------
    xy : Float[np.ndarray, "feature 2"]
        Float32, the louder axis first, each turned so that its longer tail is positive.
    facts : dict
        Method, and the share of the variance in either axis.
    """
    del neighbours, seed
    centred = directions - directions.mean(axis=0)
    eigenvalue, axes = np.linalg.eigh(centred.T @ centred)
    xy = centred @ axes[:, :-3:-1]
    xy *= np.where((xy**3).sum(axis=0) < 0, -1, 1).astype(xy.dtype)
    share = eigenvalue[:-3:-1] / eigenvalue.sum()
    facts = {"method": "principal plane", "share_of_variance": [float(s) for s in share]}
    return xy.astype(np.float32), facts


def principal_plane(
    directions: Float[np.ndarray, "feature d_model"],
) -> Float[np.ndarray, "feature 2"]:
    """Return where a descent starts: the principal plane, its farthest feature 10 from the middle.

    Parameters
    ----------
    directions
        Any rows.
    """
    centred = directions - directions.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    plane = centred @ axes[:, -2:]
    return (10 * plane / np.abs(plane).max()).astype(np.float32)
