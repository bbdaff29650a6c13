import numpy as np
import pytest

from armillary.shape import cloud_scores, tangent_points


def lifted(rng: np.random.Generator, *, height: float = 1.0, n: int = 30) -> np.ndarray:
    """A flat disk in axes 0 and 1, orthogonal to its centre on the last axis."""
    flat = np.zeros((n, 6))
    flat[:, :2] = rng.uniform(-0.7, 0.7, (n, 2))
    flat[:, :2] -= flat[:, :2].mean(axis=0)
    flat[:, -1] = height
    return flat


def test_a_flat_shape_that_was_normalised_comes_back_exactly():
    # symmetric about the centre, so that the mean direction is the centre itself
    half = np.random.default_rng(0).uniform(-0.7, 0.7, (15, 2))
    flat = np.zeros((30, 6))
    flat[:, :2] = np.vstack([half, -half])
    flat[:, -1] = 1.0
    unit = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    back = tangent_points(unit)
    assert back[:, :2] == pytest.approx(flat[:, :2])
    assert np.abs(back[:, 2:]).max() < 1e-12


def test_lengths_of_rows_are_ignored(rng):
    points = lifted(rng)
    scaled = points * rng.uniform(0.1, 9, (len(points), 1))
    assert tangent_points(scaled) == pytest.approx(tangent_points(points))


def test_flat_shapes_stay_flat_whatever_the_mean_direction(rng):
    # normalised, they would bend out of their plane
    scores = cloud_scores(lifted(rng))
    assert scores.shape[1] == 2
    unit = lifted(rng) / np.linalg.norm(lifted(rng), axis=1, keepdims=True)
    assert np.linalg.matrix_rank(unit - unit.mean(axis=0), tol=1e-6) > 2


def test_points_are_orthogonal_to_the_mean_direction(rng):
    points = lifted(rng)
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    centre = unit.mean(axis=0) / np.linalg.norm(unit.mean(axis=0))
    assert np.abs(tangent_points(points) @ centre).max() < 1e-12


def test_an_outlier_behind_the_centre_is_not_sent_to_infinity(rng):
    points = np.vstack([lifted(rng), [[0, 0, 1.0, 0, 0, -0.01]]])
    assert np.linalg.norm(tangent_points(points)[-1]) < 1 / 0.2 + 1


def test_without_a_mean_direction_the_unit_rows_are_returned():
    points = np.vstack([np.eye(4), -np.eye(4)]) * 3
    assert tangent_points(points) == pytest.approx(points / 3)
