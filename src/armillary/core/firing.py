"""Firing: how a sparse autoencoder turns pre-activations into codes, one class a rule."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

Pre = Float[np.ndarray, "token feature"]


@runtime_checkable
class Firing(Protocol):
    """A rule that turns pre-activations into codes."""

    def __call__(self, pre: Pre, /) -> Pre:
        """Return codes; the pre-activations are not written to."""
        ...

    def __str__(self) -> str:
        """Name the rule and its parameters."""
        ...


@dataclass(frozen=True, slots=True)
class ReLU:
    """Code ``max(pre, 0)``."""

    def __call__(self, pre: Pre) -> Pre:
        """Return the positive part."""
        return np.maximum(pre, 0)

    def __str__(self) -> str:
        return "ReLU"


@dataclass(frozen=True, slots=True)
class TopK:
    """Keep the ``k`` largest pre-activations of each token.

    ``max(pre, 0)`` of those kept; with ``signed`` the largest in magnitude are kept, sign and all;
    with ``rectified`` False the k largest are kept as they are, negative ones too.
    """

    k: int
    signed: bool = False
    rectified: bool = True

    def __call__(self, pre: Pre) -> Pre:
        """Return the kept values where they were, zero elsewhere."""
        size = np.abs(pre) if self.signed else pre
        kept = np.argpartition(size, -self.k, axis=1)[:, -self.k :]
        codes = np.zeros_like(pre)
        value = np.take_along_axis(pre, kept, axis=1)
        rectified = self.rectified and not self.signed
        np.put_along_axis(codes, kept, np.maximum(value, 0) if rectified else value, axis=1)
        return codes

    def __str__(self) -> str:
        kind = " by magnitude, signed" if self.signed else "" if self.rectified else " as they are"
        return f"TopK, {self.k} a token{kind}"


@dataclass(frozen=True, slots=True)
class BatchTopK:
    """Keep the ``k`` times tokens largest positive pre-activations of the whole batch.

    The training rule; a token's codes depend on the tokens beside it. Published files replace it
    with a threshold (``JumpReLU``).
    """

    k: int

    def __call__(self, pre: Pre) -> Pre:
        """Return the kept values where they were, zero elsewhere."""
        positive = np.maximum(pre, 0)
        n_kept = min(self.k * pre.shape[0], pre.size)
        kept = np.argpartition(positive, pre.size - n_kept, axis=None)[pre.size - n_kept :]
        codes = np.zeros_like(pre)
        codes.flat[kept] = positive.flat[kept]
        return codes

    def __str__(self) -> str:
        return f"BatchTopK, {self.k} a token on average over the batch"


@dataclass(frozen=True, slots=True)
class GroupMax:
    """Keep the largest of each of ``k`` equal runs of neighbouring features, rectified."""

    k: int

    def __call__(self, pre: Pre) -> Pre:
        """Return the kept values where they were, zero elsewhere."""
        runs = np.maximum(pre, 0).reshape(pre.shape[0], self.k, -1)
        kept = runs.argmax(axis=2, keepdims=True)
        codes = np.zeros_like(runs)
        np.put_along_axis(codes, kept, np.take_along_axis(runs, kept, axis=2), axis=2)
        return codes.reshape(pre.shape)

    def __str__(self) -> str:
        return f"GroupMax, one of each of {self.k} runs"


@dataclass(frozen=True, slots=True, eq=False)
class JumpReLU:
    """Code ``max(pre, 0)`` where ``pre > threshold``, else 0."""

    threshold: Float[np.ndarray, " feature"]

    def __call__(self, pre: Pre) -> Pre:
        """Return pre-activations past their threshold, zero elsewhere."""
        return np.where(pre > self.threshold, np.maximum(pre, 0), np.zeros((), dtype=pre.dtype))

    def __str__(self) -> str:
        low, high = float(self.threshold.min()), float(self.threshold.max())
        span = f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
        return f"JumpReLU, threshold {span}"


@dataclass(frozen=True, slots=True, eq=False)
class Gated:
    """A gate decides which features fire, a rescaled copy of it how strongly.

    ``max(exp(log_scale) * pre + magnitude_bias, 0)`` where ``pre + gate_bias > 0``, else 0.
    """

    gate_bias: Float[np.ndarray, " feature"]
    log_scale: Float[np.ndarray, " feature"]
    magnitude_bias: Float[np.ndarray, " feature"]

    def __call__(self, pre: Pre) -> Pre:
        """Return the magnitudes of the features whose gate is open."""
        magnitude = np.maximum(np.exp(self.log_scale) * pre + self.magnitude_bias, 0)
        return magnitude * (pre + self.gate_bias > 0)

    def __str__(self) -> str:
        return "Gated"
