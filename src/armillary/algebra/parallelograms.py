"""Parallelograms: whether a table of words is rows plus columns, with nothing between them."""

from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

from armillary.algebra.offsets import Measured, spanned
from armillary.algebra.pairings import DRAWS, jackknifed, pairings
from armillary.inference.monte_carlo import NullTest
from armillary.inference.order_tests import OrderTest
from armillary.inference.orderings import n_orderings


def additive_share(table: Float[np.ndarray, "row column d_model"]) -> float:
    """Return the share of the variance inside columns that is of the rows.

    With ``y`` the vectors less the mean of their column, ``C sum_r |mean_c y_rc|^2 / sum_rc
    |y_rc|^2``: 1 if and only if every two rows and columns make a parallelogram. What is left is
    the interaction, the sum of squared closing errors ``|x_rc - x_rc' - x_r'c + x_r'c'|^2``.

    Parameters
    ----------
    table
        At least two rows and two columns, one vector each.

    Returns
    -------
    float
        In [0, 1]; ``1 / C`` on average where columns are dealt at random. 0 for constant columns.

    References
    ----------
    The sums of squares of a two-way layout without replication (Fisher 1925).
    """
    away = table - table.mean(axis=0)
    whole = float(np.square(away).sum())
    rows = float(np.square(away.mean(axis=1)).sum()) * table.shape[1]
    return rows / whole if whole > 0 else 0.0


def parallelogram_test(
    table: Float[np.ndarray, "row column d_model"],
    *,
    n_draws: int = DRAWS,
    rng: np.random.Generator,
) -> Measured:
    """Test the additive share against other pairings of the columns.

    Parameters
    ----------
    table
        At least three rows; two columns are the pairs of a family, more are a grid.
    n_draws
        Draws where pairings are not listed: up to seven rows of two columns they are, of more
        columns never.
    rng
        Source of the draws.

    Returns
    -------
    Measured
        ``value`` is ``additive_share``; the interval is the jackknife over rows.

    Raises
    ------
    ValueError
        If there are fewer than three rows or two columns.

    Notes
    -----
    A step that all rows share lies between columns and counts for nothing here: dealing the
    second column anew keeps it. What is tested is that the rest of a word stays as it is when the
    step is taken. Unchanged by rotation, common scale, and a shift of any column.
    """
    rows, columns = table.shape[:2]
    if rows < 3 or columns < 2:
        raise ValueError(f"expected 3 rows and 2 columns or more, got {rows} and {columns}")
    low_rank = spanned(table.reshape(rows * columns, -1)).reshape(rows, columns, -1)
    value, null, exact, reach = _dealt(low_rank, n_draws=n_draws, rng=rng)
    without = np.array([additive_share(np.delete(low_rank, r, axis=0)) for r in range(rows)])
    low, high = jackknifed(value, without)
    return Measured(
        value, low, high, OrderTest(NullTest(value, null, "columns dealt anew"), reach, exact)
    )


def _dealt(
    table: Float[np.ndarray, "row column axis"], *, n_draws: int, rng: np.random.Generator
) -> tuple[float, Float[np.ndarray, " draw"], bool, float]:
    """Return the share as given and with every column but the first dealt anew."""
    rows: int = table.shape[0]
    columns: int = table.shape[1]
    away = table - table.mean(axis=0)
    whole = float(np.square(away).sum())
    dealt = [pairings(rows, n_draws=n_draws, rng=rng) for _ in range(1 if columns == 2 else 0)]
    exact = bool(dealt) and dealt[0].exact
    reach = max(n_orderings(rows, 1) ** -(columns - 1), 0.0 if exact else 1 / (1 + n_draws))
    n = dealt[0].order.shape[0] if dealt else n_draws
    base: Int[np.ndarray, " row"] = np.arange(rows)
    order: list[Int[np.ndarray, "draw row"]] = [np.repeat(base[None], n, axis=0)]
    if columns == 2:
        order.append(dealt[0].order)
    else:
        order += [rng.permuted(order[0], axis=1) for _ in range(columns - 1)]
    crossed, given = np.zeros(n), 0.0
    for c, other in combinations(range(columns), 2):
        gram = away[:, c] @ away[:, other].T
        crossed += gram[order[c], order[other]].sum(axis=1)
        given += float(np.trace(gram))
    scale = whole if whole > 0 else 1.0
    return (
        (whole + 2 * given) / (columns * scale),
        (whole + 2 * crossed) / (columns * scale),
        exact,
        reach,
    )
