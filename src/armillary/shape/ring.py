"""Rings and arcs: points at one distance from a centre, in some plane of a cloud's axes."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.shape.views import Batch

LOG_2PI = math.log(2 * math.pi)


def planes(n_axes: int) -> list[tuple[int, int]]:
    """List pairs of axes, leading planes first: (0,1), (0,2), (1,2), (0,3), ..."""
    return [(i, j) for j in range(1, n_axes) for i in range(j)]


@dataclass(frozen=True, slots=True, eq=False)
class PlaneCircles:
    """A circle fitted in every plane of every cloud."""

    x: Float[np.ndarray, "draw point plane"]
    y: Float[np.ndarray, "draw point plane"]
    centre_x: Float[np.ndarray, "draw plane"]
    centre_y: Float[np.ndarray, "draw plane"]
    radius: Float[np.ndarray, "draw point plane"]
    variance: Float[np.ndarray, "draw plane"]
    angle: Float[np.ndarray, "draw point plane"]


def fit_circles(axes: Batch, pairs: list[tuple[int, int]]) -> PlaneCircles:
    """Fit a circle in each plane by Kasa's linear least squares.

    For zero-mean, uncorrelated axes the solution is closed: centre = (<r^2 x> / 2 <x^2>,
    <r^2 y> / 2 <y^2>). Raw axes give circles, whitened ones ellipses. Lengths are scaled so that
    the plane's mean variance is 1; ``variance`` is the unbiased variance of the distances to the
    centre (divisor n - 3).
    """
    first, second = [i for i, _ in pairs], [j for _, j in pairs]
    x, y = axes[:, :, first], axes[:, :, second]
    scale = np.sqrt(((x**2 + y**2).mean(axis=1, keepdims=True)) / 2)
    scale = np.where(scale > 0, scale, 1.0)
    x, y = x / scale, y / scale
    square = x**2 + y**2
    wide_x = np.maximum((x**2).mean(axis=1), 1e-9)
    wide_y = np.maximum((y**2).mean(axis=1), 1e-9)
    cx = (square * x).mean(axis=1) / (2 * wide_x)
    cy = (square * y).mean(axis=1) / (2 * wide_y)
    dx, dy = x - cx[:, None, :], y - cy[:, None, :]
    radius = np.hypot(dx, dy)
    freedom = max(axes.shape[1] - 3, 1)
    variance = ((radius - radius.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / freedom
    return PlaneCircles(x, y, cx, cy, radius, np.maximum(variance, 1e-4), np.arctan2(dy, dx))


def ring_nats(circles: PlaneCircles) -> Float[np.ndarray, "draw plane"]:
    """Measure nats saved by 'uniform angle, Gaussian radius' against a Gaussian in the plane."""
    return _nats(circles, np.full_like(circles.variance, 2 * math.pi))


def arc_nats(circles: PlaneCircles) -> Float[np.ndarray, "draw plane"]:
    """Measure nats saved by an arc: as a ring, the angle uniform outside the widest gap.

    The extent is (2 pi - widest gap) (n + 1) / (n - 1), at most 2 pi; two more parameters are
    paid for, log n nats.
    """
    n = circles.x.shape[1]
    extent = (2 * math.pi - widest_gap(circles.angle)) * (n + 1) / (n - 1)
    return _nats(circles, np.minimum(extent, 2 * math.pi)) - math.log(n)


def widest_gap(angle: Float[np.ndarray, "draw point plane"]) -> Float[np.ndarray, "draw plane"]:
    """Return the widest empty stretch of angle, radians in (0, 2 pi]."""
    ranked = np.sort(angle, axis=1)
    inner = np.diff(ranked, axis=1).max(axis=1)
    return np.maximum(inner, 2 * math.pi - (ranked[:, -1] - ranked[:, 0]))


def cyclic_order(angle: Float[np.ndarray, " point"]) -> Int[np.ndarray, " point"]:
    """Order points by angle, starting after the widest gap."""
    order = np.argsort(angle)
    ranked = angle[order]
    gaps = np.append(np.diff(ranked), 2 * math.pi - (ranked[-1] - ranked[0]))
    return np.roll(order, -(int(gaps.argmax()) + 1))


def _nats(
    circles: PlaneCircles, extent: Float[np.ndarray, "draw plane"]
) -> Float[np.ndarray, "draw plane"]:
    """Log density of (uniform angle over extent) x (Gaussian radius), minus the Gaussian's."""
    n = circles.x.shape[1]
    mean = circles.radius.mean(axis=1, keepdims=True)
    area = np.log(np.maximum(circles.radius, np.maximum(0.3 * mean, 1e-6))).sum(axis=1)
    spread = ((circles.radius - mean) ** 2).sum(axis=1) / circles.variance
    shape = -n * (0.5 * np.log(circles.variance) + 0.5 * LOG_2PI + np.log(extent)) - area
    wide_x = np.maximum((circles.x**2).mean(axis=1), 1e-9)
    wide_y = np.maximum((circles.y**2).mean(axis=1), 1e-9)
    gauss = -n * (LOG_2PI + 0.5 * np.log(wide_x * wide_y) + 1)
    return shape - 0.5 * spread - gauss
