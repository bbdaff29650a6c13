import numpy as np
import pytest

from armillary.worlds import make
from armillary.worlds.catalogue.tms import rays


def test_the_features_are_found_as_rays_and_their_lengths_nearly():
    world = make("tms")
    found = rays(world.activations(40_000, np.random.default_rng(0)).astype(np.float64))
    truth = world.space.directions
    order = np.argmax(truth @ found.T, axis=1)
    assert sorted(order) == list(range(5))
    np.testing.assert_allclose(found[order], truth, atol=0.05)


def test_parts_and_codes_add_up_to_the_row():
    world = make("tms")
    sample = world.draw(200, np.random.default_rng(1))
    parts = sum(world.contribution(factor.name, sample) for factor in world.truth.factors)
    np.testing.assert_allclose(parts, sample.activations, atol=1e-5)
    np.testing.assert_allclose(sample.codes @ world.space.directions, sample.activations, atol=1e-5)
    assert world.truth.params["reached"]


def test_a_turn_by_one_step_is_a_rotation_by_72_degrees_nearly():
    world = make("tms")
    sample = world.draw(500, np.random.default_rng(2))
    angle = 2 * np.pi / 5
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = world.truth.symmetry.elements["one step round"](sample)
    np.testing.assert_allclose(moved, sample.activations @ turn, atol=0.1)


def test_the_decoder_reads_most_features():
    world = make("tms")
    sample = world.draw(4000, np.random.default_rng(3))
    readout = world.truth.readout
    assert readout.accuracy(sample.activations, sample) > readout.chance
    assert readout.accuracy(0 * sample.activations, sample) == pytest.approx(
        readout.chance, abs=0.01
    )
