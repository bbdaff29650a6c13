"""Pairings: every other way to deal one list of words to another, and what a test keeps of them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import stdtrit

from armillary.inference.calibration import binomial_interval
from armillary.inference.orderings import every_other_ordering, n_orderings

LISTED = 7  # pairs up to which every pairing is listed: 5,040; of eight there are 40,320
DRAWS = 9_999


@dataclass(frozen=True, slots=True, eq=False)
class Pairings:
    """Ways to deal the right words to the left ones, the given one left out of an exact list.

    Parameters
    ----------
    order
        ``order[draw, i]`` is the pair whose right word goes to the left word of pair i.
    exact
        Whether every other pairing is there once.
    reach
        Smallest p-value that they allow.
    """

    order: Int[np.ndarray, "draw pair"]
    exact: bool
    reach: float


def pairings(n: int, *, n_draws: int = DRAWS, rng: np.random.Generator) -> Pairings:
    """List every other pairing of ``n`` pairs (up to 7), or draw some.

    Parameters
    ----------
    n
        Pairs, at least 2.
    n_draws
        Pairings drawn where they are not listed; the given one may be among them.
    rng
        Not used where every pairing is listed.

    Raises
    ------
    ValueError
        If there are fewer than 2 pairs.
    """
    if n < 2:
        raise ValueError(f"{n} pairs cannot be re-paired: at least 2 are needed")
    one: Int[np.ndarray, "1 pair"] = np.arange(n)[None]
    distinct = n_orderings(n, 1)
    if n <= LISTED:
        return Pairings(every_other_ordering(one), True, 1 / distinct)
    drawn = rng.permuted(np.repeat(one, n_draws, axis=0), axis=1)
    return Pairings(drawn, False, max(1 / distinct, 1 / (1 + n_draws)))


def pair_interval(
    value: Float[np.ndarray, "pair pair"] | Bool[np.ndarray, "pair pair"],
    *,
    lowest: float = 0.0,
    highest: float = 1.0,
) -> tuple[float, float]:
    """Bound the mean over ordered pairs of pairs: the delete-one jackknife, by pairs.

    ``mean +- t(n-1) s`` with ``s^2 = (n-1)/n sum (mean without i - their mean)^2``. Where no pair
    makes a difference (all right, all wrong) the exact binomial interval of ``n`` pairs is given
    for shares in [0, 1].

    Parameters
    ----------
    value
        One number for every two pairs; the diagonal is not used.
    lowest, highest
        The range of the number.

    Returns
    -------
    tuple[float, float]
        Lower and upper end, 95 %; the whole range for fewer than 3 pairs.
    """
    n = value.shape[0]
    if n < 3:
        return lowest, highest
    off: Float[np.ndarray, "pair pair"] = np.where(np.eye(n, dtype=bool), 0.0, value)
    total = float(off.sum())
    left = (total - off.sum(axis=0) - off.sum(axis=1)) / ((n - 1) * (n - 2))
    middle = total / (n * (n - 1))
    return jackknifed(middle, left, lowest=lowest, highest=highest)


def jackknifed(
    value: float,
    without: Float[np.ndarray, " pair"],
    *,
    lowest: float = 0.0,
    highest: float = 1.0,
) -> tuple[float, float]:
    """Bound a statistic by what it is without each of its pairs (see ``pair_interval``)."""
    n = without.size
    error = float(np.sqrt((n - 1) / n * np.square(without - without.mean()).sum()))
    if error == 0.0:
        if (lowest, highest) == (0.0, 1.0) and value in (0.0, 1.0):
            return binomial_interval(round(n * value), n)
        return value, value
    reach = float(stdtrit(n - 1, 0.975)) * error
    return max(lowest, value - reach), min(highest, value + reach)
