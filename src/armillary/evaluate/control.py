"""The control: the same autoencoder, trained on vectors that hold nothing."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from armillary.core.errors import BadInput
from armillary.evaluate.quality import SaeQuality, evaluate_sae

if TYPE_CHECKING:
    from armillary.training import TrainedSae, TrainingConfig


def gaussian_control(
    config: "TrainingConfig",
    d_model: int,
    *,
    n_tokens: int = 20_000,
    progress: Callable[[int, int, Mapping[str, float]], None] | None = None,
    folder: str | Path | None = None,
) -> "tuple[TrainedSae, SaeQuality]":
    """Train the same autoencoder on an isotropic Gaussian, and measure it on fresh draws.

    Good reconstruction alone says nothing: this is what the same size and sparsity reconstruct
    where there is no structure at all.

    Parameters
    ----------
    config
        As for the real data; ``tokens`` must be set, since a Gaussian has no end.
    d_model
        Dimension of the real data.
    n_tokens
        Draws to measure on.
    progress, folder
        As for ``armillary.training.train``.

    Returns
    -------
    tuple of TrainedSae and SaeQuality
        The control and what it scores.

    Raises
    ------
    BadInput
        If ``config.tokens`` is None, or ``d_model`` is not positive.
    MissingExtra
        If torch is not installed.
    """
    from armillary.training import train

    if config.tokens is None or d_model < 1:
        raise BadInput("the control needs config.tokens and a dimension of at least 1")

    def draw(size: int, rng: np.random.Generator) -> np.ndarray:
        return rng.standard_normal((size, d_model), dtype=np.float32)

    made = train(draw, config, progress=progress, folder=folder)
    fresh = draw(n_tokens, np.random.default_rng([config.seed, 4]))
    return made, evaluate_sae(made.autoencoder, fresh)


def spectrum_control(
    config: "TrainingConfig",
    vectors: np.ndarray,
    *,
    n_tokens: int = 20_000,
    progress: Callable[[int, int, Mapping[str, float]], None] | None = None,
    folder: str | Path | None = None,
) -> "tuple[TrainedSae, SaeQuality]":
    """Train the same autoencoder on a Gaussian with the mean and covariance of real vectors.

    A harder control than the isotropic one: a steep spectrum alone is easy to reconstruct.

    Parameters
    ----------
    config
        As for the real data; ``tokens`` must be set.
    vectors
        A sample of the real data, ``(token, d_model)``, more rows than dimensions.
    n_tokens
        Draws to measure on.
    progress, folder
        As for ``armillary.training.train``.

    Returns
    -------
    tuple of TrainedSae and SaeQuality
        The control and what it scores.

    Raises
    ------
    BadInput
        If ``config.tokens`` is None, or there are too few vectors for a covariance.
    """
    from armillary.training import train

    if config.tokens is None or len(vectors) <= vectors.shape[1]:
        raise BadInput("the control needs config.tokens and more vectors than dimensions")
    mean = vectors.mean(axis=0, dtype=np.float64)
    values, axes = np.linalg.eigh(np.cov(vectors.astype(np.float64), rowvar=False))
    root: Any = (np.sqrt(np.maximum(values, 0)) * axes).T.astype(np.float32)
    middle = mean.astype(np.float32)

    def draw(size: int, rng: np.random.Generator) -> np.ndarray:
        return rng.standard_normal((size, len(middle)), dtype=np.float32) @ root + middle

    made = train(draw, config, progress=progress, folder=folder)
    fresh = draw(n_tokens, np.random.default_rng([config.seed, 4]))
    return made, evaluate_sae(made.autoencoder, fresh)
