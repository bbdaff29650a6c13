"""Map: a picture of the whole space, with how far to trust it."""

import importlib
import warnings
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core import Neighbours
from armillary.load import require


def umap_of(
    directions: Float[np.ndarray, "feature d_model"], neighbours: Neighbours, *, seed: int
) -> tuple[Float[np.ndarray, "feature 2"], dict[str, Any]]:
    """Lay the features out by UMAP on the exact neighbours, and measure what survived.

    ``kept_neighbours`` in the note is the mean share of a feature's nearest in the space that are
    among as many nearest in the map, on 2,000 features; at most 1.

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
    start = _principal_plane(directions)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = umap.UMAP(
            n_neighbors=k,
            min_dist=0.05,
            metric="cosine",
            init=start,
            n_epochs=120,
            random_state=seed,
            precomputed_knn=(index, np.maximum(distance, 0), None),
        )
        xy = np.asarray(model.fit_transform(directions), dtype=np.float32)
    note = {"method": "UMAP on exact neighbours", "seed": seed, "neighbours": k - 1}
    note["kept_neighbours"] = kept_neighbours(xy, neighbours, seed=seed)
    return xy, note


def kept_neighbours(
    xy: Float[np.ndarray, "feature 2"], neighbours: Neighbours, *, seed: int, rows: int = 2000
) -> float:
    """Mean share of true nearest neighbours that are among as many nearest in the map."""
    n, k = neighbours.index.shape
    sample = np.random.default_rng(seed).choice(n, min(rows, n), replace=False)
    tree: Any = importlib.import_module("scipy.spatial").cKDTree(xy)
    near: np.ndarray = tree.query(xy[sample], k=k + 1)[1]
    shared = [
        np.intersect1d(neighbours.index[row], found).size / k
        for row, found in zip(sample, near, strict=True)
    ]
    return float(np.mean(shared))


def _principal_plane(
    directions: Float[np.ndarray, "feature d_model"],
) -> Float[np.ndarray, "feature 2"]:
    centred = directions - directions.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    plane = centred @ axes[:, -2:]
    return (10 * plane / np.abs(plane).max()).astype(np.float32)
