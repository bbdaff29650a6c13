"""Sparse decoding: which of known directions add up to a row."""

import numpy as np
from jaxtyping import Bool, Float

_MOST = 24


def matching_pursuit(
    rows: Float[np.ndarray, "token d_model"],
    directions: Float[np.ndarray, "feature d_model"],
    *,
    level: float,
    within: float,
) -> tuple[Float[np.ndarray, "token feature"], Bool[np.ndarray, " token"]]:
    """Decode rows into sums of directions by orthogonal matching pursuit.

    Step by step the direction with the largest cosine to what is left joins, and all that have
    joined are fitted anew by least squares, until what is left is no longer than ``within`` or 24
    have joined.

    Parameters
    ----------
    rows
        Sums of a few directions each.
    directions
        Of any length but zero.
    level
        Codes below half of it are set to zero at the end.
    within
        Length at which a row counts as rebuilt.

    Returns
    -------
    codes
        Coefficients of the directions as given.
    rebuilt
        Which rows were rebuilt.
    """
    x, d = np.asarray(rows, dtype=np.float64), np.asarray(directions, dtype=np.float64)
    unit = d / np.linalg.norm(d, axis=1, keepdims=True)
    codes = np.zeros((len(x), len(d)), dtype=np.float32)
    residual, chosen = x.copy(), np.zeros((len(x), 0), dtype=np.int64)
    open_rows = np.flatnonzero(np.linalg.norm(residual, axis=1) > within)
    rebuilt = np.ones(len(x), dtype=bool)
    for _ in range(min(_MOST, len(d))):
        if not open_rows.size:
            break
        score = residual[open_rows] @ unit.T
        np.put_along_axis(score, chosen[open_rows], -np.inf, axis=1)
        joined = np.column_stack([chosen[open_rows], score.argmax(axis=1)])
        chosen = np.column_stack([chosen, np.zeros(len(x), dtype=np.int64)])
        chosen[open_rows] = joined
        picked = d[joined]
        gram = picked @ picked.transpose(0, 2, 1)
        fit = np.linalg.solve(
            gram + 1e-12 * np.eye(gram.shape[1]), (picked @ x[open_rows][:, :, None])
        )[:, :, 0]
        residual[open_rows] = x[open_rows] - (fit[:, None, :] @ picked)[:, 0]
        block = np.zeros((len(open_rows), len(d)), dtype=np.float32)
        np.put_along_axis(block, joined, fit.astype(np.float32), axis=1)
        codes[open_rows] = block
        open_rows = open_rows[np.linalg.norm(residual[open_rows], axis=1) > within]
    rebuilt[open_rows] = False
    return np.where(codes < level / 2, 0, codes), rebuilt
