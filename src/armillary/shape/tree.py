"""Trees: squared distances that an ultrametric or additive tree explains."""

from typing import Any

import fastcluster
import numpy as np
from jaxtyping import Float
from scipy.cluster.hierarchy import cophenet

from armillary.shape.views import Batch


def squared_distances(scores: Float[np.ndarray, "point _"]) -> Float[np.ndarray, "point point"]:
    """Return all squared Euclidean distances: orthogonal edges add up in these."""
    square = (scores**2).sum(axis=1)
    return np.maximum(square[:, None] + square - 2 * scores @ scores.T, 0.0)


def cophenetic(distance: Float[np.ndarray, "point point"]) -> Float[np.ndarray, " pair"]:
    """Return the heights at which average linkage joins each pair (condensed order)."""
    row, column = np.triu_indices(distance.shape[0], 1)
    tree: Any = fastcluster.linkage(distance[row, column], method="average")
    return cophenet(tree)


def tree_nats(scores: Batch) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by an ultrametric tree on the cloud's squared distances.

    Entries of the distance matrix are taken as n (n - 1) / 2 observations that share n - 1
    heights, tempered to n - 1 independent ones: -(n - 1) / 2 log(1 - R^2), R^2 the share of the
    variance of squared distances that average linkage's cophenetic heights explain.
    """
    return np.array([0.5 * (cloud.shape[0] - 1) * -np.log1p(-_explained(cloud)) for cloud in scores])


def _explained(cloud: Float[np.ndarray, "point _"]) -> float:
    distance = squared_distances(cloud)
    observed = distance[np.triu_indices(cloud.shape[0], 1)]
    height = cophenetic(distance)
    if observed.std() < 1e-9 or height.std() < 1e-9:
        return 0.0
    return min(float(np.corrcoef(observed, height)[0, 1]) ** 2, 1 - 1e-6)
