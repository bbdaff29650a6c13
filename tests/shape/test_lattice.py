import math

import numpy as np
import pytest

from armillary.shape import haar_clouds
from armillary.shape.factor import factors
from armillary.shape.lattice import (
    angle_nats,
    best_factor,
    lattice_nats,
    match_classes,
    matched_nats,
)
from armillary.shape.views import principal


def parallelogram(n: int, *, noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    concept = rng.standard_normal((n, 5))
    points = np.vstack([concept, concept + [4, 0, 0, 0, 0]])
    points += noise * rng.standard_normal(points.shape)
    return principal(points[None])[0], np.repeat([0, 1], n)


def naive(scores: np.ndarray, split: np.ndarray, *, dimension: float | None = None) -> float:
    values, counts = np.unique(split, return_counts=True)
    values = values[np.argsort(-counts, kind="stable")]
    centred = scores.copy()
    for value in values:
        centred[split == value] -= scores[split == value].mean(axis=0)
    spectrum = np.linalg.eigvalsh(centred.T @ centred)
    r = dimension or spectrum.sum() ** 2 / (spectrum**2).sum()
    total = 0.0
    one = centred[split == values[0]]
    for value in values[1:]:
        other = centred[split == value]
        distance = ((one[:, None] - other) ** 2).sum(axis=2)
        for i in range(len(one)):
            j = int(distance[i].argmin())
            if distance[:, j].argmin() == i:
                total += r / 2 * math.log(distance.mean() / distance[i, j])
                total -= math.log(len(other))
    return total


@pytest.mark.parametrize("n_classes", [2, 3, 4])
def test_nats_are_what_the_formula_says(n_classes, rng):
    scores = principal(rng.standard_normal((4, 23, 5)))
    split = rng.integers(0, n_classes, (4, 23))
    wanted = [naive(cloud, own) for cloud, own in zip(scores, split, strict=True)]
    assert lattice_nats(scores, split) == pytest.approx(np.array(wanted))


def test_nats_of_angles_are_those_of_points_on_a_circle_in_one_dimension(rng):
    angle = rng.uniform(-np.pi, np.pi, (4, 17))
    split = rng.integers(0, 3, (4, 17))
    points = np.stack([np.cos(angle), np.sin(angle)], axis=2)
    wanted = [naive(c, own, dimension=1.0) for c, own in zip(points, split, strict=True)]
    assert angle_nats(angle, split) == pytest.approx(np.array(wanted))


def test_a_turn_of_all_angles_changes_nothing(rng):
    angle, split = rng.uniform(-np.pi, np.pi, (4, 17)), rng.integers(0, 3, (4, 17))
    turned = angle_nats(2 - angle, split)
    assert turned == pytest.approx(angle_nats(angle, split))


def test_partners_at_one_angle_save_more_than_partners_anywhere(rng):
    concept = rng.uniform(-np.pi, np.pi, 12)
    angle = np.tile(concept, 3) + 0.02 * rng.standard_normal(36)
    split = np.repeat(np.arange(3), 12)
    shuffled = np.stack([rng.permutation(angle) for _ in range(100)])
    null = angle_nats(shuffled, np.tile(split, (100, 1)))
    assert angle_nats(angle[None], split[None])[0] > null.max()


def beyond_reflections(scores: np.ndarray, split: np.ndarray) -> float:
    """Nats less their mean when all classes but the largest are reflected in half of the axes."""
    r = scores.shape[1]
    half = [range(0, r, 2), range(1, r, 2), [a for a in range(r) if a % 4 < 2]]
    smaller = (split != np.bincount(split).argmax())[:, None]
    turned = [np.where(np.isin(np.arange(r), own) & smaller, -scores, scores) for own in half]
    return naive(scores, split) - float(np.mean([naive(cloud, split) for cloud in turned]))


def test_matched_nats_are_the_best_of_the_leading_axes_beyond_reflections(rng):
    for found in factors(principal(rng.standard_normal((3, 20, 7)))):
        pairs = list(zip(found.rest, found.split, strict=True))
        wanted = [max(beyond_reflections(c[:, :r], s) for r in (2, 3, 4, 6, 7)) for c, s in pairs]
        assert matched_nats(found) == pytest.approx(np.array(wanted))


def test_unrelated_concepts_save_next_to_nothing_when_matched(rng):
    two, three, _ = factors(principal(rng.standard_normal((100, 24, 6))))
    for found in (two, three):
        assert abs(np.mean(matched_nats(found))) < 24 / 4  # the best of five prefixes, no more


def test_noise_in_trailing_axes_does_not_hide_partners(rng):
    concept = rng.standard_normal((15, 3)) * [4, 3, 2]
    points = np.hstack([np.tile(concept, (2, 1)), np.repeat([[-5.0], [5.0]], 15, axis=0)])
    points[:15] += 0.05 * rng.standard_normal((15, 4))
    noisy = np.hstack([points, rng.standard_normal((30, 12))])
    two, *_ = factors(principal(noisy[None]))
    assert matched_nats(two)[0] > lattice_nats(two.rest, two.split)[0] + 15


@pytest.mark.parametrize("steps", [2, 3, 4])
def test_the_best_factor_has_a_class_for_every_step(steps):
    rng = np.random.default_rng(steps)
    offset = {2: [[-4, 0], [4, 0]], 3: [[-4, 0], [0, 0], [4, 0]]}
    corners = offset.get(steps, [[-5, -3], [-5, 3], [5, -3], [5, 3]])
    concept = rng.standard_normal((12, 5))
    points = np.hstack([np.tile(concept, (steps, 1)), np.repeat(corners, 12, axis=0)])
    scores = principal((points + 0.05 * rng.standard_normal(points.shape))[None])[0]
    split = best_factor(scores).split[0]
    assert len(set(zip(split, np.repeat(np.arange(steps), 12), strict=True))) == steps
    assert np.unique(split).size == steps


def test_one_class_has_no_pairs(rng):
    scores = principal(rng.standard_normal((2, 9, 3)))
    split = np.zeros((2, 9), dtype=int)
    assert lattice_nats(scores, split).tolist() == [0.0, 0.0]
    assert match_classes(scores[0], split[0]) == []


def test_a_parallelogram_is_far_above_random_concepts(rng):
    scores, split = parallelogram(15)
    null = lattice_nats(haar_clouds(scores, n_draws=100, rng=rng), np.tile(split, (100, 1)))
    assert lattice_nats(scores[None], split[None])[0] > null.mean() + 6 * null.std()


def test_partners_are_matched():
    scores, split = parallelogram(12)
    assert match_classes(scores, split) == [(i, i + 12) for i in range(12)]


def test_scale_changes_nothing_even_for_a_perfect_lattice():
    scores, split = parallelogram(10, noise=0.0)
    own = lattice_nats(scores[None], split[None])
    assert lattice_nats(1e-4 * scores[None], split[None]) == pytest.approx(own)
