import numpy as np
import pytest

from armillary.core import BadInput
from armillary.worlds.hierarchy import Hierarchy, even_hierarchy, read_parents
from armillary.worlds.sparse_decoding import matching_pursuit


def test_marginals_are_products_along_the_path_and_firings_follow_them():
    tree = even_hierarchy(branching=3, depth=2, root=0.8, child=0.3, exclusive=True)
    assert tree.parents.tolist() == [-1, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    np.testing.assert_allclose(tree.marginals[[0, 1, 4]], [0.8, 0.24, 0.072])
    on = tree.fire(50_000, np.random.default_rng(0))
    np.testing.assert_allclose(on.mean(axis=0), tree.marginals, atol=0.008)
    assert on[:, 1:4].sum(axis=1).max() == 1
    assert read_parents(on).tolist() == tree.parents.tolist()


def test_independent_firings_have_the_marginals_and_no_parents():
    tree = even_hierarchy(branching=2, depth=2, root=0.8, child=0.4, exclusive=True)
    on = tree.independent(50_000, np.random.default_rng(0))
    np.testing.assert_allclose(on.mean(axis=0), tree.marginals, atol=0.01)
    assert read_parents(on).tolist() == [-1] * 7


def test_nodes_that_never_fire_or_always_fire_together_have_no_readable_parent():
    on = np.array([[1, 1, 0], [0, 0, 0], [1, 1, 0]], dtype=bool)
    assert read_parents(on).tolist() == [-2, -2, -2]


@pytest.mark.parametrize(
    ("parents", "chances", "words"),
    [
        ([1, -1], [0.1, 0.1], "list parents first"),
        ([-1, 0], [0.1, 1.5], "0 to 1"),
        ([-1, 0, 0], [0.5, 0.6, 0.6], "sum to more than 1"),
    ],
)
def test_what_is_no_forest_is_refused(parents: list[int], chances: list[float], words: str):
    with pytest.raises(BadInput, match=words):
        Hierarchy(np.array(parents), np.array(chances))


def test_matching_pursuit_finds_the_few_directions_of_a_crowded_space():
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((100, 40))
    on = rng.random((300, 100)) < 0.03
    codes, rebuilt = matching_pursuit(
        on.astype(float) @ directions, directions, level=1.0, within=1e-6
    )
    assert rebuilt.mean() > 0.98
    np.testing.assert_array_equal(codes[rebuilt] > 0.5, on[rebuilt])
