import numpy as np
import pytest
from cluster_worlds import as_sets, graph_above, planted
from hypothesis import given
from hypothesis import strategies as st

from armillary.cluster import find_groups
from armillary.cluster.groups import Candidate, without_near_copies
from armillary.core import FeatureGraph
from armillary.core.errors import BadInput


def jaccard(a, b):
    return np.intersect1d(a, b).size / np.union1d(a, b).size


def candidates_from(sets):
    return [Candidate(np.array(sorted(s)), m, 0.1) for s, m in sets]


def test_planted_groups_are_found_once_each_and_background_is_left_alone():
    unit, groups = planted([5, 6, 9, 14, 40])
    found = find_groups(unit, graph_above(unit, 0.4), seed=0)
    assert as_sets(found) == as_sets(groups)
    assert found.n_features == len(unit)
    assert found.giant == 40


def test_a_group_inside_a_group_is_found_at_its_own_scale():
    unit, (outer,) = planted([24], cosine=0.4, seed=1)
    inner = np.sort(outer[:8])
    shared = np.random.default_rng(0).standard_normal(unit.shape[1]).astype(np.float32)
    unit[inner] += 0.8 * shared / np.linalg.norm(shared)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    found = as_sets(find_groups(unit, graph_above(unit, 0.2), seed=0))
    assert as_sets([inner, outer]) <= found


def test_sizes_outside_the_range_are_left_out():
    unit, _ = planted([5, 9, 40])
    graph = graph_above(unit, 0.4)
    assert find_groups(unit, graph, seed=0, min_size=6, max_size=39).size.tolist() == [9]


def test_a_group_that_only_one_procedure_proposes_needs_agreement_one():
    unit, groups = planted([9])
    graph, scales = graph_above(unit, 0.4), {"resolutions": [0.2], "cuts": []}
    assert len(find_groups(unit, graph, seed=0, **scales)) == 0
    assert as_sets(find_groups(unit, graph, seed=0, agreement=1, **scales)) == as_sets(groups)


def test_a_space_without_edges_has_no_groups():
    nothing = FeatureGraph(9, np.array([], int), np.array([], int), np.array([], float))
    found = find_groups(np.eye(9, dtype=np.float32), nothing, seed=0)
    assert (len(found), found.covered, found.giant) == (0, 0, 1)


def test_the_same_seed_gives_the_same_groups_and_progress_ends_at_its_total():
    unit, _ = planted([20, 20, 20], cosine=0.3)
    graph, seen = graph_above(unit, 0.15), []
    first = find_groups(unit, graph, seed=3, progress=lambda *step: seen.append(step))
    second = find_groups(unit, graph, seed=3)
    assert [a.tolist() for a in first] == [b.tolist() for b in second]
    assert first.method == second.method
    assert seen == [(done, 6) for done in range(1, 7)]


@given(
    st.lists(
        st.tuples(st.sets(st.integers(0, 12), min_size=2), st.sampled_from(["leiden", "average"])),
        max_size=25,
    ),
    st.floats(0.3, 1.0),
)
def test_kept_groups_are_no_near_copies_and_every_dropped_one_has_a_kept_twin(sets, least):
    candidates = candidates_from(sets)
    kept = without_near_copies(candidates, n_features=13, jaccard=least)
    for i, a in enumerate(kept):
        assert all(jaccard(a.rows, b.rows) < least for b in kept[:i])
    for c in candidates:
        assert any(jaccard(c.rows, a.rows) >= least - 1e-9 for a in kept)


def test_of_near_copies_the_one_most_agree_on_stays_and_leiden_wins_a_tie():
    shared = set(range(10))
    kept = without_near_copies(
        candidates_from(
            [
                (shared - {0}, "leiden"),  # overlaps the next two, .9; not the fourth, .8 of 10
                (shared, "average"),
                (shared, "leiden"),
                (shared | {20, 21}, "average"),
                ({30, 31}, "average"),
                ({30, 31}, "leiden"),
            ]
        ),
        n_features=40,
    )
    assert [(c.rows.size, c.method) for c in kept] == [(10, "leiden"), (2, "leiden")]


def test_a_graph_of_another_space_is_refused():
    unit, _ = planted([5])
    with pytest.raises(BadInput, match=r"the graph has 205 features, directions have 100 rows"):
        find_groups(unit[:100], graph_above(unit, 0.4), seed=0)


@pytest.mark.parametrize(
    "wrong", [{"min_size": 1}, {"min_size": 9, "max_size": 8}, {"agreement": 0}]
)
def test_sizes_and_agreement_out_of_range_are_refused(wrong):
    unit, _ = planted([5])
    with pytest.raises(BadInput, match="min_size <= max_size and agreement >= 1"):
        find_groups(unit, graph_above(unit, 0.4), seed=0, **wrong)
