"""The protocol: known functions, functions it must refuse, networks that learned and did not."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.networks import CircuitReport, Gate, draw_gates, learned_circuit, train_boolean
from armillary.networks.boolean import draw_bits, gate_outputs
from armillary.networks.protocol import read_gates, read_weights, spectrum

KINDS = ("AND", "OR", "XOR", "ANDNOT")
Bits = np.ndarray


def run(function: Callable[[Bits], np.ndarray], n_inputs: int, **options: object) -> CircuitReport:
    return learned_circuit(function, n_inputs, rng=np.random.default_rng(0), **options)  # type: ignore[arg-type]


def test_every_kind_of_gate_is_named_from_any_function_of_bits():
    gates = draw_gates(9, 20, kinds=KINDS, rng=np.random.default_rng(1))
    gates += (Gate("ANDNOT", 5, 2),)
    found = run(lambda bits: gate_outputs(gates, bits), 9)
    assert found.recovered
    assert found.circuit == gates
    assert found.share_of(gates) == 1
    assert all(gate.reading.spurious == 0 and gate.residual == 0 for gate in found.gates)
    json.dumps(found.as_dict())


def test_the_polynomial_equals_the_function_where_two_bits_are_on():
    rng = np.random.default_rng(2)
    weights = rng.standard_normal((6, 3))

    def function(bits: Bits) -> np.ndarray:
        return np.tanh(bits @ weights)

    found = spectrum(function, 6)
    few = draw_bits(200, 6, density=0.3, rng=rng)
    few = few[few.sum(axis=1) <= 2]
    np.testing.assert_allclose(found.predict(few), function(few), atol=1e-12)


def test_a_hidden_third_input_is_invisible_to_the_spectrum_and_refused_by_the_degree_check():
    def function(bits: Bits) -> np.ndarray:
        plain = bits[:, 0] & bits[:, 1]
        return np.column_stack([plain, plain & ~bits[:, 4], plain ^ bits[:, :3].all(axis=1)])

    found = run(function, 6)
    assert [gate.reading.gate for gate in found.gates] == [Gate("AND", 0, 1)] * 3
    assert found.circuit == (Gate("AND", 0, 1), None, None)
    assert not found.recovered
    assert found.gates[1].agreement == pytest.approx(7 / 8, abs=0.02)
    assert found.gates[0].residual == 0 < found.gates[1].residual


@pytest.mark.parametrize("degree", [3, 4, 5, 6])
def test_one_more_term_of_any_degree_up_to_six_is_caught(degree: int):
    found = run(lambda bits: (bits[:, :1] & bits[:, 1:2]) ^ bits[:, :degree].all(1)[:, None], 8)
    assert found.n_named == 1
    assert found.n_from_function == 0


@pytest.mark.parametrize(
    "function",
    [
        lambda bits: bits[:, :1],  # one input
        lambda bits: ~(bits[:, :1] | bits[:, 1:2]),  # true with everything off
        lambda bits: bits[:, :3].all(axis=1)[:, None],  # nothing below degree three
        lambda bits: (bits[:, :1] & bits[:, 1:2]) | (bits[:, 2:3] & bits[:, 3:4]),  # two pairs
        lambda bits: np.zeros((len(bits), 1)),
    ],
    ids=["copy", "nor", "three", "two pairs", "nothing"],
)
def test_what_is_no_gate_is_not_called_one(function: Callable[[Bits], np.ndarray]):
    found = run(function, 5)
    assert found.circuit == (None,)
    assert "NOT recovered" in found.lines()[0]


def test_noise_is_averaged_away_by_repeats():
    gates = draw_gates(8, 10, kinds=KINDS, rng=np.random.default_rng(3))
    noise = np.random.default_rng(4)

    def function(bits: Bits) -> np.ndarray:
        return gate_outputs(gates, bits) + 0.5 * noise.standard_normal((len(bits), len(gates)))

    assert not run(function, 8).recovered
    assert run(function, 8, repeats=60).circuit == gates


def test_a_second_function_must_have_the_same_gates():
    gates = draw_gates(7, 6, rng=np.random.default_rng(5))
    other = (Gate("OR", gates[0].a, gates[0].b), *gates[1:])
    same = run(
        lambda bits: gate_outputs(gates, bits), 7, second=lambda bits: gate_outputs(gates, bits)
    )
    changed = run(
        lambda bits: gate_outputs(gates, bits), 7, second=lambda bits: gate_outputs(other, bits)
    )
    assert same.recovered
    assert changed.n_second == 5
    assert not changed.recovered


@pytest.fixture(scope="module")
def small():
    gates = draw_gates(8, 6, rng=np.random.default_rng([0, 21]))
    pytest.importorskip("torch")
    return train_boolean(gates, 8, 24, density=0.25, steps=2000)


def test_a_trained_network_passes_all_seven_steps_and_a_wrong_circuit_none(small):
    twin = train_boolean(small.gates, 8, 24, density=0.25, steps=2000, seed=7)
    found = run(small.outputs, 8, network=small, second=twin.outputs)
    assert found.recovered
    assert found.circuit == small.gates
    assert (found.n_causal, found.n_wrong) == (6, 0)
    assert found.mean("sufficiency", wrong=True) < 0.6
    assert found.mean("necessity", wrong=True) < 0.2
    assert found.mean("interchange", wrong=True) < 0.7
    assert found.share_of(small.gates[1:] + small.gates[:1]) < 0.2
    dense = draw_bits(2000, 8, density=0.5, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(small.outputs(dense) > 0.5, gate_outputs(small.gates, dense))
    assert len(found.lines()) == 11


def test_weights_alone_name_the_gates(small):
    assert tuple(claim.gate for claim in read_weights(small)) == small.gates
    assert all(claim.purity > 0.95 for claim in read_weights(small))


def test_too_few_neurons_are_reported_as_not_recovered():
    pytest.importorskip("torch")
    gates = draw_gates(8, 10, rng=np.random.default_rng(6))
    starved = train_boolean(gates, 8, 4, density=0.25, steps=800, l1=0.0)
    found = run(starved.outputs, 8, network=starved)
    assert not found.recovered
    assert found.n_from_function < 10
    assert found.n_causal < 5


@pytest.mark.slow
def test_forty_gates_are_recovered_from_function_and_from_weights_and_twenty_four_neurons_fail():
    pytest.importorskip("torch")
    gates = draw_gates(20, 40, rng=np.random.default_rng(0))
    found = [
        run(net.outputs, 20, network=net)
        for net in (train_boolean(gates, 20, 128), train_boolean(gates, 20, 24, l1=0.0))
    ]
    assert (found[0].n_from_function, found[0].n_from_weights, found[0].n_causal) == (40, 40, 40)
    assert found[0].recovered
    assert found[0].n_wrong == 0
    assert found[1].n_from_function < 30
    assert not found[1].recovered


def test_a_part_of_the_outputs_can_be_examined(small):
    found = run(small.outputs, 8, network=small, examined=2)
    assert [gate.output for gate in found.examined] == [0, 3]
    assert np.isnan(run(small.outputs, 8).mean("necessity"))


@pytest.mark.refusal
def test_what_is_no_function_of_bits_is_refused():
    with pytest.raises(BadInput, match="two inputs, this function has 1"):
        run(lambda bits: bits, 1)
    with pytest.raises(BadInput, match=r"expected \(row, output\)"):
        run(lambda bits: bits[:, 0], 3)
    with pytest.raises(BadInput, match="finite: False"):
        run(lambda bits: np.where(bits, np.nan, 0.0), 3)
    with pytest.raises(BadInput, match="2 gates are claimed of 1 outputs"):
        run(lambda bits: bits[:, :1], 3).share_of([Gate("AND", 0, 1)] * 2)


def test_readings_agree_with_every_truth_table():
    """All sixteen functions of two inputs among four: the four kinds are named, no other."""
    rows = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    named = 0
    for code in range(16):
        table = np.array([(code >> i) & 1 for i in range(4)])

        def function(bits: Bits, table: np.ndarray = table) -> np.ndarray:
            return table[bits[:, 1] + 2 * bits[:, 3].astype(int)][:, None]

        gate = read_gates(spectrum(function, 4))[0].gate
        if gate is not None:
            named += 1
            both = np.zeros((4, 4), dtype=bool)
            both[:, [1, 3]] = rows
            np.testing.assert_array_equal(gate.output(both), function(both)[:, 0])
    assert named == 5  # AND, OR, XOR, and AND-NOT either way round
