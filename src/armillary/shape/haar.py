"""Haar null: clouds with the group's own spectrum and no other structure."""

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput


def haar_clouds(
    scores: Float[np.ndarray, "point axis"], *, n_draws: int, rng: np.random.Generator
) -> Float[np.ndarray, "draw point axis"]:
    """Draw clouds with the same singular values and Haar-random left singular vectors.

    With scores = U diag(s) (columns orthogonal, zero mean), each draw is Q diag(s) where Q is a
    uniformly random orthonormal frame orthogonal to the vector of ones.

    Parameters
    ----------
    scores
        Principal coordinates of the group; at least ``axis + 1`` points.
    n_draws
        How many clouds.
    rng
        Source of randomness.

    Returns
    -------
    Float[np.ndarray, "draw point axis"]
        Null clouds; every one has exactly the spectrum of ``scores``.

    Raises
    ------
    BadInput
        If there are as many axes as points, or more.

    Notes
    -----
    Exact for rows drawn independently from a Gaussian with *any* covariance, hence for isotropic
    and for spectrum-matched placements alike: given the singular values, U is Haar (Langsrud 2005).

    References
    ----------
    Langsrud 2005, Rotation tests, Statistics and Computing 15.
    """
    n_points, n_axes = scores.shape
    if n_axes >= n_points:
        raise BadInput(
            f"a cloud of {n_points} points has at most {n_points - 1} axes, got {n_axes}: "
            "keep the axes that have any length"
        )
    noise = rng.standard_normal((n_draws, n_points, n_axes))
    noise -= noise.mean(axis=1, keepdims=True)
    frame, triangle = np.linalg.qr(noise)
    sign = np.sign(np.diagonal(triangle, axis1=1, axis2=2))  # makes the frame exactly Haar
    length = np.sqrt((scores**2).sum(axis=0))
    return frame * (sign * length)[:, None, :]
