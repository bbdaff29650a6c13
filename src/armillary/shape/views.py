"""Views of a batch of clouds: whitened axes, directions from the centre, Gaussian radii."""

from typing import TypeAlias

import numpy as np
from jaxtyping import Float, Int
from scipy.special import gammaincinv

N_AXES = 6  # leading axes that planes and triples are searched in
IMPOSSIBLE = -1e3  # nats of a shape that a cloud has too few points or axes for
Batch: TypeAlias = Float[np.ndarray, "draw point _"]


def sphere_view(points: Batch) -> Batch:
    """Return the leading whitened axes of the directions from the centroid."""
    return whiten(project(points))[:, :, :N_AXES]


def whiten(scores: Batch) -> Batch:
    """Scale every axis of every cloud to unit variance.

    Parameters
    ----------
    scores
        Clouds, zero mean along every axis.

    Returns
    -------
    Float[np.ndarray, "draw point axis"]
        Each axis divided by its root mean square (divisor n); axes shorter than 1e-9 of the
        cloud's longest come out as zeros.
    """
    sd = np.sqrt((scores**2).mean(axis=1, keepdims=True))
    longest = sd.max(axis=2, keepdims=True, initial=0.0)
    return scores / np.where(sd > 1e-9 * longest, sd, np.inf)


def rank(whitened: Batch) -> Int[np.ndarray, " draw"]:
    """Count the axes of each whitened cloud that have any length; they come first."""
    return (whitened != 0).any(axis=1).sum(axis=1)


def principal(points: Batch) -> Batch:
    """Centre every cloud of the batch and rotate it to its own principal axes, longest first."""
    points = points - points.mean(axis=1, keepdims=True)
    _, axes = np.linalg.eigh(np.swapaxes(points, 1, 2) @ points)
    return points @ axes[:, :, ::-1]


def project(points: Batch) -> Batch:
    """Put every point on the unit sphere about the centroid, then rotate to principal axes.

    Points at the centre (nearer than 1e-9 of the farthest) have no direction and stay there.
    """
    points = points - points.mean(axis=1, keepdims=True)
    norm = np.sqrt((points**2).sum(axis=2, keepdims=True))
    least = 1e-9 * norm.max(axis=1, keepdims=True)
    return principal(points / np.where(norm > least, norm, np.inf))


def radially_gaussian(whitened: Batch) -> Batch:
    """Give each point the distance from the centre that a Gaussian point of its rank would have.

    Radii become the chi quantiles of (rank + 1/2) / n, directions stay. Were the axes
    known, statistics of the result would have one null for every elliptical distribution; axes
    estimated from the cloud lean towards its outliers, so a heavy tail still shows a little.

    Parameters
    ----------
    whitened
        Clouds with unit variance along every axis.

    Returns
    -------
    Float[np.ndarray, "draw point axis"]
        The clouds with new radii; a point at the centre stays there.
    """
    n, r = whitened.shape[1:]
    radius = np.sqrt((whitened**2).sum(axis=2))
    place = np.argsort(np.argsort(radius, axis=1), axis=1)
    wanted = np.sqrt(2 * gammaincinv(r / 2, (np.arange(n) + 0.5) / n))
    return whitened * (wanted[place] / np.maximum(radius, 1e-12))[:, :, None]
