"""What a map is made of: flattened directions with their neighbours; and the null of them."""

import numpy as np
from jaxtyping import Float

from armillary.affinity import flatten, nearest, spectrum_matched
from armillary.core import Neighbours

Prepared = tuple[Float[np.ndarray, "feature d_model"], Neighbours]


def prepare(
    directions: Float[np.ndarray, "feature d_model"],
    *,
    k: int = 16,
    strength: float = 0.5,
    rng: np.random.Generator,
) -> Prepared:
    """Flatten directions and find their neighbours, as a survey does.

    Parameters
    ----------
    directions
        Rows, centred or not.
    k
        Neighbours a row; lowered where there are fewer rows.
    strength
        Of the flattening, see ``armillary.affinity.flatten``.
    rng
        Of approximate search, for a million rows or more.

    Returns
    -------
    unit : Float[np.ndarray, "feature d_model"]
        Flattened rows of length 1.
    neighbours : Neighbours
        Of every row.
    """
    unit = flatten(directions, strength=strength)
    return unit, nearest(unit, k=min(k, len(unit) - 1), rng=rng)


def null_decoder(
    directions: Float[np.ndarray, "feature d_model"],
    *,
    k: int = 16,
    strength: float = 0.5,
    rng: np.random.Generator,
) -> Prepared:
    """Draw as many vectors with the same spectrum and no groups, and prepare them the same way.

    Parameters
    ----------
    directions
        Rows to imitate.
    k, strength
        As for ``prepare``.
    rng
        Source of the draw.

    Returns
    -------
    unit : Float[np.ndarray, "feature d_model"]
        Flattened rows of length 1.
    neighbours : Neighbours
        Of every row.
    """
    return prepare(spectrum_matched(directions, rng=rng), k=k, strength=strength, rng=rng)
