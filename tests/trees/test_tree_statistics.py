import numpy as np
import pytest

from armillary.core.errors import BadInput
from armillary.trees import (
    Evidence,
    average_tree,
    cophenetic,
    cophenetic_correlation,
    families,
    folds_of,
    four_point_excess,
    gromov_delta,
    held_out_triplets,
    leaf_order,
    near_far,
    quartets,
    squared_distances,
)
from armillary.trees.near_far import heights_to

RNG = np.random.default_rng(0)


def leaves(depth: int) -> np.ndarray:
    """Leaves of a binary tree with orthogonal edges, shorter the deeper: an exact ultrametric."""
    nodes = np.zeros((1, 2 ** (depth + 1) - 2))
    column = 0
    for level in range(depth):
        nodes = np.repeat(nodes, 2, axis=0)
        width = len(nodes)
        nodes[:, column : column + width] += np.eye(width) * 0.7**level
        column += width
    return nodes


def ring(n: int) -> np.ndarray:
    angle = 2 * np.pi * np.arange(n) / n
    return np.c_[np.cos(angle), np.sin(angle)]


def test_a_tree_has_no_excess_and_its_own_heights():
    distance = squared_distances(leaves(4)[None])
    four = quartets(16, rng=RNG)
    assert four_point_excess(distance, four)[0] == pytest.approx(0, abs=1e-12)
    assert gromov_delta(distance, four)[0] == pytest.approx(0, abs=1e-12)
    assert cophenetic_correlation(distance)[0] == pytest.approx(1)
    np.testing.assert_allclose(cophenetic(distance[0]), distance[0], atol=1e-12)


def test_a_square_fails_the_four_point_condition_as_much_as_can_be():
    # squared distances: sides 2, diagonals 4; the three sums are 8, 4, 4
    four = quartets(4, rng=RNG)
    distance = squared_distances(ring(4)[None])
    assert four_point_excess(distance, four)[0] == pytest.approx(1)
    assert gromov_delta(distance, four)[0] == pytest.approx((8 - 4) / 2 / 4)


def test_equal_distances_say_nothing():
    distance = squared_distances(np.eye(6)[None])
    assert four_point_excess(distance, quartets(6, rng=RNG))[0] == 1
    assert cophenetic_correlation(distance)[0] == 0


def test_statistics_do_not_see_rotation_order_or_scale():
    points = RNG.standard_normal((9, 5))
    turn, _ = np.linalg.qr(RNG.standard_normal((5, 5)))
    both = np.stack([points, 3 * points[RNG.permutation(9)] @ turn])
    distance = squared_distances(both)
    four = quartets(9, rng=RNG)  # all of them
    for value in (four_point_excess(distance, four), gromov_delta(distance, four),
                  cophenetic_correlation(distance)):  # fmt: skip
        assert value[0] == pytest.approx(value[1])


def test_quartets_are_all_of_them_or_as_many_as_asked():
    assert len(quartets(8, rng=RNG)) == 70
    drawn = quartets(40, most=50, rng=RNG)
    assert drawn.shape == (50, 4)
    assert all(len(set(one)) == 4 for one in drawn.tolist())


@pytest.mark.parametrize(
    ("points", "tree", "around"), [(leaves(4), 1.0, None), (ring(16), None, 1.0)]
)
def test_each_metric_foretells_its_own_shape(points, tree, around):
    clouds = points[None] + 1e-6 * RNG.standard_normal(points.shape)
    told = held_out_triplets(clouds, squared_distances(clouds), folds_of(16, rng=RNG))
    if tree is not None:
        assert told.tree[0] == pytest.approx(tree)
    else:
        # the middle of the two nearest is the held-out place itself; only mirror images, at
        # distances that differ by rounding, are guessed
        assert told.ring[0] > 0.9 > told.tree[0]


def test_held_out_points_do_not_shape_what_foretells_them():
    points = RNG.standard_normal((12, 3))
    fold = [np.array([0])]
    moved = points.copy()
    nearest = np.argsort(((points - points[0]) ** 2).sum(axis=1))[1]
    moved[0] = points[nearest] + 1e-9  # a copy of a kept point: its answers are known
    first = held_out_triplets(moved[None], squared_distances(moved[None]), fold)
    alone = cophenetic(squared_distances(points[None, 1:])[0])
    seen = squared_distances(moved[None])[0][0, 1:]
    near = seen.argsort()[:2]
    free = np.setdiff1d(np.arange(11), near)
    said = alone[near].mean(axis=0)[free]
    i, j = np.triu_indices(len(free), 1)
    told, true = said[i] - said[j], (seen[free][i] - seen[free][j])
    asked = np.abs(told) > 1e-12
    right = np.sign(told[asked]) == np.sign(true[asked])
    assert first.tree[0] == pytest.approx(np.mean(right))


def test_pooled_p_is_exact_where_clouds_are_exchangeable():
    rng = np.random.default_rng(1)
    p = np.array([
        Evidence({"a": rng.standard_normal(20), "b": rng.standard_normal(20)}).any(("a", "b"))
        for _ in range(2000)
    ])  # fmt: skip
    assert (p <= 0.1).mean() <= 0.1 + 3 * np.sqrt(0.1 * 0.9 / 2000)
    assert (p <= 0.1).mean() > 0.03  # pooling two costs, but not everything


def test_heights_between_any_two_leaves_are_the_trees():
    rows = RNG.standard_normal((30, 4))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    tree = average_tree(rows)
    wanted = cophenetic(1 - rows @ rows.T)
    order, gap = leaf_order(tree)
    anchor = np.array([0, 7, 29])
    np.testing.assert_allclose(heights_to(anchor, order, gap), wanted[:, anchor], atol=1e-6)


def test_families_are_whole_parts_no_larger_than_asked():
    rows = leaves(4)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    tree = average_tree(rows)
    for most, count in ((16, 1), (8, 2), (7, 4), (2, 8), (1, 16)):
        family = families(tree, most=most)
        assert np.bincount(family).tolist() == [16 // count] * count


def test_tight_families_at_random_places_are_all_near_and_a_plain_cloud_is_neither():
    rng = np.random.default_rng(2)
    centre = rng.standard_normal((60, 300))
    tight = np.repeat(centre, 10, axis=0) + 0.1 * rng.standard_normal((600, 300))
    tight /= np.linalg.norm(tight, axis=1, keepdims=True)
    cosine = tight @ tight.T
    np.fill_diagonal(cosine, -1)
    found = near_far(average_tree(tight), tight, (-cosine).argsort(axis=1)[:, :9], rng=rng)
    assert found.near.min() == 1  # nine others in a cluster of ten, at most 36 in a family
    assert found.locality.mean() > 0.5
    plain = rng.standard_normal((600, 300))
    plain /= np.linalg.norm(plain, axis=1, keepdims=True)
    cosine = plain @ plain.T
    np.fill_diagonal(cosine, -1)
    other = near_far(average_tree(plain), plain, (-cosine).argsort(axis=1)[:, :9], rng=rng)
    assert other.near.mean() < 0.5


@pytest.mark.refusal
def test_too_few_points_are_refused():
    with pytest.raises(BadInput, match="four points"):
        quartets(3, rng=RNG)
    with pytest.raises(BadInput, match="five points"):
        folds_of(4, rng=RNG)
