"""AuxK: features that no token uses are taught to explain what the others miss."""

from dataclasses import dataclass

from torch import Tensor

from armillary.core.errors import BadInput
from armillary.training.passes import Pass, squared, through
from armillary.training.strongest import strongest_of_token
from armillary.training.weights import Weights


def check_k(k: int, d_sae: int) -> None:
    """Raise BadInput unless ``0 < k <= d_sae``."""
    if not 0 < k <= d_sae:
        raise BadInput(f"k is {k}, expected 1 to the number of features ({d_sae})")


@dataclass(frozen=True, slots=True)
class AuxK:
    """The loss ``weight * mean |e - e'|^2``, where ``e'`` is built from dead features alone.

    ``e = x - x'`` is what the living ones missed, taken as a constant; each token uses its ``k``
    strongest dead features, negative ones as they are: a feature that no token turns on would
    otherwise have no gradient. With fewer dead ones than ``k`` the loss is scaled down.

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

    def add(self, made: Pass, weights: Weights, tokens: Tensor, *, dead: Tensor) -> None:
        """Add the loss and its gradients, if any feature is dead."""
        which = dead.nonzero().squeeze(1)
        if which.numel() == 0 or self.weight == 0:
            return
        k_full = self.k if self.k is not None else max(1, tokens.shape[1] // 2)
        few = Weights(
            weights.encoder[which], weights.decoder[which], weights.encoder_bias[which],
            weights.decoder_bias,
        )  # fmt: skip
        pairs = strongest_of_token(few, tokens, min(k_full, which.numel()), signed=True)
        miss = pairs.decode(pairs.value, few.decoder).add_(made.error)
        scale = self.weight * min(1.0, which.numel() / k_full)
        towards = squared(miss) * scale
        slope = pairs.dots(towards, few.decoder)
        grads = through(few, tokens, pairs, code=pairs.value, slope=slope, towards=towards)
        made.grads["decoder_bias"] = made.grads["decoder_bias"] + grads.pop("decoder_bias")
        for name, grad in grads.items():
            made.grads[name].index_add_(0, which, grad)
        made.losses["aux"] = scale * miss.square().sum() / len(tokens)
