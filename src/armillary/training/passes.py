"""One forward and backward pass by hand: what every architecture shares.

The loss is the mean over tokens of ``|x - x'|^2`` (a sum over dimensions), plus what an
architecture adds. No gradient towards the tokens is ever made: the decoder bias gets its share of
the centring from the summed gradients of the pre-activations.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from armillary.training.pairs import Pairs
from armillary.training.weights import Weights


@dataclass(slots=True, eq=False)
class Pass:
    """What one batch gives.

    Parameters
    ----------
    grads
        Gradient of every trained tensor, by its name in ``Weights``.
    counts
        How many tokens each feature fired on.
    error
        ``x' - x`` of every token.
    losses
        Parts of the loss, scalars without a graph.
    """

    grads: dict[str, Tensor]
    counts: Tensor
    error: Tensor
    losses: dict[str, Tensor] = field(default_factory=dict[str, Tensor])

    @classmethod
    def of(cls, error: Tensor, counts: Tensor, towards: Tensor) -> "Pass":
        """Return a pass with the squared error and the bias's direct gradient."""
        mse = error.square().sum() / len(error)
        return cls({"decoder_bias": towards.sum(0)}, counts, error, {"mse": mse})

    def add(self, grads: dict[str, Tensor]) -> None:
        """Add gradients to those that are there."""
        for name, grad in grads.items():
            self.grads[name] = self.grads[name] + grad if name in self.grads else grad


def decoded(weights: Weights, tokens: Tensor, pairs: Pairs, *, code: Tensor) -> Tensor:
    """Return ``x' - x``."""
    return pairs.decode(code, weights.decoder).add_(weights.decoder_bias).sub_(tokens)


def squared(error: Tensor) -> Tensor:
    """Return the derivative of ``mean |error|^2`` by the reconstruction."""
    return error * (2 / len(error))


def through(
    weights: Weights, tokens: Tensor, pairs: Pairs, *, code: Tensor, slope: Tensor, towards: Tensor
) -> dict[str, Tensor]:
    """Return the gradients that flow through pairs.

    Parameters
    ----------
    weights, tokens, pairs
        Of this batch.
    code
        Of each pair.
    slope
        Derivative of the loss by each pair's pre-activation.
    towards
        Derivative of the loss by each token's reconstruction.
    """
    bias = pairs.total(slope)
    encoder = pairs.gather(slope, tokens).addr_(bias, weights.decoder_bias, alpha=-1)
    return {
        "decoder": pairs.gather(code, towards),
        "encoder": encoder,
        "encoder_bias": bias,
        "decoder_bias": -(bias @ weights.encoder),
    }


def plain_pass(weights: Weights, tokens: Tensor, pairs: Pairs) -> Pass:
    """Return the pass of pairs whose codes are their pre-activations, with no further loss."""
    error = decoded(weights, tokens, pairs, code=pairs.value)
    towards = squared(error)
    made = Pass.of(error, pairs.total(torch.ones_like(pairs.value)), towards)
    slope = pairs.dots(towards, weights.decoder)
    made.add(through(weights, tokens, pairs, code=pairs.value, slope=slope, towards=towards))
    return made
