import numpy as np

from armillary.worlds import make
from armillary.worlds.catalogue.tree import build, not_exclusive, recover

SMALL = {"d_model": 40, "magnitude": 1.0, "branching": 3, "depth": 2}


def test_the_child_fires_only_with_its_parent_at_the_stated_rates():
    sample = make("tree").draw(40_000, np.random.default_rng(0))
    on = sample.codes > 0
    assert not (on[:, 1] & ~on[:, 0]).any()
    np.testing.assert_allclose(on.mean(axis=0), [0.25, 0.05, 0.05, 0.05], atol=0.01)


def test_a_tree_of_thirteen_nodes_is_read_off_and_its_siblings_exclude_each_other():
    world = build(seed=0, size="own", **SMALL)
    found = recover(world, np.random.default_rng(1))
    assert found.passed
    assert found.found["parents read"] == found.found["siblings apart"] == 1


def test_without_exclusivity_parents_are_still_read_but_siblings_meet():
    found = recover(not_exclusive(seed=0, size="own", **SMALL), np.random.default_rng(1))
    assert not found.passed
    assert found.found["parents read"] == 1
    assert found.found["siblings apart"] == 0


def test_more_nodes_than_dimensions_are_decoded_without_knowing_the_tree():
    world = build(seed=0, size="own", d_model=48, magnitude=0.5, branching=4, depth=3, child=0.23)
    assert world.space.n_features == 85
    assert recover(world, np.random.default_rng(1)).passed


def test_exchanged_roots_map_rows_to_rows():
    world = make("tree")
    sample = world.draw(500, np.random.default_rng(0))
    (act,) = world.truth.symmetry.elements.values()
    order = [0, 1, 3, 2]
    np.testing.assert_allclose(act(sample), sample.codes[:, order] @ world.space.directions)
