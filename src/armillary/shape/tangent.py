"""Tangent plane: undo the curvature that unit-length rows give to every flat shape."""

import numpy as np
from jaxtyping import Float


def tangent_points(
    directions: Float[np.ndarray, "*cloud point d_model"], *, least_cosine: float = 0.2
) -> Float[np.ndarray, "*cloud point d_model"]:
    """Project directions from the origin onto the plane tangent at their mean direction.

    y = x / max(x . c, least_cosine |x|) - c with c the unit mean direction and x of unit length
    (gnomonic projection). A flat shape that sits off the origin and was then normalised row by
    row lies on a sphere, where a disk is a cap and a segment an arc; this makes it flat again.

    Parameters
    ----------
    directions
        Rows of one cloud or of many; their lengths are ignored, zero rows are not allowed.
    least_cosine
        Points farther from the mean direction than this are not stretched further.

    Returns
    -------
    Float[np.ndarray, "point d_model"]
        Points orthogonal to c (but for stretched outliers), in units where c has length 1. If
        there is no mean direction (norm of the mean below 0.1) the unit rows themselves.
    """
    unit = directions / np.linalg.norm(directions, axis=-1, keepdims=True)
    mean = unit.mean(axis=-2, keepdims=True)
    length = np.linalg.norm(mean, axis=-1, keepdims=True)
    centre = mean / np.maximum(length, 1e-12)
    height = (unit * centre).sum(axis=-1, keepdims=True)
    flat: np.ndarray = unit / np.maximum(height, least_cosine) - centre
    return np.where(length < 0.1, unit, flat)
