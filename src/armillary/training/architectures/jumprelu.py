"""JumpReLU: every feature learns a threshold of its own."""

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from armillary.core.errors import BadInput
from armillary.core.firing import Firing
from armillary.core.firing import JumpReLU as PastThreshold
from armillary.training.pairs import above
from armillary.training.passes import Pass, decoded, squared, through
from armillary.training.resample import Resample
from armillary.training.weights import Weights


@dataclass(frozen=True, slots=True)
class JumpReLU:
    """Codes ``pre`` where ``pre > threshold``, else 0; the loss adds ``l0 * mean number of codes``.

    Neither the number of codes nor the jump has a gradient by the threshold ``t``; both get the
    mean slope over a window, ``K = 1`` where ``|pre - t| < bandwidth / 2``:
    ``d code / d t = -t K / bandwidth`` and ``d count / d t = -K / bandwidth``. The logarithm of
    ``t`` is what is trained. ``pre`` gets the exact gradient where a code is not zero.

    Parameters
    ----------
    l0
        Price of one code, where vectors lie about ``sqrt(d_model)`` from their centre.
    threshold
        Of every feature at the start.
    bandwidth
        Width of the window.
    warmup
        Share of the run in which the price rises linearly from zero.
    resample
        What starts dead features anew; None lets them lie.

    References
    ----------
    Rajamanoharan et al. 2024, arXiv:2407.14435.
    """

    l0: float = 1.0
    threshold: float = 1.0
    bandwidth: float = 1.0
    warmup: float = 0.1
    resample: Resample | None = field(default_factory=Resample)
    name = "jumprelu"

    def encoder_scale(self, d_model: int, d_sae: int) -> float:
        """Return what reconstructs at the right length while half of the features fire."""
        return min(1.0, 2 * d_model / d_sae)

    def check(self, d_sae: int) -> None:
        """Refuse what leaves no threshold or no window."""
        if min(self.l0, self.warmup) < 0 or min(self.threshold, self.bandwidth) <= 0:
            raise BadInput(
                f"l0 {self.l0} and warmup {self.warmup} must be 0 or more, threshold "
                f"{self.threshold} and bandwidth {self.bandwidth} more than 0"
            )

    def prepare(self, weights: Weights) -> None:
        """Add one threshold a feature, as its logarithm."""
        weights.extra["log_threshold"] = torch.full_like(
            weights.encoder_bias, math.log(self.threshold)
        )

    def step(self, weights: Weights, tokens: Tensor, *, dead: Tensor, share: float) -> Pass:
        """Return the gradients of one batch."""
        threshold = weights.extra["log_threshold"].exp()
        pairs = above((threshold - self.bandwidth / 2).clamp_(min=0), weights.pre(tokens))
        past = pairs.value - pairs.spread(threshold)
        fires = (past > 0).to(past.dtype)
        near = (past.abs() < self.bandwidth / 2).to(past.dtype)
        code = pairs.value * fires
        error = decoded(weights, tokens, pairs, code=code)
        towards = squared(error)
        counts = pairs.total(fires)
        made = Pass.of(error, counts, towards)
        price = self.l0 * (min(1.0, share / self.warmup) if self.warmup else 1.0) / len(tokens)
        slope = pairs.dots(towards, weights.decoder)
        jump = pairs.total(near * (slope * pairs.spread(threshold) + price))
        grads = through(weights, tokens, pairs, code=code, slope=slope * fires, towards=towards)
        made.add({**grads, "log_threshold": -threshold * jump / self.bandwidth})
        made.losses["l0"] = price * counts.sum()
        return made

    def firing(self, weights: Weights, *, scale: float) -> Firing:
        """Return every feature's threshold, in raw units."""
        threshold = weights.extra["log_threshold"].exp() / scale
        return PastThreshold(threshold.detach().cpu().numpy())
