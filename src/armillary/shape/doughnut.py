"""Doughnuts: tori of revolution in three dimensions, fitted by Gauss-Newton."""

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float

from armillary.shape.ring import LOG_2PI, THICK
from armillary.shape.views import IMPOSSIBLE, Batch

STEPS = 8  # of Gauss-Newton
DAMPING = 1e-3  # added to the diagonal of the normal equations, relative to its mean


@dataclass(frozen=True, slots=True, eq=False)
class Doughnut:
    """One doughnut a cloud.

    Parameters
    ----------
    centre
        Centre of its circle.
    normal
        Axis of revolution, of length 1.
    ring
        Radius R of its circle, in the units of the centre.
    tube
        Radius r of its tube.
    """

    centre: Float[np.ndarray, "draw 3"]
    normal: Float[np.ndarray, "draw 3"]
    ring: Float[np.ndarray, " draw"]
    tube: Float[np.ndarray, " draw"]


def doughnut_nats(scores: Batch) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by a doughnut in three of the leading four axes.

    Density N(t; r, s^2) / (2 pi t * 2 pi rho), t the distance from the circle of radius R (r its
    mean, divisor n - 7 in s^2, s at least 1e-2 of the scale) and rho that from its axis, both
    angles uniform; against a Gaussian with the axes' own variances, less 3.5 log n for seven
    parameters and the log of the place. In the logs t counts as 0.3 r at least, rho as 0.1 R.
    Every triple of axes and every axis of revolution is tried with the centre at the mean, the
    best is fitted by damped Gauss-Newton on t - r (centre, direction, R and r). A tube whose
    s / r exceeds a Gaussian's in the plane saves nothing.

    Parameters
    ----------
    scores
        Clouds in principal coordinates, unscaled.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats; 0 is no better than a Gaussian, ``IMPOSSIBLE`` (or less) with fewer than 3 axes of
        any length or 9 points.
    """
    n, n_axes = scores.shape[1:]
    places = [
        (*(a for a in triple if a != axis), axis)
        for triple in combinations(range(min(n_axes, 4)), 3)
        for axis in reversed(triple)
    ]
    if not places or n < 9:
        return np.full(len(scores), IMPOSSIBLE)
    starts = [_begin(_scaled(scores[:, :, list(place)])) for place in places]
    first = np.stack(
        [
            _nats(_scaled(scores[:, :, list(place)]), start) - math.log(rank)
            for rank, (place, start) in enumerate(zip(places, starts, strict=True), start=1)
        ],
        axis=1,
    )
    best = first.argmax(axis=1)
    points = _scaled(np.take_along_axis(scores, np.array(places)[best][:, None, :], axis=2))
    fitted = _nats(points, _fitted(points, _begin(points))) - np.log(best + 1)
    return np.maximum(fitted, first[np.arange(len(scores)), best]) - 3.5 * math.log(n)


def _scaled(points: Batch) -> Batch:
    scale = np.sqrt((points**2).mean(axis=(1, 2), keepdims=True))
    return points / np.where(scale > 0, scale, 1.0)


def _begin(points: Batch) -> Doughnut:
    """Put the centre at the mean and revolve about the third axis."""
    reach = np.hypot(points[:, :, 0], points[:, :, 1])
    ring = reach.mean(axis=1)
    tube = np.hypot(reach - ring[:, None], points[:, :, 2]).mean(axis=1)
    normal = np.zeros((points.shape[0], 3))
    normal[:, 2] = 1.0
    return Doughnut(np.zeros_like(normal), normal, ring, tube)


def _fitted(points: Batch, start: Doughnut) -> Doughnut:
    centre, normal, ring, tube = start.centre, start.normal, start.ring, start.tube
    for _ in range(STEPS):
        seen = points - centre[:, None, :]
        rise = (seen @ normal[:, :, None])[:, :, 0]
        flat = seen - rise[:, :, None] * normal[:, None, :]
        reach = np.maximum(np.linalg.norm(flat, axis=2), 1e-6)
        across = reach - ring[:, None]
        t = np.maximum(np.hypot(across, rise), 1e-6)
        by_rise, by_reach = rise / t, across / t
        by_centre = -by_rise[:, :, None] * normal[:, None] - (by_reach / reach)[:, :, None] * flat
        by_tilt = (by_rise - by_reach * rise / reach)[:, :, None] * seen[:, :, :2]
        ones = np.ones_like(t)[:, :, None]
        slope = np.concatenate([by_centre, by_tilt, -by_reach[:, :, None], -ones], axis=2)
        normal_matrix = np.swapaxes(slope, 1, 2) @ slope
        level = np.trace(normal_matrix, axis1=1, axis2=2)[:, None, None] / 7
        normal_matrix = normal_matrix + DAMPING * (level + 1e-9) * np.eye(7)
        gradient = np.swapaxes(slope, 1, 2) @ (t - tube[:, None])[:, :, None]
        solved = np.asarray(np.linalg.solve(normal_matrix, gradient), dtype=np.float64)
        step = np.clip(solved[:, :, 0], -0.3, 0.3)
        centre = centre - step[:, :3]
        normal = normal - np.pad(step[:, 3:5], ((0, 0), (0, 1)))
        normal = normal / np.linalg.norm(normal, axis=1, keepdims=True)
        ring, tube = np.maximum(ring - step[:, 5], 0.1), np.maximum(tube - step[:, 6], 0.02)
    return Doughnut(centre, normal, ring, tube)


def _nats(points: Batch, fit: Doughnut) -> Float[np.ndarray, " draw"]:
    n = points.shape[1]
    seen = points - fit.centre[:, None, :]
    rise = (seen @ fit.normal[:, :, None])[:, :, 0]
    reach = np.linalg.norm(seen - rise[:, :, None] * fit.normal[:, None, :], axis=2)
    t = np.hypot(reach - fit.ring[:, None], rise)
    mean = t.mean(axis=1, keepdims=True)
    variance = np.maximum(((t - mean) ** 2).sum(axis=1) / max(n - 7, 1), 1e-4)
    area = np.log(np.maximum(t, np.maximum(0.3 * mean, 1e-6)))
    area += np.log(np.maximum(reach, np.maximum(0.1 * fit.ring[:, None], 1e-6)))
    shape = -n * (0.5 * np.log(variance) + 2.5 * LOG_2PI) - area.sum(axis=1)
    shape -= 0.5 * ((t - mean) ** 2).sum(axis=1) / variance
    wide = np.maximum((points**2).mean(axis=1), 1e-9)
    gauss = -0.5 * n * (3 * (LOG_2PI + 1) + np.log(wide).sum(axis=1))
    nats = shape - gauss
    thick = np.sqrt(variance) > THICK * mean[:, 0]
    nats = np.asarray(np.where(thick, np.minimum(nats, 0.0), nats), dtype=np.float64)
    return np.where(wide.min(axis=1) > 1e-9, nats, IMPOSSIBLE)
