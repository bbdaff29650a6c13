"""Hypercubes, grids and cross-polytopes: shapes with axes of their own to be found."""

import math

import numpy as np
from jaxtyping import Bool, Complex, Float, Int

from armillary.shape.views import Batch

LEVELS = range(3, 21)  # grid lines looked for along one axis
WIDE_LEVELS = 8  # up to here five spacings are tried, 5 % apart, for unequal use of the lines
FINE_STEP = 0.4 / math.sqrt(12)  # levels a unit between the three that are tried of more
OCCUPIED = 0.7  # share of a cube's vertices that must hold points


def independent_axes(whitened: Batch, *, n_iter: int = 8) -> Batch:
    """Rotate each whitened cloud to the axes of extreme kurtosis (symmetric FastICA).

    Iterates W <- E[z (w z)^3] - 3 W with polar orthogonalisation, from the principal axes turned
    by a fixed rotation (the principal axes themselves are a stationary point for cubes). The
    fixed start means that an ambiguous cloud may settle elsewhere when its axes change sign.

    Parameters
    ----------
    whitened
        Clouds with unit variance along every axis.
    n_iter
        Steps taken; there is no test for convergence.

    Returns
    -------
    Float[np.ndarray, "draw point axis"]
        The same clouds, rotated.

    References
    ----------
    Hyvarinen 1999, Fast and robust fixed-point algorithms for independent component analysis.
    """
    n, m = whitened.shape[1:]
    start = np.linalg.qr(np.random.default_rng(m).standard_normal((m, m)))[0]
    turn = np.broadcast_to(start, (whitened.shape[0], m, m))
    for _ in range(n_iter):
        source = whitened @ turn
        cube = source * source * source
        step = np.swapaxes(whitened, 1, 2) @ cube / n - 3 * turn
        turn = _polar(step)
    return whitened @ turn


def _polar(matrix: Float[np.ndarray, "draw _ _"]) -> Float[np.ndarray, "draw _ _"]:
    """Return the nearest orthogonal matrices, A (A'A)^(-1/2)."""
    value, vector = np.linalg.eigh(np.swapaxes(matrix, 1, 2) @ matrix)
    root = vector / np.sqrt(np.maximum(value, 1e-12))[:, None, :]
    return matrix @ root @ np.swapaxes(vector, 1, 2)


def two_level_nats(axis: Float[np.ndarray, "draw point _"]) -> Float[np.ndarray, "draw _"]:
    """Measure nats saved along each axis by two levels, split at zero: vertices of a cube.

    -n log s + 1 - n H, with s^2 the variance about the two means (divisor n - 2, at least 1e-4)
    and H the entropy of the two shares.

    Parameters
    ----------
    axis
        Axes of unit variance.

    Returns
    -------
    Float[np.ndarray, "draw _"]
        Nats; 0 is no better than a Gaussian.
    """
    n = axis.shape[1]
    high: Bool[np.ndarray, "draw point _"] = axis > 0
    share = np.clip(high.mean(axis=1), 1 / n, 1 - 1 / n)
    above = (axis * high).sum(axis=1) / np.maximum(high.sum(axis=1), 1)
    below = (axis * ~high).sum(axis=1) / np.maximum((~high).sum(axis=1), 1)
    mean = np.asarray(np.where(high, above[:, None, :], below[:, None, :]), dtype=np.float64)
    rest = axis - mean
    variance = np.maximum((rest**2).sum(axis=1) / max(n - 2, 1), 1e-4)
    entropy = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    return n * (-0.5 * np.log(variance) + 1 / n - entropy)


def lattice_nats(axis: Float[np.ndarray, "draw point _"]) -> Float[np.ndarray, "draw _"]:
    """Measure nats saved along each axis by L equally spaced, equally likely levels.

    Near f = sqrt((L^2 - 1) / 12) levels a unit (unit variance), phase at its circular mean;
    residual variance s^2 (divisor n - 2, at least 1e-4) gives -n log s - n log L, less log n for
    spacing and phase; the best L of 3 to 20, at most n / 2, and f within a tenth (from L = 9 on
    within 0.4 / sqrt(L^2 - 1)).

    Parameters
    ----------
    axis
        Axes of unit variance.

    Returns
    -------
    Float[np.ndarray, "draw _"]
        Nats; 0 is no better than a Gaussian.
    """
    n = axis.shape[1]
    rows = np.ascontiguousarray(np.swapaxes(axis, 1, 2)).reshape(-1, n)  # sums along points
    least = np.full(len(rows), np.inf)
    levels = [level for level in LEVELS if level <= max(n // 2, LEVELS[0])]
    shared = _wave(rows, FINE_STEP) if levels[-1] > WIDE_LEVELS else np.empty(0)
    for level in levels:
        often, wide = math.sqrt((level**2 - 1) / 12), level <= WIDE_LEVELS
        apart = 0.05 * often if wide else FINE_STEP
        wave = _wave(rows, often)
        step = _wave(rows, apart) if wide else shared
        up, down = wave * step, wave * step.conj()
        tried = [(often, wave), (often + apart, up), (often - apart, down)]
        if wide:
            tried += [(often + 2 * apart, up * step), (often - 2 * apart, down * step.conj())]
        for lines, turned in tried:
            phase = np.angle(turned.sum(axis=1)) / (2 * math.pi)
            offset = lines * rows - phase[:, None]
            offset -= np.rint(offset)
            variance = np.einsum("ij,ij->i", offset, offset) / (lines**2 * max(n - 2, 1))
            cost = 0.5 * n * np.log(np.maximum(variance, 1e-4)) + n * math.log(level)
            least = np.minimum(least, cost)
    return -least.reshape(len(axis), -1) - math.log(n)


def _wave(rows: Float[np.ndarray, "row point"], often: float) -> Complex[np.ndarray, "row point"]:
    """Return exp(2 pi i often x)."""
    out = np.empty(rows.shape, dtype=np.complex128)
    turn = (2 * math.pi * often) * rows
    out.real, out.imag = np.cos(turn), np.sin(turn)
    return out


def cube_nats(rotated: Batch) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by the vertices of a cube along independent axes.

    The sum over axes of ``two_level_nats``; the worst axis alone if one of them saves nothing. At
    most 0 where fewer than ``OCCUPIED`` of the 2^m vertices hold a point.

    Parameters
    ----------
    rotated
        Clouds in their independent axes, one a dimension of the cube.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats; 0 is no better than a Gaussian.
    """
    nats = _all_axes(two_level_nats(rotated))
    m = int(rotated.shape[2])
    vertex: Int[np.ndarray, "draw point"] = (rotated > 0) @ 2 ** np.arange(m)
    held = np.stack([(vertex == v).any(axis=1) for v in range(2**m)])
    full = held.mean(axis=0) >= OCCUPIED
    return np.asarray(np.where(full, nats, np.minimum(nats, 0.0)), dtype=np.float64)


def grid_nats(rotated: Batch) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by equally spaced levels along independent axes.

    The sum over axes of the better of ``lattice_nats`` and ``two_level_nats``, the first on every
    axis if the second is better on all (that would be a cube); the worst axis alone if one of
    them saves nothing.

    Parameters
    ----------
    rotated
        Clouds in their independent axes, one a dimension of the grid.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats; 0 is no better than a Gaussian.
    """
    pair, lattice = two_level_nats(rotated), lattice_nats(rotated)
    each = np.maximum(lattice, pair)
    cube = (pair - lattice).min(axis=1) > 0
    return _all_axes(np.where(cube[:, None], lattice, each))


def _all_axes(each: Float[np.ndarray, "draw _"]) -> Float[np.ndarray, " draw"]:
    worst = each.min(axis=1)
    return np.asarray(np.where(worst > 0, each.sum(axis=1), worst), dtype=np.float64)


def cross_nats(whitened: Batch, m: int, *, n_iter: int = 4) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by a cross-polytope's 2m vertices +-sqrt(m) e_a in the first m axes.

    Axes start greedily at the farthest points (each new one after projecting the earlier out) and
    are polished by alternating nearest-vertex assignment with orthogonal Procrustes. With s^2 the
    residual variance (divisor f = n m - m (m - 1) / 2 - m, at least 1e-4), it is
    -(n m / 2) (log s^2 - 1) - f / 2 - n log 2m.

    Parameters
    ----------
    whitened
        Clouds with unit variance along every axis.
    m
        Dimension of the cross-polytope.
    n_iter
        Rounds of polishing.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats; 0 is no better than a Gaussian.
    """
    points = whitened[:, :, :m]
    n = points.shape[1]
    turn = _farthest_axes(points)
    for _ in range(n_iter):
        vertex = _nearest_vertex(points @ turn, m)
        turn = _polar(np.swapaxes(points, 1, 2) @ vertex)
    rest = points @ turn - _nearest_vertex(points @ turn, m)
    freedom = max(n * m - m * (m - 1) / 2 - m, 1)
    variance = np.maximum((rest**2).sum(axis=(1, 2)) / freedom, 1e-4)
    return -0.5 * n * m * (np.log(variance) - 1) - 0.5 * freedom - n * math.log(2 * m)


def _farthest_axes(points: Batch) -> Float[np.ndarray, "draw _ _"]:
    draws, _, m = points.shape
    rest, axes = points.copy(), list[Float[np.ndarray, "draw _"]]()
    for _ in range(m):
        far = (rest**2).sum(axis=2).argmax(axis=1)
        axis = rest[np.arange(draws), far]
        axis = axis / np.maximum(np.linalg.norm(axis, axis=1, keepdims=True), 1e-9)
        axes.append(axis)
        rest = rest - (rest @ axis[:, :, None]) * axis[:, None, :]
    return np.stack(axes, axis=2)


def _nearest_vertex(points: Batch, m: int) -> Batch:
    axis = np.abs(points).argmax(axis=2)
    sign = np.sign(np.take_along_axis(points, axis[:, :, None], axis=2))
    vertex = np.zeros_like(points)
    np.put_along_axis(vertex, axis[:, :, None], sign * math.sqrt(m), axis=2)
    return vertex
