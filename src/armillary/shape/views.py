"""Views of a batch of clouds: raw axes, directions from the centre, a factor divided out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import gammaincinv

N_AXES = 6  # leading axes that planes and triples are searched in
IMPOSSIBLE = -1e3  # nats of a shape that a cloud has too few points or axes for
Batch: TypeAlias = Float[np.ndarray, "draw point _"]


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What the shape statistics look at, for a batch of clouds of equal size.

    Parameters
    ----------
    scores
        Principal coordinates, zero mean.
    raw
        Leading axes scaled to unit variance.
    sphere
        The same for the cloud of *directions from the centre*: each point divided by its distance
        from the centroid, then rotated to principal axes. A ring whose points have unequal
        strength is round only here.
    split, split_nats
        Which side of the sharpest one-axis split each point falls on (or which of four classes
        after two splits), and the nats saved by coding the split axes as two levels.
    divided, divided_sphere
        Raw and sphere views after the mean of every side has been subtracted.
    """

    scores: Batch
    raw: Batch
    sphere: Batch
    split: Int[np.ndarray, "draw point"]
    split_nats: Float[np.ndarray, " draw"]
    divided: Batch
    divided_sphere: Batch


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """A factor divided out of every cloud of a batch.

    Parameters
    ----------
    split
        Class of each point.
    nats
        Nats saved by coding each split axis as two levels, summed over the splits.
    rest
        What is left when every class is centred, in principal coordinates.
    """

    split: Int[np.ndarray, "draw point"]
    nats: Float[np.ndarray, " draw"]
    rest: Batch


def look(scores: Batch, *, divisions: int = 1) -> Views:
    """Compute every view of a batch of clouds given in principal coordinates.

    Parameters
    ----------
    scores
        Clouds, zero mean.
    divisions
        How many times the sharpest split is divided out, at least once: 1 for a two-way factor
        (with and without a leading space), 2 for up to four classes.

    Returns
    -------
    Views
        All of them; ``divide`` and ``sphere_view`` give them one by one.
    """
    *_, last = divide(scores, most=divisions)
    return Views(
        scores,
        whiten(scores)[:, :, :N_AXES],
        sphere_view(scores),
        last.split,
        last.nats,
        whiten(last.rest)[:, :, :N_AXES],
        sphere_view(last.rest),
    )


def divide(scores: Batch, *, most: int) -> Iterator[Division]:
    """Divide out the sharpest split of a batch, then the sharpest of what is left, and so on.

    Parameters
    ----------
    scores
        Clouds, zero mean.
    most
        Number of divisions; after d of them there are up to 2^d classes.

    Yields
    ------
    Division
        After each division.
    """
    split = np.zeros(scores.shape[:2], dtype=np.int64)
    nats = np.zeros(scores.shape[0])
    rest = principal(scores)
    for _ in range(most):
        side, saved = sharpest_split(whiten(rest)[:, :, :3])
        split, nats = 2 * split + side, nats + saved
        rest = principal(centre_classes(scores, split))
        yield Division(split, nats, rest)


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


def sharpest_split(
    axes: Batch,
) -> tuple[Int[np.ndarray, "draw point"], Float[np.ndarray, " draw"]]:
    """Split each cloud in two at the sharpest gap along one of the given unit-variance axes.

    The cut maximises the variance between the sides; each side keeps at least a quarter of the
    points (and two of them).

    Parameters
    ----------
    axes
        Axes that may be cut: zero mean, unit variance.

    Returns
    -------
    split
        1 for points above the cut, 0 for the others.
    nats
        -(n / 2) log(within variance) - n H(shares), the nats saved by coding the axis as two
        levels; the within variance is at least 1e-4.
    """
    n_points = axes.shape[1]
    least = max(2, n_points // 4)
    if axes.shape[2] == 0 or n_points < 2 * least:
        return np.zeros(axes.shape[:2], dtype=np.int64), np.zeros(len(axes))
    ranked = np.sort(axes, axis=1)
    below = np.cumsum(ranked, axis=1)[:, least - 1 : n_points - least, :]
    count = np.arange(least, n_points - least + 1, dtype=np.float64)[None, :, None]
    between = below**2 / count + below**2 / (n_points - count)  # zero mean: the rest is -below
    cut = between.argmax(axis=1)
    axis = between.max(axis=1).argmax(axis=1)
    draw: Int[np.ndarray, " draw"] = np.arange(len(axes))
    threshold = ranked[draw, least - 1 + cut[draw, axis], axis]
    side = (axes[draw, :, axis] > threshold[:, None]).astype(np.int64)
    share = np.clip(side.mean(axis=1), 1 / n_points, 1 - 1 / n_points)
    within = np.maximum(1 - between[draw, cut[draw, axis], axis] / n_points, 1e-4)
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
    return side, n_points * (-0.5 * np.log(within) - entropy)


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


def centre_classes(points: Batch, label: Int[np.ndarray, "draw point"]) -> Batch:
    """Subtract from every point the mean of its class."""
    out = points.copy()
    for value in range(int(label.max(initial=0)) + 1):
        member: Bool[np.ndarray, "draw point"] = label == value
        count = np.maximum(member.sum(axis=1), 1)[:, None]
        mean = (member[:, None, :].astype(points.dtype) @ points)[:, 0] / count
        out -= member[:, :, None] * mean[:, None, :]
    return out
