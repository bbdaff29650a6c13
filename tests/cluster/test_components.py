import numpy as np
import pytest

from armillary.cluster import components, giant_size
from armillary.cluster.components import adjacency, members_of
from armillary.core import FeatureGraph


def path_and_pair():
    return FeatureGraph(7, np.array([0, 2, 1]), np.array([2, 5, 6]), np.array([0.5, 0.4, 0.3]))


def test_components_come_largest_first_with_loners_last():
    found = components(path_and_pair())
    assert [rows.tolist() for rows in found] == [[0, 2, 5], [1, 6], [3], [4]]
    assert giant_size(path_and_pair()) == 3


def test_an_empty_graph_is_all_loners():
    nothing = FeatureGraph(3, np.array([], int), np.array([], int), np.array([], float))
    assert [rows.tolist() for rows in components(nothing)] == [[0], [1], [2]]
    assert giant_size(nothing) == 1


def test_the_adjacency_is_symmetric_and_holds_each_edge_twice():
    matrix = adjacency(path_and_pair()).toarray()
    np.testing.assert_array_equal(matrix, matrix.T)
    assert matrix[2, 5] == matrix[5, 2] == pytest.approx(0.4)
    assert np.count_nonzero(matrix) == 6


def test_members_are_split_by_label_and_negative_labels_are_left_out():
    found = members_of(np.array([4, -1, 0, 4, -1, 0, 7]))
    assert [rows.tolist() for rows in found] == [[2, 5], [0, 3], [6]]
    assert members_of(np.array([-1, -1])) == []
