"""A mean over features, with its interval."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

NORMAL = 1.959964  # .975 quantile


@dataclass(frozen=True, slots=True)
class Share:
    """A mean over features with its 95 % interval.

    Parameters
    ----------
    mean, low, high
        Of a quantity that is at most 1; the interval is of the normal approximation and says how
        well the mean over all features is known from ``n`` of them. It knows one map only.
    n
        Features it was taken over.
    """

    mean: float
    low: float
    high: float
    n: int

    def record(self) -> list[float]:
        """Return mean, low and high."""
        return [self.mean, self.low, self.high]


def share_of(value: Float[np.ndarray, " feature"]) -> Share:
    """Average a quantity over features.

    Parameters
    ----------
    value
        One a feature, at most 1; at least one feature.

    Returns
    -------
    Share
        Interval cut to [0, 1].
    """
    mean = float(value.mean())
    error = NORMAL * float(value.std(ddof=1)) / value.size**0.5 if value.size > 1 else 1.0
    return Share(mean, max(0.0, mean - error), min(1.0, mean + error), value.size)
