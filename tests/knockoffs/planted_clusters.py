"""A small space with clusters, a mean, a spectrum and lengths for nulls to keep or break."""

import numpy as np

from armillary.core.space import FeatureSpace
from armillary.knockoffs import Shared


def clustered(m: int = 1_500, d: int = 48) -> tuple[FeatureSpace, Shared]:
    """Return half clusters of about twenty on falling axes, half noise, lengths from .5 to 2."""
    rng = np.random.default_rng(0)
    centre = rng.standard_normal((m // 20, d)) / np.arange(1, d + 1) ** 0.35
    rows = centre[rng.integers(len(centre), size=m)] + 1.4 * rng.standard_normal((m, d)) / d**0.5
    rows[m // 2 :] = rng.standard_normal((m - m // 2, d)) / d**0.5
    rows = (rows + 0.3 * rng.standard_normal(d)) * rng.uniform(0.5, 2, size=(m, 1))
    return FeatureSpace(rows.astype(np.float32), np.arange(m)), Shared(np.arange(m), d)
