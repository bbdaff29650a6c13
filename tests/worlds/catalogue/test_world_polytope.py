"""Polytopes: every body is read off its rows."""

import numpy as np
import pytest

from armillary.worlds.bodies import BODIES
from armillary.worlds.catalogue.polytope import build, recover


@pytest.mark.parametrize("name", BODIES)
def test_every_body_is_recovered(name: str):
    world = build(seed=0, size="custom", name=name, chance=0.05, d_model=8)
    assert recover(world, np.random.default_rng(0)).passed
    assert world.truth.symmetry is not None
    assert (
        world.truth.symmetry.order == len(world.truth.params["generators"])
        or world.truth.symmetry.order > 1
    )


@pytest.mark.parametrize("name", ["digon", "octahedron", "cross_polytope_4"])
def test_where_features_are_plus_and_minus_axes_the_cross_code_is_exact(name: str):
    world = build(seed=0, size="custom", name=name, chance=0.05, d_model=8)
    assert world.truth.exact_sae is not None
    assert world.space is not None
    rows = world.activations(2000, np.random.default_rng(0))
    assert world.truth.exact_sae.unexplained(rows)["fvu"] < 1e-10
    found = np.abs(world.truth.exact_sae.directions @ world.space.directions.T)
    assert found.shape == (world.space.n_features,) * 2


def test_the_gram_multiset_of_a_pentagon_is_in_the_truth():
    gram = np.array(
        build(seed=0, size="tiny", name="pentagon", chance=0.1, d_model=8).truth.params["gram"]
    )
    np.testing.assert_allclose(np.unique(np.round(gram, 3)), [-0.809, 0.309, 1.0])
