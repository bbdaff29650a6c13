import math

import numpy as np
import pytest
from scipy.cluster.hierarchy import cophenet, linkage
from scipy.spatial.distance import pdist, squareform

from armillary.shape import haar_clouds
from armillary.shape.tree import cophenetic, node_tree_nats, squared_distances, tree_nats
from armillary.shape.views import principal


def leaves(depth: int, *, noise: float = 0.02) -> np.ndarray:
    """Leaves of a binary tree whose edges are orthogonal."""
    rng = np.random.default_rng(depth)
    code = np.arange(2**depth)
    columns = []
    for level in range(depth):
        node = code >> level
        columns.append((node[:, None] == np.unique(node)) * 0.8 ** (depth - level))
    points = np.hstack(columns).astype(float)
    noisy = points + noise * rng.standard_normal(points.shape)
    return principal(noisy[None])[:, :, : 2**depth - 1]


def test_distances_are_scipys(rng):
    points = rng.standard_normal((9, 3))
    wanted = squareform(pdist(points, "sqeuclidean"))
    assert squared_distances(points) == pytest.approx(wanted, abs=1e-12)


def test_heights_are_scipys(rng):
    distance = squareform(rng.uniform(1, 2, 45))
    wanted = cophenet(linkage(squareform(distance), "average"))
    assert cophenetic(distance) == pytest.approx(wanted)


@pytest.mark.parametrize("n", [5, 12, 40])
def test_the_share_explained_is_the_squared_cophenetic_correlation(n):
    cloud = np.random.default_rng(n).standard_normal((n, 4))
    observed = pdist(cloud, "sqeuclidean")
    r = np.corrcoef(observed, cophenet(linkage(observed, "average")))[0, 1]
    wanted = -(n - 1) / 2 * math.log(1 - r**2)
    assert tree_nats(cloud[None])[0] == pytest.approx(wanted)


def test_leaves_of_a_tree_are_far_above_their_haar_clouds(rng):
    scores = leaves(4)
    null = tree_nats(haar_clouds(scores[0], n_draws=100, rng=rng))
    assert tree_nats(scores)[0] > null.mean() + 5 * null.std()


def test_a_tree_with_its_inner_nodes_follows_its_own_paths(rng):
    parent = [0, 0, 1, 1, 2, 2, 3, 3, 0, 8, 8]
    points = np.zeros((11, 11))
    for node in range(1, 11):
        points[node] = points[parent[node]] + np.eye(11)[node]
    scores = principal(points[None])
    null = node_tree_nats(haar_clouds(scores[0][:, :10], n_draws=100, rng=rng))
    assert node_tree_nats(scores)[0] > null.mean() + 5 * null.std()


def test_equal_distances_are_no_tree():
    assert tree_nats(principal(np.eye(7)[None]))[0] == 0.0


@pytest.mark.parametrize("scale", [1e-6, 1e5])
def test_scale_changes_nothing(rng, scale):
    cloud = rng.standard_normal((1, 15, 3))
    assert tree_nats(scale * cloud) == pytest.approx(tree_nats(cloud))
