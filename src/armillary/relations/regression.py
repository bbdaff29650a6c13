"""Regression: later codes explained by a few earlier codes of the same tokens."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.core.codes import Codes
from armillary.core.errors import BadInput

_TINY = 1e-9  # of a feature's variance: what is left of it counts as nothing
_BLOCK = 8192
_solve: Any = np.linalg.solve  # its overloads are too many for the type checker


@dataclass(frozen=True, slots=True, eq=False)
class Parents:
    """The earlier features chosen for every later one, one row an edge, later features in order.

    Parameters
    ----------
    later, earlier
        Columns of the codes.
    weight
        Coefficient of the earlier code in the joint fit of all its later feature's parents.
    gain
        Share of the later code's variance that the parent added when it was chosen, in [0, 1].
    intercept
        Of every later feature's fit.
    """

    later: Int[np.ndarray, " edge"]
    earlier: Int[np.ndarray, " edge"]
    weight: Float[np.ndarray, " edge"]
    gain: Float[np.ndarray, " edge"]
    intercept: Float[np.ndarray, " later"]

    @property
    def n_edges(self) -> int:
        """Number of chosen pairs."""
        return self.later.size

    def of(self, later: int) -> slice:
        """Return where the parents of one later feature stand."""
        first, last = np.searchsorted(self.later, [later, later + 1])
        return slice(int(first), int(last))


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    mean_earlier: np.ndarray
    mean_later: np.ndarray
    earlier: np.ndarray  # covariance, feature by feature
    cross: np.ndarray  # covariance, earlier by later
    later: np.ndarray  # variance


def choose_parents(
    earlier: Codes,
    later: Codes,
    rows: slice,
    *,
    most: int = 8,
    worth: float = 0.002,
    least: int = 20,
) -> Parents:
    """Choose parents by forward selection: each step takes what explains most of what is left.

    For later code ``y`` and chosen set ``S``, the next parent maximises the squared partial
    covariance of ``x_i`` and ``y`` given ``S`` over the partial variance of ``x_i``: the drop in
    squared error of the least squares fit. All is done on covariances, centred over ``rows``.

    Parameters
    ----------
    earlier, later
        Codes of the same tokens, row for row.
    rows
        Tokens to choose on; tests belong on others.
    most
        Parents of a later feature, at most.
    worth
        A parent must add this share of the later code's variance.
    least
        Features that fire on fewer of these tokens are left out, on either side.

    Returns
    -------
    Parents
        Signed: a parent may inhibit. Whether an edge is more than chance is for ``edge_tests``.

    Raises
    ------
    BadInput
        If the codes are not of the same tokens or there are fewer than two rows.
    """
    one, two = _matrices(earlier, later, rows)
    moments = _moments(one, two)
    fires = _count(one) >= least
    wanted = np.flatnonzero((_count(two) >= least) & (moments.later > 0))
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
    intercept = moments.mean_later.copy()
    for column in wanted.tolist():
        chosen, gain = _forward(moments, column, usable=fires, most=most, worth=worth)
        if chosen.size == 0:
            continue
        within = moments.earlier[np.ix_(chosen, chosen)]
        weight = np.asarray(_solve(within, moments.cross[chosen, column]), dtype=np.float64)
        intercept[column] -= float(weight @ moments.mean_earlier[chosen])
        found.append((np.full(chosen.size, column), chosen, weight, gain))
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return Parents(none, none, np.zeros(0), np.zeros(0), intercept)
    joined = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    return Parents(joined[0], joined[1], joined[2], joined[3], intercept)


def held_out_r2(
    parents: Parents, earlier: Codes, later: Codes, *, rows: slice
) -> Float[np.ndarray, " later"]:
    """Measure how well the chosen parents predict each later code on tokens not fitted on.

    ``1 - sum (y - y')^2 / sum (y - mean y)^2`` over ``rows``.

    Returns
    -------
    array
        1 is perfect, 0 no better than the mean, below 0 worse; NaN where the code is constant.
    """
    one, two = _matrices(earlier, later, rows)
    shape = (earlier.n_features, later.n_features)
    table = np.zeros(shape)
    table[parents.earlier, parents.later] = parents.weight
    return _r2(one, two, table, parents.intercept)


def ridge_r2(
    earlier: Codes, later: Codes, *, fit: slice, test: slice, penalty: float = 1e-3
) -> Float[np.ndarray, " later"]:
    """Measure the same for ridge regression on all earlier features: what a linear map can reach.

    ``B = (S + penalty mean(diag S) I)^-1 C`` with the covariances of the tokens of ``fit``.

    Parameters
    ----------
    earlier, later
        Codes of the same tokens.
    fit, test
        Tokens that it is fitted on and measured on.
    penalty
        In units of the mean variance of an earlier feature.

    Returns
    -------
    array
        As ``held_out_r2``.
    """
    one, two = _matrices(earlier, later, fit)
    moments = _moments(one, two)
    scale = penalty * float(np.diagonal(moments.earlier).mean()) + 1e-12
    table = np.linalg.solve(moments.earlier + scale * np.eye(earlier.n_features), moments.cross)
    intercept = moments.mean_later - moments.mean_earlier @ table
    return _r2(*_matrices(earlier, later, test), table, intercept)


def _forward(
    moments: _Moments, column: int, *, usable: Bool[np.ndarray, " earlier"], most: int, worth: float
) -> tuple[Int[np.ndarray, " parent"], Float[np.ndarray, " parent"]]:
    """Pivoted Cholesky of the earlier covariance, its pivots chosen by what they explain."""
    variance = np.diagonal(moments.earlier).copy()
    floor = _TINY * variance
    left, whole = moments.cross[:, column].copy(), float(moments.later[column])
    factors = np.zeros((most, variance.size))
    chosen, gains = list[int](), list[float]()
    for step in range(most):
        open_ = usable & (variance > floor)
        open_[chosen] = False
        if not open_.any():
            break
        gain = np.where(open_, left**2 / np.where(open_, variance, 1.0), -1.0)
        best = int(gain.argmax())
        if gain[best] < worth * whole:
            break
        root = np.sqrt(variance[best])
        now = (moments.earlier[best] - factors[:step, best] @ factors[:step]) / root
        factors[step] = now
        left = left - now * (left[best] / root)
        variance = variance - now**2
        chosen.append(best)
        gains.append(float(gain[best]) / whole)
    return np.array(chosen, dtype=np.int64), np.array(gains)


def _r2(one: Any, two: Any, table: np.ndarray, intercept: np.ndarray) -> np.ndarray:
    n, missed = one.shape[0], np.zeros(two.shape[1])
    mean = np.asarray(two.sum(axis=0, dtype=np.float64)).ravel() / n
    whole = np.zeros(two.shape[1])
    for start in range(0, n, _BLOCK):
        true = two[start : start + _BLOCK].toarray().astype(np.float64)
        made = one[start : start + _BLOCK] @ table + intercept
        missed += ((true - made) ** 2).sum(axis=0)
        whole += ((true - mean) ** 2).sum(axis=0)
    return np.where(whole > 0, 1 - missed / np.where(whole > 0, whole, 1.0), np.nan)


def _moments(one: Any, two: Any) -> _Moments:
    n = one.shape[0]
    first, second = one.astype(np.float64), two.astype(np.float64)
    mean_one = np.asarray(first.sum(axis=0)).ravel() / n
    mean_two = np.asarray(second.sum(axis=0)).ravel() / n
    square = np.asarray(second.multiply(second).sum(axis=0)).ravel() / n
    turned = first.T.tocsr()
    return _Moments(
        mean_one, mean_two,
        (turned @ first).toarray() / n - np.outer(mean_one, mean_one),
        (turned @ second).toarray() / n - np.outer(mean_one, mean_two),
        np.maximum(square - mean_two**2, 0.0),
    )  # fmt: skip


def _count(matrix: Any) -> Int[np.ndarray, " feature"]:
    return np.bincount(matrix.indices, minlength=matrix.shape[1])


def _matrices(earlier: Codes, later: Codes, rows: slice) -> tuple[Any, Any]:
    if earlier.n_tokens != later.n_tokens:
        raise BadInput(
            f"{earlier.n_tokens:,} earlier tokens and {later.n_tokens:,} later ones: encode the "
            "same tokens at both layers, in the same order"
        )
    one, two = earlier.matrix()[rows], later.matrix()[rows]
    if one.shape[0] < 2:
        raise BadInput(f"{one.shape[0]} tokens are too few to relate two layers: give more")
    return one, two
