"""Spheres, disks, sheets, balls and tori."""

import math
from itertools import combinations

import numpy as np
from jaxtyping import Float
from scipy.special import gammaln

from armillary.shape.ring import LOG_2PI
from armillary.shape.views import IMPOSSIBLE, Batch

THIN = 1e-2  # least thickness of a tube, as of every ring and sphere: a thinner one is a circle
SHARPNESS = 8.0  # exponent of the generalised Gaussian that stands for 'uniform with an edge'


def sphere_nats(
    axes: Batch, own: tuple[int, ...], *, fitted: bool = False
) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by 'uniform on a sphere, Gaussian radius' against a Gaussian.

    In m dimensions: sum of log N(r; mean, s^2) - log(area of the unit sphere) - (m - 1) log r,
    less the log density of a Gaussian with the axes' own variances (s at least 1e-2 of the scale,
    and r counts as 0.3 of its mean at least). A shell whose relative thickness s / mean exceeds a
    Gaussian's saves nothing: it is a heavy tail, not a sphere.

    Parameters
    ----------
    axes
        Zero-mean, uncorrelated axes. Raw ones are looked at for spheres, whitened ones for
        ellipsoids.
    own
        The axes that span the sphere.
    fitted
        Whether the centre is fitted (Kasa: centre_j = <r^2 x_j> / 2 <x_j^2>, divisor n - m - 1,
        0.5 m log n nats dearer), or is the mean (divisor n - 2).

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats; 0 is no better than a Gaussian, ``IMPOSSIBLE`` where an axis has no length.
    """
    n, m = axes.shape[1], len(own)
    points = axes[:, :, list(own)]
    scale = np.sqrt((points**2).mean(axis=(1, 2), keepdims=True))
    points = points / np.where(scale > 0, scale, 1.0)
    wide = (points**2).mean(axis=1)
    seen, freedom = points, max(n - 2, 1)
    if fitted:
        square = (points**2).sum(axis=2, keepdims=True)
        centre = (square * points).mean(axis=1) / (2 * np.maximum(wide, 1e-9))
        seen, freedom = points - centre[:, None, :], max(n - m - 1, 1)
    radius = np.sqrt((seen**2).sum(axis=2))
    mean = radius.mean(axis=1, keepdims=True)
    variance = np.maximum(((radius - mean) ** 2).sum(axis=1) / freedom, 1e-4)
    area = math.log(2) + 0.5 * m * math.log(math.pi) - float(gammaln(m / 2))
    shape = -n * (0.5 * np.log(variance) + 0.5 * LOG_2PI + area)
    shape -= (m - 1) * np.log(np.maximum(radius, np.maximum(0.3 * mean, 1e-6))).sum(axis=1)
    shape -= 0.5 * ((radius - mean) ** 2).sum(axis=1) / variance
    gauss = -0.5 * n * (m * (LOG_2PI + 1) + np.log(np.maximum(wide, 1e-9)).sum(axis=1))
    nats = shape - gauss - (0.5 * m * math.log(n) if fitted else 0.0)
    usual = math.sqrt(2) * math.exp(float(gammaln((m + 1) / 2)) - float(gammaln(m / 2)))
    thick = np.sqrt(variance) * usual > mean[:, 0] * math.sqrt(m - usual**2)
    nats = np.asarray(np.where(thick, np.minimum(nats, 0.0), nats), dtype=np.float64)
    return np.where(wide.min(axis=1) > 1e-9, nats, IMPOSSIBLE)


def ball_nats(whitened: Batch, axes: tuple[int, ...]) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by a solid ball (a disk in a plane) against a Gaussian.

    Density proportional to exp(-(r / a)^8), a at its maximum likelihood value
    (8 <r^8> / m)^(1 / 8) in m dimensions.

    Parameters
    ----------
    whitened
        Clouds with unit variance along every axis.
    axes
        The axes that span the ball.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats; 0 is no better than a Gaussian.
    """
    n, m = whitened.shape[1], len(axes)
    square = (whitened[:, :, list(axes)] ** 2).sum(axis=2)
    moment = _eighth_power(square).mean(axis=1)
    scale = np.maximum((moment * SHARPNESS / m) ** (1 / SHARPNESS), 1e-9)
    volume = math.log(2) + 0.5 * m * math.log(math.pi) - float(gammaln(m / 2))
    norm = volume - math.log(SHARPNESS) + float(gammaln(m / SHARPNESS)) + m * np.log(scale)
    shape = -n * norm - n * m / SHARPNESS
    return shape + 0.5 * n * m * LOG_2PI + 0.5 * square.sum(axis=1)


def sheet_nats(whitened: Batch, plane: tuple[int, int]) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by a filled rectangle in a plane, over 12 orientations.

    Each rotated coordinate has density proportional to exp(-|x / a|^8), a at its maximum
    likelihood value (8 <x^8>)^(1 / 8).

    Parameters
    ----------
    whitened
        Clouds with unit variance along every axis.
    plane
        The two axes that span the sheet.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats of the best orientation; 0 is no better than a Gaussian.
    """
    n = whitened.shape[1]
    points = whitened[:, :, list(plane)]
    angle = np.arange(12) * math.pi / 24
    turn = np.stack([np.cos(angle), np.sin(angle)])
    total = np.zeros((whitened.shape[0], 12))
    for matrix in (turn, np.stack([-turn[1], turn[0]])):
        moment = _eighth_power((points @ matrix) ** 2).mean(axis=1)
        scale = np.maximum((moment * SHARPNESS) ** (1 / SHARPNESS), 1e-9)
        log_norm = np.log(2 * scale) + float(gammaln(1 + 1 / SHARPNESS))
        total -= n * (log_norm + 1 / SHARPNESS)
    return total.max(axis=1) + n * LOG_2PI + 0.5 * (points**2).sum(axis=(1, 2))


def flat_torus_nats(
    ring: Float[np.ndarray, "draw plane"], pairs: list[tuple[int, int]]
) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by two rings in planes that share no axis (product of circles).

    The sum of both, or the weaker of the two where that saves nothing: a torus needs both rings.

    Parameters
    ----------
    ring
        Nats of the ring in each plane.
    pairs
        The planes, as pairs of axes.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats of the best two planes; ``IMPOSSIBLE`` if no two planes are free of each other.
    """
    index = [
        (a, b) for a, b in combinations(range(len(pairs)), 2) if not set(pairs[a]) & set(pairs[b])
    ]
    if not index:
        return np.full(len(ring), IMPOSSIBLE)
    one, other = ring[:, [a for a, _ in index]], ring[:, [b for _, b in index]]
    weaker = np.minimum(one, other)
    return np.maximum(np.where(weaker > 0, one + other, weaker).max(axis=1), IMPOSSIBLE)


def round_torus_nats(whitened: Batch, triple: tuple[int, int, int]) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by a doughnut: a ring whose cross-section (radius, height) is a ring.

    Tries each of the three axes as the axis of revolution. In whitened coordinates the tube is an
    ellipse, so radius and height are standardised before the cross-section's radius is taken; the
    radius counts as spread by 1e-2 at least, for a perfect circle has no tube. The log density is
    log N(cross-section's radius) - 2 log(2 pi) - log(tube x rise) less the logs of
    that radius and of the distance from the axis of revolution.

    Parameters
    ----------
    whitened
        Clouds with unit variance along every axis.
    triple
        The three axes that span the doughnut.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats of the best axis of revolution; 0 is no better than a Gaussian.
    """
    n = whitened.shape[1]
    best = np.full(whitened.shape[0], -np.inf)
    gauss = 1.5 * n * LOG_2PI + 0.5 * (whitened[:, :, list(triple)] ** 2).sum(axis=(1, 2))
    for k in range(3):
        height = whitened[:, :, triple[k]]
        i, j = (triple[(k + 1) % 3], triple[(k + 2) % 3])
        radius = np.hypot(whitened[:, :, i], whitened[:, :, j])
        offset = radius - radius.mean(axis=1, keepdims=True)
        tube = np.maximum(offset.std(axis=1, keepdims=True), THIN)
        rise = height.std(axis=1, keepdims=True) + 1e-9
        across = np.hypot(offset / tube, height / rise)
        mean = across.mean(axis=1, keepdims=True)
        variance = np.maximum(((across - mean) ** 2).sum(axis=1) / max(n - 4, 1), 1e-4)
        inner = 0.5 * ((across - mean) ** 2).sum(axis=1) / variance
        jacobian = np.log(np.maximum(across, np.maximum(0.3 * mean, 1e-6))) + np.log(
            np.maximum(radius, 0.1)
        )
        shape = -n * (0.5 * np.log(variance) + 0.5 * LOG_2PI + 2 * LOG_2PI)
        shape -= inner + jacobian.sum(axis=1) + n * np.log(tube * rise)[:, 0]
        best = np.maximum(best, shape + gauss)
    return best


def _eighth_power(square: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Return x^8 (``SHARPNESS``) from x^2."""
    fourth = square**2
    return fourth**2
