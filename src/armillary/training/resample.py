"""Resampling: dead features are started anew at what the others miss."""

from dataclasses import dataclass

import torch
from torch import Tensor

from armillary.training.tensors import lengths, unit_rows
from armillary.training.weights import Weights


@dataclass(frozen=True, slots=True)
class Resample:
    """Point dead features at tokens that are badly reconstructed.

    Tokens are drawn without replacement with probability proportional to ``|x - x'|^4``. A
    feature's decoder row becomes the direction of the token's error, its encoder column the same
    times ``shrink`` and the mean length of the living ones' columns; its bias becomes zero.

    Parameters
    ----------
    shrink
        Length of a new encoder column beside those of the living.
    until
        Share of the run after which nothing is started anew, so that the last ones can settle.
    most
        Share of a batch's tokens that may be drawn in one step.

    References
    ----------
    Bricken et al. 2023, Towards Monosemanticity, appendix on neuron resampling.
    """

    shrink: float = 0.2
    until: float = 0.7
    most: float = 0.25

    def __call__(
        self, weights: Weights, tokens: Tensor, error: Tensor, *, dead: Tensor, share: float,
        seed: int,
    ) -> Tensor:  # fmt: skip
        """Start dead features anew in place and return which."""
        which = dead.nonzero().squeeze(1)[: max(1, int(self.most * len(tokens)))]
        if which.numel() == 0 or share > self.until:
            return which[:0]
        miss = error.square().sum(1)
        generator = torch.Generator().manual_seed(seed)
        chance = (miss / miss.max().clamp_(min=1e-30)).square().add_(1e-12)
        drawn = torch.multinomial(chance.cpu(), len(which), generator=generator)
        rows = -error[drawn.to(error.device)]
        rows = unit_rows(rows)
        living = weights.encoder[~dead]
        length = lengths(living).mean() if len(living) else rows.new_ones(())
        weights.decoder[which] = rows
        weights.encoder[which] = rows * (self.shrink * length)
        weights.encoder_bias[which] = 0
        for vector in weights.extra.values():
            vector[which] = vector[~dead].median() if len(living) else vector.median()
        return which
