"""Parallelogram lattices: the same step leads from each point of one class to one of another."""

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.shape.views import Batch, centre_classes


def lattice_nats(scores: Batch, split: Int[np.ndarray, "draw point"]) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by coding matched points by their partner in the largest class.

    Points are centred on their class; mutual nearest neighbours across the largest class and each
    other class (up to three) are pairs. For every pair, (r / 2) log(m / e^2) with e^2 the pair's
    squared distance (at least 1e-12 m), m the mean squared distance across the classes and r the
    effective dimension (participation ratio of the centred cloud), less log of the number of
    partners to choose from.

    Parameters
    ----------
    scores
        Clouds, unscaled.
    split
        Class of each point.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats, summed over the pairs; 0 if there are none.
    """
    label = _by_size(split)
    centred = centre_classes(scores, label)
    spread = np.swapaxes(centred, 1, 2) @ centred
    trace = np.trace(spread, axis1=1, axis2=2)
    dimension = trace**2 / np.maximum((spread**2).sum(axis=(1, 2)), 1e-300)
    order = np.argsort(label, axis=1, kind="stable")
    points = np.take_along_axis(centred, order[:, :, None], axis=1)
    size = np.stack([(label == v).sum(axis=1) for v in range(int(label.max(initial=0)) + 1)])
    first, has_first = _members(points, np.zeros_like(size[0]), size[0])
    total, start = np.zeros(scores.shape[0]), size[0]
    for count in size[1:]:
        if count.any():
            second, has_second = _members(points, start, count)
            total += _pair_nats((first, has_first), (second, has_second), dimension)
        start = start + count
    return total


def match_classes(
    scores: Float[np.ndarray, "point axis"], split: Int[np.ndarray, " point"]
) -> list[tuple[int, int]]:
    """List the mutual nearest pairs across the two largest classes."""
    label = _by_size(split[None])[0]
    first, second = np.flatnonzero(label == 0), np.flatnonzero(label == 1)
    if not second.size:
        return []
    a = scores[first] - scores[first].mean(axis=0)
    b = scores[second] - scores[second].mean(axis=0)
    distance = ((a[:, None] - b[None]) ** 2).sum(axis=2)
    forth, back = distance.argmin(axis=1), distance.argmin(axis=0)
    pairs = [(i, int(forth[i])) for i in range(first.size) if back[forth[i]] == i]
    return [(int(first[i]), int(second[j])) for i, j in pairs]


Members = tuple[Float[np.ndarray, "draw _ _"], Bool[np.ndarray, "draw _"]]


def _pair_nats(
    first: Members, second: Members, dimension: Float[np.ndarray, " draw"]
) -> Float[np.ndarray, " draw"]:
    """Nats saved by the mutual nearest pairs of two centred classes."""
    (one, has_one), (other, has_other) = first, second
    square_one, square_other = (one**2).sum(axis=2), (other**2).sum(axis=2)
    distance = square_one[:, :, None] + square_other[:, None, :]
    distance -= 2 * one @ np.swapaxes(other, 1, 2)
    n_one, n_other = has_one.sum(axis=1), has_other.sum(axis=1)
    total = n_other * square_one.sum(axis=1) + n_one * square_other.sum(axis=1)  # centred classes
    mean = (total / np.maximum(n_one * n_other, 1))[:, None]
    distance[~(has_one[:, :, None] & has_other[:, None, :])] = np.inf
    nearest, back = distance.argmin(axis=2), distance.argmin(axis=1)
    home = np.take_along_axis(back, nearest, axis=1)
    own: Int[np.ndarray, " member"] = np.arange(int(one.shape[1]))
    mutual = has_one & (home == own) & (n_other > 0)[:, None] & (mean > 0)
    gap = np.take_along_axis(distance, nearest[:, :, None], axis=2)[:, :, 0]
    ratio = np.divide(gap, mean, out=np.ones_like(gap), where=mutual)
    saved = -0.5 * dimension[:, None] * np.log(np.maximum(ratio, 1e-12))
    return np.where(mutual, saved - np.log(np.maximum(n_other, 1))[:, None], 0).sum(axis=1)


def _by_size(split: Int[np.ndarray, "draw point"]) -> Int[np.ndarray, "draw point"]:
    """Relabel classes by size, 0 the largest."""
    values = range(int(split.max(initial=0)) + 1)
    counts = np.stack([(split == value).sum(axis=1) for value in values], axis=1)
    place = np.argsort(np.argsort(-counts, axis=1, kind="stable"), axis=1)
    return np.take_along_axis(place, split, axis=1)


def _members(
    points: Batch, start: Int[np.ndarray, " draw"], count: Int[np.ndarray, " draw"]
) -> Members:
    """Take ``count`` points from ``start`` on; the places not filled are zeros."""
    place = np.arange(int(count.max()))
    filled = place < count[:, None]
    index = np.minimum(start[:, None] + place, points.shape[1] - 1)
    chosen = np.take_along_axis(points, index[:, :, None], axis=1)
    return np.where(filled[:, :, None], chosen, 0.0), filled
