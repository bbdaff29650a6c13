"""Spend Monte Carlo draws where p is small, so that thousands of tests reach q < 0.05 honestly."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.inference.multiplicity import benjamini_hochberg, weighted

Exceedances = Callable[
    [Int[np.ndarray, " asked"], int, np.random.Generator], Int[np.ndarray, " asked"]
]


@dataclass(frozen=True, slots=True, eq=False)
class AdaptiveResult:
    """p-values, each from as many null draws as its decision needed.

    Parameters
    ----------
    p
        Valid p-values, never 0.
    n_draws
        Null draws spent on each hypothesis.
    n_exceeding
        How many of those draws were at least as large as the observation.
    reach
        Smallest p each could have been given by the draws spent on it.
    """

    p: Float[np.ndarray, " hypothesis"]
    n_draws: Int[np.ndarray, " hypothesis"]
    n_exceeding: Int[np.ndarray, " hypothesis"]
    reach: Float[np.ndarray, " hypothesis"]


def adaptive_pvalues(
    exceedances: Exceedances,
    n_hypotheses: int,
    *,
    level: float = 0.05,
    first: int = 40,
    most: int | None = None,
    stop_after: int = 10,
    screened: Float[np.ndarray, " hypothesis"] | None = None,
    weight: Float[np.ndarray, " hypothesis"] | None = None,
    rng: np.random.Generator,
) -> AdaptiveResult:
    """Give every hypothesis a valid p-value, drawing only until its decision is settled.

    With ``h = stop_after`` and ``M = most``, a hypothesis whose h-th exceedance comes at draw
    ``l <= M`` has ``p = h / l``; one with ``c < h`` exceedances in all M draws has
    ``p = (c + 1) / (M + 1)``. One that is dropped earlier, after ``n`` draws, gets the largest
    value its remaining draws could still have given: ``h / min(n + h - c, M + 1)``. It is dropped
    once Benjamini-Hochberg at ``level`` rejects it even if every open hypothesis ends at its
    largest possible p, or keeps it even if every open one ends at its smallest,
    ``(c + 1) / (M + 1)``.

    Parameters
    ----------
    exceedances
        Called as ``exceedances(hypotheses, n, rng)``: makes ``n`` fresh null draws for each
        hypothesis asked for (indices, ascending) and returns how many were at least as large as
        the observation, ties included. Draws may be shared between hypotheses.
    n_hypotheses
        How many there are.
    level
        False discovery rate at which decisions have to be settled.
    first
        Draws in the first round; every later round doubles the total.
    most
        Largest number of draws for one hypothesis, fixed beforehand. Default: ``n_hypotheses /
        level``, the fewest with which a lone discovery can still reach ``q <= level``.
    stop_after
        Exceedances after which a hypothesis is hopeless; its p is then known to about
        ``1 / sqrt(stop_after)`` of its value.
    screened
        p-values of a quicker test. Where Benjamini-Hochberg at ``level`` does not reject them they
        stay as they are; the others are drawn for, and their p is of these draws alone.
    weight
        Of every hypothesis in the adjustment, see ``weighted``.
    rng
        Source of randomness, handed on to ``exceedances``.

    Returns
    -------
    AdaptiveResult
        Benjamini-Hochberg at ``level`` on its ``p`` rejects exactly what it would if nobody had
        been dropped early.

    Raises
    ------
    ValueError
        If ``first``, ``most`` or ``stop_after`` is below 1, or the counts that come back are not
        between 0 and the number of draws.

    Notes
    -----
    Each p is at least the Besag-Clifford p-value of a scheme fixed beforehand, so each is valid
    whatever decided when to stop, and no error is spent on stopping. Rounds report counts, not
    the draw at which an exceedance came; draws of a round are exchangeable, so that position is
    drawn at random from its exact distribution. A true null costs about ``h log(M / h)`` draws.
    After a screen, p stays valid at every threshold that the screen lets pass, and beyond it
    nothing is rejected: the screen can lose a discovery, never make one.

    References
    ----------
    Besag and Clifford 1991, doi:10.1093/biomet/78.2.301: p-values h/l of sequential draws.
    Gandy and Hahn 2014, doi:10.1111/sjos.12085: settling multiple Monte Carlo decisions together.
    """
    ceiling = ceil(n_hypotheses / level) if most is None else most
    if min(first, ceiling, stop_after) < 1:
        raise ValueError(
            f"first, most and stop_after must be at least 1, got {first}, {ceiling}, {stop_after}"
        )
    scheme = _Scheme(stop_after, ceiling)
    count = np.zeros(n_hypotheses, dtype=np.int64)
    spent = np.zeros(n_hypotheses, dtype=np.int64)

    def rejected(each: Float[np.ndarray, " hypothesis"]) -> Bool[np.ndarray, " hypothesis"]:
        return benjamini_hochberg(weighted(each, weight)) <= level

    p = np.ones(n_hypotheses) if screened is None else screened.copy()
    asked = np.ones(n_hypotheses, dtype=np.bool_) if screened is None else rejected(screened)
    p[asked] = 1.0
    hopeless = ~asked
    active = np.flatnonzero(asked)
    total = 0
    while active.size and total < ceiling:
        n = min(first if total == 0 else total, ceiling - total)
        fresh = _checked(exceedances(active, n, rng), active.size, n)
        for hypothesis, more in zip(active, fresh, strict=True):
            missing = stop_after - count[hypothesis]
            if more >= missing:
                at = total + _position(int(missing), int(more), n, rng)
                p[hypothesis], hopeless[hypothesis] = stop_after / at, True
        count[active] += fresh
        spent[active] += n
        total += n
        open_ = ~hopeless
        p[open_] = scheme.largest(count[open_], spent[open_])
        smallest = np.where(open_, scheme.smallest(count), p)
        settled = rejected(p) | ~rejected(smallest)
        active = active[~(settled | hopeless)[active]]
    reach = scheme.largest(np.zeros_like(count), spent)
    return AdaptiveResult(p, spent, count, np.minimum(reach, p))


@dataclass(frozen=True, slots=True)
class _Scheme:
    stop_after: int
    most: int

    def largest(
        self, count: Int[np.ndarray, " test"], spent: Int[np.ndarray, " test"]
    ) -> Float[np.ndarray, " test"]:
        """Return the largest p that the draws still to come can lead to."""
        end = np.minimum(spent + self.stop_after - count, self.most + 1)
        left = self.most - spent
        reached = np.minimum(count + left + 1, self.stop_after)  # never h if too few are left
        return reached / end

    def smallest(self, count: Int[np.ndarray, " test"]) -> Float[np.ndarray, " test"]:
        """Return the p that follows if no further draw exceeds."""
        return (count + 1) / (self.most + 1)


def _position(missing: int, among: int, n: int, rng: np.random.Generator) -> int:
    """Draw where, in a round of n, the ``missing``-th of ``among`` exceedances came."""
    places = np.sort(rng.choice(n, size=among, replace=False))
    return int(places[missing - 1]) + 1


def _checked(fresh: Int[np.ndarray, " asked"], n_asked: int, n: int) -> Int[np.ndarray, " asked"]:
    fresh = np.asarray(fresh)
    if fresh.shape != (n_asked,) or (fresh < 0).any() or (fresh > n).any():
        raise ValueError(
            f"exceedances must return {n_asked} counts between 0 and {n}, got {fresh!r}"
        )
    return fresh
