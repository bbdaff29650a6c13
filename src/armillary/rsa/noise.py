"""Noise: what repeats of the same conditions differ by, its covariance, and how to whiten by it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

NEGLIGIBLE = 1e-12  # of the variance of the patterns: below it repeats are copies


@dataclass(frozen=True, slots=True, eq=False)
class NoiseCovariance:
    """A covariance shrunk toward a multiple of the identity.

    Parameters
    ----------
    matrix
        ``(1 - shrinkage) S + shrinkage m I`` in the coordinates given, with ``S`` the residuals'
        second moment over the degrees of freedom and ``m`` its mean eigenvalue over ``d_model``.
    shrinkage
        In [0, 1]: 0 takes the residuals at their word, 1 takes only their mean variance.
    """

    matrix: Float[np.ndarray, "axis axis"]
    shrinkage: float

    @property
    def inverse(self) -> Float[np.ndarray, "axis axis"]:
        """The precision matrix."""
        return np.linalg.inv(self.matrix)


def residuals(
    patterns: Float[np.ndarray, "repeat condition axis"],
) -> Float[np.ndarray, "repeat condition axis"]:
    """Take from every pattern its condition's mean and its repeat's mean.

    What shifts all conditions of a repeat alike is no noise of their differences.

    Parameters
    ----------
    patterns
        One vector for every condition in every repeat.

    Returns
    -------
    array
        Sums of 0 over repeats and over conditions; ``(repeats - 1)(conditions - 1)`` degrees of
        freedom.
    """
    centred = patterns - patterns.mean(axis=1, keepdims=True)
    return centred - centred.mean(axis=0, keepdims=True)


def noise_covariance(
    patterns: Float[np.ndarray, "repeat condition axis"], *, d_model: int
) -> NoiseCovariance | None:
    """Estimate the covariance of noise within conditions, shrunk as Ledoit and Wolf do.

    With n residuals x, ``S = sum x x' / n``, ``m = tr S / d``, ``d2 = |S - m I|^2`` and ``b2 =
    min(d2, sum |x x' - S|^2 / n^2)``: shrinkage ``b2 / d2``; the whole is scaled by n over the
    degrees of freedom ``(repeats - 1)(conditions - 1)``.

    Parameters
    ----------
    patterns
        Two repeats and two conditions at least.
    d_model
        Dimension of the space that the coordinates span a part of; what lies outside has no
        variance and counts in ``m``.

    Returns
    -------
    NoiseCovariance or None
        None if the repeats are copies of each other, so that there is no noise to whiten by.

    References
    ----------
    Ledoit and Wolf 2004, doi:10.1016/S0047-259X(03)00096-4, section 3.
    """
    n_repeats, n_conditions, n_axes = patterns.shape
    rows = residuals(patterns).reshape(-1, n_axes)
    n = len(rows)
    second = rows.T @ rows / n
    trace = float(np.trace(second))
    if trace <= NEGLIGIBLE * max(float((patterns**2).sum()) / n, 1e-300):
        return None
    level = trace / d_model
    size = float((second**2).sum())
    apart = max(size - d_model * level**2, 1e-300)
    fourth = float(((rows**2).sum(axis=1) ** 2).sum())
    shrinkage = float(min(1.0, max(0.0, (fourth - n * size) / n**2 / apart)))
    shrunk = (1 - shrinkage) * second + shrinkage * level * np.eye(n_axes)
    freedom = (n_repeats - 1) * (n_conditions - 1)
    return NoiseCovariance(shrunk * (n / freedom), shrinkage)
