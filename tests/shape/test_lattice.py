import math

import numpy as np
import pytest

from armillary.shape import haar_clouds
from armillary.shape.lattice import lattice_nats, match_classes
from armillary.shape.views import principal


def parallelogram(n: int, *, noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    concept = rng.standard_normal((n, 5))
    points = np.vstack([concept, concept + [4, 0, 0, 0, 0]])
    points += noise * rng.standard_normal(points.shape)
    return principal(points[None])[0], np.repeat([0, 1], n)


def naive(scores: np.ndarray, split: np.ndarray) -> float:
    values, counts = np.unique(split, return_counts=True)
    values = values[np.argsort(-counts, kind="stable")]
    centred = scores.copy()
    for value in values:
        centred[split == value] -= scores[split == value].mean(axis=0)
    spectrum = np.linalg.eigvalsh(centred.T @ centred)
    dimension = spectrum.sum() ** 2 / (spectrum**2).sum()
    total = 0.0
    one = centred[split == values[0]]
    for value in values[1:]:
        other = centred[split == value]
        distance = ((one[:, None] - other) ** 2).sum(axis=2)
        for i in range(len(one)):
            j = int(distance[i].argmin())
            if distance[:, j].argmin() == i:
                total += dimension / 2 * math.log(distance.mean() / distance[i, j])
                total -= math.log(len(other))
    return total


@pytest.mark.parametrize("n_classes", [2, 3, 4])
def test_nats_are_what_the_formula_says(n_classes, rng):
    scores = principal(rng.standard_normal((4, 23, 5)))
    split = rng.integers(0, n_classes, (4, 23))
    wanted = [naive(cloud, own) for cloud, own in zip(scores, split, strict=True)]
    assert lattice_nats(scores, split) == pytest.approx(np.array(wanted))


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
