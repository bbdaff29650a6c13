"""Input scaling: what an autoencoder does to an activation vector before it encodes it.

``apply`` returns the scaled vectors and the function that takes a reconstruction back. The
decoder's rows live in the scaled space; ``space`` names it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

Tokens = Float[np.ndarray, "token d_model"]
Back = Callable[[Tokens], Tokens]


@runtime_checkable
class InputScaling(Protocol):
    """A scaling of activation vectors and its inverse."""

    @property
    def space(self) -> str:
        """Name of the space that the decoder's rows live in."""
        ...

    def apply(self, tokens: Tokens, /) -> tuple[Tokens, Back]:
        """Return the scaled vectors, and what takes a reconstruction of them back."""
        ...

    def __str__(self) -> str:
        """Name the scaling and its parameters."""
        ...


@dataclass(frozen=True, slots=True)
class Unscaled:
    """Vectors are taken as they are."""

    space = "raw"

    def apply(self, tokens: Tokens) -> tuple[Tokens, Back]:
        """Return the vectors themselves."""
        return tokens, _same

    def __str__(self) -> str:
        return "none"


@dataclass(frozen=True, slots=True)
class FixedScale:
    """Vectors are multiplied by ``into``; reconstructions are divided by ``out``.

    One factor for all: directions and angles are those of the raw space.
    """

    into: float
    out: float
    space = "raw"

    def apply(self, tokens: Tokens) -> tuple[Tokens, Back]:
        """Return the vectors times ``into``."""
        factor = np.float32(1 / self.out)
        return tokens * np.float32(self.into), lambda made: made * factor

    def __str__(self) -> str:
        return f"times {self.into:.6g} going in, divided by {self.out:.6g} coming out"


@dataclass(frozen=True, slots=True)
class LayerNorm:
    """Each vector has its mean removed and is divided by its standard deviation.

    ``(x - mean) / (sd + eps)`` with the divisor ``d_model - 1``; back: ``y * sd + mean``.
    """

    eps: float = 1e-5
    space = "layer-normed"

    def apply(self, tokens: Tokens) -> tuple[Tokens, Back]:
        """Return standardised vectors; each token's mean and deviation bring it back."""
        mean = tokens.mean(axis=1, keepdims=True)
        sd = tokens.std(axis=1, keepdims=True, ddof=1)
        return (tokens - mean) / (sd + np.float32(self.eps)), lambda made: made * sd + mean

    def __str__(self) -> str:
        return f"layer norm of each token, eps {self.eps:g}"


@dataclass(frozen=True, slots=True)
class UnitNorm:
    """Each vector is scaled to the norm ``sqrt(d_model)``."""

    space = "norm-scaled"

    def apply(self, tokens: Tokens) -> tuple[Tokens, Back]:
        """Return vectors of one norm; each token's own norm brings it back."""
        length = np.linalg.norm(tokens, axis=1, keepdims=True)
        factor = np.sqrt(np.float32(tokens.shape[1])) / length
        return tokens * factor, lambda made: made / factor

    def __str__(self) -> str:
        return "each token to norm sqrt(d_model)"


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """An affine map to unit covariance: ``(x - mean) @ matrix``; back: ``y @ inverse + mean``."""

    mean: Float[np.ndarray, " d_model"]
    matrix: Float[np.ndarray, "d_model d_model"]
    inverse: Float[np.ndarray, "d_model d_model"]
    space = "whitened"

    def apply(self, tokens: Tokens) -> tuple[Tokens, Back]:
        """Return whitened vectors."""
        return (tokens - self.mean) @ self.matrix, lambda made: made @ self.inverse + self.mean

    def __str__(self) -> str:
        return "whitened by the covariance of the training activations"


def _same(made: Tokens) -> Tokens:
    return made
