"""Ridge regression on few tokens, its penalty chosen on tokens left out."""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import linalg

_SHARES = 10.0 ** np.arange(-6, 3)  # penalties, as shares of the mean eigenvalue
_LEFT_OUT = 4  # one token in so many
_AXES = 32  # of the answers, on which the penalty is chosen

_linalg: Any = linalg


def ridge_predict(
    x: Float[np.ndarray, "token reading"],
    y: Float[np.ndarray, "token answer"],
    *,
    at: Float[np.ndarray, "asked reading"],
) -> Float[np.ndarray, "asked answer"]:
    """Predict answers by ridge regression with an intercept.

    Minimises ``sum |y - m - (x - c) W|^2 + penalty |W|^2``. The penalty is one of nine, 1e-6 to 100
    times the mean eigenvalue of the readings' scatter: the one with the least error on the last
    quarter of the tokens, in the 32 leading principal axes of the answers, when fitted on the
    others. Then all tokens are fitted.

    Parameters
    ----------
    x, y
        Readings and answers, in random order; four tokens or more.
    at
        Readings to answer.

    Returns
    -------
    array
        Float32. The same for readings turned, shifted or scaled as a whole.
    """
    if np.ptp(x, axis=0).max() == 0:  # nothing to read
        return np.broadcast_to(y.mean(axis=0), (len(at), y.shape[1])).astype(np.float32)
    first = len(x) - len(x) // _LEFT_OUT
    few = (y - y.mean(axis=0)) @ _leading(y)
    tried = _each_penalty(x[:first], few[:first], at=x[first:])
    error = [float(((guess - few[first:]) ** 2).sum()) for guess in tried]
    return _fitted(x, y, at=at, share=float(_SHARES[int(np.argmin(error))]))


def _leading(y: Float[np.ndarray, "token answer"]) -> Float[np.ndarray, "answer axis"]:
    centred = (y - y.mean(axis=0)).astype(np.float64)
    scatter = centred.T @ centred
    n = len(scatter)
    keep = [max(0, n - _AXES), n - 1]
    found: np.ndarray = _linalg.eigh(scatter, subset_by_index=keep)[1]
    return found.astype(np.float32)


def _each_penalty(x: np.ndarray, y: np.ndarray, *, at: np.ndarray) -> list[np.ndarray]:
    c, m = x.mean(axis=0), y.mean(axis=0)
    x, at = x - c, at - c
    inner = len(x) <= x.shape[1]  # fewer tokens than readings: solve among tokens
    scatter = (x @ x.T if inner else x.T @ x).astype(np.float64)
    value, axis = np.linalg.eigh(scatter)
    axis = axis.astype(np.float32)
    left = (at @ x.T if inner else at) @ axis
    right = axis.T @ (y - m if inner else x.T @ (y - m))
    mean = max(value.sum() / x.shape[1], 1e-30)
    return [
        left @ (right / (np.maximum(value, 0) + s * mean)[:, None]).astype(np.float32) + m
        for s in _SHARES
    ]


def _fitted(x: np.ndarray, y: np.ndarray, *, at: np.ndarray, share: float) -> np.ndarray:
    c, m = x.mean(axis=0), y.mean(axis=0)
    x, y, at = x - c, y - m, at - c
    inner = len(x) <= x.shape[1]
    scatter = (x @ x.T if inner else x.T @ x).astype(np.float64)
    penalty = share * max(np.trace(scatter) / x.shape[1], 1e-30)
    scatter[np.diag_indices(len(scatter))] += penalty
    right = (y if inner else x.T @ y).astype(np.float64)
    weight: Any = _linalg.solve(scatter, right, assume_a="pos")
    left = at @ x.T if inner else at
    return (left @ weight.astype(np.float32) + m).astype(np.float32)
