import numpy as np

from armillary.worlds import entry, make


def test_the_readout_is_right_about_every_gate_and_wrong_without_the_hidden_layer():
    world = make("bool_trained")
    sample = world.draw(2000, np.random.default_rng(0))
    readout = world.truth.readout
    assert readout is not None
    assert readout.accuracy(sample.activations, sample) == 1.0
    assert readout.accuracy(0 * sample.activations, sample) < 0.97
    assert 0.5 < readout.chance < 0.97


def test_targets_are_what_the_circuit_says_of_the_inputs():
    world = make("bool_trained")
    sample = world.draw(500, np.random.default_rng(1))
    for output, gate in enumerate(world.truth.circuit):
        np.testing.assert_array_equal(sample.targets[:, output], gate.output(sample.inputs))


def test_what_was_recovered_is_reported_gate_by_gate():
    found = entry("bool_trained").recover(make("bool_trained"), np.random.default_rng(0))
    assert [row["gate"] for row in found.found["gates"]] == make("bool_trained").truth.params[
        "gates"
    ]
