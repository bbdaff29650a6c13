import numpy as np
import pytest

from armillary.core import BadInput
from armillary.networks.residual_circuit import residual_circuit


def test_layers_hold_bits_and_then_gates_of_them():
    made = residual_circuit(6, 4, 32, forgotten=2, noise=0.0, rng=np.random.default_rng(0))
    one, two = made.draw(500, np.random.default_rng(1))
    bits = np.rint(one @ np.linalg.pinv(made.bits)).astype(bool)
    values = np.rint(two @ np.linalg.pinv(made.later_rows)).astype(bool)
    np.testing.assert_array_equal(values[:, :4], bits[:, :4])
    for k, gate in enumerate(made.gates):
        np.testing.assert_array_equal(values[:, 4 + k], gate.output(bits))
    first, second = made.dictionaries()
    np.testing.assert_array_equal(first.encode(one) > 0, bits)
    np.testing.assert_array_equal(second.encode(two) > 0, values)


def test_its_edges_are_carried_bits_and_the_inputs_of_gates():
    made = residual_circuit(6, 4, 32, forgotten=2, rng=np.random.default_rng(2))
    assert len(made.edges) == 4 + 2 * 4
    assert all((bit, bit) in made.edges for bit in range(4))
    gate = made.gates[3]
    assert {(gate.a, 7), (gate.b, 7)} <= set(made.edges)


def test_more_bits_than_there_are_cannot_be_forgotten():
    with pytest.raises(BadInput, match="forgotten"):
        residual_circuit(4, 2, 8, forgotten=5, rng=np.random.default_rng(3))
