"""Spaces with nothing to find: whatever a survey finds in them is false."""

import numpy as np
from jaxtyping import Float

from armillary.core.space import FeatureSpace
from armillary.worlds.background import coloured, spectrum_root, unit_rows


def isotropic_space(n: int, d: int, *, rng: np.random.Generator) -> FeatureSpace:
    """Draw ``n`` independent uniform directions in ``d`` dimensions."""
    rows = rng.standard_normal((n, d), dtype=np.float32)
    return _space(unit_rows(rows), "world:isotropic")


def spectrum_space(n: int, d: int, *, rng: np.random.Generator) -> FeatureSpace:
    """Draw ``n`` independent directions of Gaussians with the spectrum of a real embedding."""
    rows = coloured(n, spectrum_root(d, rng=rng), rng=rng)
    return _space(unit_rows(rows), "world:spectrum")


def permuted_space(
    directions: Float[np.ndarray, "feature d_model"], *, rng: np.random.Generator
) -> FeatureSpace:
    """Shuffle every principal coordinate of an observed matrix over its rows, independently.

    Rows are centred and scaled to length 1 first, as a survey compares them. Keeps the mean,
    the covariance up to sampling (shuffled coordinates are independent, so off-diagonal terms of
    the eigenbasis are zero only on average) and each principal coordinate's own distribution,
    heavy tails included; destroys every relation between coordinates.
    """
    rows = unit_rows(np.asarray(directions, dtype=np.float32) - directions.mean(axis=0))
    mean = rows.mean(axis=0)
    centred = rows - mean
    _, axes = np.linalg.eigh(centred.T @ centred)
    scores = rng.permuted(centred @ axes, axis=0)
    return _space((scores @ axes.T + mean).astype(np.float32), "world:permuted")


def _space(directions: np.ndarray, uri: str) -> FeatureSpace:
    return FeatureSpace(
        directions, np.arange(directions.shape[0], dtype=np.int64), source={"uri": uri}
    )
