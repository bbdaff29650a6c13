"""Span: rows seen in an orthonormal basis of the space they span themselves."""

import numpy as np
from jaxtyping import Float

RANK = 1e-12  # eigenvalues of the Gram matrix below this share of the largest are rounding
PIVOT = 1e-5  # rows nearer than this share to the span of earlier ones: look at eigenvalues


def span_rows(
    directions: Float[np.ndarray, "member d_model"],
) -> Float[np.ndarray, "member rank"]:
    """Return the rows' coordinates in an orthonormal basis of their own span.

    A matrix ``B`` with ``B B' = D D'``, the Gram matrix of the rows: hence the same lengths, angles
    and principal components for the rows and for every linear combination of them, in ``rank``
    numbers instead of d_model. ``B`` is the Cholesky factor; where rows depend on each other it is
    ``U diag(sqrt s)`` from the eigenvectors, which has fewer columns.

    Parameters
    ----------
    directions
        One row a feature.

    Returns
    -------
    Float[np.ndarray, "member rank"]
        Rank is the number of rows, or of eigenvalues above 1e-12 of the largest. The basis itself
        means nothing.
    """
    rows = np.asarray(directions, dtype=np.float64)
    gram = rows @ rows.T
    try:
        lower = np.linalg.cholesky(gram)
        pivot = np.diagonal(lower)
        if pivot.size == 0 or pivot.min() > PIVOT * pivot.max():
            return lower
    except np.linalg.LinAlgError:
        pass
    eigenvalue, vectors = np.linalg.eigh(gram)
    kept = np.flatnonzero(eigenvalue > RANK * max(float(eigenvalue[-1]), 0.0))[::-1]
    return vectors[:, kept] * np.sqrt(eigenvalue[kept])
