"""Views of a batch of clouds: raw axes, directions from the centre, a two-way factor divided out."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import gammaincinv

N_AXES = 6  # leading axes that planes and triples are searched in
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


def look(scores: Batch, *, divisions: int = 1) -> Views:
    """Compute every view of a batch of clouds given in principal coordinates.

    ``divisions`` is how many times the sharpest split is divided out: 1 for a two-way factor
    (with and without a leading space), 2 for up to four classes.
    """
    rest, split = scores, np.zeros(scores.shape[:2], dtype=np.int64)
    nats = np.zeros(scores.shape[0])
    for _ in range(divisions):
        side, saved = sharpest_split(whiten(principal(rest))[:, :, :3])
        split, nats = 2 * split + side, nats + saved
        rest = centre_classes(scores, split)
    return Views(
        scores,
        whiten(scores)[:, :, :N_AXES],
        whiten(project(scores))[:, :, :N_AXES],
        split,
        nats,
        whiten(principal(rest))[:, :, :N_AXES],
        whiten(project(rest))[:, :, :N_AXES],
    )


def whiten(scores: Batch) -> Batch:
    """Scale every axis to unit variance; axes of no length come out as zeros."""
    sd = np.sqrt((scores**2).mean(axis=1, keepdims=True))
    return scores / np.where(sd > 1e-9 * sd.max(), sd, np.inf)


def principal(points: Batch) -> Batch:
    """Rotate every cloud of the batch to its own principal axes (at most 24 kept)."""
    points = points - points.mean(axis=1, keepdims=True)
    gram = np.einsum("bna,bnc->bac", points, points)
    _, axes = np.linalg.eigh(gram)
    return points @ axes[:, :, ::-1]


def project(points: Batch) -> Batch:
    """Put every point on the unit sphere about the centroid, then rotate to principal axes."""
    points = points - points.mean(axis=1, keepdims=True)
    norm = np.sqrt((points**2).sum(axis=2, keepdims=True))
    return principal(points / np.maximum(norm, 1e-12))


def sharpest_split(
    axes: Batch,
) -> tuple[Int[np.ndarray, "draw point"], Float[np.ndarray, " draw"]]:
    """Split each cloud in two at the sharpest gap along one of the given unit-variance axes.

    The cut maximises the variance between the sides; each side keeps at least a quarter of the
    points. Returns the side of each point, and -(n / 2) log(within variance) - n H(shares), the
    nats saved by coding the axis as two levels.
    """
    n_points = axes.shape[1]
    least = max(2, n_points // 4)
    order = np.argsort(axes, axis=1)
    ranked = np.take_along_axis(axes, order, axis=1)
    below = np.cumsum(ranked, axis=1)[:, least - 1 : n_points - least, :]
    count = np.arange(least, n_points - least + 1, dtype=np.float64)[None, :, None]
    between = below**2 / count + below**2 / (n_points - count)  # zero mean: the rest is -below
    cut = between.argmax(axis=1)
    axis = between.max(axis=1).argmax(axis=1)
    draw = np.arange(axes.shape[0])
    threshold = ranked[draw, least - 1 + cut[draw, axis], axis]
    side = (axes[draw, :, axis] > threshold[:, None]).astype(np.int64)
    share = np.clip(side.mean(axis=1), 1 / n_points, 1 - 1 / n_points)
    within = np.maximum(1 - between[draw, cut[draw, axis], axis] / n_points, 1e-4)
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
    return side, n_points * (-0.5 * np.log(within) - entropy)


def radially_gaussian(whitened: Batch) -> Batch:
    """Give each point the distance from the centre that a Gaussian point of its rank would have.

    Radii become the chi quantiles of their ranks, directions stay. Statistics of the result have
    one and the same null for every elliptical distribution, however heavy its tails.
    """
    n, r = whitened.shape[1:]
    radius = np.sqrt((whitened**2).sum(axis=2))
    rank = np.argsort(np.argsort(radius, axis=1), axis=1)
    wanted = np.sqrt(2 * gammaincinv(r / 2, (np.arange(n) + 0.5) / n))
    return whitened * (wanted[rank] / np.maximum(radius, 1e-12))[:, :, None]


def centre_classes(points: Batch, label: Int[np.ndarray, "draw point"]) -> Batch:
    """Subtract from every point the mean of its class."""
    out = points.copy()
    for value in range(int(label.max(initial=0)) + 1):
        member: Bool[np.ndarray, "draw point"] = label == value
        count = np.maximum(member.sum(axis=1), 1)[:, None]
        mean = np.einsum("bn,bna->ba", member.astype(points.dtype), points) / count
        out -= member[:, :, None] * mean[:, None, :]
    return out
