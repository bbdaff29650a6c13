"""Templates: where the members of a regular shape sit, and how one is laid over points."""

from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput

Template = Literal["ring", "segment", "simplex", "cross_polytope"]


def template(
    shape: str, position: Int[np.ndarray, " member"], *, period: int
) -> Float[np.ndarray, "member axis"]:
    """Return a regular shape's coordinates, one row a member, mean squared length 1 over it all.

    With ``period`` n and position p: ``ring`` is (cos, sin) of 2 pi p / n; ``segment`` p evenly
    spaced on a line, zero in the middle; ``simplex`` vertex p of the regular simplex of n vertices
    (n - 1 axes); ``cross_polytope`` plus (p even) or minus (p odd) axis p // 2.

    Parameters
    ----------
    shape
        One of the four.
    position
        From 0; several members may share one.
    period
        Positions there are; more than the largest position.

    Returns
    -------
    Float[np.ndarray, "member axis"]
        The template's own coordinates.

    Raises
    ------
    BadInput
        If the shape has no template, or a position is not below ``period``.
    """
    if position.size and not 0 <= position.min() <= position.max() < period:
        raise BadInput(f"position {position.max()} does not lie in a shape of {period} positions")
    if shape == "ring":
        angle = 2 * np.pi * position / period
        return np.column_stack([np.cos(angle), np.sin(angle)])
    if shape == "segment":
        spread = np.sqrt(max(period**2 - 1, 1) / 12)  # of 0 .. n-1
        return ((position - (period - 1) / 2) / spread)[:, None]
    if shape == "simplex":
        corner = np.eye(period) - 1 / period
        axes = np.linalg.svd(corner)[2][: max(period - 1, 1)]
        return (corner @ axes.T / np.sqrt(max(1 - 1 / period, 1e-12)))[position]
    if shape == "cross_polytope":
        n_axes = (period + 1) // 2
        return np.eye(n_axes)[position // 2] * np.where(position % 2, -1.0, 1.0)[:, None]
    raise BadInput(f"no template is called {shape!r}: use ring, segment, simplex, cross_polytope")


def laid_over(
    coordinates: Float[np.ndarray, "member axis"], points: Float[np.ndarray, "member d_model"]
) -> tuple[Float[np.ndarray, " d_model"], Float[np.ndarray, "axis d_model"], float]:
    """Lay a shape over points by the best rotation, one scale and a shift (Procrustes).

    Minimises ``|points - centre - size * coordinates @ axes|^2`` over orthonormal ``axes``.

    Parameters
    ----------
    coordinates
        Of the shape, at most d_model axes.
    points
        What it is laid over, in the same order.

    Returns
    -------
    centre : Float[np.ndarray, " d_model"]
        Where the shape's zero goes.
    axes : Float[np.ndarray, "axis d_model"]
        Orthonormal.
    size : float
        At least 0.
    """
    middle, mean = coordinates.mean(axis=0), points.mean(axis=0, dtype=np.float64)
    t, x = coordinates - middle, points - mean
    u, s, v = np.linalg.svd(t.T @ x, full_matrices=False)
    axes = u @ v
    spread = float((t**2).sum())
    size = float(s.sum() / spread) if spread > 0 else 0.0
    return mean - size * middle @ axes, axes, size


def random_frame(
    axis: int, d_model: int, *, rng: np.random.Generator
) -> Float[np.ndarray, "axis d_model"]:
    """Draw an orthonormal frame of a uniformly random subspace.

    Parameters
    ----------
    axis
        Number of axes. Where it exceeds ``d_model`` no frame exists, and independent Gaussian
        axes of mean squared length 1 stand in.
    d_model
        Dimension of the space.
    rng
        Source of the draw.
    """
    drawn = rng.standard_normal((d_model, axis))
    if axis > d_model:
        return drawn.T / np.sqrt(d_model)
    q, r = np.linalg.qr(drawn)
    return (q * np.where(np.diag(r) < 0, -1.0, 1.0)).T
