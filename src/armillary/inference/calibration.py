"""Size and power of any test over any sampler."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from jaxtyping import Float
from scipy.special import betaincinv

Sample = TypeVar("Sample")


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """How often a test rejects, from one p-value a draw.

    Parameters
    ----------
    pvalues
        One p-value for each draw of the sampler.
    level
        The test rejects where ``p <= level``.
    """

    pvalues: Float[np.ndarray, " draw"]
    level: float

    @property
    def rate(self) -> float:
        """Share of draws rejected: false alarms if nothing is there, power if something is."""
        return float((self.pvalues <= self.level).mean())

    @property
    def standard_error(self) -> float:
        """Binomial standard error of the rate, at the level if the rate is below it."""
        rate = max(self.rate, self.level)
        return float(np.sqrt(rate * (1 - rate) / self.pvalues.size))

    @property
    def interval(self) -> tuple[float, float]:
        """Exact 95 % interval of the rate."""
        return binomial_interval(int((self.pvalues <= self.level).sum()), self.pvalues.size)

    @property
    def keeps_level(self) -> bool:
        """Whether the rate is at most the level plus three of the level's standard errors."""
        error = np.sqrt(self.level * (1 - self.level) / self.pvalues.size)
        return bool(self.rate <= self.level + 3 * error)


def size(
    test: Callable[[Sample, np.random.Generator], float],
    sampler: Callable[[np.random.Generator], Sample],
    *,
    n_draws: int,
    level: float = 0.05,
    rng: np.random.Generator,
) -> Calibration:
    """Measure how often a test rejects draws in which there is nothing to find.

    Parameters
    ----------
    test
        ``test(sample, rng)`` gives a p-value.
    sampler
        ``sampler(rng)`` gives a sample that satisfies the null: a world without structure, or a
        knockoff.
    n_draws
        Samples drawn; the rate is known to ``sqrt(level (1 - level) / n_draws)``.
    level
        Rejection is ``p <= level``.
    rng
        Source of randomness; each draw gets a child of its own for the sampler and for the test.

    Returns
    -------
    Calibration
        ``rate`` should not exceed ``level``; ``keeps_level`` says so within three standard errors.
    """
    return _over_draws(test, sampler, n_draws=n_draws, level=level, rng=rng)


def power(
    test: Callable[[Sample, np.random.Generator], float],
    sampler: Callable[[np.random.Generator], Sample],
    *,
    n_draws: int,
    level: float = 0.05,
    rng: np.random.Generator,
) -> Calibration:
    """Measure how often a test rejects draws in which there is something to find.

    Parameters
    ----------
    test
        ``test(sample, rng)`` gives a p-value.
    sampler
        ``sampler(rng)`` gives a sample with the structure the test is for.
    n_draws
        Samples drawn.
    level
        Rejection is ``p <= level``.
    rng
        Source of randomness; each draw gets a child of its own for the sampler and for the test.

    Returns
    -------
    Calibration
        ``rate`` near 1 means the structure is seen. Power without size says nothing.
    """
    return _over_draws(test, sampler, n_draws=n_draws, level=level, rng=rng)


def binomial_interval(count: int, n_draws: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Bound a probability after ``count`` successes in ``n_draws``, exactly.

    The Clopper-Pearson interval: quantiles of ``Beta(count, n - count + 1)`` and
    ``Beta(count + 1, n - count)``, half of ``1 - confidence`` left out on either side.

    Parameters
    ----------
    count
        Successes, 0 to ``n_draws``.
    n_draws
        Independent trials, at least 1.
    confidence
        Chance, at least, that the interval holds the probability.

    Returns
    -------
    tuple[float, float]
        Lower and upper end, in [0, 1].

    Raises
    ------
    ValueError
        If ``count`` is not between 0 and ``n_draws``, or there are no draws.

    References
    ----------
    Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404.
    """
    if n_draws < 1 or not 0 <= count <= n_draws:
        raise ValueError(f"expected 0 <= count <= n_draws and a draw, got {count} of {n_draws}")
    tail = (1 - confidence) / 2
    quantile: Callable[[float, float, float], float] = betaincinv
    low = 0.0 if count == 0 else float(quantile(count, n_draws - count + 1, tail))
    high = 1.0 if count == n_draws else float(quantile(count + 1, n_draws - count, 1 - tail))
    return low, high


def _over_draws(
    test: Callable[[Sample, np.random.Generator], float],
    sampler: Callable[[np.random.Generator], Sample],
    *,
    n_draws: int,
    level: float,
    rng: np.random.Generator,
) -> Calibration:
    pvalues = np.empty(n_draws)
    for draw, own in enumerate(rng.spawn(n_draws)):
        for_sampler, for_test = own.spawn(2)
        pvalues[draw] = test(sampler(for_sampler), for_test)
    return Calibration(pvalues, level)
