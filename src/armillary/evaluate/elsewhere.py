"""Elsewhere: the same arrangement of directions put to another place of the same spectrum."""

import numpy as np
from jaxtyping import Float

from armillary.evaluate.matched_nulls import Directions, rows_of


class Elsewhere:
    """Maps that keep a dictionary's spectrum and every cosine, and nothing else of where it lies.

    ``u -> u V S V'`` with ``V`` the eigenvectors of the second moment of the dictionary's unit rows
    and ``S`` a random sign for each, the leading one (the mean direction, as a rule) kept.

    Parameters
    ----------
    directions
        The dictionary; more rows than dimensions make the spectrum its own.

    Raises
    ------
    BadInput
        If it has fewer than two rows.

    Notes
    -----
    A map is orthogonal: cosines, lengths and the energy along every axis of the spectrum stay.
    For Gaussian rows of mean 0 and any covariance the mapped dictionary has the law of the
    dictionary itself, so that ranks of a statistic among its draws are an exact test; unit length
    and a mean make that approximate.
    """

    def __init__(self, directions: Directions) -> None:
        unit = rows_of(directions)
        moment = (unit.T @ unit).astype(np.float64)
        self._axes: np.ndarray = np.linalg.eigh(moment)[1][:, ::-1]  # leading first

    def draw(
        self, rows: Float[np.ndarray, "row d_model"], *, rng: np.random.Generator
    ) -> Float[np.ndarray, "row d_model"]:
        """Put rows elsewhere, all by one map.

        Parameters
        ----------
        rows
            Any rows of the dictionary, of any length.
        rng
            Of the signs.

        Returns
        -------
        Float[np.ndarray, "row d_model"]
            float32, with the Gram matrix of ``rows``.
        """
        sign = rng.choice([-1.0, 1.0], self._axes.shape[1])
        sign[0] = 1.0
        return ((rows @ (self._axes * sign)) @ self._axes.T).astype(np.float32)
