"""Tilt: tables of squared coordinates with given row sums, row means and column sums."""

import numpy as np
from jaxtyping import Float

_ROWS = 2048  # rows worked on together: what fits a cache is faster
_FARTHEST = 3.0  # standard deviations of v that one Newton step may move a row's mean

Table = Float[np.ndarray, "feature d_model"]


def tilted(
    weight: Table,
    value: Float[np.ndarray, " d_model"],
    *,
    length: Float[np.ndarray, " feature"],
    quotient: Float[np.ndarray, " feature"],
    rounds: int = 10,
) -> Table:
    """Scale a table's rows and columns and tilt its rows until three sums are as asked.

    Iterative proportional fitting of ``w_ik exp(a_i + t_i v_k + b_k)``: rows to
    ``sum_k w_ik = length_i^2`` and ``sum_k v_k w_ik = quotient_i length_i^2`` (Newton steps in
    ``t_i``), columns to ``sum_i w_ik = n v_k``, in turn, rows last.

    Parameters
    ----------
    weight
        Positive; not written to.
    value
        Eigenvalues v of the second moment, at least 0.
    length
        Of each row.
    quotient
        Weighted mean of v that each row shall have; moved inside the range of v.
    rounds
        Of rows and columns.

    Returns
    -------
    Float[np.ndarray, "feature d_model"]
        float32. Rows hold to rounding, columns as nearly as the rounds allow.
    """
    most = float(value.max(initial=0.0)) or 1.0
    v = (value / most).astype(np.float32)
    low, high = float(v.min()), float(v.max())
    edge = 1e-4 * (high - low)
    target = np.clip(quotient / most, low + edge, high - edge).astype(np.float32)
    square = (length**2).astype(np.float32)
    table = np.maximum(weight, np.float32(1e-30)).astype(np.float32)
    for done in range(rounds):
        _fit_rows(table, v, target=target, square=square, steps=4)
        if done + 1 < rounds:
            now = table.sum(axis=0, dtype=np.float64)
            table *= (len(table) * value / np.maximum(now, 1e-30)).astype(np.float32)
            np.maximum(table, np.float32(1e-30), out=table)
    _fit_rows(table, v, target=target, square=square, steps=12)
    return table


def _fit_rows(
    table: Table, v: np.ndarray, *, target: np.ndarray, square: np.ndarray, steps: int
) -> None:
    for start in range(0, len(table), _ROWS):
        part = table[start : start + _ROWS]
        part[:] = _with_mean(part, v, goal=target[start : start + _ROWS], steps=steps)
        part *= square[start : start + _ROWS, None]


def _with_mean(part: Table, v: np.ndarray, *, goal: np.ndarray, steps: int) -> Table:
    """Tilt rows to a weighted mean of v: Newton's method, held in a bracket that only shrinks."""
    powers = np.stack([np.ones_like(v), v, v * v], axis=1)
    t = np.zeros(len(part), dtype=np.float32)
    low, high = np.full_like(t, -np.inf), np.full_like(t, np.inf)
    for _ in range(steps):
        total, first, second = (_exponential(part, t, v) @ powers).T
        mean = first / total
        deviation = np.sqrt(np.maximum(second / total - mean**2, 1e-10))
        low, high = np.where(mean < goal, t, low), np.where(mean < goal, high, t)
        t = t + np.clip((goal - mean) / deviation, -_FARTHEST, _FARTHEST) / deviation
        with np.errstate(invalid="ignore"):
            t = np.where((t >= low) & (t <= high), t, (low + high) / 2)
    moved = np.maximum(_exponential(part, t, v), np.float32(1e-30))
    return moved / moved.sum(axis=1, keepdims=True)


def _exponential(part: Table, t: np.ndarray, v: np.ndarray) -> Table:
    exponent = t[:, None] * v
    exponent -= exponent.max(axis=1, keepdims=True)
    np.exp(exponent, out=exponent)
    exponent *= part
    return exponent
