"""The helix: a position each, in convex position where it says so."""

import numpy as np
import pytest

from armillary.worlds import entry
from armillary.worlds.catalogue.helix import build, coil, outward


@pytest.mark.parametrize("size", ["tiny", "full"])
def test_one_code_a_row_rebuilds_it(size: str):
    world = entry("helix").make(size)  # type: ignore[arg-type]
    assert world.truth.exact_sae is not None
    seen = world.truth.exact_sae.unexplained(world.activations(3000, np.random.default_rng(0)))
    assert seen["fvu"] < 1e-12
    assert seen["l0"] == 1


def test_the_code_that_fires_is_the_position():
    world = entry("helix").make()
    sample = world.draw(500, np.random.default_rng(0))
    assert world.truth.exact_sae is not None
    codes = world.truth.exact_sae.encode(sample.activations)
    np.testing.assert_array_equal(codes.argmax(axis=1), sample.cells["position"])
    np.testing.assert_allclose(codes.max(axis=1), 1, atol=1e-5)


def test_the_convex_hull_agrees_that_every_point_is_a_corner():
    spatial = pytest.importorskip("scipy.spatial")
    points = coil(np.arange(64), 64, turns=1.5, rise=1.5, drift=0.3)
    assert len(spatial.ConvexHull(points).vertices) == 64
    normals = outward(64, turns=1.5, rise=1.5, drift=0.3)
    np.testing.assert_array_equal((normals @ points.T).argmax(axis=1), np.arange(64))


def test_where_three_turns_stand_on_one_line_no_closed_form_is_claimed():
    # 60 positions, 3 turns: position 25 lies between 5 and 45 on one line of the cone
    assert build(seed=0, size="custom", n=60, d_model=8, turns=3.0).truth.exact_sae is None
