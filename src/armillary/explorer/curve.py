"""The fitted circle or arc of a finding, as a polyline in the plane it was fitted in."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

STEPS = 96
_NONE: tuple[tuple[float, float], ...] = ()


def fitted_curve(
    points: Float[np.ndarray, "point 2"],
    *,
    parameters: Mapping[str, Any],
    order: Sequence[int],
    closed: bool,
) -> tuple[tuple[float, float], ...]:
    """Return the fitted circle (closed) or the arc that the ordered points cover (open).

    Nothing is returned where the parameters hold no ``center`` (or ``centre``) and ``radius``, or
    where the circle is not the points' own: their median distance from it must be below 0.4 radii
    (a fit made in other coordinates than the plane shown must not be drawn over it).
    """
    centre = parameters.get("center", parameters.get("centre"))
    radius = parameters.get("radius")
    if not isinstance(centre, list) or not isinstance(radius, int | float) or radius <= 0:
        return _NONE
    middle = np.array(centre[:2], dtype=np.float64)  # pyright: ignore[reportUnknownArgumentType]
    if middle.shape != (2,) or points.shape[0] == 0:
        return _NONE
    away = points - middle
    if np.median(np.abs(np.hypot(away[:, 0], away[:, 1]) - radius)) > 0.4 * radius:
        return _NONE
    if closed:
        begin, end = 0.0, 2 * np.pi
    elif len(order) > 2:
        along = np.unwrap(np.arctan2(away[order, 1], away[order, 0]))
        begin, end = float(along.min()), float(along.max())
    else:
        return _NONE
    angle: Float[np.ndarray, " step"] = np.linspace(begin, end, STEPS)
    track = middle + radius * np.c_[np.cos(angle), np.sin(angle)]
    return tuple((round(float(x), 5), round(float(y), 5)) for x, y in track)
