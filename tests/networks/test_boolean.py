import numpy as np
import pytest

from armillary.core import BadInput
from armillary.networks import BooleanNetwork, Gate, draw_gates
from armillary.networks.boolean import draw_bits, gate_outputs


def test_one_neuron_a_gate_computes_every_kind_exactly():
    gates = tuple(Gate(kind, 0, 1) for kind in ("AND", "OR", "XOR", "ANDNOT"))
    linear = np.array([gate.moebius[:2] for gate in gates], dtype=np.float32)
    network = BooleanNetwork(
        reads=np.ones((4, 2), np.float32),
        read_bias=-np.ones(4, np.float32),
        writes=np.diag([gate.moebius[2] for gate in gates]).astype(np.float32),
        write_bias=np.zeros(4, np.float32),
        skip=linear,
        gates=gates,
    )
    bits = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=bool)
    np.testing.assert_array_equal(network.outputs(bits), gate_outputs(gates, bits))
    assert (network.n_inputs, network.n_neurons, network.n_outputs) == (2, 4, 4)


def test_gates_are_drawn_on_different_pairs():
    gates = draw_gates(7, 21, kinds=("OR", "XOR"), rng=np.random.default_rng(0))
    assert len({(gate.a, gate.b) for gate in gates}) == 21
    assert {gate.kind for gate in gates} == {"OR", "XOR"}
    assert draw_bits(1000, 7, density=0.2, rng=np.random.default_rng(0)).mean() < 0.25


@pytest.mark.refusal
def test_more_gates_than_pairs_are_refused():
    with pytest.raises(BadInput, match="4 gates need 4 pairs, 3 inputs have 3"):
        draw_gates(3, 4, rng=np.random.default_rng(0))
