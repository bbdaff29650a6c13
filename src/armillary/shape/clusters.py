"""Mixtures of tight clusters, from one Ward tree."""

import math
from typing import Any

import fastcluster
import numpy as np
from jaxtyping import Float, Int

from armillary.shape.views import IMPOSSIBLE, Batch, rank

MOST = 16  # clusters looked for at most
PREFIXES = (1, 2, 3, 4, 5, 6, 8)  # how many leading axes the mixture may live in


def cluster_nats(whitened: Batch) -> Float[np.ndarray, "draw prefix"]:
    """Measure nats saved by a mixture of k spherical clusters, best k, for each axis prefix.

    Parameters
    ----------
    whitened
        Clouds with unit variance along every axis.

    Returns
    -------
    Float[np.ndarray, "draw prefix"]
        Nats (``best_mixture``) in the first 1 to 6 and 8 axes, as far as there are that many;
        ``IMPOSSIBLE`` where one of them has no length.
    """
    n_axes = whitened.shape[2]
    prefixes = sorted({min(r, n_axes) for r in PREFIXES if n_axes})
    out = np.full((whitened.shape[0], max(len(prefixes), 1)), IMPOSSIBLE)
    full = rank(whitened)
    for column, r in enumerate(prefixes):
        draws = np.flatnonzero(full >= r)
        if draws.size:
            out[draws, column] = _mixtures(whitened[draws, :, :r], most=MOST).max(axis=1)
    return out


def best_mixture(points: Float[np.ndarray, "point _"], *, most: int = MOST) -> tuple[float, int]:
    """Find the Ward mixture that saves most nats.

    With W_k the within-cluster sum of squares of Ward's k clusters in r unit-variance axes,
    s^2 = W_k / (r (n - k)) and H the entropy of the cluster shares, it is
    -(n r / 2) log s^2 + r k / 2 - n H - (k r / 2) log n, over 2 <= k <= min(most, n / 2).

    Parameters
    ----------
    points
        A cloud with unit variance along every axis, at least 4 points.
    most
        Most clusters allowed.

    Returns
    -------
    nats
        Of the best mixture.
    k
        Its number of clusters.
    """
    nats = _mixtures(points[None], most=most)[0]
    return float(nats.max()), int(nats.argmax()) + 2


def _mixtures(points: Batch, *, most: int) -> Float[np.ndarray, "draw k"]:
    """Nats saved by Ward's k clusters, k = 2, 3, ..., from each cloud's tree."""
    n, r = points.shape[1:]
    k: Int[np.ndarray, " k"] = np.arange(2, max(min(most, n // 2), 2) + 1)
    trees = np.stack([ward_tree(cloud) for cloud in points])
    within = np.cumsum(trees[:, :, 2] ** 2 / 2, axis=1)[:, n - k - 1]
    count = np.concatenate([np.ones((trees.shape[0], n)), trees[:, :, 3]], axis=1)
    halves = np.take_along_axis(count, trees[:, :, :2].astype(np.int64).reshape(-1, 2 * n - 2), 1)
    parts = _weight(halves / n).reshape(-1, n - 1, 2).sum(axis=2) - _weight(trees[:, :, 3] / n)
    entropy = -np.cumsum(parts[:, ::-1], axis=1)[:, k - 2]  # the latest merge is undone first
    variance = np.maximum(within / (r * (n - k)), 1e-6)
    nats = -0.5 * n * r * np.log(variance) + 0.5 * r * k - n * entropy
    return nats - 0.5 * k * r * math.log(n)


def _weight(share: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    return share * np.log(share)


def ward_tree(points: Float[np.ndarray, "point _"]) -> Float[np.ndarray, "merge 4"]:
    """Return Ward's tree: a row a merge (left, right, height, size), as scipy writes it."""
    tree: Any = fastcluster.linkage_vector(points, method="ward")  # pyright: ignore[reportUnknownMemberType]
    return tree


def ward_labels(points: Float[np.ndarray, "point _"], k: int) -> Int[np.ndarray, " point"]:
    """Label points by Ward's k clusters, numbered by first appearance."""
    n = len(points)
    tree = ward_tree(points)
    parent: Int[np.ndarray, " node"] = np.arange(2 * n - 1)
    for step in range(n - k):
        parent[[int(tree[step, 0]), int(tree[step, 1])]] = n + step
    root: Int[np.ndarray, " point"] = np.arange(n)
    while (parent[root] != root).any():
        root = parent[root]
    _, first, label = np.unique(root, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[label]


def clear_clusters(points: Float[np.ndarray, "point _"]) -> int:
    """Count clusters at the sharpest drop of Ward's merge heights (at least twofold); else 0."""
    n = points.shape[0]
    tree = ward_tree(points)
    height = np.maximum(tree[::-1, 2][: min(33, n // 2 + 1)], 1e-12)
    ratio = height[1:-1] / height[2:]  # merge to k clusters against merge to k + 1, from k = 3
    if ratio.size == 0 or ratio.max() < 2.0:
        return 0
    return int(ratio.argmax()) + 3
