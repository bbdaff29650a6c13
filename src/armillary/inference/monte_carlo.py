"""Monte Carlo tests: a statistic beside its whole null."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, slots=True, eq=False)
class NullTest:
    """A statistic beside draws of it under its null; larger is more extreme.

    Parameters
    ----------
    observed
        The statistic on the data.
    null
        The statistic on each null draw.
    name
        Which null this is, in words that say what it keeps.
    """

    observed: float
    null: Float[np.ndarray, " draw"]
    name: str = ""

    @property
    def pvalue(self) -> float:
        """Share of {observed, null} at least as large; never 0 (Phipson & Smyth 2010)."""
        as_large = np.count_nonzero(self.null >= self.observed - 1e-12)  # ties count against us
        return float(1 + as_large) / (1 + self.null.size)

    @property
    def reach(self) -> float:
        """Smallest p-value that this many draws can give."""
        return 1 / (1 + self.null.size)

    @property
    def effect(self) -> float:
        """Observed minus null mean, in null standard deviations; 0 if the null is constant."""
        spread = float(self.null.std())
        return (self.observed - float(self.null.mean())) / spread if spread > 0 else 0.0
