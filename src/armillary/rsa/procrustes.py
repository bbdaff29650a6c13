"""Procrustes: distances of shapes, that is of points up to shift, rotation, mirroring and scale."""

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput


def procrustes_distance(
    first: Float[np.ndarray, "point d_first"], second: Float[np.ndarray, "point d_second"]
) -> float:
    """Measure what is left between two shapes of size 1 after the best rotation.

    ``min over orthogonal Q of |X - Y Q|``, X and Y centred and scaled to Frobenius norm 1, which is
    ``sqrt(2 - 2 |X' Y|_*)`` with the nuclear norm.

    Parameters
    ----------
    first, second
        The same points in two spaces; the smaller dimension is filled up with zeros.

    Returns
    -------
    float
        In [0, sqrt 2], a metric on shapes: 0 only for the same shape, symmetric, and no way round
        by a third shape is shorter.

    Raises
    ------
    BadInput
        If the points differ in number, or all coincide.

    References
    ----------
    Williams et al. 2021, arXiv:2110.14739, section 2: shape metrics on representations.
    """
    return float(np.sqrt(max(0.0, 2 - 2 * _overlap(first, second))))


def angular_distance(
    first: Float[np.ndarray, "point d_first"], second: Float[np.ndarray, "point d_second"]
) -> float:
    """Measure the angle between two shapes: ``arccos |X' Y|_*``, X and Y as above.

    Parameters
    ----------
    first, second
        The same points in two spaces.

    Returns
    -------
    float
        Radians in [0, pi / 2]; the length of the shortest way on the sphere of shapes.

    Raises
    ------
    BadInput
        If the points differ in number, or all coincide.

    References
    ----------
    Williams et al. 2021, arXiv:2110.14739, equation 6.
    """
    return float(np.arccos(min(1.0, _overlap(first, second))))


def _overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Return the nuclear norm of X' Y; through Gram matrices it would cost half the digits."""
    if first.shape[0] != second.shape[0] or first.shape[0] < 2:
        raise BadInput(
            f"{first.shape[0]} and {second.shape[0]} points: give the same points in both spaces, "
            "at least 2"
        )
    x, y = _standard(first), _standard(second)
    return float(np.linalg.svd(x.T @ y, compute_uv=False).sum())


def _standard(points: np.ndarray) -> Float[np.ndarray, "point axis"]:
    centred = np.asarray(points, dtype=np.float64)
    centred = centred - centred.mean(axis=0)
    size = float(np.linalg.norm(centred))
    if size <= 0:
        raise BadInput("all points coincide: they have no shape; leave that space out")
    if centred.shape[0] < centred.shape[1]:  # the same shape in as many axes as points
        left, length, _ = np.linalg.svd(centred, full_matrices=False)
        centred = left * length
    return centred / size
