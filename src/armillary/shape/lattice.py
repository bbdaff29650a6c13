"""Parallelogram lattices: the same step leads from each point of one class to one of another."""

import numpy as np
from jaxtyping import Float, Int

from armillary.shape.views import Batch


def lattice_nats(
    scores: Batch, split: Int[np.ndarray, "draw point"]
) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by coding matched points by their partner in the next class.

    Points of the two largest classes are centred on their class; mutual nearest neighbours across
    the classes are pairs. For every pair, (r / 2) log(m / e^2) with e^2 the pair's squared
    distance, m the mean squared distance across classes and r the effective dimension
    (participation ratio of the spectrum), less log of the number of partners to choose from.
    """
    label = _two_largest(split)
    first, second = label == 0, label == 1
    centred = scores - _class_mean(scores, first) - _class_mean(scores, second)
    square = (centred**2).sum(axis=2)
    distance = square[:, :, None] + square[:, None, :] - 2 * centred @ np.swapaxes(centred, 1, 2)
    across = first[:, :, None] & second[:, None, :]
    distance = np.where(across, np.maximum(distance, 1e-12), np.inf)
    nearest = distance.argmin(axis=2)
    back = distance.argmin(axis=1)
    draws = np.arange(scores.shape[0])[:, None]
    mutual = first & (back[draws, nearest] == np.arange(scores.shape[1]))
    gap = np.take_along_axis(distance, nearest[:, :, None], axis=2)[:, :, 0]
    count = np.maximum(across.sum(axis=(1, 2)), 1)
    mean = np.where(across, distance, 0).sum(axis=(1, 2)) / count
    lengths = np.linalg.eigvalsh(np.swapaxes(centred, 1, 2) @ centred)
    dimension = lengths.sum(axis=1) ** 2 / np.maximum((lengths**2).sum(axis=1), 1e-12)
    saved = 0.5 * dimension[:, None] * np.log(mean[:, None] / np.where(mutual, gap, mean[:, None]))
    choices = np.log(np.maximum(second.sum(axis=1), 1))
    return np.where(mutual, saved - choices[:, None], 0).sum(axis=1)


def match_classes(
    scores: Float[np.ndarray, "point axis"], split: Int[np.ndarray, " point"]
) -> list[tuple[int, int]]:
    """List the mutual nearest pairs across the two largest classes."""
    label = _two_largest(split[None])[0]
    first, second = np.flatnonzero(label == 0), np.flatnonzero(label == 1)
    a = scores[first] - scores[first].mean(axis=0)
    b = scores[second] - scores[second].mean(axis=0)
    distance = ((a[:, None] - b[None]) ** 2).sum(axis=2)
    forth, back = distance.argmin(axis=1), distance.argmin(axis=0)
    pairs = [(i, int(forth[i])) for i in range(first.size) if back[forth[i]] == i]
    return [(int(first[i]), int(second[j])) for i, j in pairs]


def _two_largest(split: Int[np.ndarray, "draw point"]) -> Int[np.ndarray, "draw point"]:
    """Relabel: 0 and 1 for the two largest classes, -1 for the rest."""
    counts = np.stack([(split == v).sum(axis=1) for v in range(int(split.max(initial=0)) + 2)], axis=1)
    rank = np.argsort(-counts, axis=1, kind="stable")
    out = np.full(split.shape, -1, dtype=np.int64)
    out[split == rank[:, :1]] = 0
    out[split == rank[:, 1:2]] = 1
    return out


def _class_mean(scores: Batch, member: Int[np.ndarray, "draw point"]) -> Batch:
    weight = member.astype(scores.dtype)
    mean = np.einsum("bn,bna->ba", weight, scores) / np.maximum(weight.sum(axis=1), 1)[:, None]
    return weight[:, :, None] * mean[:, None, :]
