"""Parallelogram lattices: the same step leads from each point of one class to one of another."""

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.shape.views import Batch


def lattice_nats(
    scores: Batch, split: Int[np.ndarray, "draw point"]
) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by coding matched points by their partner in the largest class.

    Points are centred on their class; mutual nearest neighbours across the largest class and each
    other class (up to three) are pairs. For every pair, (r / 2) log(m / e^2) with e^2 the pair's
    squared distance, m the mean squared distance across the classes and r the effective dimension
    (participation ratio of the centred cloud), less log of the number of partners to choose from.
    """
    label = _by_size(split)
    centred = scores
    for value in range(int(label.max(initial=0)) + 1):
        centred = centred - _class_mean(scores, label == value)
    square = (centred**2).sum(axis=2)
    distance = square[:, :, None] + square[:, None, :] - 2 * centred @ np.swapaxes(centred, 1, 2)
    distance = np.maximum(distance, 1e-12)
    lengths = np.linalg.eigvalsh(np.swapaxes(centred, 1, 2) @ centred)
    dimension = lengths.sum(axis=1) ** 2 / np.maximum((lengths**2).sum(axis=1), 1e-12)
    total = np.zeros(scores.shape[0])
    for value in range(1, int(label.max(initial=0)) + 1):
        total += _pair_nats(distance, label == 0, label == value, dimension)
    return total


def _pair_nats(
    distance: Float[np.ndarray, "draw point point"],
    first: Bool[np.ndarray, "draw point"],
    second: Bool[np.ndarray, "draw point"],
    dimension: Float[np.ndarray, " draw"],
) -> Float[np.ndarray, " draw"]:
    across = first[:, :, None] & second[:, None, :]
    apart = np.where(across, distance, np.inf)
    nearest, back = apart.argmin(axis=2), apart.argmin(axis=1)
    draws = np.arange(distance.shape[0])[:, None]
    found = np.take_along_axis(across, nearest[:, :, None], axis=2)[:, :, 0]
    mutual = found & (back[draws, nearest] == np.arange(distance.shape[1]))
    gap = np.take_along_axis(distance, nearest[:, :, None], axis=2)[:, :, 0]
    count = np.maximum(across.sum(axis=(1, 2)), 1)
    mean = np.where(across, distance, 0).sum(axis=(1, 2)) / count
    ratio = np.where(mutual, np.maximum(mean, 1e-12)[:, None] / gap, 1.0)
    choices = np.log(np.maximum(second.sum(axis=1), 1))
    saved = 0.5 * dimension[:, None] * np.log(ratio) - choices[:, None]
    return np.where(mutual, saved, 0).sum(axis=1)


def match_classes(
    scores: Float[np.ndarray, "point axis"], split: Int[np.ndarray, " point"]
) -> list[tuple[int, int]]:
    """List the mutual nearest pairs across the two largest classes."""
    label = _by_size(split[None])[0]
    first, second = np.flatnonzero(label == 0), np.flatnonzero(label == 1)
    a = scores[first] - scores[first].mean(axis=0)
    b = scores[second] - scores[second].mean(axis=0)
    distance = ((a[:, None] - b[None]) ** 2).sum(axis=2)
    forth, back = distance.argmin(axis=1), distance.argmin(axis=0)
    pairs = [(i, int(forth[i])) for i in range(first.size) if back[forth[i]] == i]
    return [(int(first[i]), int(second[j])) for i, j in pairs]


def _by_size(split: Int[np.ndarray, "draw point"]) -> Int[np.ndarray, "draw point"]:
    """Relabel classes by size, 0 the largest."""
    values = range(int(split.max(initial=0)) + 1)
    counts = np.stack([(split == v).sum(axis=1) for v in values], axis=1)
    rank = np.argsort(np.argsort(-counts, axis=1, kind="stable"), axis=1)
    return np.take_along_axis(rank, split, axis=1)


def _class_mean(scores: Batch, member: Bool[np.ndarray, "draw point"]) -> Batch:
    weight = member.astype(scores.dtype)
    mean = np.einsum("bn,bna->ba", weight, scores) / np.maximum(weight.sum(axis=1), 1)[:, None]
    return weight[:, :, None] * mean[:, None, :]
