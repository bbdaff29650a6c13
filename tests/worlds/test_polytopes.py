import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist

from armillary.worlds.polytopes import cross_polytope, hypercube, simplex


def vertices(points):
    return np.unique(np.round(points, 9), axis=0)


def levels(points):
    """Return the distinct squared distances between vertices, over the smallest."""
    squared = pdist(vertices(points)) ** 2
    return np.unique(np.round(squared / squared.min(), 2))


def test_simplex_vertices_are_all_equally_far_apart(rng):
    drawn = simplex(28, rng=rng)
    assert len(vertices(drawn.points)) == drawn.parameters["k"]
    assert levels(drawn.points) == pytest.approx([1.0])


def test_every_simplex_vertex_is_repeated_at_least_three_times():
    for n in range(5, 40):
        points = simplex(n, rng=np.random.default_rng(n)).points
        same = (cdist(points, points) < 1e-9).sum(axis=1)
        assert same.min() >= 3


def test_every_cross_polytope_vertex_has_one_antipode_and_the_rest_at_a_right_angle():
    for seed in range(8):
        drawn = cross_polytope(30, rng=np.random.default_rng(seed))
        m = drawn.parameters["m"]
        if 30 % (2 * m):
            continue  # unequal repeats move the mean, and angles are seen from the mean
        cosine = np.round(vertices(drawn.points) @ vertices(drawn.points).T, 9)
        side = (drawn.points**2).sum(axis=1).mean()
        assert np.unique(cosine) == pytest.approx([-side, 0, side])
        assert (cosine == cosine.min()).sum(axis=1).tolist() == [1] * (2 * m)


def test_hypercube_distances_take_m_levels_with_binomial_counts():
    for seed in range(8):
        drawn = hypercube(16, rng=np.random.default_rng(seed))
        m = drawn.parameters["m"]
        squared = pdist(vertices(drawn.points)) ** 2
        level, count = np.unique(np.round(squared / squared.min(), 6), return_counts=True)
        assert level == pytest.approx(np.arange(1, m + 1))
        binomial = {3: [12, 12, 4], 4: [32, 48, 32, 8]}
        assert count.tolist() == binomial[m]
