"""The weights while they are trained: features are rows of both matrices."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from armillary.training.tensors import unit_rows


@dataclass(slots=True, eq=False)
class Weights:
    """What an optimiser changes, and what is only kept beside it.

    Parameters
    ----------
    encoder, decoder
        ``(feature, d_model)`` both, so that a sparse gradient writes whole rows.
    encoder_bias, decoder_bias
        ``(feature,)`` and ``(d_model,)``.
    extra
        Further trained vectors of an architecture, for example a threshold.
    kept
        What is carried from step to step and never trained, for example a running threshold.
    """

    encoder: Tensor
    decoder: Tensor
    encoder_bias: Tensor
    decoder_bias: Tensor
    extra: dict[str, Tensor] = field(default_factory=dict[str, Tensor])
    kept: dict[str, Tensor] = field(default_factory=dict[str, Tensor])

    @property
    def n_features(self) -> int:
        """Number of features."""
        return self.encoder.shape[0]

    def trained(self) -> dict[str, Tensor]:
        """Return every trained tensor by its name."""
        return {
            "encoder": self.encoder,
            "decoder": self.decoder,
            "encoder_bias": self.encoder_bias,
            "decoder_bias": self.decoder_bias,
            **self.extra,
        }

    def pre_bias(self) -> Tensor:
        """Return ``b_enc - W_enc b_dec``: with it the tokens need no centring."""
        return torch.addmv(self.encoder_bias, self.encoder, self.decoder_bias, alpha=-1)

    def pre(self, tokens: Tensor) -> Tensor:
        """Return pre-activations ``(x - b_dec) . W_enc + b_enc``, (token, feature)."""
        return torch.addmm(self.pre_bias(), tokens, self.encoder.T)


def fresh_weights(
    d_model: int, d_sae: int, *, centre: Tensor, encoder_scale: float, generator: torch.Generator
) -> Weights:
    """Return weights to start from.

    Decoder rows are random unit vectors, the encoder is the same times ``encoder_scale``, the
    decoder bias is ``centre``. They are drawn on the CPU, so that every device starts alike.
    """
    rows = torch.randn(d_sae, d_model, generator=generator, dtype=torch.float32)
    rows = unit_rows(rows).to(centre.device, centre.dtype)
    return Weights(
        encoder=rows * encoder_scale,
        decoder=rows.clone(),
        encoder_bias=torch.zeros(d_sae, device=centre.device, dtype=centre.dtype),
        decoder_bias=centre.clone(),
    )
