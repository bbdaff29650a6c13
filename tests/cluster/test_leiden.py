import itertools

import numpy as np
import pytest
from cluster_worlds import as_sets, graph_above, planted

from armillary.cluster import leiden
from armillary.core import FeatureGraph
from armillary.core.errors import BadInput


def potts(weight, label, resolution):
    same = np.triu(np.equal.outer(label, label), 1)
    return ((weight - resolution) * same).sum()


def test_planted_groups_are_found():
    unit, groups = planted([5, 8, 13, 30])
    found = leiden(graph_above(unit, 0.4), resolution=0.2, seed=0)
    assert as_sets(groups) <= as_sets(found)


@pytest.mark.parametrize("draw", range(5))
def test_no_labelling_of_seven_nodes_beats_the_best_of_ten_seeds(draw):
    rng = np.random.default_rng(draw)
    weight = np.triu(rng.uniform(0, 1, (7, 7)) * (rng.uniform(size=(7, 7)) < 0.6), 1)
    low, high = np.nonzero(weight)
    graph = FeatureGraph(7, low, high, weight[low, high])
    reached = []
    for seed in range(10):
        label = -1 - np.arange(7)
        for k, rows in enumerate(leiden(graph, resolution=0.4, seed=seed)):
            label[rows] = k
        reached.append(potts(weight, label, 0.4))
    best = max(potts(weight, np.array(x), 0.4) for x in itertools.product(range(4), repeat=7))
    assert max(reached) == pytest.approx(best)


def test_the_same_seed_gives_the_same_communities():
    unit, _ = planted([20, 20, 20], cosine=0.3)
    graph = graph_above(unit, 0.15)
    first, second = (leiden(graph, resolution=0.1, seed=3) for _ in range(2))
    assert [a.tolist() for a in first] == [b.tolist() for b in second]


def test_communities_are_sorted_disjoint_and_leave_loners_out():
    unit, groups = planted([10, 12])
    graph = graph_above(unit, 0.4)
    found = leiden(graph, resolution=0.2, seed=0)
    rows = np.concatenate(found)
    assert np.array_equal(np.sort(rows), np.unique(np.concatenate([graph.low, graph.high])))
    assert all((np.diff(member) > 0).all() for member in found)


def test_a_graph_without_edges_has_no_community():
    nothing = FeatureGraph(3, np.array([], int), np.array([], int), np.array([], float))
    assert leiden(nothing, resolution=0.1, seed=0) == []


@pytest.mark.parametrize("wrong", [{"resolution": 0.0, "seed": 0}, {"resolution": 0.1, "seed": -1}])
def test_a_scale_or_seed_out_of_range_is_refused(wrong):
    unit, _ = planted([5], background=5)
    with pytest.raises(BadInput, match="resolution > 0 and seed >= 0"):
        leiden(graph_above(unit, 0.4), **wrong)
