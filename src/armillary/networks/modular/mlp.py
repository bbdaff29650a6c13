"""Modular MLP: two embeddings summed (or laid side by side), one hidden layer."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Float, Int

Curve = Callable[[np.ndarray], np.ndarray]
_ACTIVATIONS: dict[str, tuple[Curve, Curve]] = {
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(np.float64)),
    "square": (np.square, lambda x: 2 * x),
    "abs": (np.abs, np.sign),
}


@dataclass(frozen=True, slots=True, eq=False)
class ModularMlp:
    """A network of one hidden layer that adds residues, as numpy weights.

    ``resid_mid = embedding[a] into_first + embedding[b] into_last + b_in`` (the pre-activations)
    and ``logits = f(resid_mid) w_out + b_out``. Where both maps are the identity the embeddings
    are summed; where they differ, the residues come in by separate doors (concatenation).

    Parameters
    ----------
    activation
        ``"relu"``, ``"square"`` or ``"abs"``: f.
    embedding
        One row a residue.
    into_first, into_last
        Maps of the first and of the second embedding to the neurons.
    b_in, w_out, b_out
        The rest.
    """

    activation: str
    embedding: Float[np.ndarray, "residue d_embed"]
    into_first: Float[np.ndarray, "d_embed neuron"]
    into_last: Float[np.ndarray, "d_embed neuron"]
    b_in: Float[np.ndarray, " neuron"]
    w_out: Float[np.ndarray, "neuron residue"]
    b_out: Float[np.ndarray, " residue"]

    @classmethod
    def from_weights(cls, weights: dict[str, np.ndarray], *, activation: str) -> "ModularMlp":
        """Make it of named arrays; a missing map is the identity, or that of the first."""
        first = weights.get("into_first", np.eye(weights["embedding"].shape[1]))
        full = {"into_first": first, "into_last": first, **weights}
        names = [f.name for f in fields(cls) if f.name != "activation"]
        return cls(activation, **{name: full[name].astype(np.float64) for name in names})

    @property
    def p(self) -> int:
        """Number of residues."""
        return self.embedding.shape[0]

    def with_embedding(self, embedding: Float[np.ndarray, "residue d_embed"]) -> "ModularMlp":
        """Return the network with other rows in its embedding."""
        return replace(self, embedding=embedding)

    def resid_mid(self, pairs: Int[np.ndarray, "row 2"]) -> Float[np.ndarray, "row neuron"]:
        """Return the pre-activations of the hidden layer."""
        first, last = self.embedding @ self.into_first, self.embedding @ self.into_last
        return first[pairs[:, 0]] + last[pairs[:, 1]] + self.b_in

    def hidden(self, resid_mid: Float[np.ndarray, "row neuron"]) -> Float[np.ndarray, "row neuron"]:
        """Return the neurons' outputs."""
        return _ACTIVATIONS[self.activation][0](resid_mid)

    def logits_from(self, resid_mid: Float[np.ndarray, "row neuron"]) -> Float[np.ndarray, "row p"]:
        """Return the logits that the rest of the network gives."""
        return self.hidden(resid_mid) @ self.w_out + self.b_out

    def gradients(
        self, pairs: Int[np.ndarray, "row 2"], answers: Int[np.ndarray, " row"]
    ) -> tuple[Float[np.ndarray, "row d_embed"], Float[np.ndarray, "row d_embed"]]:
        """Return the gradient of one logit a row by the first and by the second embedding."""
        slope = _ACTIVATIONS[self.activation][1](self.resid_mid(pairs))
        flow = self.w_out[:, answers].T * slope
        return flow @ self.into_first.T, flow @ self.into_last.T
