"""Mantel tests: whether two tables of distances between the same things go together."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import stats

from armillary.inference.monte_carlo import NullTest

METHODS = ("pearson", "spearman")
AT_ONCE = 64  # permutations correlated together
TINY = 1e-300


def pairs_of(table: Float[np.ndarray, "thing thing"]) -> Float[np.ndarray, " pair"]:
    """Return the entries above the diagonal, row by row.

    Parameters
    ----------
    table
        Symmetric; the diagonal is not used.

    Returns
    -------
    Float[np.ndarray, " pair"]
        ``n (n - 1) / 2`` of them.
    """
    return table[np.triu_indices(table.shape[0], 1)]


def mantel(
    x: Float[np.ndarray, "thing thing"],
    y: Float[np.ndarray, "thing thing"],
    *,
    given: Sequence[Float[np.ndarray, "thing thing"]] = (),
    method: str = "pearson",
) -> float:
    """Correlate two tables of distances over pairs, with what other tables explain taken out.

    The correlation of the residuals of ``x`` and of ``y`` after least squares on ``given`` and a
    constant; of ranks for ``"spearman"``.

    Parameters
    ----------
    x, y
        Distances between the same things in the same order, symmetric.
    given
        Tables whose part is taken out of both.
    method
        ``"pearson"`` or ``"spearman"``.

    Returns
    -------
    float
        In [-1, 1]; 0 where either is constant once ``given`` is taken out.

    Raises
    ------
    ValueError
        If tables differ in size, hold fewer than four things, or the method is not known.

    Notes
    -----
    Unchanged where things are put into another order, and (pearson) where a table is shifted or
    multiplied. Pairs share things, so the correlation's own p-value must not be used.
    """
    values = [pair_values(table, x.shape[0], method=method) for table in (x, y, *given)]
    weight = np.ones(values[0].size)
    return float(correlations(values[0][None], values[1][None], values[2:], weight=weight)[0])


def mantel_test(
    x: Float[np.ndarray, "thing thing"],
    y: Float[np.ndarray, "thing thing"],
    *,
    given: Sequence[Float[np.ndarray, "thing thing"]] = (),
    method: str = "pearson",
    n_draws: int = 999,
    rng: np.random.Generator,
) -> NullTest:
    """Test two tables of distances against the things of one dealt out anew.

    What ``given`` explains is taken out of ``y`` first; the residual table's rows and columns are
    then permuted together, and ``mantel`` is measured again.

    Parameters
    ----------
    x, y, given, method
        As for ``mantel``.
    n_draws
        Permutations.
    rng
        Of the permutations.

    Returns
    -------
    NullTest
        One-sided: larger correlations are more extreme.

    Raises
    ------
    ValueError
        As for ``mantel``.

    Notes
    -----
    It rejects independence alone. Any fixed map, a random one too, sends near things to near
    places and is told from independence: that distances go together is no sign that the second
    was made from the first by anything but such a map (``left_over``). No p lies below
    ``1 / (1 + n_draws)``.

    References
    ----------
    Mantel 1967, Cancer Research 27, 209-220. Legendre 2000, doi:10.1080/00949650008812035:
    permuting residuals in partial tests (there method 2).
    """
    n = x.shape[0]
    values = [pair_values(table, n, method=method) for table in (x, y, *given)]
    weight = np.ones(values[0].size)
    observed = float(correlations(values[0][None], values[1][None], values[2:], weight=weight)[0])
    upper = np.triu_indices(n, 1)
    table: Float[np.ndarray, "thing thing"] = np.zeros((n, n))
    table[upper] = without(values[1][None], values[2:], weight=weight)[0]
    table += table.T
    null = np.empty(n_draws)
    for start in range(0, n_draws, AT_ONCE):
        orders = [rng.permutation(n) for _ in range(min(AT_ONCE, n_draws - start))]
        dealt = np.stack([table[order[upper[0]], order[upper[1]]] for order in orders])
        null[start : start + len(orders)] = correlations(
            values[0][None], dealt, values[2:], weight=weight
        )
    return NullTest(observed, null, "things of one table dealt out anew")


def pair_values(
    table: Float[np.ndarray, "_ _"], n: int, *, method: str
) -> Float[np.ndarray, " pair"]:
    """Return a table's pairs as they are correlated: distances, or their ranks.

    Parameters
    ----------
    table
        Symmetric, ``(n, n)``.
    n
        Things.
    method
        ``"pearson"`` or ``"spearman"``.

    Returns
    -------
    Float[np.ndarray, " pair"]
        Float64.

    Raises
    ------
    ValueError
        As for ``mantel``.
    """
    if method not in METHODS:
        raise ValueError(f"method {method!r} is not known: use one of {', '.join(METHODS)}")
    if table.shape != (n, n) or n < 4:
        raise ValueError(
            f"a table of shape {table.shape}; expected ({n}, {n}) as the other, of 4 things or more"
        )
    pairs = pairs_of(np.asarray(table, dtype=np.float64))
    ranked: Any = stats
    return np.asarray(ranked.rankdata(pairs)) if method == "spearman" else pairs


def correlations(
    left: Float[np.ndarray, "_ pair"],
    right: Float[np.ndarray, "table pair"],
    given: Sequence[Float[np.ndarray, " pair"]],
    *,
    weight: Float[np.ndarray, " pair"],
) -> Float[np.ndarray, " table"]:
    """Correlate rows of two arrays over weighted pairs, what other tables explain taken out.

    Parameters
    ----------
    left
        One row, or one for each of ``right``.
    right
        One row a table.
    given
        What is taken out of both.
    weight
        How often each pair counts, 0 or more.

    Returns
    -------
    Float[np.ndarray, " table"]
        In [-1, 1]; 0 where nothing varies.
    """
    a, b = without(left, given, weight=weight), without(right, given, weight=weight)
    product = np.einsum("ij,ij->i", *np.broadcast_arrays(a, b))
    size = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.where(size > TINY, product / np.maximum(size, TINY), 0.0)


def without(
    values: Float[np.ndarray, "table pair"],
    given: Sequence[Float[np.ndarray, " pair"]],
    *,
    weight: Float[np.ndarray, " pair"],
) -> Float[np.ndarray, "table pair"]:
    """Return weighted residuals: ``sqrt(weight)`` times what a constant and ``given`` leave.

    Parameters
    ----------
    values
        One row a table.
    given, weight
        As for ``correlations``.

    Returns
    -------
    Float[np.ndarray, "table pair"]
        Exact zeros where nothing but rounding is left.
    """
    root = np.sqrt(weight)
    columns = np.column_stack([np.ones(root.size), *given]) * root[:, None]
    scale = np.linalg.norm(columns, axis=0)
    axes, size, _ = np.linalg.svd(columns / np.where(scale > 0, scale, 1), full_matrices=False)
    basis = axes[:, size > 1e-10 * size[0]]
    scaled = values * root
    rest = scaled - (scaled @ basis) @ basis.T
    still = np.linalg.norm(rest, axis=1) > 1e-10 * np.linalg.norm(scaled, axis=1)
    return rest * still[:, None]
