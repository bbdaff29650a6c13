"""BatchTopK: a batch keeps k features a token on average."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from armillary.core.firing import Firing, JumpReLU
from armillary.training.aux import NONE, AuxK, check_k
from armillary.training.fired import Fired
from armillary.training.passes import Pass, sparse_pass
from armillary.training.weights import Weights


@dataclass(frozen=True, slots=True)
class BatchTopK:
    """Keep the ``k`` times tokens largest positive pre-activations of the whole batch.

    Beside it runs an average of the smallest code kept, the threshold of the finished
    autoencoder (a JumpReLU with one threshold for all).

    Parameters
    ----------
    k
        Features a token, on average.
    aux
        What revives dead features.
    memory
        Share of the running threshold that each step keeps.

    References
    ----------
    Bussmann et al. 2024, arXiv:2412.06410.
    """

    k: int = 32
    aux: AuxK = field(default_factory=AuxK)
    memory: float = 0.99
    name = "batchtopk"
    encoder_scale = 1.0

    def check(self, d_sae: int) -> None:
        """Refuse more features a token than there are."""
        check_k(self.k, d_sae)

    def prepare(self, weights: Weights) -> None:
        """Add nothing."""

    def step(self, weights: Weights, tokens: Tensor, *, dead: Tensor, share: float) -> Pass:
        """Return the gradients of one batch."""
        pre = weights.pre(tokens)
        fired = strongest_of_batch(pre, self.k * len(tokens))
        follow_threshold(weights, fired, memory=self.memory)
        made = sparse_pass(weights, tokens, fired)
        self.aux.add(made, weights, tokens, pre=pre, dead=dead)
        return made

    def revive(
        self, weights: Weights, tokens: Tensor, *, made: Pass, dead: Tensor,
        generator: torch.Generator,
    ) -> Tensor:  # fmt: skip
        """Leave dead features to the auxiliary loss."""
        return NONE

    def firing(self, weights: Weights, *, scale: float) -> Firing:
        """Return the running threshold, one for all features."""
        return one_threshold(weights, scale=scale)


def one_threshold(weights: Weights, *, scale: float) -> JumpReLU:
    """Return the running threshold of a batch rule as a JumpReLU in raw units."""
    value = float(weights.kept["threshold"]) / scale if "threshold" in weights.kept else 0.0
    return JumpReLU(np.full(weights.n_features, value, dtype=np.float32))


def strongest_of_batch(pre: Tensor, n: int) -> Fired:
    """Return the ``n`` largest positive pre-activations of a batch.

    A cut just below the wanted one is read off a sample of the batch; only what lies above it is
    ranked. Where the sample misled, everything positive is ranked.
    """
    flat = pre.reshape(-1)
    sample = flat[:: max(1, flat.numel() // 65536)]
    wanted = min(sample.numel(), int(1.25 * n / flat.numel() * sample.numel()) + 16)
    cut = torch.topk(sample, wanted, sorted=False).values.min().clamp_(min=0)
    fired = Fired.from_mask(pre > cut, pre)
    if fired.value.numel() < n and float(cut) > 0:
        fired = Fired.from_mask(pre > 0, pre)
    if fired.value.numel() <= n:
        return fired
    keep = torch.zeros_like(fired.value, dtype=torch.bool)
    keep[torch.topk(fired.value, n, sorted=False).indices] = True
    return fired.where(keep)


def follow_threshold(weights: Weights, fired: Fired, *, memory: float) -> None:
    """Move the running threshold towards the smallest code of this batch."""
    if fired.value.numel() == 0:
        return
    now = fired.value.min()
    before = weights.kept.get("threshold", now)
    weights.kept["threshold"] = memory * before + (1 - memory) * now
