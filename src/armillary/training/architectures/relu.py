"""ReLU with an L1 penalty on the codes."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from armillary.core.errors import BadInput
from armillary.core.firing import Firing
from armillary.core.firing import ReLU as Rectify
from armillary.training.pairs import above
from armillary.training.passes import Pass, decoded, squared, through
from armillary.training.resample import Resample
from armillary.training.tensors import lengths
from armillary.training.weights import Weights


@dataclass(frozen=True, slots=True)
class ReLU:
    """Codes ``max(pre, 0)``; the loss adds ``l1 * mean sum_j code_j |row_j|``.

    Parameters
    ----------
    l1
        Weight of the penalty, where vectors lie about ``sqrt(d_model)`` from their centre.
    warmup
        Share of the run in which the penalty rises linearly from zero.
    resample
        What starts dead features anew; None lets them lie.

    References
    ----------
    Bricken et al. 2023, Towards Monosemanticity; with lengths in the penalty: Conerly et al. 2024.
    """

    l1: float = 5.0
    warmup: float = 0.05
    resample: Resample | None = field(default_factory=Resample)
    name = "standard"

    def encoder_scale(self, d_model: int, d_sae: int) -> float:
        """Return what reconstructs at the right length while half of the features fire."""
        return min(1.0, 2 * d_model / d_sae)

    def check(self, d_sae: int) -> None:
        """Refuse a negative penalty."""
        if self.l1 < 0 or self.warmup < 0:
            raise BadInput(f"l1 is {self.l1} and warmup {self.warmup}, expected 0 or more")

    def prepare(self, weights: Weights) -> None:
        """Add nothing."""

    def step(self, weights: Weights, tokens: Tensor, *, dead: Tensor, share: float) -> Pass:
        """Return the gradients of one batch."""
        pairs = above(torch.zeros((), device=tokens.device), weights.pre(tokens))
        code = pairs.value.clamp(min=0)
        fires = (code > 0).to(code.dtype)
        error = decoded(weights, tokens, pairs, code=code)
        towards = squared(error)
        made = Pass.of(error, pairs.total(fires), towards)
        l1 = self.l1 * (min(1.0, share / self.warmup) if self.warmup else 1.0) / len(tokens)
        length = lengths(weights.decoder)
        slope = pairs.dots(towards, weights.decoder).add_(pairs.spread(l1 * length)).mul_(fires)
        made.add(through(weights, tokens, pairs, code=code, slope=slope, towards=towards))
        summed = pairs.total(code)
        made.losses["l1"] = l1 * (summed @ length)
        outward = l1 * summed / length.clamp(min=1e-12)
        made.add({"decoder": outward[:, None] * weights.decoder})
        return made

    def firing(self, weights: Weights, *, scale: float) -> Firing:
        """Return the rule, which no scale changes."""
        return Rectify()
