"""Mixtures of tight clusters, from one Ward tree."""

import math
from typing import Any

import fastcluster
import numpy as np
from jaxtyping import Float, Int

from armillary.shape.views import Batch

MOST = 16  # clusters looked for at most
PREFIXES = (1, 2, 4, 8)  # how many leading axes the mixture may live in


def cluster_nats(whitened: Batch) -> Float[np.ndarray, "draw prefix"]:
    """Measure nats saved by a mixture of k spherical clusters, best k, for each axis prefix."""
    out = [[best_mixture(cloud[:, :r])[0] for r in _prefixes(whitened)] for cloud in whitened]
    return np.array(out, dtype=np.float64)


def _prefixes(whitened: Batch) -> list[int]:
    return sorted({min(r, whitened.shape[2]) for r in PREFIXES})


def best_mixture(points: Float[np.ndarray, "point _"], *, most: int = MOST) -> tuple[float, int]:
    """Return the nats saved by the best Ward mixture and its number of clusters.

    With W_k the within-cluster sum of squares of Ward's k clusters in r unit-variance axes,
    s^2 = W_k / (r (n - k)) and H the entropy of the cluster shares, it is
    -(n r / 2) log s^2 + r k / 2 - n H - (k r / 2) log n, over 2 <= k <= min(most, n / 2).
    """
    n, r = points.shape
    tree: Any = fastcluster.linkage_vector(points, method="ward")
    increase = tree[:, 2] ** 2 / 2
    within = np.cumsum(increase)
    sizes = [n]
    best, best_k = -math.inf, 1
    count = np.concatenate([np.ones(n), tree[:, 3]])
    clusters = [2 * n - 2]
    for k in range(2, min(most, n // 2) + 1):
        top = max(clusters)  # the latest merge still standing is the next one to undo
        clusters.remove(top)
        clusters += [int(tree[top - n, 0]), int(tree[top - n, 1])]
        sizes = count[clusters]
        share = sizes / n
        entropy = -float((share * np.log(share)).sum())
        variance = max(within[n - k - 1] / (r * (n - k)), 1e-6)
        nats = -0.5 * n * r * math.log(variance) + 0.5 * r * k - n * entropy
        nats -= 0.5 * k * r * math.log(n)
        if nats > best:
            best, best_k = nats, k
    return best, best_k


def ward_labels(points: Float[np.ndarray, "point _"], k: int) -> Int[np.ndarray, " point"]:
    """Label points by Ward's k clusters, numbered by first appearance."""
    n = points.shape[0]
    tree: Any = fastcluster.linkage_vector(points, method="ward")
    parent = np.arange(2 * n - 1)
    for step in range(n - k):
        parent[[int(tree[step, 0]), int(tree[step, 1])]] = n + step
    root = np.arange(n)
    while (parent[root] != root).any():
        root = parent[root]
    _, first, label = np.unique(root, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[label]
