"""What is left: a correlation of distances less what a null map gives the same correlation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.inference.mantel import correlations, pair_values
from armillary.inference.monte_carlo import NullTest

Table = Float[np.ndarray, "thing thing"]


@dataclass(frozen=True, slots=True, eq=False)
class LeftOver:
    """A correlation of two tables beside the same with the second one made by null maps.

    Parameters
    ----------
    test
        Observed and null correlations; one-sided, larger is more extreme.
    low, high
        95 % interval of ``delta`` over things drawn with replacement, the null tables as they are.
    """

    test: NullTest
    low: float
    high: float

    @property
    def delta(self) -> float:
        """Observed less the null's mean; 0 where a null map explains all of it."""
        return self.test.observed - float(self.test.null.mean())

    @property
    def two_sided(self) -> float:
        """Twice the smaller one-sided p-value, at most 1; never below ``2 * reach``."""
        lower = NullTest(-self.test.observed, -self.test.null).pvalue
        return min(1.0, 2 * min(self.test.pvalue, lower))


def left_over(
    x: Table,
    y: Table,
    nulls: Sequence[Table],
    *,
    null_x: Sequence[Table] | None = None,
    given: Sequence[Table] = (),
    method: str = "pearson",
    name: str = "",
    n_resamples: int = 200,
    rng: np.random.Generator,
) -> LeftOver:
    """Subtract from a correlation of distances what null maps give it.

    ``delta = mantel(x, y | given) - mean over k of mantel(x, nulls[k] | given)``.

    Parameters
    ----------
    x, y, given, method
        As for ``mantel``.
    nulls
        The second table as null maps make it: of the same things, or of others under ``null_x``.
    null_x
        The first table of each null, where its things are not those of ``x``; ``given`` must then
        be empty.
    name
        Of the null, in words that say what it keeps.
    n_resamples
        Resamples of things for the interval. A pair counts as often as both its things were drawn
        together; a thing and its own copy make no pair; ranks stay those among all pairs.
    rng
        Of the resamples.

    Returns
    -------
    LeftOver
        With its p-values; ``1 / (1 + len(nulls))`` is the smallest one-sided one.

    Raises
    ------
    ValueError
        If there are no null tables, ``given`` comes with ``null_x``, or as for ``mantel``.
    """
    if not nulls or (null_x is not None and (given or len(null_x) != len(nulls))):
        raise ValueError(
            f"{len(nulls)} null tables: expected at least one, and with null_x one of each and no "
            "given"
        )
    n: int = x.shape[0]
    own = [pair_values(table, n, method=method) for table in (x, y, *given)]
    right = np.stack([pair_values(table, n, method=method) for table in nulls])
    left = own[0][None]
    if null_x is not None:
        left = np.stack([pair_values(table, n, method=method) for table in null_x])
    upper = np.triu_indices(n, 1)

    def measured(weight: np.ndarray) -> tuple[float, np.ndarray]:
        kept = weight > 0
        rest, mass = [one[kept] for one in own], weight[kept]
        real = correlations(rest[0][None], rest[1][None], rest[2:], weight=mass)
        chance = correlations(left[:, kept], right[:, kept], rest[2:], weight=mass)
        return float(real[0]), chance

    observed, null = measured(np.ones(upper[0].size))
    deltas = np.empty(n_resamples)
    for draw in range(n_resamples):
        drawn: np.ndarray = rng.integers(0, n, n)
        count = np.bincount(drawn, minlength=n).astype(np.float64)
        real, chance = measured(count[upper[0]] * count[upper[1]])
        deltas[draw] = real - float(chance.mean())
    low, high = np.quantile(deltas, [0.025, 0.975])
    return LeftOver(NullTest(observed, null, name), float(low), float(high))
