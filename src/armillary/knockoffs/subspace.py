"""Subspace: the leading eigenvectors of a matrix that is only ever applied to thin blocks."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

Block = Float[np.ndarray, "row rank"]
_SPARE = 24  # columns beyond the rank that are wanted: they hasten the last wanted ones


def leading_factor(
    apply: Callable[[Block], Block],
    n: int,
    *,
    rank: int,
    rng: np.random.Generator,
    rounds: int = 4,
    start: Float[np.ndarray, "row known"] | None = None,
) -> tuple[Float[np.ndarray, "row rank"], Float[np.ndarray, " rank"]]:
    """Factor the best positive semidefinite approximation of a symmetric matrix, by its products.

    Subspace iteration from a Gaussian block, orthonormalised between products, and one Rayleigh
    quotient at the end: with the ``rank`` largest positive eigenvalues ``w`` and their vectors
    ``V`` the factor is ``V diag(sqrt(w))``. A matrix with large negative eigenvalues must be
    shifted by the caller, since the iteration finds those of largest absolute value.

    Parameters
    ----------
    apply
        Returns the matrix times a block; float32 in, float32 or float64 out.
    n
        Rows of the matrix.
    rank
        At most n.
    rng
        Of the first block.
    rounds
        Products in all, at least 2. Each costs one pass over the matrix; two are enough to see
        the leading directions, four to have them.
    start
        Columns near the wanted ones, such as the factor of a similar matrix.

    Returns
    -------
    factor : Float[np.ndarray, "row rank"]
        float32, columns in falling order; zero where no positive eigenvalue was left.
    eigenvalue : Float[np.ndarray, " rank"]
        Of the approximation, falling, at least 0.
    """
    width = min(n, rank + _SPARE)
    block = rng.standard_normal((n, width), dtype=np.float32)
    if start is not None:
        known = start[:, :width]
        block[:, : known.shape[1]] = known / np.maximum(np.linalg.norm(known, axis=0), 1e-30)
        block[:, known.shape[1] :] /= np.sqrt(n)
    block = _orthonormal(block)
    image = np.asarray(apply(block), dtype=np.float32)
    for _ in range(max(1, rounds - 1)):
        block = _orthonormal(image)
        image = np.asarray(apply(block), dtype=np.float32)
    small = (block.T @ image).astype(np.float64)
    value, turn = np.linalg.eigh((small + small.T) / 2)
    value, turn = np.maximum(value[::-1][:rank], 0), turn[:, ::-1][:, :rank]
    return block @ (turn * np.sqrt(value)).astype(np.float32), value


def _orthonormal(block: Block) -> Block:
    """Return an orthonormal basis of the columns, noise in place of those that are dependent."""
    return np.linalg.qr(block)[0].astype(np.float32, copy=False)
