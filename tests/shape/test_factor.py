import itertools
import math

import numpy as np
import pytest

from armillary.shape.axes import independent_axes
from armillary.shape.factor import (
    centre_classes,
    factors,
    sharpest_split,
    sharpest_three,
    three_means,
)
from armillary.shape.views import principal, rank, whiten

THREE = {
    "triangle": np.array([[3.0, 0.0], [-1.5, 2.6], [-1.5, -2.6]]),
    "equal steps": np.array([[-3.0], [0.0], [3.0]]),
}
TRUTH = np.repeat(np.arange(3), 9)


@pytest.fixture
def clouds(rng) -> np.ndarray:
    return principal(rng.standard_normal((6, 14, 5)) * [4, 3, 2, 1, 0.5])


def three_classes(offsets: str, *, seed: int = 0) -> np.ndarray:
    """Nine concepts, each in three variants, in random axes."""
    rng = np.random.default_rng(seed)
    points = np.hstack([np.tile(rng.standard_normal((9, 4)), (3, 1)), THREE[offsets][TRUTH]])
    points += 0.1 * rng.standard_normal(points.shape)
    return principal((points @ rotation(points.shape[1], seed))[None])


def rotation(m: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((m, m)))[0]


def same_classes(one: np.ndarray, other: np.ndarray) -> bool:
    pairs = len(set(zip(one.tolist(), other.tolist(), strict=True)))
    return pairs == len(set(one.tolist())) == len(set(other.tolist()))


def brute_force_split(axes: np.ndarray) -> tuple[float, frozenset[int]]:
    """Best two-means split of any single axis, every cut tried."""
    n = len(axes)
    least = max(2, n // 4)
    best, found = np.inf, frozenset[int]()
    for column in axes.T:
        order = np.argsort(column)
        for size in range(least, n - least + 1):
            low, high = column[order[:size]], column[order[size:]]
            within = (low.var() * low.size + high.var() * high.size) / n
            if within < best:
                best, found = within, frozenset(order[size:].tolist())
    return best, found


def level_nats(axes: np.ndarray, label: np.ndarray) -> float:
    """-(n r / 2) log(variance within classes, of one axis) - n H(shares), class by class."""
    n, r = axes.shape
    classes = [axes[label == value] for value in np.unique(label)]
    within = sum(((own - own.mean(axis=0)) ** 2).sum() for own in classes) / (n * r)
    share = np.array([len(own) for own in classes]) / n
    return n * (-r / 2 * math.log(within) + (share * np.log(share)).sum())


def test_the_sharpest_split_is_the_best_of_all_cuts(clouds):
    axes = whiten(clouds)[:, :, :3]
    side, nats = sharpest_split(axes)
    for cloud, own, saved in zip(axes, side, nats, strict=True):
        within, found = brute_force_split(cloud)
        assert frozenset(np.flatnonzero(own).tolist()) == found
        share = own.mean()
        entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
        assert saved == pytest.approx(len(own) * (-0.5 * np.log(within) - entropy))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("offsets", THREE)
def test_three_classes_are_found_whatever_the_rotation(offsets, seed):
    axes = whiten(three_classes(offsets, seed=seed))[:, :, :4]
    for turned in (axes, axes @ rotation(4, seed + 100)):
        assert same_classes(sharpest_three(turned)[0][0], TRUTH)


@pytest.mark.parametrize("offsets", THREE)
def test_nats_of_three_classes_are_the_best_of_26_places(offsets):
    axes = whiten(three_classes(offsets))[:, :, :4]
    found = []
    for view in (axes, independent_axes(axes[:, :, :3]), independent_axes(axes)):
        m = view.shape[2]
        places = [*itertools.combinations(range(m), 1), *itertools.combinations(range(m), 2)]
        found += [level_nats(view[0][:, list(own)], TRUTH) for own in places]
    assert sharpest_three(axes)[1][0] == pytest.approx(max(found) - math.log(26))


def test_too_few_points_or_axes_have_no_three_classes(rng):
    for axes in (rng.standard_normal((2, 5, 3)), np.zeros((2, 9, 0))):
        split, nats = sharpest_three(axes)
        assert not split.any()
        assert not nats.any()


@pytest.mark.parametrize(("counts", "allowed"), [((40, 5, 4), False), ((21, 20, 8), True)])
def test_every_class_of_three_keeps_a_sixth_of_the_points(counts, allowed):
    levels = np.repeat([0.0, 9.0, 30.0], counts)  # a sixth of 49 is 8
    axis = levels + 0.1 * np.random.default_rng(0).standard_normal(49)
    split, nats = sharpest_three(whiten((axis - axis.mean())[None, :, None]))
    assert (nats[0] > 0) == allowed
    assert same_classes(split[0], levels) == allowed


def test_three_means_are_those_of_three_far_clusters(rng):
    points = np.repeat([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]], 9, axis=0) + rng.random((27, 2))
    label, scatter = three_means(points[None])
    assert same_classes(label[0], TRUTH)
    assert scatter[0] == pytest.approx((centre_classes(points[None], TRUTH[None]) ** 2).sum())


def test_factors_nats_are_levels_less_the_cost_of_their_places(clouds):
    n = clouds.shape[1]
    two, three, four = factors(clouds)
    again = np.zeros(len(clouds))
    for draw, cloud in enumerate(whiten(clouds)[:, :, :3]):
        _, high = brute_force_split(cloud)
        first = np.isin(np.arange(n), list(high))
        assert two.nats[draw] == pytest.approx(
            max(level_nats(column[:, None], first) for column in cloud.T) - math.log(n)
        )
        rest = whiten(two.rest)[draw, :, :3]
        _, high = brute_force_split(rest)
        second = np.isin(np.arange(n), list(high))
        again[draw] = max(level_nats(column[:, None], second) for column in rest.T) - math.log(n)
    assert four.nats == pytest.approx(two.nats + again)
    axes = whiten(clouds)[:, :, :4]
    assert three.nats == pytest.approx(sharpest_three(axes)[1] - 2 * math.log(n))


def test_what_is_left_has_centred_classes_and_the_same_distances(clouds):
    for found in factors(clouds):
        wanted = centre_classes(clouds, found.split)
        gram = wanted @ np.swapaxes(wanted, 1, 2)
        assert found.rest @ np.swapaxes(found.rest, 1, 2) == pytest.approx(gram, abs=1e-9)
        assert np.abs(centre_classes(found.rest, found.split) - found.rest).max() < 1e-9


@pytest.mark.parametrize("offsets", THREE)
def test_three_classes_are_the_factor_that_saves_most(offsets):
    found = max(factors(three_classes(offsets)), key=lambda f: f.nats[0])
    assert same_classes(found.split[0], TRUTH)
    assert rank(whiten(found.rest))[0] == found.rest.shape[2]


def test_two_factors_are_divided_out_one_after_the_other(rng):
    concept = rng.standard_normal((8, 4))
    signs = np.array(list(itertools.product([-9, 9], [-4, 4])))
    points = np.hstack([np.tile(concept, (4, 1)), np.repeat(signs, 8, axis=0)])
    first, _, second = factors(principal(points[None]))
    truth = np.repeat(np.arange(4), 8)
    assert same_classes(second.split[0], truth)
    assert any(same_classes(first.split[0], own) for own in (truth // 2, truth % 2))
    assert rank(whiten(second.rest))[0] == 4
    assert (second.nats > first.nats).all()


def test_centred_classes_have_zero_mean(clouds, rng):
    label = rng.integers(0, 3, clouds.shape[:2])
    out = centre_classes(clouds, label)
    for cloud, own in zip(out, label, strict=True):
        for value in np.unique(own):
            assert np.abs(cloud[own == value].mean(axis=0)).max() < 1e-12


def test_a_batch_is_the_same_as_one_by_one(clouds):
    for draw, cloud in enumerate(clouds):
        for together, alone in zip(factors(clouds), factors(cloud[None]), strict=True):
            assert same_classes(together.split[draw], alone.split[0])
            assert together.nats[draw] == pytest.approx(alone.nats[0])


def test_the_size_of_a_cloud_changes_no_factor(clouds):
    for own, small in zip(factors(clouds), factors(clouds / 2**20), strict=True):
        assert small.nats == pytest.approx(own.nats)
