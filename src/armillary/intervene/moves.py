"""Moves: by how much each activation is displaced, as arrays."""

import numpy as np
from jaxtyping import Float

from armillary.intervene.curves import Curve
from armillary.intervene.planes import Plane


def turned(
    points: Float[np.ndarray, "*point d_model"], plane: Plane, angle: float
) -> Float[np.ndarray, "*point d_model"]:
    """Return the displacement of points turned about a plane's centre.

    ``((R(angle) - 1) z) @ basis`` with ``z`` the coordinates in the plane; what is orthogonal to
    the plane stays.

    Parameters
    ----------
    points
        Activations.
    plane
        The plane.
    angle
        Radians, positive from its first axis to its second.

    Returns
    -------
    array
        To be added to the points; its length is ``2 |sin(angle / 2)|`` times the radius.
    """
    c, s = np.cos(angle), np.sin(angle)
    across = plane.coordinates(points)
    return (across @ np.array([[c - 1, s], [-s, c - 1]])) @ plane.basis


def slid(
    curve: Curve, place: Float[np.ndarray, "*point"], by: float
) -> Float[np.ndarray, "*point d_model"]:
    """Return the displacement of points that slide along a curve.

    Parameters
    ----------
    curve
        The curve.
    place
        Where they are, in words.
    by
        How far, in words.

    Returns
    -------
    array
        ``curve.at(place + by) - curve.at(place)``.
    """
    return curve.at(place + by) - curve.at(place)


def resized(
    displacement: Float[np.ndarray, "*point d_model"], like: Float[np.ndarray, "*point d_model"]
) -> Float[np.ndarray, "*point d_model"]:
    """Return displacements with their own directions and the lengths of others.

    Parameters
    ----------
    displacement
        Whose directions; one of length 0 stays.
    like
        Whose lengths.

    Returns
    -------
    array
        As many displacements.
    """
    own = np.linalg.norm(displacement, axis=-1, keepdims=True)
    wanted = np.linalg.norm(like, axis=-1, keepdims=True)
    return displacement * (wanted / np.where(own > 0, own, 1.0))
