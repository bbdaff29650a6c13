"""Flattened directions: the few axes that every feature shares no longer decide who is near."""

import numpy as np
from jaxtyping import Float

from armillary.affinity.unit_rows import centred_unit_rows, unit_rows
from armillary.core.errors import BadInput


def flatten(
    directions: Float[np.ndarray, "feature d_model"], *, strength: float = 0.5
) -> Float[np.ndarray, "feature d_model"]:
    """Centre, normalise and rotate rows into their eigenbasis, then shrink its loud axes.

    With ``u`` the centred unit rows and ``u.T @ u / n = V diag(w) V.T``, the result is
    ``(u @ V) / w ** (strength / 2)`` with its rows scaled back to length 1; ``w`` is floored at
    1e-6 of its largest value. Axes come loudest first.

    Why: when a handful of axes carries much of the variance, rows that share nothing else already
    have large cosines, and a null with the same spectrum has them too. On the built-in embeddings
    (49,152 x 576) the .999 quantile of that null's nearest cosine is .60 at strength 0 and .25 at
    strength 0.5, and the share of real rows with a neighbour beyond it goes from .51 to .96.

    Parameters
    ----------
    directions
        At least two distinct rows, any lengths.
    strength
        0 leaves plain centred cosines (a rotation only), 1 makes every axis equally loud,
        which also amplifies axes that are nothing but noise.

    Returns
    -------
    Float[np.ndarray, "feature d_model"]
        Unit rows in the eigenbasis, float32.

    Raises
    ------
    BadInput
        If strength is outside [0, 1], a value is not finite, or a row equals the mean.

    Notes
    -----
    Cosines of the result do not change under rotation, shift or one common scale of the input.
    """
    if not 0 <= strength <= 1:
        raise BadInput(f"flatten strength must lie in [0, 1], got {strength}")
    unit = centred_unit_rows(directions)
    eigenvalue, axes = np.linalg.eigh((unit.T @ unit).astype(np.float64) / unit.shape[0])
    eigenvalue, axes = eigenvalue[::-1], axes[:, ::-1]
    loudness = np.maximum(eigenvalue, 1e-6 * eigenvalue[0]) ** (strength / 2)
    return unit_rows(unit @ (axes / loudness).astype(np.float32))
