"""Exact: sparse autoencoders in closed form that rebuild a world without error."""

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
    axes: Float[np.ndarray, "axis d_model"], *, silence: float
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
    """
    inverse = np.linalg.pinv(axes)
    both = np.vstack([axes, -axes])
    threshold = np.full(len(both), silence)
    encoder = np.hstack([inverse, -inverse])
    return _autoencoder(both, encoder, np.zeros(len(both)), JumpReLU(threshold))


def feature_space(directions: Float[np.ndarray, "feature d_model"], *, world: str) -> FeatureSpace:
    """Return the true features of a world as a space that the rest of the library reads."""
    ids = np.arange(len(directions))
    return FeatureSpace(directions.astype(np.float32), ids, source={"uri": f"world:{world}"})


def _autoencoder(
    directions: np.ndarray, encoder: np.ndarray, bias: np.ndarray, firing: Firing
) -> SparseAutoencoder:
    return SparseAutoencoder(
        directions, encoder, bias, np.zeros(directions.shape[1]), firing,
        centred=False, source={"uri": "closed form"},
    )  # fmt: skip
