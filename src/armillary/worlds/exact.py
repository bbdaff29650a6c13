"""Exact: sparse autoencoders in closed form that rebuild a world without error."""

from typing import Literal

import numpy as np
from jaxtyping import Float

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.firing import Firing, JumpReLU, ReLU
from armillary.core.space import FeatureSpace


def vertex_autoencoder(
    corners: Float[np.ndarray, "vertex dim"],
    axes: Float[np.ndarray, "dim d_model"],
    *,
    height: Float[np.ndarray, " vertex"],
) -> SparseAutoencoder:
    """Return the autoencoder with one feature a corner, which fires above a height.

    ``z_i = ReLU((v_i . x - h_i) / (1 - h_i))`` and ``x' = sum_i z_i v_i``, with unit corners
    ``v_i``. On the surface of a body of simplices it is exact where the neighbours of every corner
    lie in one plane ``v_i . x = h_i`` and all other corners beyond it: there ``z_i`` is 1 at its
    own corner, 0 at the others and linear on each facet, so the codes are barycentric coordinates.

    Parameters
    ----------
    corners
        Of length 1.
    axes
        Orthonormal rows: where the corners' coordinates are laid into d_model.
    height
        ``h_i``, below 1.
    """
    laid = corners @ axes
    return _autoencoder(laid, (laid / (1 - height)[:, None]).T, -height / (1 - height), ReLU())


def cross_autoencoder(axes: Float[np.ndarray, "axis d_model"]) -> SparseAutoencoder:
    """Return the autoencoder with two opposite features an axis: exact on the whole span.

    ``z = [ReLU(A x), ReLU(-A x)]``, ``x' = A^T z_+ - A^T z_-``. One of each pair fires, so L0 is
    the number of axes: any subspace is rebuilt by twice as many features as it has dimensions.
    """
    both = np.vstack([axes, -axes])
    return _autoencoder(both, both.T, np.zeros(len(both)), ReLU())


def unmixing_autoencoder(
    axes: Float[np.ndarray, "axis d_model"],
    *,
    silence: float,
    signed: Literal["both", "positive"] = "both",
) -> SparseAutoencoder:
    """Return the same for axes that are independent, but not orthogonal, most of them at zero.

    ``c = x A^+`` (pseudo-inverse) are the coordinates of ``x`` on the axes, ``z = [c, -c]`` where
    they exceed ``silence`` and 0 elsewhere. Coordinates of parts that are not active are zero but
    for rounding, and stay silent: L0 is the number of axes of the active parts.

    Parameters
    ----------
    axes
        Linearly independent rows.
    silence
        Above the rounding of a coordinate that is zero, far below any that is not.
    signed
        ``"positive"`` where coordinates are never below 0: half as many features.
    """
    inverse = np.linalg.pinv(axes)
    negative = signed == "both"
    directions = np.vstack([axes, -axes]) if negative else axes
    encoder = np.hstack([inverse, -inverse]) if negative else inverse
    firing = JumpReLU(np.full(len(directions), silence))
    return _autoencoder(directions, encoder, np.zeros(len(directions)), firing)


def lookup_autoencoder(
    points: Float[np.ndarray, "point d_model"],
    normals: Float[np.ndarray, "point d_model"],
    *,
    least_gap: float = 1e-6,
) -> SparseAutoencoder | None:
    """Return the autoencoder with one feature a point of a finite list, one code a row, value 1.

    ``z_p = u_p . (x - x_p) + 1`` where that exceeds ``1 - gap_p / 2``, else 0; ``x' = z_p x_p``.
    ``gap_p`` is how far the other points fall short along ``u_p``. Points that have such
    directions are in convex position.

    Parameters
    ----------
    points
        Different from each other.
    normals
        For each point a direction ``u_p`` in which it lies further than any other.
    least_gap
        None is returned if the least gap is smaller: single precision could not keep it.
    """
    own = (normals * points).sum(axis=1)
    reach = normals @ points.T
    np.fill_diagonal(reach, -np.inf)
    gap = own - reach.max(axis=1)
    if gap.min() < least_gap:
        return None
    return _autoencoder(points, normals.T, 1 - own, JumpReLU(1 - gap / 2))


def feature_space(directions: Float[np.ndarray, "feature d_model"], *, world: str) -> FeatureSpace:
    """Return the true features of a world as a space that the rest of the library reads."""
    ids = np.arange(len(directions))
    return FeatureSpace(directions.astype(np.float32), ids, source={"uri": f"world:{world}"})


def _autoencoder(
    directions: np.ndarray, encoder: np.ndarray, bias: np.ndarray, firing: Firing
) -> SparseAutoencoder:
    return SparseAutoencoder(
        directions, encoder, bias, np.zeros_like(directions[0]), firing,
        centred=False, source={"uri": "closed form"},
    )  # fmt: skip
