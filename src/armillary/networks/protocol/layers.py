"""Layers: what a network must offer for its weights to be read, and what they say of each gate.

Step three of the protocol.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float

from armillary.networks.gates import Gate
from armillary.networks.protocol.spectrum import nearest_gate

_TOUCHES = 0.05  # of a neuron's largest weight: below, it does not read the input
_SERVES = 0.1  # of an output's strongest vote, about 1: below, one neuron cannot turn it


@runtime_checkable
class HiddenLayer(Protocol):
    """A network with one hidden layer whose weights can be read and whose neurons can be set."""

    @property
    def reads(self) -> Float[np.ndarray, "neuron input"]:
        """What each neuron reads of the inputs."""
        ...

    @property
    def writes(self) -> Float[np.ndarray, "output neuron"]:
        """What each output takes of the neurons."""
        ...

    def hidden(self, bits: Bool[np.ndarray, "row input"]) -> Float[np.ndarray, "row neuron"]:
        """Return what the neurons say."""
        ...

    def outputs_from(
        self, hidden: Float[np.ndarray, "row neuron"], bits: Bool[np.ndarray, "row input"]
    ) -> Float[np.ndarray, "row output"]:
        """Return the outputs where the neurons say ``hidden``; a skip path may look at ``bits``."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """What the weights say of one output.

    Parameters
    ----------
    nearest, distance
        The pair that its neurons read with the kind of gate that is nearest to what all neurons
        touching the pair make of it, and the largest difference in a coefficient.
    pair
        The pair alone, in rising order.
    neurons
        Those that carry the gate.
    role
        Coefficients of ``a``, ``b`` and ``a b`` in what these neurons add to the output.
    purity
        Share of squared weight that each of them has on its two largest inputs; the mean.
    """

    nearest: Gate
    distance: float
    pair: tuple[int, int]
    neurons: tuple[int, ...]
    role: tuple[float, float, float]
    purity: float

    @property
    def gate(self) -> Gate | None:
        """The gate, None where no kind is within one half."""
        return self.nearest if self.distance < 0.5 else None

    def part(self, bits: Bool[np.ndarray, "row input"]) -> Float[np.ndarray, " row"]:
        """Return what the neurons add to the output on each row, by their role."""
        a, b = bits[:, self.pair[0]].astype(float), bits[:, self.pair[1]].astype(float)
        x, y, z = self.role
        return x * a + y * b + z * a * b


def read_weights(network: HiddenLayer) -> tuple[Claim, ...]:
    """Read every output's gate off the weights.

    A neuron can make no more of two inputs together than the smaller of their weights in it, so
    the vote of neuron ``n`` for a pair ``(a, b)`` in output ``o`` is
    ``|W_on| min(|R_na|, |R_nb|)``.
    The output's pair has most votes, all neurons together. Its neurons are those that give it at
    least a tenth of the strongest single vote. The kind of gate is read from all neurons that touch
    the pair (weight at least 5 % of the neuron's largest) and from the skip: the others stay as
    they are when every input is off, the pair takes its four states, and the three coefficients of
    the output are compared with those of each kind.

    Parameters
    ----------
    network
        Its weights and its two functions.

    Returns
    -------
    tuple of Claim
        One an output.
    """
    sizes = np.abs(network.reads).astype(np.float32)
    energy = np.sort(sizes**2, axis=1)
    purity = energy[:, -2:].sum(1) / np.maximum(energy.sum(1), 1e-30)
    first, second = np.triu_indices(sizes.shape[1], 1)
    together = np.minimum(sizes[:, first], sizes[:, second])
    touches = sizes >= _TOUCHES * sizes.max(axis=1, keepdims=True)
    all_writes = np.abs(network.writes).astype(np.float32)
    elected = np.argmax(all_writes @ together, axis=1)
    claims: list[Claim] = []
    for output, chosen in enumerate(elected):
        pair = (int(first[chosen]), int(second[chosen]))
        votes = all_writes[output] * together[:, chosen]
        neurons = np.flatnonzero((votes >= _SERVES * votes.max()) & (votes > 0))
        reading = np.flatnonzero(touches[:, pair[0]] | touches[:, pair[1]])
        every = _coefficients(network, reading, pair=pair, output=output, skip=True)
        gate, distance = nearest_gate(*pair, coefficients=every)
        role = _coefficients(network, neurons, pair=pair, output=output, skip=False)
        mean = float(purity[neurons].mean()) if neurons.size else 0.0
        claims.append(Claim(gate, distance, pair, tuple(neurons.tolist()), role, mean))
    return tuple(claims)


def _coefficients(
    network: HiddenLayer, neurons: np.ndarray, *, pair: tuple[int, int], output: int, skip: bool
) -> tuple[float, float, float]:
    """Moebius coefficients of an output in a pair where only these neurons hear of it."""
    states = np.zeros((4, network.reads.shape[1]), dtype=bool)
    states[[1, 3], pair[0]] = True
    states[[2, 3], pair[1]] = True
    said = network.hidden(states)
    held = np.repeat(said[:1], 4, axis=0)
    held[:, neurons] = said[:, neurons]
    seen = states if skip else np.zeros_like(states)
    none, a, b, both = (float(v) for v in network.outputs_from(held, seen)[:, output])
    return a - none, b - none, both - a - b + none
