"""BatchTopK: a batch keeps k features a token on average."""

from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from armillary.core.firing import Firing, JumpReLU
from armillary.training.aux import AuxK, check_k
from armillary.training.passes import Pass, plain_pass
from armillary.training.strongest import strongest_of_batch
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
    resample = None

    def encoder_scale(self, d_model: int, d_sae: int) -> float:
        """Return one: the few that fire are near their token."""
        return 1.0

    def check(self, d_sae: int) -> None:
        """Refuse more features a token than there are."""
        check_k(self.k, d_sae)

    def prepare(self, weights: Weights) -> None:
        """Add nothing."""

    def step(self, weights: Weights, tokens: Tensor, *, dead: Tensor, share: float) -> Pass:
        """Return the gradients of one batch."""
        pairs = strongest_of_batch(weights.pre(tokens), self.k * len(tokens))
        follow_threshold(weights, pairs.value, memory=self.memory)
        made = plain_pass(weights, tokens, pairs)
        self.aux.add(made, weights, tokens, dead=dead)
        return made

    def firing(self, weights: Weights, *, scale: float) -> Firing:
        """Return the running threshold, one for all features."""
        return one_threshold(weights, scale=scale)


def one_threshold(weights: Weights, *, scale: float) -> JumpReLU:
    """Return the running threshold of a batch rule as a JumpReLU in raw units."""
    value = float(weights.kept["threshold"]) / scale if "threshold" in weights.kept else 0.0
    return JumpReLU(np.full(weights.n_features, value, dtype=np.float32))


def follow_threshold(weights: Weights, codes: Tensor, *, memory: float) -> None:
    """Move the running threshold towards the smallest code of this batch."""
    if codes.numel() == 0:
        return
    now = codes.min()
    before = weights.kept.get("threshold", now)
    weights.kept["threshold"] = memory * before + (1 - memory) * now
