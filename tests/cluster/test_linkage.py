import numpy as np
import pytest
from cluster_worlds import as_sets, graph_above, planted
from scipy.cluster.hierarchy import average, fcluster
from scipy.spatial.distance import pdist

from armillary.cluster import average_linkage, linkage, linkage_pieces
from armillary.core.errors import TooLarge


@pytest.mark.parametrize("cut", [0.3, 0.5, 0.8])
def test_groups_equal_scipys_average_linkage(cut):
    unit, _ = planted([5, 8, 13], background=40)
    label = fcluster(average(pdist(unit.astype(float), "cosine")), cut, criterion="distance")
    expected = [np.flatnonzero(label == k) for k in np.unique(label)]
    found = average_linkage(unit, [np.arange(len(unit))], cuts=[cut])
    assert as_sets(rows for _, rows in found) == as_sets(r for r in expected if r.size >= 2)


def test_trees_do_not_reach_across_pieces_and_rows_keep_their_numbers():
    unit = np.repeat(np.eye(3, dtype=np.float32), [4, 4, 4], axis=0)
    found = average_linkage(unit, [np.array([0, 1, 8, 9]), np.array([2, 3])], cuts=[0.1, 0.2])
    assert [(cut, rows.tolist()) for cut, rows in found] == [
        (0.1, [0, 1]), (0.1, [8, 9]), (0.2, [0, 1]), (0.2, [8, 9]), (0.1, [2, 3]), (0.2, [2, 3]),
    ]  # fmt: skip


def test_small_groups_and_lone_rows_are_dropped():
    unit = np.repeat(np.eye(3, dtype=np.float32), [4, 2, 1], axis=0)
    found = average_linkage(unit, [np.arange(7), np.array([6])], cuts=[0.1], min_size=3)
    assert [rows.tolist() for _, rows in found] == [[0, 1, 2, 3]]


def test_pieces_are_components_while_these_are_small():
    unit, groups = planted([5, 9, 30])
    assert as_sets(groups) <= as_sets(linkage_pieces(graph_above(unit, 0.4), coarse=0.1, seed=0))


def test_a_component_too_large_becomes_leiden_communities(monkeypatch):
    monkeypatch.setattr(linkage, "LARGEST_PIECE", 40)
    unit, _ = planted([30, 30, 30], cosine=0.4)
    graph = graph_above(unit, 0.1)
    pieces = linkage_pieces(graph, coarse=0.001, seed=0)
    rows = np.concatenate(pieces)
    assert max(piece.size for piece in pieces) <= 40
    assert np.unique(rows).size == rows.size


def test_a_piece_too_large_is_refused_with_its_price(monkeypatch):
    monkeypatch.setattr(linkage, "LARGEST_PIECE", 10)
    with pytest.raises(TooLarge, match=r"11 rows needs .* GB: split"):
        average_linkage(np.eye(11, dtype=np.float32), [np.arange(11)], cuts=[0.5])
