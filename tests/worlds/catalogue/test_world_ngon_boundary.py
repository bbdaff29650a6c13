"""The polygon's boundary: its closed form, its sides, its cells."""

import numpy as np
import pytest

from armillary.worlds import entry
from armillary.worlds.catalogue.ngon_boundary import build, recover


@pytest.mark.parametrize("n", [4, 5, 12, 24, 40])
def test_the_closed_form_is_exact_and_the_sides_are_read_off_for_any_n(n: int):
    world = build(seed=0, size="custom", n=n, d_model=16)
    assert world.truth.exact_sae is not None
    rows = world.activations(3000, np.random.default_rng(0))
    seen = world.truth.exact_sae.unexplained(rows)
    assert seen["fvu"] < 1e-10
    assert seen["l0"] == pytest.approx(2, abs=0.01)
    assert recover(world, np.random.default_rng(1)).passed


def test_a_side_is_the_two_codes_that_fire():
    sample = entry("ngon_boundary").make().draw(400, np.random.default_rng(0))
    assert sample.codes is not None
    for row, side in zip(sample.codes, sample.cells["side"], strict=True):
        assert set(np.flatnonzero(row)) <= {side, (side + 1) % 6}
    np.testing.assert_allclose(sample.codes.sum(axis=1), 1)


def test_the_autoencoders_directions_are_the_worlds_features():
    world = entry("ngon_boundary").make()
    assert world.truth.exact_sae is not None
    assert world.space is not None
    np.testing.assert_allclose(world.truth.exact_sae.directions, world.space.directions, atol=1e-6)
