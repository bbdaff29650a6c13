"""Sparse autoencoder: directions, and the encoder that says which of them fire on a vector."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.core.firing import Firing
from armillary.core.input_scaling import InputScaling, Unscaled

_BLOCK = 4096


@dataclass(frozen=True, slots=True, eq=False)
class SparseAutoencoder:
    """A dictionary with its encoder, in float32 and with raw norms.

    ``codes = firing(scaled(x) - centre) @ encoder + encoder_bias)`` and ``x' = unscaled(codes @
    directions + decoder_bias)``, where ``centre`` is ``decoder_bias`` if ``centred``, else 0.

    Parameters
    ----------
    directions
        One row a feature: what it writes, in the scaled space (``scaling.space`` names it).
    encoder
        One column a feature: what it reads.
    encoder_bias, decoder_bias
        Added to the pre-activations, and to what is decoded.
    firing
        Turns pre-activations into codes.
    scaling
        What is done to a vector before it is encoded, and undone after it is decoded.
    centred
        Whether ``decoder_bias`` is taken off before encoding.
    by_norm
        Whether ``firing`` sees pre-activations times their feature's norm; codes are divided by it
        afterwards, so that they always multiply the raw directions.
    skip
        A linear path past the features (of a transcoder), None where there is none.
    source
        How it came to be, as in ``FeatureSpace``.

    Raises
    ------
    BadInput
        If shapes do not fit together.
    """

    directions: Float[np.ndarray, "feature d_out"]
    encoder: Float[np.ndarray, "d_model feature"]
    encoder_bias: Float[np.ndarray, " feature"]
    decoder_bias: Float[np.ndarray, " d_out"]
    firing: Firing
    scaling: InputScaling = field(default_factory=Unscaled)
    centred: bool = True
    by_norm: bool = False
    skip: Float[np.ndarray, "d_model d_out"] | None = None
    source: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        """Check that the parts fit; freeze the source."""
        (n, d_out), (d_model, n_encoded) = self.directions.shape, self.encoder.shape
        if n != n_encoded:
            raise BadInput(f"{n} directions, but the encoder has {n_encoded} columns")
        if self.encoder_bias.shape != (n,) or self.decoder_bias.shape != (d_out,):
            raise BadInput(
                f"biases of shapes {self.encoder_bias.shape} and {self.decoder_bias.shape} do not "
                f"fit {n} features in {d_out} dimensions"
            )
        if self.centred and d_model != d_out:
            raise BadInput(
                f"a decoder bias of {d_out} dimensions cannot centre vectors of {d_model}"
            )
        object.__setattr__(self, "source", MappingProxyType(dict(self.source)))

    @property
    def n_features(self) -> int:
        """Number of features."""
        return self.directions.shape[0]

    @property
    def d_model(self) -> int:
        """Dimension of the vectors that are encoded."""
        return self.encoder.shape[0]

    @property
    def decoder_space(self) -> str:
        """Name of the space that the directions live in."""
        return self.scaling.space

    def encode(
        self, tokens: Float[np.ndarray, "token d_model"]
    ) -> Float[np.ndarray, "token feature"]:
        """Return the codes of activation vectors, dense.

        Raises
        ------
        BadInput
            If the vectors have another dimension.
        """
        scaled, _ = self.scaling.apply(self._checked(tokens))
        if self.centred:
            scaled = scaled - self.decoder_bias
        pre = scaled @ self.encoder + self.encoder_bias
        if not self.by_norm:
            return self.firing(pre)
        norm = np.linalg.norm(self.directions, axis=1)
        norm = np.where(norm > 0, norm, np.ones((), dtype=norm.dtype))
        return self.firing(pre * norm) / norm

    def reconstruct(
        self, tokens: Float[np.ndarray, "token d_model"]
    ) -> Float[np.ndarray, "token d_out"]:
        """Return the vectors rebuilt from their codes, in the space of the vectors themselves."""
        return self.decode(self.encode(tokens), of=tokens)

    def decode(
        self,
        codes: Float[np.ndarray, "token feature"],
        *,
        of: Float[np.ndarray, "token d_model"],
    ) -> Float[np.ndarray, "token d_out"]:
        """Return the vectors that codes stand for.

        Parameters
        ----------
        codes
            As ``encode`` gives them, or changed.
        of
            The vectors the codes came from: their mean and norm bring a scaled reconstruction
            back, and the skip path starts from them.
        """
        scaled, back = self.scaling.apply(self._checked(of))
        made = codes @ self.directions + self.decoder_bias
        if self.skip is not None:
            made = made + scaled @ self.skip
        return back(made)

    def unexplained(self, tokens: Float[np.ndarray, "token d_model"]) -> dict[str, float]:
        """Measure how badly vectors are rebuilt.

        ``fvu = sum |x - x'|^2 / sum |x - mean x|^2`` over the vectors given.

        Returns
        -------
        dict[str, float]
            ``fvu`` (0 is perfect, 1 is no better than the mean, more is worse), ``l0`` (mean
            number of codes not zero) and ``tokens``.

        Raises
        ------
        BadInput
            If there are fewer than two vectors, they are all equal or have another dimension, or
            the output is not the input (a transcoder).
        """
        tokens = self._checked(tokens)
        if self.directions.shape[1] != self.d_model:
            raise BadInput("a transcoder writes another space than it reads: no vector to compare")
        variance = float(((tokens - tokens.mean(axis=0)) ** 2).sum(dtype=np.float64))
        if variance == 0:
            raise BadInput("at least two different vectors are needed to speak of variance")
        missed, fired = 0.0, 0
        for start in range(0, len(tokens), _BLOCK):
            block = tokens[start : start + _BLOCK]
            codes = self.encode(block)
            fired += int(np.count_nonzero(codes))
            missed += float(((block - self.decode(codes, of=block)) ** 2).sum(dtype=np.float64))
        return {
            "fvu": missed / variance,
            "l0": fired / len(tokens),
            "tokens": float(len(tokens)),
        }

    def _checked(self, tokens: np.ndarray) -> np.ndarray:
        tokens = np.asarray(tokens, dtype=np.float32)
        if tokens.ndim != 2 or tokens.shape[1] != self.d_model:
            raise BadInput(
                f"vectors of shape {tokens.shape} were given, expected (tokens, {self.d_model})"
            )
        return tokens

    def __repr__(self) -> str:
        """Name the axes and the rule."""
        return (
            f"SparseAutoencoder({self.n_features:,} features x {self.d_model:,} d_model, "
            f"{self.firing}, {self.decoder_space})"
        )
