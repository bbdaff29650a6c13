"""Shape fits: centre, plane, size and coordinates of a shape laid over a group of features."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.knockoffs.shaped_group import TEMPLATE_OF, ShapedGroup
from armillary.knockoffs.templates import template

FITTED = "fitted"


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A shape laid over a group: ``centres[part] + size * coordinates @ axes``.

    Parameters
    ----------
    shape
        Name of the template; ``"fitted"``: coordinates are the members' own.
    size
        Root mean square length of what is laid over.
    coordinates
        Of members, in units of the size.
    centres
        One a part.
    axes
        Orthonormal.
    """

    shape: str
    size: float
    coordinates: Float[np.ndarray, "member axis"]
    centres: Float[np.ndarray, "part d_model"]
    axes: Float[np.ndarray, "axis d_model"]


def fitted(points: Float[np.ndarray, "member d_model"], group: ShapedGroup, *, mode: str) -> Fit:
    """Lay a group's shape over its members, all parts in one plane about their own centres.

    Parameters
    ----------
    points
        The members' vectors, in the order of the group's rows.
    group
        Says the shape and each member's place.
    mode
        Of ``Shapes``.

    Returns
    -------
    Fit
        With a template, the best rotation and scale (Procrustes) of all parts together; without,
        the leading principal axes within parts.
    """
    x = np.asarray(points, dtype=np.float64)
    shape = "simplex" if mode == "simplex" else TEMPLATE_OF.get(group.shape, FITTED)
    n_parts = int(group.part.max()) + 1
    mean = _means(x, group.part, n_parts)
    about = x - mean[group.part]
    if mode == FITTED or shape == FITTED:
        r = min(group.axes, x.shape[1], len(x))
        axes = np.linalg.svd(about, full_matrices=False)[2][:r]
        flat = about @ axes.T
        size = float(np.sqrt((flat**2).sum(axis=1).mean()))
        return Fit(FITTED, size, flat / max(size, 1e-30), mean, axes)
    t = template(shape, group.position, period=group.period)
    middle = _means(t, group.part, n_parts)
    centred = t - middle[group.part]
    if mode == "simplex":  # the size that keeps the mean squared distance from the centre
        spread = max(float((centred**2).sum()), 1e-30)
        size = float(np.sqrt((about**2).sum() / spread))
        return Fit(shape, size, t, mean, np.zeros((t.shape[1], x.shape[1])))
    u, s, v = np.linalg.svd(centred.T @ about, full_matrices=False)
    size = float(s.sum() / max(float((centred**2).sum()), 1e-30))
    axes = u @ v
    return Fit(shape, size, t, mean - size * middle @ axes, axes)


def _means(
    x: Float[np.ndarray, "member axis"], part: np.ndarray, n: int
) -> Float[np.ndarray, "part axis"]:
    return np.stack([x[part == p].mean(axis=0) for p in range(n)])
