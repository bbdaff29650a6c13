"""Bound: what no codec of Gaussian rows can beat."""

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput


def gaussian_bound(value: Float[np.ndarray, " axis"], bits: float | int) -> float:
    """Return the least squared error of Gaussian rows at a rate: reverse water-filling.

    ``sum_j min(value_j, level)``, where the level is such that
    ``sum_j max(0, log2(value_j / level) / 2)`` equals the bits a row (Cover and Thomas, "Elements
    of Information Theory", theorem 10.3.3). Rows of the same covariance that are not Gaussian can
    be coded with less.

    Parameters
    ----------
    value
        Variances along the principal axes, in any unit; eigenvalues a hair below 0 count as 0.
    bits
        A row, at least 0.

    Returns
    -------
    float
        In the unit of the variances; their sum where nothing is said.

    Raises
    ------
    BadInput
        If the bits are negative, or there is no variance.
    """
    value = np.sort(value[value > 0].astype(np.float64))[::-1]
    if bits < 0 or value.size == 0:
        raise BadInput(f"no bound for {bits:g} bits and {value.size} variances above 0")
    # with the widest n axes in use: sum of log2 minus n log2(level) is twice the bits
    n = np.arange(1, value.size + 1)
    level = (np.cumsum(np.log2(value)) - 2 * bits) / n
    used = int(np.flatnonzero(level <= np.log2(value))[-1])
    return float((used + 1) * 2.0 ** level[used] + value[used + 1 :].sum())
