"""Binary trees over features: how one is found, and climbed with sums and means."""

from dataclasses import dataclass
from typing import Any

import fastcluster
import numpy as np
from jaxtyping import Float, Int

from armillary.knockoffs.clusters import kmeans, means_of

_AT_ONCE = 2048  # rows that are joined pair by pair; more are cut into clusters first
_A_CLUSTER = 48  # rows a cluster where they are


@dataclass(frozen=True, slots=True, eq=False)
class BinaryTree:
    """A rooted binary tree whose leaves hold features; joints are numbered from the root down.

    Parameters
    ----------
    leaf_of
        Leaf of each feature; leaves are numbered from left to right.
    children
        Left and right child of each joint, in the order in which a walk that goes left first
        meets them: joint j as j, leaf l as ``-1 - l``.
    coarse
        First leaf of each branch that is written apart where every feature is a leaf.
    """

    leaf_of: Int[np.ndarray, " feature"]
    children: Int[np.ndarray, "joint 2"]
    coarse: Int[np.ndarray, " branch"]

    @property
    def n_leaves(self) -> int:
        """Number of leaves."""
        return len(self.children) + 1

    def weights(self) -> tuple[Int[np.ndarray, " joint"], Int[np.ndarray, " joint"]]:
        """Return how many features lie below the left and the right child of every joint."""
        leaf = np.bincount(self.leaf_of, minlength=self.n_leaves)
        joint = np.zeros(len(self.children), dtype=np.int64)
        sides = np.zeros((len(self.children), 2), dtype=np.int64)
        for j in range(len(self.children) - 1, -1, -1):  # children come after their parents
            for side in (0, 1):
                child = self.children[j, side]
                sides[j, side] = joint[child] if child >= 0 else leaf[-1 - child]
            joint[j] = sides[j].sum()
        return sides[:, 0], sides[:, 1]


def grown(
    x: Float[np.ndarray, "feature d_model"],
    leaves: int,
    *,
    rng: np.random.Generator,
    labels: Int[np.ndarray, " feature"] | None = None,
) -> BinaryTree:
    """Grow a tree: k-means leaves joined by Ward's rule, or every feature a leaf.

    Where every feature is a leaf and there are more than 2,048, branches of about 48 features are
    cut by k-means, and Ward's rule is followed within branches and between them.

    Parameters
    ----------
    x
        Rows.
    leaves
        Number of leaves; 0, or no fewer than there are features: every feature.
    rng
        Seeds k-means.
    labels
        Clusters that are known already: the leaves, or the branches where every feature is a leaf.

    Returns
    -------
    BinaryTree
        Leaves without features are left out.
    """
    n = len(x)
    whole = leaves == 0 or leaves >= n
    k = leaves if not whole else 1 if n <= _AT_ONCE else n // _A_CLUSTER
    if labels is None:
        labels = kmeans(x, k, rng=rng) if k > 1 else np.zeros(n, dtype=np.int64)
    label = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    members = np.split(np.argsort(label, kind="stable"), np.cumsum(np.bincount(label))[:-1])
    top = _ward(means_of(x, label, n=len(members)))
    trees = [_ward(x[rows]) if whole else np.empty((0, 2), dtype=np.int64) for rows in members]
    return _walked(top, trees, members, whole=whole)


def climbed_down(
    tree: BinaryTree, root: Float[np.ndarray, " d_model"], step: Float[np.ndarray, "joint d_model"]
) -> Float[np.ndarray, "leaf d_model"]:
    """Return the vectors of leaves from the root's mean and one contrast a joint.

    With a and b features below the children of a joint, its left child lies at its own mean plus
    ``sqrt(b / (a (a + b)))`` times the contrast, its right child at the mean minus
    ``sqrt(a / (b (a + b)))`` times it: the unbalanced Haar transform, which is orthonormal.

    Parameters
    ----------
    tree
        The tree.
    root
        Mean over all features.
    step
        Contrast of each joint.
    """
    a, b = tree.weights()
    mean = np.zeros((len(tree.children), root.size), dtype=np.float32)
    leaf = np.zeros((tree.n_leaves, root.size), dtype=np.float32)
    if not len(tree.children):
        leaf[0] = root
        return leaf
    mean[0] = root
    down = (np.sqrt(b / (a * (a + b))), -np.sqrt(a / (b * (a + b))))
    for j in range(len(tree.children)):
        for side in (0, 1):
            child = tree.children[j, side]
            placed = mean[j] + np.float32(down[side][j]) * step[j]
            if child >= 0:
                mean[child] = placed
            else:
                leaf[-1 - child] = placed
    return leaf


def contrasts(
    tree: BinaryTree, x: Float[np.ndarray, "feature d_model"]
) -> tuple[Float[np.ndarray, " d_model"], Float[np.ndarray, "joint d_model"]]:
    """Return the root's mean and the contrasts of joints, ``sqrt(ab / (a + b)) (left - right)``.

    Their squares sum to the squares of all features' leaf means, about the root's mean.

    Parameters
    ----------
    tree
        The tree.
    x
        Rows, one a feature.
    """
    a, b = tree.weights()
    leaf = means_of(x, tree.leaf_of, n=tree.n_leaves)
    mean = np.zeros((len(tree.children), x.shape[1]), dtype=np.float32)
    step = np.zeros_like(mean)
    if not len(tree.children):
        return leaf[0], step
    for j in range(len(tree.children) - 1, -1, -1):
        one, two = (mean[c] if c >= 0 else leaf[-1 - c] for c in tree.children[j].tolist())
        mean[j] = (a[j] * one + b[j] * two) / (a[j] + b[j])
        step[j] = np.float32(np.sqrt(a[j] * b[j] / (a[j] + b[j]))) * (one - two)
    return mean[0], step


def _ward(rows: np.ndarray) -> Int[np.ndarray, "joint 2"]:
    """Return who is joined with whom, as linkage numbers them."""
    if len(rows) < 2:
        return np.empty((0, 2), dtype=np.int64)
    joined: Any = fastcluster.linkage_vector(np.asarray(rows, np.float64), method="ward")  # pyright: ignore[reportUnknownMemberType]
    return np.asarray(joined[:, :2], dtype=np.int64)


def _walked(
    top: np.ndarray, trees: list[np.ndarray], members: list[np.ndarray], *, whole: bool
) -> BinaryTree:
    """Walk the tree of branches, and each branch's own, left first; number what is met."""
    leaf_of = np.empty(sum(rows.size for rows in members), dtype=np.int64)
    children: list[list[int]] = []
    begin: list[int] = []
    n_leaves = 0
    k = len(members)
    # (branch or -1 for the top, node, parent joint, side)
    todo: list[tuple[int, int, int, int]] = [(-1, 2 * k - 2, -1, 0)]
    while todo:
        branch, node, parent, side = todo.pop()
        if branch < 0 and node < k:
            begin.append(n_leaves)
            branch, node = node, 2 * members[node].size - 2 if whole else 0
        size = k if branch < 0 else members[branch].size if whole else 1
        if node < size:  # a leaf of a branch
            leaf_of[members[branch][node] if whole else members[branch]] = n_leaves
            if parent >= 0:
                children[parent][side] = -1 - n_leaves
            n_leaves += 1
            continue
        if parent >= 0:
            children[parent][side] = len(children)
        left, right = (top if branch < 0 else trees[branch])[node - size].tolist()
        todo += [(branch, right, len(children), 1), (branch, left, len(children), 0)]
        children.append([0, 0])
    return BinaryTree(
        leaf_of, np.array(children, dtype=np.int64).reshape(-1, 2), np.array(begin, dtype=np.int64)
    )
