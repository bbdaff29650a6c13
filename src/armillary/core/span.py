"""Span: rows seen in an orthonormal basis of the space they span themselves."""

import numpy as np
from jaxtyping import Float

RANK = 1e-12  # eigenvalues of the Gram matrix below this share of the largest are rounding


def span_rows(
    directions: Float[np.ndarray, "member d_model"],
) -> Float[np.ndarray, "member rank"]:
    """Return the rows' coordinates in an orthonormal basis of their own span.

    With the Gram matrix ``D D' = U diag(s) U'`` the coordinates are ``U diag(sqrt s)``, columns by
    falling ``s``: the same Gram matrix, hence the same lengths, angles and principal components
    for the rows and for every linear combination of them, in ``rank`` numbers instead of d_model.

    Parameters
    ----------
    directions
        One row a feature.

    Returns
    -------
    Float[np.ndarray, "member rank"]
        Rank is the number of eigenvalues above 1e-12 of the largest. The signs of columns, and
        their order where eigenvalues tie, mean nothing.
    """
    rows = np.asarray(directions, dtype=np.float64)
    eigenvalue, vectors = np.linalg.eigh(rows @ rows.T)
    kept = np.flatnonzero(eigenvalue > RANK * max(float(eigenvalue[-1]), 0.0))[::-1]
    return vectors[:, kept] * np.sqrt(eigenvalue[kept])
