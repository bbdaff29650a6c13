"""Rings and arcs: points at one distance from a centre, in some plane of a cloud's axes."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import gammaincc

from armillary.shape.views import IMPOSSIBLE, Batch

LOG_2PI = math.log(2 * math.pi)
THICK = math.sqrt(4 / math.pi - 1)  # sd over mean of the radius of a Gaussian in the plane
FLAT = 1e-9  # variance of an axis, of a mean of 1 in its plane, that counts as none


def planes(n_axes: int) -> list[tuple[int, int]]:
    """List pairs of axes, leading planes first: (0,1), (0,2), (1,2), (0,3), ..."""
    return [(i, j) for j in range(1, n_axes) for i in range(j)]


@dataclass(frozen=True, slots=True, eq=False)
class PlaneCircles:
    """A circle fitted in every plane of every cloud.

    Parameters
    ----------
    x, y
        The points, scaled so that the plane's mean variance is 1.
    centre_x, centre_y
        Centre of the circle, in the same units.
    dx, dy, radius
        Each point as seen from the centre, and its distance.
    variance
        Unbiased variance of the distances (divisor n - 3), at least 1e-4.
    """

    x: Float[np.ndarray, "draw point plane"]
    y: Float[np.ndarray, "draw point plane"]
    centre_x: Float[np.ndarray, "draw plane"]
    centre_y: Float[np.ndarray, "draw plane"]
    dx: Float[np.ndarray, "draw point plane"]
    dy: Float[np.ndarray, "draw point plane"]
    radius: Float[np.ndarray, "draw point plane"]
    variance: Float[np.ndarray, "draw plane"]

    @property
    def angle(self) -> Float[np.ndarray, "draw point plane"]:
        """Direction of each point from the centre, radians in [-pi, pi]."""
        return np.arctan2(self.dy, self.dx)


def fit_circles(axes: Batch, pairs: list[tuple[int, int]]) -> PlaneCircles:
    """Fit a circle in each plane by Kasa's linear least squares.

    For zero-mean, uncorrelated axes the solution is closed: centre = (<r^2 x> / 2 <x^2>,
    <r^2 y> / 2 <y^2>). Raw axes give circles, whitened ones ellipses.

    Parameters
    ----------
    axes
        Zero-mean, uncorrelated axes.
    pairs
        The planes, as pairs of axes.

    Returns
    -------
    PlaneCircles
        One circle a plane and cloud. Lengths are scaled so that the plane's mean variance is 1.
    """
    first, second = [i for i, _ in pairs], [j for _, j in pairs]
    x, y = axes[:, :, first], axes[:, :, second]
    scale = np.sqrt(((x**2 + y**2).mean(axis=1, keepdims=True)) / 2)
    scale = np.where(scale > 0, scale, 1.0)
    x, y = x / scale, y / scale
    square_x, square_y = x**2, y**2
    square = square_x + square_y
    cx = (square * x).mean(axis=1) / (2 * np.maximum(square_x.mean(axis=1), FLAT))
    cy = (square * y).mean(axis=1) / (2 * np.maximum(square_y.mean(axis=1), FLAT))
    dx, dy = x - cx[:, None, :], y - cy[:, None, :]
    radius = np.sqrt(dx**2 + dy**2)
    freedom = max(axes.shape[1] - 3, 1)
    variance = ((radius - radius.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / freedom
    return PlaneCircles(x, y, cx, cy, dx, dy, radius, np.maximum(variance, 1e-4))


def ring_nats(circles: PlaneCircles) -> Float[np.ndarray, "draw plane"]:
    """Measure nats saved by 'uniform angle, Gaussian radius' against a Gaussian in the plane.

    Sum over points of log N(radius; mean, variance) - log(2 pi) - log(radius), less the log
    density under a Gaussian with the plane's own variances. A radius below 0.3 of the mean counts
    as that much. A ring whose relative thickness exceeds a Gaussian's saves nothing. A plane one
    of whose axes has no length scores ``IMPOSSIBLE``.

    Parameters
    ----------
    circles
        The fitted circles.

    Returns
    -------
    Float[np.ndarray, "draw plane"]
        Nats; 0 is no better than a Gaussian.
    """
    return _nats(circles, np.full_like(circles.variance, 2 * math.pi))


def arc_nats(circles: PlaneCircles) -> Float[np.ndarray, "draw plane"]:
    """Measure nats saved by an arc: as a ring, the angle uniform outside the widest gap.

    The extent is (2 pi - widest gap) (n + 1) / (n - 1), at most 2 pi, and takes the place of the
    ring's 2 pi; two more parameters are paid for, log n nats.

    Parameters
    ----------
    circles
        The fitted circles.

    Returns
    -------
    Float[np.ndarray, "draw plane"]
        Nats; 0 is no better than a Gaussian.
    """
    n = circles.x.shape[1]
    extent = (2 * math.pi - widest_gap(circles.angle)) * (n + 1) / (n - 1)
    return _nats(circles, np.clip(extent, 1e-6, 2 * math.pi)) - math.log(n)


def widest_gap(angle: Float[np.ndarray, "draw point plane"]) -> Float[np.ndarray, "draw plane"]:
    """Return the widest empty stretch of angle, radians in (0, 2 pi]."""
    ranked = np.sort(angle, axis=1)
    inner = np.diff(ranked, axis=1).max(axis=1, initial=0.0)
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
    wide_x, wide_y = (circles.x**2).mean(axis=1), (circles.y**2).mean(axis=1)
    product = np.maximum(wide_x, FLAT) * np.maximum(wide_y, FLAT)
    gauss = -n * (LOG_2PI + 0.5 * np.log(product) + 1)
    nats = shape - 0.5 * spread - gauss
    thick = np.sqrt(circles.variance) > THICK * mean[:, 0]
    nats = np.asarray(np.where(thick, np.minimum(nats, 0.0), nats), dtype=np.float64)
    flat = np.minimum(wide_x, wide_y) <= FLAT
    return np.where(flat, IMPOSSIBLE, nats)


def coverage(angle: Float[np.ndarray, " point"], *, classes: int = 1) -> tuple[float, float]:
    """Measure how evenly angles cover the circle, and test that they are uniform.

    With R_k the mean resultant length of k times the angle, the unevenness is the root of
    R_1^2 + ... + R_4^2, and 2 (n / classes) times its square is chi-squared with 8 degrees of
    freedom under uniformity (``classes`` copies of each position count once).

    Returns
    -------
    tuple
        Unevenness, from 0 (regular) to 2 (all at one place); p of uniformity against clumping.
    """
    square = sum(float(abs(np.exp(1j * k * angle).mean()) ** 2) for k in range(1, 5))
    return math.sqrt(square), float(gammaincc(4.0, angle.size / classes * square))
