"""Offsets: whether one step leads from every left word to its right word."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.algebra.pairings import DRAWS, pair_interval
from armillary.inference.order_tests import OrderTest, pairs_test


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A statistic of a family, its interval, and its test against other pairings.

    Parameters
    ----------
    value
        Of the pairs as given.
    low, high
        95 % interval: the jackknife over pairs.
    test
        The statistic beside the other pairings.
    """

    value: float
    low: float
    high: float
    test: OrderTest

    @property
    def chance(self) -> float:
        """Mean over the other pairings."""
        return float(self.test.test.null.mean())

    @property
    def pvalue(self) -> float:
        """Share of pairings that do at least as well."""
        return self.test.pvalue


def offset_consistency(
    left: Float[np.ndarray, "pair d_model"],
    right: Float[np.ndarray, "pair d_model"],
    *,
    n_draws: int = DRAWS,
    rng: np.random.Generator,
) -> Measured:
    """Measure the mean cosine between the offsets ``right_i - left_i`` of two pairs.

    Parameters
    ----------
    left, right
        Vectors of the two words of each pair; at least 3 pairs, no pair of equal vectors.
    n_draws
        Pairings drawn from eight pairs on.
    rng
        Source of the draws.

    Returns
    -------
    Measured
        ``value`` in [-1/(n-1), 1], 1 where all offsets are parallel. A shift between the two lists
        as wholes raises the value and the chance alike: only what is above ``chance`` is in the
        pairing.

    Raises
    ------
    ValueError
        As ``armillary.inference.pairs_test``: fewer than three pairs, or a pair of equal vectors.

    Notes
    -----
    Unchanged by rotation, common scale and common shift. Vectors are turned into the span of the
    words first, so that the cost does not grow with d_model.
    """
    n = left.shape[0]
    if left.shape == right.shape and np.any(np.all(left == right, axis=1)):  # turning blurs it
        raise ValueError("the two words of a pair have the same vector: leave that pair out")
    low_rank = spanned(np.vstack([left, right]))
    tested = pairs_test(low_rank[:n], low_rank[n:], n_draws=n_draws, rng=rng)
    offset = low_rank[n:] - low_rank[:n]
    unit = offset / np.linalg.norm(offset, axis=1, keepdims=True)
    low, high = pair_interval(unit @ unit.T, lowest=-1.0)
    return Measured(tested.test.observed, low, high, tested)


def spanned(rows: Float[np.ndarray, "point d_model"]) -> Float[np.ndarray, "point axis"]:
    """Return rows in an orthonormal basis of their span: same lengths and angles, fewer columns."""
    rows = np.asarray(rows, dtype=np.float64)
    if rows.shape[0] >= rows.shape[1]:
        return rows
    return np.linalg.qr(rows.T).R.T
