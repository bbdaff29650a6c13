"""World: a sampler of activations, with the features behind them and the truth beside them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.worlds.drawn import Sample
from armillary.worlds.truth import Truth


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A space whose truth is known.

    Parameters
    ----------
    name
        Of the catalogue's entry.
    size
        ``"tiny"`` or ``"full"``, or words for other parameters.
    seed
        Decides everything that was drawn once: frames, trees, networks. ``draw`` has its own.
    d_model
        Dimension of the activations.
    draw
        ``draw(n, rng)`` returns ``n`` independent rows with what is true of them.
    truth
        What is known; nothing of it is in ``space``.
    space
        The true features, one row each, where the truth is a finite list of directions; else None.
    network
        Of a world whose activations are a network's: the network, as ``armillary.networks`` has it.
    """

    name: str
    size: str
    seed: int
    d_model: int
    draw: Callable[[int, np.random.Generator], Sample]
    truth: Truth
    space: FeatureSpace | None = None
    network: Any = None

    def activations(self, n: int, rng: np.random.Generator) -> Float[np.ndarray, "token d_model"]:
        """Draw activations alone: the stream that an autoencoder is trained on."""
        return self.draw(n, rng).activations

    def contribution(self, factor: str, sample: Sample) -> Float[np.ndarray, "token d_model"]:
        """Return what one factor adds to each activation; zero where it is not active.

        Raises
        ------
        BadInput
            If the sample does not know the factor.
        """
        made = self.truth.factor(factor)
        if factor not in sample.active:
            raise BadInput(f"this sample says nothing of the factor {factor!r}")
        out = np.zeros((sample.n_tokens, self.d_model), dtype=np.float32)
        on = sample.active[factor]
        out[on] = made.embed(sample.coordinates[factor][on])
        return out

    def __repr__(self) -> str:
        """Name what it is and how large."""
        features = f", {self.space.n_features:,} features" if self.space is not None else ""
        return (
            f"World({self.name!r}, {self.size}, seed {self.seed}: {self.truth.kind}, "
            f"d_model {self.d_model}{features})"
        )
