"""Trees: squared distances that an ultrametric or additive tree explains."""

from typing import Any

import fastcluster
import numpy as np
from jaxtyping import Float
from scipy.cluster.hierarchy import cophenet  # pyright: ignore[reportUnknownVariableType]
from scipy.sparse.csgraph import (
    minimum_spanning_tree,  # pyright: ignore[reportUnknownVariableType]
    shortest_path,  # pyright: ignore[reportUnknownVariableType]
)

from armillary.shape.views import Batch


def squared_distances(scores: Float[np.ndarray, "point _"]) -> Float[np.ndarray, "point point"]:
    """Return all squared Euclidean distances: orthogonal edges add up in these."""
    square = (scores**2).sum(axis=1)
    return np.maximum(square[:, None] + square - 2 * scores @ scores.T, 0.0)


def cophenetic(distance: Float[np.ndarray, "point point"]) -> Float[np.ndarray, " pair"]:
    """Return the heights at which average linkage joins each pair (condensed order)."""
    tree = _average_tree(distance[np.triu_indices(distance.shape[0], 1)])
    return np.asarray(cophenet(tree), dtype=np.float64)


def tree_nats(scores: Batch) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by an ultrametric tree on the cloud's squared distances.

    Entries of the distance matrix are taken as n (n - 1) / 2 observations that share n - 1
    heights, tempered to n - 1 independent ones: -(n - 1) / 2 log(1 - R^2), R^2 the share of the
    variance of squared distances that average linkage's cophenetic heights explain (at most
    1 - 1e-6; 0 where either hardly varies).

    Parameters
    ----------
    scores
        Clouds, unscaled.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats, at least 0.
    """
    share = np.array([_explained(cloud) for cloud in scores], dtype=np.float64)
    return -0.5 * (scores.shape[1] - 1) * np.log1p(-share)


def node_tree_nats(scores: Batch) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by a tree whose nodes, inner ones included, are the points.

    As ``tree_nats``, the fitted distances being sums of edges along the minimum spanning tree:
    for orthogonal edge vectors it is the tree itself.

    Parameters
    ----------
    scores
        Clouds, unscaled.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats, at least 0.
    """
    share = np.array([_along_paths(cloud) for cloud in scores], dtype=np.float64)
    return -0.5 * (scores.shape[1] - 1) * np.log1p(-share)


def _along_paths(cloud: Float[np.ndarray, "point _"]) -> float:
    upper = np.triu_indices(cloud.shape[0], 1)
    distance = np.maximum(squared_distances(cloud), 1e-12)  # a zero would be read as no edge
    paths = np.asarray(
        shortest_path(minimum_spanning_tree(distance), directed=False), dtype=np.float64
    )
    observed, fitted = distance[upper], paths[upper]
    if min(float(observed.std()), float(fitted.std())) < 1e-9 * float(observed.mean()):
        return 0.0
    return min(float(np.corrcoef(observed, fitted)[0, 1]) ** 2, 1 - 1e-6)


def _explained(cloud: Float[np.ndarray, "point _"]) -> float:
    """Squared correlation of squared distances and cophenetic heights.

    Average linkage joins two parts at the mean distance between them, so heights are conditional
    means of distances: the squared correlation is the ratio of their variances.
    """
    n = cloud.shape[0]
    observed = squared_distances(cloud)[np.triu_indices(n, 1)]
    mean = float(observed.mean())
    tree = _average_tree(observed)
    size = np.append(np.ones(n), tree[:, 3])
    pairs = size[tree[:, 0].astype(np.int64)] * size[tree[:, 1].astype(np.int64)]
    between = float(pairs @ (tree[:, 2] - mean) ** 2) / observed.size
    total = float(((observed - mean) ** 2).mean())
    if min(between, total) <= (1e-9 * mean) ** 2:
        return 0.0
    return min(between / total, 1 - 1e-6)


def _average_tree(distance: Float[np.ndarray, " pair"]) -> Float[np.ndarray, "merge 4"]:
    tree: Any = fastcluster.linkage(distance, method="average")  # pyright: ignore[reportUnknownMemberType]
    return tree
