"""A residual stream of two layers: bits held as directions, gates of them computed and added."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput
from armillary.core.firing import JumpReLU
from armillary.networks.boolean import draw_bits, draw_gates, gate_outputs
from armillary.networks.gates import Gate

_inverse: Any = np.linalg.pinv  # typed here: its overloads are too many for the checker
KINDS = ("AND", "OR", "XOR", "ANDNOT")


@dataclass(frozen=True, slots=True, eq=False)
class ResidualCircuit:
    """Earlier layer ``x = bits B + noise``, later layer ``x - (bits forgotten) B + gates G``.

    An exact MLP between the two exists (one ``relu(a + b - 1)`` a gate); what it computes is stated
    here, not trained.

    Parameters
    ----------
    bits, outputs
        ``B`` and ``G``: unit direction of each bit and of each gate.
    carried
        Bits that the later layer still holds.
    gates
        What is computed, one an output.
    density, noise
        Probability of a bit; standard deviation of the earlier layer's noise, by coordinate.
    """

    bits: Float[np.ndarray, "input d_model"]
    outputs: Float[np.ndarray, "output d_model"]
    carried: Bool[np.ndarray, " input"]
    gates: tuple[Gate, ...]
    density: float
    noise: float

    @property
    def later_rows(self) -> Float[np.ndarray, "feature d_model"]:
        """Directions of the later layer: the carried bits, then the gates."""
        return np.concatenate([self.bits[self.carried], self.outputs])

    @property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """The circuit as (bit, later feature): each carried bit to itself, two bits to a gate."""
        kept = np.flatnonzero(self.carried).tolist()
        own = [(bit, k) for k, bit in enumerate(kept)]
        both = [
            (bit, len(kept) + k) for k, gate in enumerate(self.gates) for bit in (gate.a, gate.b)
        ]
        return tuple(sorted(own + both))

    def draw(
        self, n: int, rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "token d_model"], Float[np.ndarray, "token d_model"]]:
        """Draw the vectors of both layers at the same tokens, float32."""
        return self.vectors(draw_bits(n, self.bits.shape[0], density=self.density, rng=rng), rng)

    def vectors(
        self, bits: Bool[np.ndarray, "token input"], rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "token d_model"], Float[np.ndarray, "token d_model"]]:
        """Return the vectors of both layers for rows of bits; ``rng`` draws the noise."""
        on = bits.astype(np.float64)
        shaken = self.noise * rng.standard_normal((len(bits), self.bits.shape[1]))
        said = gate_outputs(self.gates, bits).astype(np.float64)
        kept = (on * self.carried) @ self.bits + shaken
        earlier, later = on @ self.bits + shaken, kept + said @ self.outputs
        return earlier.astype(np.float32), later.astype(np.float32)

    def dictionaries(self, threshold: float = 0.5) -> tuple[SparseAutoencoder, SparseAutoencoder]:
        """Return the true dictionary of each layer: encoder the decoder's pseudo-inverse.

        With more features than dimensions in a layer, its codes interfere.
        """
        return _dictionary(self.bits, threshold), _dictionary(self.later_rows, threshold)


def residual_circuit(
    n_inputs: int,
    n_gates: int,
    d_model: int,
    *,
    forgotten: int = 0,
    kinds: tuple[str, ...] = KINDS,
    density: float = 0.1,
    noise: float = 0.02,
    rng: np.random.Generator,
) -> ResidualCircuit:
    """Draw gates on different pairs of bits, and a random unit direction for everything.

    Parameters
    ----------
    n_inputs, n_gates, d_model
        Sizes.
    forgotten
        The last bits, so many, are taken out of the later layer.
    kinds
        Of the gates.
    density, noise
        As in the class.
    rng
        Draws the gates and the directions.

    Raises
    ------
    BadInput
        If more bits are forgotten than there are, or there are too few pairs.
    """
    if not 0 <= forgotten <= n_inputs:
        raise BadInput(f"{forgotten} of {n_inputs} bits cannot be forgotten")
    gates = draw_gates(n_inputs, n_gates, kinds=kinds, rng=rng)
    rows = rng.standard_normal((n_inputs + n_gates, d_model))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    carried = np.arange(n_inputs) < n_inputs - forgotten
    return ResidualCircuit(rows[:n_inputs], rows[n_inputs:], carried, gates, density, noise)


def _dictionary(rows: np.ndarray, threshold: float) -> SparseAutoencoder:
    n, d_model = int(rows.shape[0]), int(rows.shape[1])
    return SparseAutoencoder(
        rows.astype(np.float32), np.asarray(_inverse(rows), dtype=np.float32),
        np.zeros(n, dtype=np.float32), np.zeros(d_model, dtype=np.float32),
        JumpReLU(np.full(n, threshold, dtype=np.float32)), source={"uri": "world:circuit"},
    )  # fmt: skip
