"""Linear reading: how much of one thing an affine map of another misses."""

import numpy as np
from jaxtyping import Float


def unread(
    wanted: Float[np.ndarray, "token coordinate"], rows: Float[np.ndarray, "token d_model"]
) -> float:
    """Return the share of variance that the best affine map misses.

    ``min over A, b of sum |w - A x - b|^2 / sum |w - mean w|^2`` by least squares on the rows
    given; directions in which rows vary by less than 1e-6 of their largest are not used.

    Returns
    -------
    float
        0 to 1. With as many rows as dimensions it is 0 of anything.
    """
    centred = np.asarray(rows, dtype=np.float64) - rows.mean(axis=0)
    target = np.asarray(wanted, dtype=np.float64) - wanted.mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    basis = left[:, singular > 1e-6 * singular[0]]
    missed = target - basis @ (basis.T @ target)
    return float((missed**2).sum() / (target**2).sum())
