"""Factors: classes that shift every concept alike, found and divided out."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.shape.axes import independent_axes
from armillary.shape.views import Batch, principal, rank, whiten

LEADING = 3  # whitened axes that a two-way split is looked for on
WIDER = 4  # whitened axes that a three-way split is looked for on
ROUNDS = 8  # of k-means
NEVER = -1e3  # nats of a split that leaves a class too small


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """A factor divided out of every cloud of a batch.

    Parameters
    ----------
    split
        Class of each point.
    nats
        Nats saved by coding the split axes as levels, less what it takes to name them.
    rest
        What is left when every class is centred, in principal coordinates.
    """

    split: Int[np.ndarray, "draw point"]
    nats: Float[np.ndarray, " draw"]
    rest: Batch


def factors(scores: Batch) -> Iterator[Division]:
    """Divide out a factor of two classes, of three, and of four (two splits, one after the other).

    Parameters
    ----------
    scores
        Clouds in principal coordinates.

    Yields
    ------
    Division
        For two, three and up to four classes: ``sharpest_split`` in the three leading whitened
        axes, ``sharpest_three`` in the four leading ones, and ``sharpest_split`` again in what the
        first split leaves. Every two-way split costs log n nats for its place, a three-way one
        twice that.
    """
    cost = math.log(scores.shape[1])
    two, saved = sharpest_split(whiten(scores)[:, :, :LEADING])
    yield _divided(scores, two, saved - cost)
    three, nats = sharpest_three(whiten(scores)[:, :, :WIDER])
    yield _divided(scores, three, nats - 2 * cost)
    rest = principal(centre_classes(scores, two))
    again, more = sharpest_split(whiten(rest)[:, :, :LEADING])
    yield _divided(scores, 2 * two + again, saved + more - 2 * cost)


def _divided(
    points: Batch, label: Int[np.ndarray, "draw point"], nats: Float[np.ndarray, " draw"]
) -> Division:
    """Centre the classes and number them by size, 0 the largest; of equal ones the tighter first.

    The numbers must not hang on the order of the points: partners are sought in class 0.
    """
    rest = centre_classes(points, label)
    square = (rest**2).sum(axis=2)
    member = np.stack([label == c for c in range(4)], axis=1)
    scatter = (member * square[:, None]).sum(axis=2)
    share = scatter / np.maximum(scatter.sum(axis=1, keepdims=True), 1e-300)
    place = np.argsort(np.argsort(share / 2 - member.sum(axis=2), axis=1), axis=1)
    return Division(np.take_along_axis(place, label, axis=1), nats, principal(rest))


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
        levels; the within variance is at least 1e-4. 0 with fewer than 4 points or no axes.
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


def sharpest_three(
    axes: Batch,
) -> tuple[Int[np.ndarray, "draw point"], Float[np.ndarray, " draw"]]:
    """Split each cloud in three on one axis or in one plane, by k-means.

    Looked at are the given axes and planes, and those of the independent axes of all of them and
    of the first three. Every class keeps at least a sixth of the points (and two of them).

    Parameters
    ----------
    axes
        Zero mean, unit variance.

    Returns
    -------
    split
        Class of each point, 0 to 2.
    nats
        -(n r / 2) log(within variance) - n H(shares) of the best, r = 1 on an axis and 2 in a
        plane, less the log of the number of places looked at; the within variance is that of one
        axis, at least 1e-4. 0 with fewer than 6 points or no axes; near ``NEVER`` (-1000) if a
        class is too small everywhere.
    """
    n, m = axes.shape[1:]
    split = np.zeros(axes.shape[:2], dtype=np.int64)
    best, looked = np.full(len(axes), NEVER), np.zeros(len(axes))
    if n < 6 or m == 0:
        return split, np.zeros(len(axes))
    full = rank(axes)
    places = [(axes, own, max(own) + 1) for own in _subspaces(m)]
    for r in sorted({3, m} & set(range(3, m + 1))):
        turned = independent_axes(axes[:, :, :r])
        places += [(turned, own, r) for own in _subspaces(r)]
    for view, own, needed in places:
        label, within = three_means(view[:, :, list(own)])
        count = np.stack([(label == c).sum(axis=1) for c in range(3)], axis=1)
        share = count / n
        entropy = -(share * np.log(np.maximum(share, 1 / n))).sum(axis=1)
        r = len(own)
        nats = n * (-0.5 * r * np.log(np.maximum(within / (n * r), 1e-4)) - entropy)
        fair = (count.min(axis=1) >= max(2, n // 6)) & (full >= needed)
        nats = np.where(fair, nats, NEVER)
        better: Bool[np.ndarray, " draw"] = nats > best
        split[better], best[better] = label[better], nats[better]
        looked += full >= needed
    return split, best - np.log(np.maximum(looked, 1))


def three_means(
    points: Batch,
) -> tuple[Int[np.ndarray, "draw point"], Float[np.ndarray, " draw"]]:
    """Part every cloud into three by k-means from three far points.

    The first centre is the point farthest from 0, the others are each the farthest from those
    before; then eight rounds.

    Parameters
    ----------
    points
        Zero mean.

    Returns
    -------
    label
        Class of each point, 0 to 2; a class may be empty.
    scatter
        Sum of squared distances to the nearest of the three means, in the units of the points
        squared.
    """
    draw: Int[np.ndarray, " draw"] = np.arange(len(points))
    centre = [points[draw, (points**2).sum(axis=2).argmax(axis=1)]]
    near = ((points - centre[0][:, None]) ** 2).sum(axis=2)
    for _ in range(2):
        centre.append(points[draw, near.argmax(axis=1)])
        near = np.minimum(near, ((points - centre[-1][:, None]) ** 2).sum(axis=2))
    middle = np.stack(centre, axis=1)
    for _ in range(ROUNDS):
        distance = ((points[:, :, None] - middle[:, None]) ** 2).sum(axis=3)
        member = (distance.argmin(axis=2)[:, :, None] == np.arange(3)).astype(np.float64)
        count = np.maximum(member.sum(axis=1), 1)
        middle = np.swapaxes(member, 1, 2) @ points / count[:, :, None]
    distance = ((points[:, :, None] - middle[:, None]) ** 2).sum(axis=3)
    return distance.argmin(axis=2), distance.min(axis=2).sum(axis=1)


def _subspaces(m: int) -> list[tuple[int, ...]]:
    return [(a,) for a in range(m)] + list(combinations(range(m), 2))


def centre_classes(points: Batch, label: Int[np.ndarray, "draw point"]) -> Batch:
    """Subtract from every point the mean of its class.

    Parameters
    ----------
    points
        Any clouds.
    label
        Class of each point, from 0.

    Returns
    -------
    Float[np.ndarray, "draw point _"]
        The clouds, every class with mean 0.
    """
    out = points.copy()
    for value in range(int(label.max(initial=0)) + 1):
        member: Bool[np.ndarray, "draw point"] = label == value
        count = np.maximum(member.sum(axis=1), 1)[:, None]
        mean = (member[:, None, :].astype(points.dtype) @ points)[:, 0] / count
        out -= member[:, :, None] * mean[:, None, :]
    return out
