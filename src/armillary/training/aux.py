"""AuxK: features that no token uses are taught to explain what the others miss."""

from dataclasses import dataclass

import torch
from torch import Tensor

from armillary.core.errors import BadInput
from armillary.training.fired import Fired
from armillary.training.passes import Pass, add_pairs
from armillary.training.weights import Weights

NONE = torch.empty(0, dtype=torch.int64)


def check_k(k: int, d_sae: int) -> None:
    """Raise BadInput unless ``0 < k <= d_sae``."""
    if not 0 < k <= d_sae:
        raise BadInput(f"k is {k}, expected 1 to the number of features ({d_sae})")


@dataclass(frozen=True, slots=True)
class AuxK:
    """The loss ``weight * mean |e - e'|^2``, where ``e'`` is built from dead features alone.

    ``e = x - x'`` is what the living ones missed, taken as a constant; each token uses its ``k``
    strongest dead features. With fewer dead ones than ``k`` the loss is scaled down in proportion.

    Parameters
    ----------
    weight
        Of the loss, beside the mean squared error.
    k
        Dead features a token; None is half of d_model.

    References
    ----------
    Gao et al. 2024, arXiv:2406.04093, section 2.4.
    """

    weight: float = 1 / 32
    k: int | None = None

    def add(
        self, made: Pass, weights: Weights, tokens: Tensor, *, pre: Tensor, dead: Tensor
    ) -> None:
        """Add the loss and its gradients, if any feature is dead."""
        which = dead.nonzero().squeeze(1)
        if which.numel() == 0 or self.weight == 0:
            return
        k_full = self.k if self.k is not None else max(1, tokens.shape[1] // 2)
        k = min(k_full, which.numel())
        value, inside = torch.topk(pre[:, which], k, sorted=False)
        fired = Fired.fixed(which[inside], value.clamp_(min=0))
        miss = fired.decode(weights.decoder).add_(made.error)
        scale = self.weight * min(1.0, which.numel() / k_full)
        towards = miss * (2 * scale / len(tokens))
        slope = fired.dots(towards, weights.decoder) * (fired.value > 0)
        add_pairs(made, weights, tokens, fired=fired, slope=slope, towards=towards)
        made.losses["aux"] = scale * (miss * miss).sum() / len(tokens)
