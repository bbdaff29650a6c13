"""Trained boolean circuit: the hidden layer of a network that computes many gates at once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.networks.boolean import (
    BooleanNetwork,
    draw_bits,
    draw_gates,
    gate_outputs,
    train_boolean,
)
from armillary.networks.gates import Gate
from armillary.networks.protocol import learned_circuit
from armillary.worlds.drawn import Sample
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.truth import Gauge, Readout, Truth
from armillary.worlds.world import World

_ROWS = 20_000


def build(
    *,
    seed: int,
    size: str,
    n_inputs: int,
    n_gates: int,
    n_neurons: int,
    kinds: tuple[str, ...],
    l1: float,
    density: float,
    steps: int,
) -> World:
    """Train a network on random gates; activations are its hidden layer at random inputs.

    They are divided by one number, so that their root mean square length is 1. ``Sample.inputs``
    are the bits and ``Sample.targets`` the outputs of all gates. The true circuit is what the
    network was trained on; that this is what it learned is for ``recover`` to say.
    """
    gates = draw_gates(n_inputs, n_gates, kinds=kinds, rng=np.random.default_rng([seed, 21]))
    network = train_boolean(
        gates, n_inputs, n_neurons, l1=l1, density=density, steps=steps, seed=seed
    )
    params = {
        "n_inputs": n_inputs, "n_neurons": n_neurons, "density": density, "l1": l1, "steps": steps,
    }  # fmt: skip
    return world_of(network, density=density, params=params, seed=seed, size=size)


def world_of(
    network: BooleanNetwork, *, density: float, params: dict[str, Any], seed: int, size: str
) -> World:
    """Return the world of one network's hidden layer."""
    bits = draw_bits(
        _ROWS, network.n_inputs, density=density, rng=np.random.default_rng([seed, 22])
    )
    said = network.hidden(bits)
    scale = float((said.astype(np.float64) ** 2).sum(axis=1).mean()) ** 0.5
    rare = gate_outputs(network.gates, bits).mean(axis=0)

    def draw(n: int, rng: np.random.Generator) -> Sample:
        inputs = draw_bits(n, network.n_inputs, density=density, rng=rng)
        return Sample(
            (network.hidden(inputs) / scale).astype(np.float32),
            inputs=inputs,
            targets=gate_outputs(network.gates, inputs),
        )

    def outputs(
        activations: Float[np.ndarray, "token d_model"], sample: Sample
    ) -> Float[np.ndarray, "token output"]:
        return network.outputs_from(activations * scale, _bits(sample))

    truth = Truth(
        kind="circuit",
        params={**params, "scale": scale, "gates": [gate.name for gate in network.gates]},
        gauge=Gauge(words="neurons have no order; one may read more and write less"),
        readout=Readout(
            "the rest of the network: every gate's output",
            outputs,
            lambda made, sample: (made > 0.5) == gate_outputs(network.gates, _bits(sample)),
            chance=float(np.maximum(rare, 1 - rare).mean()),
        ),
        circuit=network.gates,
        nulls=tuple(CONTROLS),
    )
    return World("bool_trained", size, seed, network.n_neurons, draw, truth, network=network)


def _bits(sample: Sample) -> np.ndarray:
    return np.asarray(sample.inputs, dtype=bool)


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Run the seven-step protocol on the network, and compare what it finds with the claim.

    ``value`` is the share of outputs whose claimed gate is what the function's spectrum names, is
    right on inputs of density one half (far out of training), is what the weights say, and is
    sufficient, necessary and exchangeable there. The claim is about every output: bound 1.
    """
    network: BooleanNetwork = world.network
    report = learned_circuit(network.outputs, network.n_inputs, network=network, rng=rng)
    share = report.share_of(world.truth.circuit)
    found = {**report.as_dict(), "lines": report.lines()}
    return Recovered("share of gates recovered by every step", share, 1.0, found)


def wrong_circuit(**parameters: Any) -> World:
    """Build the world with the gates of its claim moved on by one output."""
    world = build(**parameters)
    gates = world.truth.circuit
    return replace(world, truth=replace(world.truth, circuit=gates[1:] + gates[:1]))


def _spoilt(spoil: Callable[[BooleanNetwork, np.random.Generator], BooleanNetwork]) -> Any:
    def control(*, seed: int, size: str, **parameters: Any) -> World:
        made = build(seed=seed, size=size, **parameters)
        network = spoil(made.network, np.random.default_rng([seed, 23]))
        params = {k: v for k, v in made.truth.params.items() if k not in ("scale", "gates")}
        return world_of(network, density=parameters["density"], params=params, seed=seed, size=size)

    return control


def _permuted(network: BooleanNetwork, rng: np.random.Generator) -> BooleanNetwork:
    """Put every weight that an output takes of the neurons on another neuron."""
    writes = np.ascontiguousarray(network.writes[:, rng.permutation(network.n_neurons)])
    return replace(network, writes=writes)


def _retyped(network: BooleanNetwork, rng: np.random.Generator) -> BooleanNetwork:
    """Claim the right pairs with the wrong kinds."""
    other = {"AND": "XOR", "XOR": "AND", "OR": "ANDNOT", "ANDNOT": "OR"}
    gates = tuple(Gate(other[gate.kind], gate.a, gate.b) for gate in network.gates)
    return replace(network, gates=gates)


CONTROLS = {
    "wrong_circuit": wrong_circuit,
    "wrong_kinds": _spoilt(_retyped),
    "permuted_weights": _spoilt(_permuted),
}


ENTRY = Entry(
    name="bool_trained",
    family="circuits",
    title="the hidden layer of y = W relu(R x + r) + w + S x, trained on random two-input gates",
    motive="computation in superposition: intermediate variables that no word names",
    sizes={
        "tiny": {
            "n_inputs": 8, "n_gates": 6, "n_neurons": 24, "kinds": ("AND", "XOR"), "l1": 0.1,
            "density": 0.25, "steps": 2000,
        },
        "full": {
            "n_inputs": 20, "n_gates": 40, "n_neurons": 128, "kinds": ("AND", "XOR"), "l1": 0.1,
            "density": 0.2, "steps": 4000,
        },
    },
    build=build,
    recover=recover,
    controls=CONTROLS,
    rates=(0.8, 0.0),
    sae={
        "tiny": SaePlan("relu", 24, l1=0.03),
        "full": SaePlan("relu", 128, l1=0.03),
    },
    expected="latents are the intermediate ANDs, not the output gates: measured",
    needs_torch=True,
)  # fmt: skip
