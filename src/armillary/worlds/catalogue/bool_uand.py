"""Universal AND: a hand-built hidden layer that holds more ANDs than it has neurons."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.core.space import FeatureSpace
from armillary.networks.universal_and import (
    UniversalAnd,
    and_accuracy,
    expected_accuracy,
    hot_bits,
    universal_and,
)
from armillary.worlds.drawn import Sample
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.truth import Gauge, Readout, Truth
from armillary.worlds.world import World

_HOT = 3


def build(*, seed: int, size: str, n_inputs: int, n_neurons: int, p: float) -> World:
    """Draw ``h = relu(R x - 1)``; activations are the layer at inputs with three bits on.

    They are divided by one number, so that their root mean square length is 1. ``Sample.inputs``
    are the bits, ``Sample.targets`` the ANDs of all pairs. The features are the ANDs: the direction
    of each is the set of neurons that read both inputs, and an activation is the sum of the three
    ANDs that are true, less 1 on each neuron that reads all three inputs.
    """
    layer = universal_and(n_inputs, n_neurons, p=p, rng=np.random.default_rng([seed, 24]))
    return world_of(layer, params={"p": p}, seed=seed, size=size)


def world_of(layer: UniversalAnd, *, params: dict[str, Any], seed: int, size: str) -> World:
    """Return the world of one layer."""
    bits = hot_bits(1000, layer.n_inputs, hot=_HOT, rng=np.random.default_rng([seed, 25]))
    fitted = layer.hidden(bits)
    scale = float((fitted.astype(np.float64) ** 2).sum(axis=1).mean()) ** 0.5

    def draw(n: int, rng: np.random.Generator) -> Sample:
        inputs = hot_bits(n, layer.n_inputs, hot=_HOT, rng=rng)
        targets = inputs[:, layer.first] & inputs[:, layer.second]
        said = (layer.hidden(inputs) / np.float32(scale)).astype(np.float32)
        return Sample(said, inputs=inputs, targets=targets)

    def right(
        made: Float[np.ndarray, "token output"], sample: Sample
    ) -> Bool[np.ndarray, "token decision"]:
        asked, truth = decisions(layer, np.asarray(sample.inputs, dtype=bool))
        return (np.take_along_axis(made, asked, axis=1) > 0.5) == truth

    truth = Truth(
        kind="circuit",
        params={
            **params, "n_inputs": layer.n_inputs, "n_neurons": layer.n_neurons, "hot": _HOT,
            "n_gates": layer.n_outputs, "scale": scale,
        },
        gauge=Gauge(words="neurons have no order"),
        readout=Readout(
            "every AND as the mean of the neurons that read both inputs",
            lambda rows, sample: layer.outputs_from(rows * scale, np.asarray(sample.inputs)),
            right,
            chance=0.5,
        ),
        circuit=layer.gates,
        nulls=tuple(CONTROLS),
    )  # fmt: skip
    shared = layer.writes > 0
    held = np.flatnonzero(shared.any(axis=1))
    rows = shared[held].astype(np.float32) / np.float32(scale)
    space = FeatureSpace(rows, held, source={"uri": "world:bool_uand"})
    return World("bool_uand", size, seed, layer.n_neurons, draw, truth, space, layer)


def decisions(
    layer: UniversalAnd, bits: Bool[np.ndarray, "token input"]
) -> tuple[Int[np.ndarray, "token decision"], Bool[np.ndarray, "token decision"]]:
    """Return which ANDs a row decides, half of them true, and their truth.

    The true ones are the pairs of inputs that are on; the false ones pair each input that is on
    with the next input, going round, that is off.
    """
    n, n_inputs = bits.shape
    number = np.zeros((n_inputs, n_inputs), dtype=np.int64)
    number[layer.first, layer.second] = np.arange(layer.n_outputs)
    number = number + number.T
    on = np.nonzero(bits)[1].reshape(n, _HOT)
    off = on.copy()
    for _ in range(_HOT):
        off = np.where(np.take_along_axis(bits, off, axis=1), (off + 1) % n_inputs, off)
    true = number[on[:, [0, 0, 1]], on[:, [1, 2, 2]]]
    asked = np.column_stack([true, number[on, off]])
    return asked, np.tile(np.arange(2 * _HOT) < _HOT, (n, 1))


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Score the claimed AND of every pair on its own inputs, half of them with the pair on.

    ``value`` is the balanced accuracy of the read-offs, cut at one half, over all claimed gates and
    100 true and 100 false inputs each (three bits on; half of the false ones have one input of the
    pair on). The bound leaves twice the errors that the construction expects in closed form
    (``expected_accuracy``).
    """
    layer: UniversalAnd = world.network
    claimed = world.truth.circuit
    first = np.array([min(gate.a, gate.b) for gate in claimed])
    second = np.array([max(gate.a, gate.b) for gate in claimed])
    asked = UniversalAnd(layer.sets, first, second, layer.readoff)
    found = and_accuracy(asked, hot=_HOT, rng=rng)
    expected = expected_accuracy(layer.n_neurons, p=world.truth.params["p"])
    return Recovered(
        "balanced accuracy of all ANDs",
        float(found.balanced.mean()),
        1 - 2 * (1 - expected),
        {
            "ands": len(claimed), "neurons": layer.n_neurons, "expected": expected,
            "worst": float(found.balanced.min()), "mean error": found.mean_error,
            "99.9 % error": found.high_error,
        },
    )  # fmt: skip


def wrong_circuit(**parameters: Any) -> World:
    """Build the world with the ANDs of its claim moved on by one read-off."""
    world = build(**parameters)
    gates = world.truth.circuit
    return replace(world, truth=replace(world.truth, circuit=gates[1:] + gates[:1]))


def _with_readoff(of: Callable[[UniversalAnd, np.random.Generator], Any]) -> Any:
    def control(*, seed: int, size: str, **parameters: Any) -> World:
        made = build(seed=seed, size=size, **parameters)
        layer: UniversalAnd = made.network
        spoilt = replace(layer, readoff=of(layer, np.random.default_rng([seed, 26])))
        return world_of(spoilt, params={"p": parameters["p"]}, seed=seed, size=size)

    return control


def _other_neurons(layer: UniversalAnd, rng: np.random.Generator) -> Any:
    """Read each AND from as many neurons, but from any."""
    return layer.readoff[:, rng.permutation(layer.n_neurons)]


CONTROLS = {"wrong_circuit": wrong_circuit, "other_neurons": _with_readoff(_other_neurons)}


ENTRY = Entry(
    name="bool_uand",
    family="circuits",
    title="relu(R x - 1) with a random 0/1 matrix R: every pair's AND can be read off linearly",
    motive="computation in superposition: more intermediate variables than neurons",
    sizes={
        "tiny": {"n_inputs": 32, "n_neurons": 1024, "p": 0.1},
        "full": {"n_inputs": 128, "n_neurons": 4096, "p": 0.05},
    },
    build=build,
    recover=recover,
    controls=CONTROLS,
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("topk", 512, k=3),
        "full": SaePlan("topk", 512, k=8, steps=300, batch=256),
    },
    expected="with a latent a pair (tiny), the ANDs: measured; with far fewer (full): open",
)
