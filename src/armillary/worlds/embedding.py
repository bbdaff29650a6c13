"""Embedding: how a world's own coordinates are laid into d_model, and its Gaussian twin."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.worlds.background import frame
from armillary.worlds.drawn import Sample
from armillary.worlds.world import World

_FIT = 20_000


def embedding(d_model: int, dim: int, *, rng: np.random.Generator) -> Float[np.ndarray, "dim d"]:
    """Draw orthonormal rows of a uniformly random subspace.

    Raises
    ------
    BadInput
        If the coordinates do not fit.
    """
    if dim > d_model:
        raise BadInput(f"{dim} dimensions do not fit into d_model = {d_model}: raise d_model")
    return frame(d_model, dim, rng=rng)


def gaussian_draws(
    rows: Float[np.ndarray, "token d_model"], n: int, *, rng: np.random.Generator
) -> Float[np.ndarray, "draw d_model"]:
    """Draw Gaussian rows with the mean and covariance of the rows given, float32."""
    return _gaussian(rows)(n, rng)


def gaussian_twin(build: Callable[..., World]) -> Callable[..., World]:
    """Return a builder of the control that keeps a world's mean and covariance and nothing else.

    The twin claims the truth of its original. Its rows are Gaussian with the mean and covariance
    of 20,000 rows of the original, so whatever principal components can see is still there.
    """

    def control(*, seed: int, size: str, **parameters: object) -> World:
        world = build(seed=seed, size=size, **parameters)
        draw = _gaussian(world.activations(_FIT, np.random.default_rng([seed, 101])))

        def blind(n: int, rng: np.random.Generator) -> Sample:
            return Sample(draw(n, rng))

        return replace(world, draw=blind)

    return control


def _gaussian(
    rows: Float[np.ndarray, "token d_model"],
) -> Callable[[int, np.random.Generator], np.ndarray]:
    rows = rows.astype(np.float64)
    mean = rows.mean(axis=0)
    _, singular, axes = np.linalg.svd(rows - mean, full_matrices=False)
    root = (singular / np.sqrt(len(rows) - 1))[:, None] * axes
    return lambda n, rng: (mean + rng.standard_normal((n, len(root))) @ root).astype(np.float32)
