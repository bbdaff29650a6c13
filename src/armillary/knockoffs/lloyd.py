"""Lloyd's algorithm (faiss): centres of rows, and which centre is nearest to each row."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.load.require import require

Rows = Float[np.ndarray, "row column"]


def centroids(
    rows: Rows,
    k: int,
    *,
    seed: int,
    rounds: int,
    weight: Float[np.ndarray, " row"] | None = None,
    most: int = 256,
) -> Float[np.ndarray, "cluster column"]:
    """Return the centres that k-means finds.

    Parameters
    ----------
    rows
        Float32, at least ``k`` of them.
    k
        Centres.
    seed
        Of the first ones.
    rounds
        Of assigning and averaging.
    weight
        Of each row in the means; by default all alike.
    most
        Rows a centre that are looked at; of more a sample is drawn.

    Raises
    ------
    MissingExtra
        If ``faiss`` is not installed.
    """
    faiss: Any = require("faiss", extra="explain")
    settings = {"min_points_per_centroid": 1, "max_points_per_centroid": most}
    found: Any = faiss.Kmeans(rows.shape[1], k, niter=rounds, seed=seed, **settings)
    found.train(np.ascontiguousarray(rows, dtype=np.float32), weights=weight)
    return found.centroids


def nearest(rows: Rows, centres: Float[np.ndarray, "cluster column"]) -> Int[np.ndarray, " row"]:
    """Return which centre is nearest to each row.

    Parameters
    ----------
    rows, centres
        Float32.

    Raises
    ------
    MissingExtra
        If ``faiss`` is not installed.
    """
    faiss: Any = require("faiss", extra="explain")
    index: Any = faiss.IndexFlatL2(centres.shape[1])
    index.add(np.ascontiguousarray(centres, dtype=np.float32))
    found: np.ndarray = index.search(np.ascontiguousarray(rows, dtype=np.float32), 1)[1]
    return found[:, 0]
