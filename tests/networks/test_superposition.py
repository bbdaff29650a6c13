import numpy as np
import pytest

from armillary.networks.superposition import (
    POLYTOPES,
    departure,
    dimensionality,
    sparse_features,
    train_toy_model,
)

BY_NAME = {polytope.name: polytope for polytope in POLYTOPES}


def ring(n: int) -> np.ndarray:
    angle = 2 * np.pi * np.arange(n) / n
    return np.column_stack([np.cos(angle), np.sin(angle)])


def regular(name: str) -> np.ndarray:
    if name == "digon":
        return np.array([[1.0], [-1.0]])
    if name in ("triangle", "pentagon"):
        return ring(BY_NAME[name].n)
    if name == "tetrahedron":
        return np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / 3**0.5
    if name == "octahedron":
        return np.concatenate([np.eye(3), -np.eye(3)])
    angle = np.pi / 2 * np.arange(4)
    flat = [np.column_stack([np.cos(angle + t), np.sin(angle + t)]) for t in (0, np.pi / 4)]
    height = [np.full((4, 1), h * 0.28**0.5) for h in (1, -1)]
    return np.concatenate(
        [np.hstack([f * 0.72**0.5, h]) for f, h in zip(flat, height, strict=True)]
    )


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_the_regular_polytope_departs_by_nothing(name: str):
    rows, polytope = regular(name), BY_NAME[name]
    if name != "square antiprism":
        np.testing.assert_allclose(dimensionality(rows), polytope.m / polytope.n)
    far = 0.3 if name == "square antiprism" else 1e-6
    assert departure(rows, polytope) <= far
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((polytope.m, polytope.m)))[0]
    assert departure(rows @ turn, polytope) <= far
    assert departure(0.5 * rows, polytope) > 1e8, "too short: dropped"


def test_equal_dimensionality_is_not_yet_a_pentagon():
    apart = np.concatenate([ring(3), ring(4)[:2] @ np.array([[0.6, 0.8], [-0.8, 0.6]])])
    np.testing.assert_allclose(dimensionality(apart), 0.4, atol=1e-9)
    assert departure(apart) < 1e-6
    assert departure(apart, BY_NAME["pentagon"]) > 1


def test_training_reaches_pentagons_and_flags_what_it_does_not_reach():
    pytest.importorskip("torch")
    model = train_toy_model(5, 2, instances=6, steps=2000)
    reached = model.departures(BY_NAME["pentagon"]) <= 1
    assert reached.sum() >= 3
    assert model.first_reached(BY_NAME["pentagon"]) == np.flatnonzero(reached)[0]
    assert model.first_reached(BY_NAME["triangle"]) is None
    assert model.features.shape == (6, 5, 2)


def test_features_are_as_sparse_as_asked():
    x = sparse_features(20_000, 4, p=0.1, rng=np.random.default_rng(0))
    assert (x > 0).mean() == pytest.approx(0.1, abs=0.01)
    assert x.max() <= 1
