"""Modular network: what every network that adds residues can be asked, trained or built by hand."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int


@runtime_checkable
class ModularNetwork(Protocol):
    """A network that reads two residues ``a, b`` and names ``a + b mod p``.

    ``embedding`` holds one row a residue. ``resid_mid`` is where the two meet: the residual stream
    after attention, at the last position (of a transformer), or the pre-activations (of an MLP).
    Everything behind it is ``logits_from``.
    """

    @property
    def p(self) -> int:
        """Number of residues."""
        ...

    @property
    def embedding(self) -> Float[np.ndarray, "residue d_embed"]:
        """One row a residue."""
        ...

    def with_embedding(self, embedding: Float[np.ndarray, "residue d_embed"]) -> "ModularNetwork":
        """Return the network with other rows in its embedding."""
        ...

    def resid_mid(self, pairs: Int[np.ndarray, "row 2"]) -> Float[np.ndarray, "row d_model"]:
        """Return where the two residues have met, in float64."""
        ...

    def hidden(
        self, resid_mid: Float[np.ndarray, "row d_model"]
    ) -> Float[np.ndarray, "row neuron"]:
        """Return the neurons' outputs."""
        ...

    def logits_from(
        self, resid_mid: Float[np.ndarray, "row d_model"]
    ) -> Float[np.ndarray, "row p"]:
        """Return the logits that the rest of the network gives."""
        ...

    def gradients(
        self, pairs: Int[np.ndarray, "row 2"], answers: Int[np.ndarray, " row"]
    ) -> tuple[Float[np.ndarray, "row d_embed"], Float[np.ndarray, "row d_embed"]]:
        """Return the gradient of one logit a row by the first and by the second embedding."""
        ...


def every_pair(p: int) -> Int[np.ndarray, "row 2"]:
    """Return all ``p * p`` pairs of residues; row ``a * p + b`` is ``(a, b)``."""
    a, b = np.divmod(np.arange(p * p), p)
    return np.column_stack([a, b])


def logits_of(
    network: ModularNetwork, pairs: Int[np.ndarray, "row 2"]
) -> Float[np.ndarray, "row p"]:
    """Return the network's logits."""
    return network.logits_from(network.resid_mid(pairs))


def accuracy_of(
    network: ModularNetwork,
    *,
    resid_mid: Float[np.ndarray, "row d_model"] | None = None,
) -> float:
    """Return the share of all pairs answered right, with ``resid_mid`` replaced where it is given.

    Parameters
    ----------
    network
        Any network of this room.
    resid_mid
        One row a pair, in the order of ``every_pair``.
    """
    pairs = every_pair(network.p)
    rows = network.resid_mid(pairs) if resid_mid is None else resid_mid
    right = network.logits_from(rows).argmax(axis=1) == pairs.sum(axis=1) % network.p
    return float(right.mean())
