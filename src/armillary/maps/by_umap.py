"""UMAP on exact neighbours, by umap-learn."""

import warnings
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core import Neighbours
from armillary.load import require
from armillary.maps.plane import principal_plane

SETTINGS = {"min_dist": 0.05, "epochs": 120}


def umap_of(
    directions: Float[np.ndarray, "feature d_model"], neighbours: Neighbours, *, seed: int
) -> tuple[Float[np.ndarray, "feature 2"], dict[str, Any]]:
    """Lay the features out by UMAP.

    It starts from the principal plane: two seeds differ in the descent, not in the start.

    Parameters
    ----------
    directions
        Unit rows that the neighbours were found in.
    neighbours
        Of every row.
    seed
        Of the descent.

    Returns
    -------
    xy : Float[np.ndarray, "feature 2"]
        Float32.
    facts : dict
        Method, seed and settings.

    Raises
    ------
    MissingExtra
        If umap-learn is not installed.
    """
    umap = require("umap", extra="maps")
    n = directions.shape[0]
    own: np.ndarray = np.arange(n, dtype=np.int32)
    index = np.column_stack([own, neighbours.index]).astype(np.int32)
    distance = np.hstack([np.zeros((n, 1)), 1 - neighbours.cosine]).astype(np.float32)
    k = index.shape[1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = umap.UMAP(
            n_neighbors=k,
            min_dist=SETTINGS["min_dist"],
            metric="cosine",
            init=principal_plane(directions),
            n_epochs=SETTINGS["epochs"],
            random_state=seed,
            precomputed_knn=(index, np.maximum(distance, 0), None),
        )
        xy = np.asarray(model.fit_transform(directions), dtype=np.float32)
    facts = {"method": "UMAP on exact neighbours", "seed": seed, "neighbours": k - 1, **SETTINGS}
    return xy, facts
