import math

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage

from armillary.shape import haar_clouds, whiten
from armillary.shape.clusters import MOST, best_mixture, cluster_nats, ward_labels, ward_tree
from armillary.shape.views import IMPOSSIBLE, principal


def naive_best(points: np.ndarray, most: int) -> tuple[float, int]:
    """Code lengths of scipy's Ward clusters, from their labels."""
    n, r = points.shape
    tree = linkage(points, "ward")
    found = []
    for k in range(2, min(most, n // 2) + 1):
        label = fcluster(tree, k, "maxclust")
        groups = [points[label == c] for c in np.unique(label)]
        within = sum(((g - g.mean(axis=0)) ** 2).sum() for g in groups)
        share = np.array([len(g) / n for g in groups])
        nats = -0.5 * n * r * math.log(max(within / (r * (n - k)), 1e-6)) + 0.5 * r * k
        nats += n * (share * np.log(share)).sum() - 0.5 * k * r * math.log(n)
        found.append((nats, k))
    return max(found)


@pytest.mark.parametrize("n", [8, 20, 50])
@pytest.mark.parametrize("r", [1, 3])
def test_the_best_mixture_is_that_of_scipys_ward_clusters(n, r):
    points = np.random.default_rng(n + r).standard_normal((n, r))
    nats, k = best_mixture(points)
    wanted, wanted_k = naive_best(points, MOST)
    assert nats == pytest.approx(wanted)
    assert k == wanted_k


def test_the_tree_is_scipys(rng):
    points = rng.standard_normal((30, 4))
    assert ward_tree(points)[:, 2] == pytest.approx(linkage(points, "ward")[:, 2])


@pytest.mark.parametrize("k", [1, 2, 5, 19])
def test_labels_are_scipys_numbered_by_first_appearance(k):
    points = np.random.default_rng(k).standard_normal((20, 3))
    own, other = ward_labels(points, k), fcluster(linkage(points, "ward"), k, "maxclust")
    assert len(set(zip(own, other, strict=True))) == k
    assert list(dict.fromkeys(own.tolist())) == list(range(k))


def test_planted_clusters_are_counted_and_far_above_haar_clouds(rng):
    centres = rng.standard_normal((4, 3)) * 5
    scores = principal((np.repeat(centres, 8, axis=0) + rng.standard_normal((32, 3)) / 4)[None])
    white = whiten(scores)
    assert best_mixture(white[0], most=4)[1] == 4
    null = cluster_nats(whiten(haar_clouds(scores[0], n_draws=100, rng=rng))).max(axis=1)
    assert cluster_nats(white).max() > null.mean() + 6 * null.std()


def test_axes_of_no_length_hold_no_mixture():
    flat = np.random.default_rng(0).standard_normal((1, 12, 2))
    padded = np.concatenate([flat, np.zeros((1, 12, 2))], axis=2)
    own, found = cluster_nats(flat), cluster_nats(padded)
    assert found[0, :2] == pytest.approx(own[0])
    assert (found[0, 2:] == IMPOSSIBLE).all()


def test_a_batch_is_the_same_as_one_by_one(rng):
    white = whiten(principal(rng.standard_normal((6, 18, 5))))
    alone = np.concatenate([cluster_nats(cloud[None]) for cloud in white])
    assert cluster_nats(white) == pytest.approx(alone)
