import fastcluster
import numpy as np
import pytest
from scipy.cluster.hierarchy import cophenet, is_valid_linkage

from armillary.core.errors import BadInput
from armillary.trees import average_tree


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def clouds(name, rng, n=700):
    if name == "structureless":
        return unit(rng.standard_normal((n, 40)))
    if name == "one direction for all":  # hubs: the chains that reciprocal pairs could fall into
        return unit(rng.standard_normal((n, 40)) + 3)
    centre = rng.standard_normal((25, 40))
    return unit(centre[rng.integers(0, 25, n)] + 0.4 * rng.standard_normal((n, 40)))


@pytest.mark.parametrize("name", ["structureless", "one direction for all", "clusters"])
def test_the_tree_is_the_one_that_all_distances_give(name):
    rows = clouds(name, np.random.default_rng(0))
    pair = np.triu_indices(len(rows), 1)
    wanted = fastcluster.linkage(1 - (rows @ rows.T)[pair], method="average")
    found = average_tree(rows.astype(np.float32))
    assert is_valid_linkage(found)
    # products of float32 are good to d x 2**-24 here, and cosines of random rows do not tie
    np.testing.assert_allclose(cophenet(found), cophenet(wanted), atol=40 * 2**-24)


def test_equal_rows_and_ties_end_in_one_tree():
    corners = np.repeat(np.eye(6), 5, axis=0)
    found = average_tree(corners)
    assert is_valid_linkage(found)
    np.testing.assert_allclose(found[:, 2], np.repeat([0.0, 1.0], [24, 5]), atol=1e-6)


def test_the_callers_rows_are_left_alone():
    rows = clouds("clusters", np.random.default_rng(1), n=60).astype(np.float32)
    before = rows.copy()
    average_tree(rows)
    assert np.array_equal(rows, before)


@pytest.mark.refusal
@pytest.mark.parametrize(("rows", "said"), [(np.eye(1), "two rows"), (2 * np.eye(3), "length")])
def test_what_is_no_set_of_unit_rows_is_refused(rows, said):
    with pytest.raises(BadInput, match=said):
        average_tree(rows)
