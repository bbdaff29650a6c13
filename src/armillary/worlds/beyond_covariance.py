"""Beyond covariance: whether rows hold anything that their mean and covariance do not say."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

_DIRECTIONS = 16


@dataclass(frozen=True, slots=True)
class BeyondCovariance:
    """What a test of normality that turns and scales do not move has seen.

    Parameters
    ----------
    kurtosis
        ``mean |y|^4 / (d (d + 2))`` of the whitened rows y: about 1 in a Gaussian, less where
        lengths vary less, more where they vary more.
    skewness
        The largest ``|mean (u . y)^3|`` over 16 random unit vectors u.
    pvalue
        ``min(1, 3 p)`` with p the least of three shares of draws as extreme: kurtosis as low,
        kurtosis as high, skewness as high, each ``(1 + count) / (1 + draws)``.
    draws
        Of the null.
    """

    kurtosis: float
    skewness: float
    pvalue: float
    draws: int


def beyond_covariance(
    points: Float[np.ndarray, "token dim"], *, draws: int, rng: np.random.Generator
) -> BeyondCovariance:
    """Test rows against Gaussian rows of any mean and covariance.

    Both statistics are computed from rows whitened by their own mean and covariance, so their law
    under the null does not depend on either: the null is standard Gaussian draws of the same size,
    whitened likewise. The p-value is exact up to the Bonferroni factor 3; the smallest that can
    come out is ``3 / (1 + draws)``.

    Parameters
    ----------
    points
        More rows than columns, of full rank.
    draws
        Of the null.
    rng
        Source of randomness.

    References
    ----------
    Mardia 1970, doi:10.1093/biomet/57.3.519: kurtosis of several variables.
    """
    n, dim = points.shape
    across = rng.standard_normal((dim, _DIRECTIONS))
    across /= np.linalg.norm(across, axis=0)
    kurtosis, skewness = _statistics(points, across)
    null = np.array([_statistics(rng.standard_normal((n, dim)), across) for _ in range(draws)])
    counts = (
        np.count_nonzero(null[:, 0] <= kurtosis),
        np.count_nonzero(null[:, 0] >= kurtosis),
        np.count_nonzero(null[:, 1] >= skewness),
    )
    return BeyondCovariance(
        kurtosis, skewness, min(1.0, 3 * (1 + min(counts)) / (1 + draws)), draws
    )


def _statistics(points: np.ndarray, across: np.ndarray) -> tuple[float, float]:
    centred = points - points.mean(axis=0)
    variance, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    white = centred @ (axes / np.sqrt(variance))
    dim, seen = int(points.shape[1]), white @ across
    fourth = float(((white**2).sum(axis=1) ** 2).mean()) / (dim * (dim + 2))
    return fourth, float(np.abs((seen * seen * seen).mean(axis=0)).max())
