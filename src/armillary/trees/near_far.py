"""Local against global: what the tree of a dictionary says of each feature, near and far."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.cluster import hierarchy

ANCHORS = 512  # features, spread over the dictionary, that far structure is measured against
WIDE = 4  # a family has at most this many times as many features as neighbours are asked about


@dataclass(frozen=True, slots=True, eq=False)
class NearFar:
    """Each feature's place in the tree, in two numbers and their difference.

    Parameters
    ----------
    near
        In [0, 1]: of its nearest features by cosine, the share in its family, of as many as the
        family can hold. 0 for a feature that has no family.
    far
        In [-1, 1]: over anchors outside its family, the correlation of ``1 - cosine`` with the
        height at which the tree joins them; 0 where either is constant.
    family
        Number of its family.
    """

    near: Float[np.ndarray, " feature"]
    far: Float[np.ndarray, " feature"]
    family: Int[np.ndarray, " feature"]

    @property
    def locality(self) -> Float[np.ndarray, " feature"]:
        """``near`` less what is positive of ``far``: 1 all near the leaf, -1 all far from it."""
        return self.near - np.maximum(self.far, 0.0)


def near_far(
    tree: Float[np.ndarray, "merge 4"], unit: Float[np.ndarray, "feature d_model"],
    neighbours: Int[np.ndarray, "feature k"], *, rng: np.random.Generator,
) -> NearFar:  # fmt: skip
    """Measure for each feature what the tree explains near its leaf, and what far from it.

    Parameters
    ----------
    tree
        Of all features, as from ``average_tree``.
    unit
        Their unit rows.
    neighbours
        The nearest others of each by cosine.
    rng
        Draws the anchors.

    Returns
    -------
    NearFar
        A family is a largest part of the tree with at most ``WIDE`` times k features.
    """
    n, k = neighbours.shape
    order, gap = leaf_order(tree)
    family = families(tree, most=WIDE * k)
    size = np.bincount(family)[family]
    inside = (family[neighbours] == family[:, None]).sum(axis=1)
    near = inside / np.maximum(np.minimum(size - 1, k), 1)
    anchor = np.sort(rng.choice(n, min(ANCHORS, n), replace=False))
    height = heights_to(anchor, order, gap)
    distance = 1 - unit @ unit[anchor].T
    used = family[:, None] != family[anchor]
    return NearFar(near, _correlation(distance, height, used), family)


def leaf_order(
    tree: Float[np.ndarray, "merge 4"],
) -> tuple[Int[np.ndarray, " leaf"], Float[np.ndarray, " gap"]]:
    """Return leaves as a dendrogram draws them, and the height at which each joins the next.

    The height at which any two leaves join is the largest gap between them.
    """
    flat: Any = hierarchy
    order = np.asarray(flat.leaves_list(tree), dtype=np.int64)
    n = order.size
    low, high = np.empty(2 * n - 1, dtype=np.int64), np.empty(2 * n - 1, dtype=np.int64)
    low[order] = high[order] = np.arange(n)
    gap = np.zeros(n - 1)
    for row, (a, b, height, _) in enumerate(tree):
        left, right = sorted((int(a), int(b)), key=lambda node: low[node])
        gap[high[left]] = height
        low[n + row], high[n + row] = low[left], high[right]
    return order, gap


def heights_to(
    anchor: Int[np.ndarray, " anchor"], order: Int[np.ndarray, " leaf"],
    gap: Float[np.ndarray, " gap"],
) -> Float[np.ndarray, "leaf anchor"]:  # fmt: skip
    """Return the height at which each leaf joins each anchor, float32; 0 at itself."""
    n = order.size
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    out = np.zeros((n, anchor.size), dtype=np.float32)
    for column, at in enumerate(place[anchor]):
        out[order[at + 1 :], column] = np.maximum.accumulate(gap[at:])
        out[order[:at], column] = np.maximum.accumulate(gap[:at][::-1])[::-1]
    return out


def families(tree: Float[np.ndarray, "merge 4"], *, most: int) -> Int[np.ndarray, " leaf"]:
    """Give a number to each largest part of a tree that has at most ``most`` leaves.

    Parameters
    ----------
    tree
        As from ``average_tree``.
    most
        Leaves, at least 1.

    Returns
    -------
    Int[np.ndarray, " leaf"]
        Numbers 0, 1, ... without gaps; every leaf is in one part.
    """
    n = len(tree) + 1
    joined = tree[:, :2].astype(np.int64)
    head = np.arange(2 * n - 1)  # the family's topmost part, for each part
    for row in range(n - 2, -1, -1):  # parents stand after their children
        if tree[row, 3] <= most:
            head[joined[row]] = head[n + row]
    _, family = np.unique(head[:n], return_inverse=True)
    return family.astype(np.int64).reshape(-1)


def _correlation(
    a: Float[np.ndarray, "row column"], b: Float[np.ndarray, "row column"],
    used: Bool[np.ndarray, "row column"],
) -> Float[np.ndarray, " row"]:  # fmt: skip
    """Correlate row by row, over the columns used; 0 where either is constant."""
    out = np.zeros(len(a))
    for start in range(0, len(a), 4096):
        part = slice(start, start + 4096)
        on = used[part].astype(np.float64)
        count = np.maximum(on.sum(axis=1, keepdims=True), 1)
        x, y = (one[part].astype(np.float64) for one in (a, b))
        x = (x - (x * on).sum(axis=1, keepdims=True) / count) * on
        y = (y - (y * on).sum(axis=1, keepdims=True) / count) * on
        size = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
        out[part] = np.where(size > 1e-9, (x * y).sum(axis=1) / np.maximum(size, 1e-9), 0.0)
    return out
