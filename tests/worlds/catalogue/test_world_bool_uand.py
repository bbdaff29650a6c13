import numpy as np
import pytest

from armillary.worlds import make


def test_a_row_is_its_three_ands_less_one_where_a_neuron_reads_all_three():
    world = make("bool_uand")
    sample = world.draw(300, np.random.default_rng(0))
    assert (sample.inputs.sum(axis=1) == 3).all()
    assert (sample.targets.sum(axis=1) == 3).all()
    held = sample.targets[:, world.space.feature_id].astype(np.float32)
    made = held @ world.space.directions
    triple = (sample.inputs.astype(int) @ world.network.sets.T == 3) / world.truth.params["scale"]
    np.testing.assert_allclose(sample.activations, made - triple, atol=1e-4)


def test_half_of_the_decisions_are_true_and_most_are_right():
    world = make("bool_uand")
    sample = world.draw(500, np.random.default_rng(1))
    readout = world.truth.readout
    assert readout.accuracy(sample.activations, sample) > 0.98
    assert readout.accuracy(0 * sample.activations, sample) == pytest.approx(0.5)
