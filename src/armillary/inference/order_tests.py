"""Label tests: whether points lie in the order, or the pairs, that their words say."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.inference.monte_carlo import NullTest
from armillary.inference.orderings import (
    EVERY_UP_TO,
    circular_steps,
    every_other_ordering,
    n_orderings,
    symmetries,
)


@dataclass(frozen=True, slots=True, eq=False)
class OrderTest:
    """A label test with the smallest p that its labels allow.

    Parameters
    ----------
    test
        The statistic beside its null: every other ordering, or draws of them.
    reach
        Smallest p-value this test could have given: one over the number of orderings that can be
        told apart, or one over the draws made, whichever is larger.
    exact
        Whether the null holds every ordering, each once.
    """

    test: NullTest
    reach: float
    exact: bool

    @property
    def pvalue(self) -> float:
        """Share of orderings that fit at least as well as the one the words say."""
        return max(self.test.pvalue, self.reach)


def cyclic_order_test(
    squared: Float[np.ndarray, "point point"],
    step: Int[np.ndarray, " point"],
    *,
    period: int | None = None,
    n_draws: int = 9_999,
    rng: np.random.Generator,
) -> OrderTest:
    """Test whether distances grow with the steps between labels round a circle.

    The correlation over pairs of ``squared`` with ``min(k, period - k)``, ``k = |step_i -
    step_j|``; null: the same labels dealt to the points in every other way.

    Parameters
    ----------
    squared
        Squared distances between points, any unit; the diagonal is not used.
    step
        Cyclic label of each point; distinct, ``0 .. period-1``, gaps allowed (Monday is 0).
    period
        Steps in a full turn. Default: one more than the largest label.
    n_draws
        Orderings drawn where there are more than 25,000 (from nine points on).
    rng
        Source of randomness; not used where every ordering is listed.

    Returns
    -------
    OrderTest
        ``test.observed`` in [-1, 1]; 1 where squared distance is a rising straight line in steps.
        An even circle of many points gives 0.99. Nuisance factors and uneven spacing lower it.

    Raises
    ------
    ValueError
        If labels repeat or fall outside the period, or there are fewer than four points.

    Notes
    -----
    Without gaps ``2n`` of ``n!`` orderings tie at best, so no p lies below ``2 / (n-1)!``: 0.083
    for 5 points, 0.0028 for 7. Rejecting shuffled labels does not show a circle: an arc or a
    random walk in label order is rejected as well (``fit_turns`` tells). Rotating, scaling,
    shifting or mirroring the points changes nothing.

    References
    ----------
    Mantel 1967, Cancer Research 27, 209-220: correlation of two distance matrices.
    """
    turn = int(step.max()) + 1 if period is None else period
    _check_labels(step, turn, squared.shape[0])
    return _permuted_labels(
        squared, circular_steps(step, turn), "cyclic labels shuffled", n_draws=n_draws, rng=rng
    )


def linear_order_test(
    squared: Float[np.ndarray, "point point"],
    step: Int[np.ndarray, " point"],
    *,
    n_draws: int = 9_999,
    rng: np.random.Generator,
) -> OrderTest:
    """Test whether distances grow with the steps between labels along a line.

    The correlation over pairs of ``squared`` with ``|step_i - step_j|``; null: the same labels
    dealt to the points in every other way.

    Parameters
    ----------
    squared
        Squared distances between points, any unit; the diagonal is not used.
    step
        Label of each point on the line; distinct, 0 or more, gaps allowed.
    n_draws
        Orderings drawn where there are more than 25,000 (from nine points on).
    rng
        Source of randomness; not used where every ordering is listed.

    Returns
    -------
    OrderTest
        ``test.observed`` in [-1, 1]; 1 for a horseshoe whose squared distances rise straight with
        the steps, 0.97 for an even straight line.

    Raises
    ------
    ValueError
        If labels repeat or are negative, or there are fewer than four points.

    Notes
    -----
    Even labels tie with their mirror image: no p lies below ``2 / n!``.

    References
    ----------
    Mantel 1967, Cancer Research 27, 209-220: correlation of two distance matrices.
    """
    _check_labels(step, int(step.max()) + 1, squared.shape[0])
    template = np.abs(step[:, None] - step[None, :]).astype(np.float64)
    return _permuted_labels(squared, template, "labels shuffled", n_draws=n_draws, rng=rng)


def pairs_test(
    left: Float[np.ndarray, "pair d_model"],
    right: Float[np.ndarray, "pair d_model"],
    *,
    n_draws: int = 9_999,
    rng: np.random.Generator,
) -> OrderTest:
    """Test whether the same step leads from each left word to its right word (parallelograms).

    The mean cosine between the differences ``right_i - left_i`` of two pairs; null: the right
    words dealt to the left ones in every other way.

    Parameters
    ----------
    left, right
        Vectors of the two words of each pair, row by row.
    n_draws
        Pairings drawn where there are more than 25,000 (from eight pairs on).
    rng
        Source of randomness; not used where every pairing is listed.

    Returns
    -------
    OrderTest
        ``test.observed`` in [-1/(n-1), 1]; 1 where all differences are parallel. A shift between
        the two lists as wholes raises it under the null as much, so only the pairing can
        reject; ``test.effect`` counts it in null standard deviations.

    Raises
    ------
    ValueError
        If the lists differ in length, hold fewer than three pairs, or a pair coincides.

    Notes
    -----
    No pairing ties for sure with another: no p lies below ``1 / n!``.

    References
    ----------
    Mikolov, Yih and Zweig 2013, N13-1090: relations as vector offsets.
    """
    n: int = left.shape[0]
    if left.shape != right.shape or n < 3:
        raise ValueError(f"expected at least 3 pairs, got {left.shape} and {right.shape}")
    if np.any(np.all(left == right, axis=1)):
        raise ValueError("the two words of a pair have the same vector: leave that pair out")
    orders, exact, reach = _orders(np.arange(n)[None, :], n_draws=n_draws, rng=rng)
    observed = _mean_cosine(right - left)
    null = np.array([_mean_cosine(right[order] - left) for order in orders])
    return OrderTest(NullTest(observed, null, "right words re-paired"), reach, exact)


def _mean_cosine(difference: Float[np.ndarray, "pair d_model"]) -> float:
    length = np.linalg.norm(difference, axis=1, keepdims=True)
    unit = difference / np.where(length > 0, length, 1.0)
    n = unit.shape[0]
    return float((np.square(unit.sum(axis=0)).sum() - np.square(unit).sum()) / (n * (n - 1)))


def _permuted_labels(
    squared: Float[np.ndarray, "point point"],
    template: Float[np.ndarray, "point point"],
    name: str,
    *,
    n_draws: int,
    rng: np.random.Generator,
) -> OrderTest:
    i, j = np.triu_indices(squared.shape[0], 1)
    data, steps = squared[i, j], template[i, j]
    scale = data.size * data.std() * steps.std()
    centred = (data - data.mean()) / (scale if scale > 0 else 1.0)
    orders, exact, reach = _orders(symmetries(template), n_draws=n_draws, rng=rng)
    null = np.empty(len(orders))
    for start in range(0, len(orders), 2_000):  # a gather of 2,000 orders of 24 points is 4 MB
        part = orders[start : start + 2_000]
        null[start : start + 2_000] = template[part[:, i], part[:, j]] @ centred
    return OrderTest(NullTest(float(steps @ centred), null, name), reach, exact)


def _orders(
    same: Int[np.ndarray, "symmetry point"], *, n_draws: int, rng: np.random.Generator
) -> tuple[Int[np.ndarray, "order point"], bool, float]:
    n: int = same.shape[1]
    distinct = n_orderings(n, same.shape[0])
    if n <= 8 and distinct <= EVERY_UP_TO:
        return every_other_ordering(same), True, 1 / distinct
    start: Int[np.ndarray, "order point"] = np.repeat(np.arange(n)[None, :], n_draws, axis=0)
    drawn = rng.permuted(start, axis=1)
    return drawn, False, max(1 / distinct, 1 / (1 + n_draws))


def _check_labels(step: Int[np.ndarray, " point"], period: int, n_points: int) -> None:
    if step.shape != (n_points,) or n_points < 4:
        raise ValueError(f"expected one label for each of 4 or more points, got {step.shape}")
    if np.unique(step).size != step.size or step.min() < 0 or step.max() >= period:
        raise ValueError(f"labels must be distinct and in 0..{period - 1}, got {step}")
