"""Stars: rays from one origin."""

import math

import numpy as np
from jaxtyping import Float, Int

from armillary.shape.views import IMPOSSIBLE, Batch, rank

RAYS = (3, 4, 5, 6)
SPANS = (3, 5)  # how many leading axes the rays may span


def star_nats(whitened: Batch) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by a star of 3 to 6 rays in the first 3 or 5 axes, the best of them.

    A point is uniform along its ray and Gaussian across it (variance s^2); K rays, their lengths
    and the origin cost (K r + r) / 2 log n.

    Parameters
    ----------
    whitened
        Clouds with unit variance along every axis.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats; ``IMPOSSIBLE`` for fewer than three points a ray or an axis of no length.
    """
    draws, n, n_axes = whitened.shape
    best = np.full(draws, IMPOSSIBLE)
    full = rank(whitened)
    for r in sorted({min(r, n_axes) for r in SPANS}):
        fit = np.flatnonzero(full >= r) if r >= 2 else np.empty(0, dtype=np.int64)
        if n < 3 * min(RAYS) or not fit.size:
            continue
        points = whitened[fit, :, :r]
        start = _densest(points)
        for k in RAYS:
            if k <= n // 3:
                best[fit] = np.maximum(best[fit], _fit(points, start, k)[0])
    return best


def star_fit(
    points: Batch, k: int
) -> tuple[Float[np.ndarray, " draw"], Int[np.ndarray, "draw point"], Float[np.ndarray, "draw _"]]:
    """Fit k rays to every cloud: nats, the ray of each point, the origin.

    The origin starts at the densest point and the rays at points far out and far apart; then rays
    (summed directions), origin (least-squares meeting point of the rays' lines) and assignment
    alternate four times.

    Parameters
    ----------
    points
        Clouds with unit variance along every axis.
    k
        Number of rays.

    Returns
    -------
    nats
        Saved against a Gaussian.
    label
        Ray of each point.
    origin
        Where the rays meet.
    """
    return _fit(points, _densest(points), k)


def _fit(
    points: Batch, start: Int[np.ndarray, " draw"], k: int
) -> tuple[Float[np.ndarray, " draw"], Int[np.ndarray, "draw point"], Float[np.ndarray, "draw _"]]:
    """Fit k rays that start from the given points."""
    draw: Int[np.ndarray, " draw"] = np.arange(len(points))
    origin = points[draw, start]
    rays = _spread_rays(points - origin[:, None], k)
    for _ in range(4):
        rest = points - origin[:, None]
        hot = _one_hot((rest @ np.swapaxes(rays, 1, 2)).argmax(axis=2), k)
        rays = _unit(np.swapaxes(hot, 1, 2) @ rest)
        origin = _meeting_point(points, hot, rays)
    rest = points - origin[:, None]
    label = (rest @ np.swapaxes(rays, 1, 2)).argmax(axis=2)
    return _score(points, rest, rays, label), label, origin


def _densest(points: Batch) -> Int[np.ndarray, " draw"]:
    n = points.shape[1]
    square = (points**2).sum(axis=2)
    distance = square[:, :, None] + square[:, None, :] - 2 * points @ np.swapaxes(points, 1, 2)
    rank = min(max(3, n // 8), n - 1)
    return np.partition(distance, rank, axis=2)[:, :, rank].argmin(axis=1)


def _spread_rays(rest: Batch, k: int) -> Float[np.ndarray, "draw ray _"]:
    """Choose k directions: the farthest point, then points far out and away from those chosen."""
    draw: Int[np.ndarray, " draw"] = np.arange(len(rest))
    length = np.linalg.norm(rest, axis=2)
    direction = _unit(rest)
    rays = [direction[draw, length.argmax(axis=1)]]
    closest = np.full(length.shape, -1.0)
    for _ in range(k - 1):
        closest = np.maximum(closest, (direction @ rays[-1][:, :, None])[:, :, 0])
        rays.append(direction[draw, (length * (1 - closest)).argmax(axis=1)])
    return np.stack(rays, axis=1)


def _meeting_point(
    points: Batch, hot: Float[np.ndarray, "draw point ray"], rays: Float[np.ndarray, "draw ray _"]
) -> Float[np.ndarray, "draw _"]:
    """Find the point nearest to all lines through each ray's centroid along the ray."""
    size = int(points.shape[2])
    count = hot.sum(axis=1)
    centroid = np.swapaxes(hot, 1, 2) @ points / np.maximum(count, 1)[:, :, None]
    across = np.eye(size) - rays[:, :, :, None] * rays[:, :, None, :]
    across = across * count[:, :, None, None]
    target = (across @ centroid[:, :, :, None]).sum(axis=1)[:, :, 0]
    ridge = 1e-3 * points.shape[1] * np.eye(size)
    matrix: Float[np.ndarray, "draw _ _"] = across.sum(axis=1) + ridge
    return np.asarray(np.linalg.solve(matrix, target[:, :, None]), dtype=np.float64)[:, :, 0]


def _score(
    points: Batch,
    rest: Batch,
    rays: Float[np.ndarray, "draw ray _"],
    label: Int[np.ndarray, "draw point"],
) -> Float[np.ndarray, " draw"]:
    n, r = points.shape[1:]
    k = rays.shape[1]
    hot = _one_hot(label, k)
    along = (rest * np.take_along_axis(rays, label[:, :, None], axis=1)).sum(axis=2)
    across = (rest**2).sum(axis=(1, 2)) - (along**2).sum(axis=1)
    freedom = max((n - k) * (r - 1), 1)
    variance = np.maximum(across / freedom, 1e-4)
    count = hot.sum(axis=1)
    length = np.maximum((hot * along[:, :, None]).max(axis=1), 1e-6)
    length *= (count + 1) / np.maximum(count, 1)
    nats = -0.5 * n * (r - 1) * (math.log(2 * math.pi) + np.log(variance)) - 0.5 * freedom
    term = np.log(np.maximum(count, 1) / n) - np.log(np.maximum(length, 1e-6))
    nats += (count * term).sum(axis=1) - 4.0 * (along < 0).sum(axis=1)  # behind the origin: no ray
    nats += 0.5 * n * r * math.log(2 * math.pi) + 0.5 * (points**2).sum(axis=(1, 2))
    return nats - 0.5 * (k * r + r) * math.log(n)


def _one_hot(label: Int[np.ndarray, "draw point"], k: int) -> Float[np.ndarray, "draw point ray"]:
    return (label[:, :, None] == np.arange(k)).astype(np.float64)


def _unit(vectors: Float[np.ndarray, "draw _ axis"]) -> Float[np.ndarray, "draw _ axis"]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=2, keepdims=True), 1e-9)
