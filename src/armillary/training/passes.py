"""One forward and backward pass by hand: what every architecture shares.

The loss is the mean over tokens of ``|x - x'|^2`` (a sum over dimensions), plus what an
architecture adds. No gradient towards the tokens is ever made: the decoder bias gets its share of
the centring from the summed gradients of the pre-activations.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from armillary.training.fired import Fired
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


def sparse_pass(weights: Weights, tokens: Tensor, fired: Fired) -> Pass:
    """Reconstruct from the pairs that fired; every gradient costs their number times d_model."""
    error = fired.decode(weights.decoder).add_(weights.decoder_bias).sub_(tokens)
    return backward(weights, tokens, fired, error=error)


def backward(weights: Weights, tokens: Tensor, fired: Fired, *, error: Tensor) -> Pass:
    """Return the gradients of ``mean |error|^2`` for codes that are their pre-activations."""
    towards = error * (2 / len(tokens))
    slope = fired.dots(towards, weights.decoder)
    made = Pass({}, torch.empty(0), error, {"mse": (error * error).sum() / len(tokens)})
    add_pairs(made, weights, tokens, fired=fired, slope=slope, towards=towards)
    made.grads["decoder_bias"] += towards.sum(0)
    return made


def add_pairs(
    made: Pass, weights: Weights, tokens: Tensor, *, fired: Fired, slope: Tensor, towards: Tensor
) -> None:
    """Add the gradients that flow through the pairs that fired.

    ``slope`` is the loss's derivative by each pair's pre-activation, ``towards`` its derivative
    by each token's reconstruction.
    """
    sorted_pairs = fired.by_feature(weights.n_features)
    bias = torch.zeros_like(weights.encoder_bias).index_add_(0, fired.feature, slope)
    grads = {
        "decoder": sorted_pairs.gather(fired.value, towards),
        "encoder": centred_gradient(sorted_pairs.gather(slope, tokens), bias, weights),
        "encoder_bias": bias,
        "decoder_bias": -(bias @ weights.encoder),
    }
    for name, grad in grads.items():
        made.grads[name] = made.grads[name] + grad if name in made.grads else grad
    if made.counts.numel() == 0:
        made.counts = sorted_pairs.counts()


def centred_gradient(raw: Tensor, bias: Tensor, weights: Weights) -> Tensor:
    """Return the encoder's gradient for centred tokens from that of the tokens as they are."""
    return raw.addr_(bias, weights.decoder_bias, alpha=-1)
