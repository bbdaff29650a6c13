"""Parallelogram lattices: the same step leads from each point of one class to one of another."""

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.shape.factor import Division, centre_classes, factors
from armillary.shape.views import Batch

PREFIXES = (2, 3, 4, 6, 8)  # leading axes that the concepts may live in


def matched_nats(found: Division) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by partners across the classes of a factor that was divided out.

    ``lattice_nats`` in the first 2, 3, 4, 6, 8 and in all axes of what is left, less its mean when
    the smaller classes are turned over on half of these axes (partners found among unrelated
    concepts of the same spread); the best of these prefixes. Concepts live in the leading axes,
    the rest is noise that keeps partners apart.

    Parameters
    ----------
    found
        The factor, and what it leaves.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats, without those of the factor itself; near 0, the gain of the best of the prefixes, if
        concepts of different classes are unrelated.
    """
    n_axes = found.rest.shape[2]
    prefixes = sorted({min(r, n_axes) for r in PREFIXES} | {n_axes})
    if not n_axes:
        return np.zeros(len(found.rest))
    largest = (_by_size(found.split) == 0)[:, :, None]
    each: list[Float[np.ndarray, " draw"]] = []
    for r in prefixes:
        rest = found.rest[:, :, :r]
        signs = np.vstack([np.ones((1, r)), _signs(r)])
        turned = np.where(largest, rest, rest * signs[:, None, None, :])
        split = np.tile(found.split, (len(signs), 1))
        nats = lattice_nats(turned.reshape(-1, *rest.shape[1:]), split).reshape(len(signs), -1)
        each.append(nats[0] - nats[1:].mean(axis=0))
    return np.max(np.stack(each), axis=0)


def _signs(r: int) -> Float[np.ndarray, "turn axis"]:
    """Reflections of r axes, about half of them in each: three, or the only one of one axis."""
    if r == 1:
        return np.array([[-1.0]])
    axis: Int[np.ndarray, " axis"] = np.arange(r)
    return np.where(np.stack([axis % 2 == 0, axis % 2 == 1, (axis // 2) % 2 == 0]), -1.0, 1.0)


def angle_nats(
    angle: Float[np.ndarray, "draw point"], split: Int[np.ndarray, "draw point"]
) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by coding angles by those of partners in the largest class.

    ``lattice_nats`` of the points (cos, sin), one dimension each.

    Parameters
    ----------
    angle
        Direction of each point from the centre of the ring, radians, any branch.
    split
        Class of each point.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats; 0 if there are no pairs. Turning all angles alike changes nothing.
    """
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=2)
    return lattice_nats(circle, split, dimension=1.0)


def lattice_nats(
    scores: Batch, split: Int[np.ndarray, "draw point"], *, dimension: float | None = None
) -> Float[np.ndarray, " draw"]:
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
    dimension
        r, where it is known.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats, summed over the pairs; 0 if there are none.
    """
    label = _by_size(split)
    centred = centre_classes(scores, label)
    spread = np.swapaxes(centred, 1, 2) @ centred
    trace = np.trace(spread, axis1=1, axis2=2)
    ratio = trace**2 / np.maximum((spread**2).sum(axis=(1, 2)), 1e-300)
    axes = ratio if dimension is None else np.full_like(ratio, dimension)
    order = np.argsort(label, axis=1, kind="stable")
    points = np.take_along_axis(centred, order[:, :, None], axis=1)
    size = np.stack([(label == v).sum(axis=1) for v in range(int(label.max(initial=0)) + 1)])
    first, has_first = _members(points, np.zeros_like(size[0]), size[0])
    total, start = np.zeros(scores.shape[0]), size[0]
    for count in size[1:]:
        if count.any():
            second, has_second = _members(points, start, count)
            total += _pair_nats((first, has_first), (second, has_second), axes)
        start = start + count
    return total


def best_factor(scores: Float[np.ndarray, "point axis"]) -> Division:
    """Find the factor of one cloud whose classes and partners save most.

    Parameters
    ----------
    scores
        The cloud in principal coordinates.

    Returns
    -------
    Division
        The one of ``factors`` with the largest sum of nats and ``matched_nats``, a batch of one.
    """
    return max(factors(scores[None]), key=lambda f: float(f.nats[0] + matched_nats(f)[0]))


def match_classes(
    scores: Float[np.ndarray, "point axis"], split: Int[np.ndarray, " point"]
) -> list[tuple[int, int]]:
    """List the mutual nearest pairs across the two largest classes.

    Parameters
    ----------
    scores
        The cloud, unscaled.
    split
        Class of each point.

    Returns
    -------
    list
        Pairs of row numbers, the first of the largest class; empty if all points are in one.
    """
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
