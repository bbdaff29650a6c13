import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from armillary.worlds.branches import star, tree


def test_squared_distances_between_leaves_are_an_ultrametric(rng):
    drawn = tree(16, rng=rng)
    assert drawn.parameters["nodes"] == "leaves"
    squared = squareform(pdist(drawn.points)) ** 2
    # d(x, z) <= max(d(x, y), d(y, z)) for every triple
    through = np.maximum(squared[:, :, None], squared[None, :, :]).min(axis=1)
    assert (squared <= through + 1e-9).all()


def test_a_tree_with_all_its_nodes_has_additive_squared_distances(rng):
    drawn = tree(15, rng=rng)
    assert drawn.parameters["nodes"] == "all"
    squared = squareform(pdist(drawn.points)) ** 2
    # heap order: the children of node i are 2i + 1 and 2i + 2; root to grandchild via the child
    assert squared[0, 3] == pytest.approx(squared[0, 1] + squared[1, 3])
    assert squared[3, 4] == pytest.approx(squared[3, 1] + squared[1, 4])
    assert squared[1, 3] / squared[0, 1] == pytest.approx(drawn.parameters["shrink"] ** 2)


def test_the_size_of_a_tree_is_the_nearest_a_tree_can_have(rng):
    wanted = {5: 7, 8: 8, 14: 15, 20: 16, 40: 32, 100: 127}
    assert {n: len(tree(n, rng=rng).points) for n in wanted} == wanted


def test_the_rays_of_a_star_are_straight_and_orthogonal(rng):
    drawn = star(40, rng=rng)
    rays = drawn.parameters["rays"]
    ray = np.arange(40) % rays
    directions = []
    for r in range(rays):
        on_ray = drawn.points[ray == r]
        steps = on_ray - on_ray[0]
        assert np.linalg.matrix_rank(steps, tol=1e-9) == 1
        directions.append(steps[-1] / np.linalg.norm(steps[-1]))
    assert np.array(directions) @ np.array(directions).T == pytest.approx(np.eye(rays), abs=1e-9)
