"""PaCMAP on exact neighbours, by the library of its authors."""

import logging
import warnings
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput, Neighbours
from armillary.load import require

PAIRS = 3.5  # neighbour, middle and far pairs a feature, for one neighbour


def pacmap_of(
    directions: Float[np.ndarray, "feature d_model"], neighbours: Neighbours, *, seed: int
) -> tuple[Float[np.ndarray, "feature 2"], dict[str, Any]]:
    """Lay the features out by PaCMAP (Wang, Huang, Rudin & Shaposhnik 2021).

    It is given our neighbours, since those it would find itself are approximate. Middle and far
    pairs are drawn with the seed; middle pairs are compared in the 100 leading axes at most.

    Parameters
    ----------
    directions
        Unit rows that the neighbours were found in.
    neighbours
        Of every row; fewer of them are used where there are few features.
    seed
        Of the pairs.

    Returns
    -------
    xy : Float[np.ndarray, "feature 2"]
        Float32.
    facts : dict
        Method, seed and settings.

    Raises
    ------
    MissingExtra
        If pacmap is not installed.
    BadInput
        If there are fewer than 8 features.
    """
    library = require("pacmap", extra="maps")
    n = directions.shape[0]
    if n < 8:
        raise BadInput(f"found {n} features, PaCMAP needs at least 8: ask for another method")
    k = min(neighbours.index.shape[1], int((n - 1) / PAIRS) - 1)
    pairs = np.empty((n * k, 2), dtype=np.int32)
    own: np.ndarray = np.arange(n, dtype=np.int32)
    pairs[:, 0] = own.repeat(k)
    pairs[:, 1] = neighbours.index[:, :k].ravel()
    log = logging.getLogger("pacmap.pacmap")  # it warns of every seed that it is given
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = library.PaCMAP(n_neighbors=k, pair_neighbors=pairs, random_state=seed)
            xy = np.asarray(model.fit_transform(directions), dtype=np.float32)
    finally:
        log.setLevel(level)
    return xy, {"method": "PaCMAP on exact neighbours", "seed": seed, "neighbours": k}
