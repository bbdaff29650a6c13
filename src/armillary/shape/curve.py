"""Open curves, helices and cones: shapes told by how one axis depends on others."""

import math

import numpy as np
from jaxtyping import Bool, Complex, Float, Int

from armillary.shape.ring import PlaneCircles
from armillary.shape.views import IMPOSSIBLE, Batch

STEP = 0.25
TURNS = np.arange(0.75, 6.01, STEP)  # of a helix, over the +-2 sd range of its axis
TILT = 0.35  # share of an axis of the plane that may be mixed into a helix' axis
BLOCK = 2000  # points (over draws) in one step of the search for windings: it stays in cache
CLOSE = 1e-6  # 1 - R^2 is not taken below this


def bend_nats(whitened: Batch) -> Float[np.ndarray, "draw axis bent"]:
    """Measure nats saved by bending axis ``bent`` as a parabola of ``axis``.

    -(n / 2) log(1 - R^2) of the regression of one axis on the square of another, less log n for
    two parameters.

    Parameters
    ----------
    whitened
        Clouds with unit variance along every axis.

    Returns
    -------
    Float[np.ndarray, "draw axis bent"]
        Nats; ``IMPOSSIBLE`` on the diagonal and for axes of no length.
    """
    n = whitened.shape[1]
    square = whitened**2 - 1.0
    sd = np.maximum(np.sqrt((square**2).mean(axis=1)), 1e-9)
    r = np.swapaxes(square, 1, 2) @ whitened / n / sd[:, :, None]
    saved = -0.5 * n * np.log(np.maximum(1 - r**2, CLOSE)) - math.log(n)
    empty = ~(whitened != 0).any(axis=1)
    saved[empty[:, :, None] | empty[:, None, :]] = IMPOSSIBLE
    axis: Int[np.ndarray, " axis"] = np.arange(int(whitened.shape[2]))
    saved[:, axis, axis] = IMPOSSIBLE
    return saved


def segment_nats(whitened: Batch) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by a uniform leading axis against a Gaussian one.

    n (log sqrt(2 pi) + 1/2 - log w), w the range times (n + 1) / (n - 1).

    Parameters
    ----------
    whitened
        Clouds with unit variance along every axis; only the first is looked at.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats; ``IMPOSSIBLE`` if all points coincide.
    """
    n = whitened.shape[1]
    if whitened.shape[2] == 0:
        return np.full(len(whitened), IMPOSSIBLE)
    width = np.ptp(whitened[:, :, 0], axis=1) * (n + 1) / (n - 1)
    gauss = 0.5 * math.log(2 * math.pi) + 0.5
    return np.where(width > 1e-9, n * (gauss - np.log(np.maximum(width, 1e-9))), IMPOSSIBLE)


def cone_nats(
    circles: PlaneCircles,
    whitened: Batch,
    ring: Float[np.ndarray, "draw plane"],
    *,
    pairs: list[tuple[int, int]],
) -> Float[np.ndarray, "draw plane"]:
    """Measure nats saved when the radius in a plane follows a third axis linearly.

    ring - (n / 2) log(1 - R^2) - 0.5 log n, R^2 of the radius on the best other axis.

    Parameters
    ----------
    circles
        Circles fitted in the planes ``pairs`` of ``whitened``.
    whitened
        Clouds with unit variance along every axis.
    ring
        Nats of the rings themselves.
    pairs
        The planes, as pairs of axes.

    Returns
    -------
    Float[np.ndarray, "draw plane"]
        Nats.
    """
    n = whitened.shape[1]
    centred = circles.radius - circles.radius.mean(axis=1, keepdims=True)
    sd = np.sqrt((centred**2).mean(axis=1))
    r = np.swapaxes(centred, 1, 2) @ whitened / n / np.maximum(sd, 1e-9)[:, :, None]
    for plane, own in enumerate(pairs):
        r[:, plane, list(own)] = 0.0
    best = np.minimum((r**2).max(axis=2, initial=0.0), 1 - CLOSE)
    return ring - 0.5 * n * np.log(1 - best) - 0.5 * math.log(n)


def helix_nats(
    circles: PlaneCircles,
    whitened: Batch,
    ring: Float[np.ndarray, "draw plane"],
    *,
    pairs: list[tuple[int, int]],
) -> Float[np.ndarray, " draw"]:
    """Measure nats saved when the angle in the best ring's plane winds along a third axis.

    ring + n g(R) - 1.5 log n, with R = |<exp(i (angle -+ w z))>| the largest over winding rates w
    of 0.75 to 6 turns across +-2 sd of z, either hand, and g ``von_mises_gain``. A helix of few
    turns is correlated with its own axis, which whitening removes: z is therefore one of the three
    leading axes outside the plane plus -0.35, 0 or 0.35 times each axis of the plane.

    Parameters
    ----------
    circles
        Circles fitted in the planes ``pairs`` of ``whitened``.
    whitened
        Clouds with unit variance along every axis.
    ring
        Nats of the rings themselves.
    pairs
        The planes, as pairs of axes.

    Returns
    -------
    Float[np.ndarray, " draw"]
        Nats.
    """
    draws, n = len(whitened), whitened.shape[1]
    if not pairs:
        return np.full(draws, IMPOSSIBLE)
    draw: Int[np.ndarray, " draw"] = np.arange(draws)
    plane = ring.argmax(axis=1)
    own = np.array(pairs)[plane]
    phase = np.exp(1j * np.arctan2(circles.dy[draw, :, plane], circles.dx[draw, :, plane]))
    tilted = TILT * np.take_along_axis(whitened, own[:, None, :], axis=2)
    lead = whitened[:, :, :3]
    best = np.empty((draws, lead.shape[2]))
    block = max(1, BLOCK // n)
    for start in range(0, draws, block):
        part = slice(start, start + block)
        best[part] = _winding(phase[part], np.concatenate([lead[part], tilted[part]], axis=2))
    axis: Int[np.ndarray, " lead"] = np.arange(int(lead.shape[2]))
    outside: Bool[np.ndarray, "draw lead"] = (own[:, :, None] != axis).all(axis=1)
    resultant = np.where(outside, best, 0.0).max(axis=1) / n
    return ring[draw, plane] + n * von_mises_gain(resultant) - 1.5 * math.log(n)


def _winding(
    phase: Complex[np.ndarray, "draw point"], axes: Float[np.ndarray, "draw point _"]
) -> Float[np.ndarray, "draw lead"]:
    """Find the largest |sum of phase^(+-1) exp(i w z)| over rates w and tilts of each axis z.

    The last two axes are the tilts x, y. As exp(i w (z +- x +- y)) is a product, the rates (by
    repeated multiplication), the tilts and the sums over points need two exponentials an axis.
    """
    draws, n, width = axes.shape
    lead = width - 2
    unit = 0.5j * math.pi * np.ascontiguousarray(axes.transpose(2, 0, 1))
    turn, step = np.exp(TURNS[0] * unit), np.exp(STEP * unit)
    left: Complex[np.ndarray, "draw hand point"]
    left = np.empty((draws, 6, n), dtype=np.complex128)
    right = np.empty((draws, 3 * lead, n), dtype=np.complex128)
    square = np.zeros((draws, 6, 3 * lead))
    for rate in range(TURNS.size):
        turn = turn * step if rate else turn
        z, x, y = turn[:lead].swapaxes(0, 1), turn[lead], turn[lead + 1]
        left[:, 0], left[:, 1], left[:, 2] = phase * x, phase, phase * x.conj()
        left[:, 3:] = left[:, 2::-1].conj()  # the other hand, tilts in the same order
        right[:, :lead], right[:, lead:-lead] = z * y.conj()[:, None], z
        right[:, -lead:] = z * y[:, None]
        total = left @ right.swapaxes(1, 2)
        np.maximum(square, total.real**2 + total.imag**2, out=square)
    return np.sqrt(square.max(axis=1)).reshape(draws, 3, lead).max(axis=1)


def von_mises_gain(resultant: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Mean log-likelihood of angles about one direction, minus that of uniform angles.

    Uses the wrapped-normal form -log(sigma) - 0.5 + 0.5 log(2 pi), sigma^2 = -2 log R, where it
    is positive; 0 otherwise.

    Parameters
    ----------
    resultant
        Mean resultant length R, in [0, 1].

    Returns
    -------
    Float[np.ndarray, "..."]
        Nats a point, at least 0.
    """
    sigma = np.sqrt(-2 * np.log(np.clip(resultant, 1e-6, 1 - 1e-6)))
    return np.maximum(-np.log(sigma) - 0.5 + 0.5 * math.log(2 * math.pi), 0.0)
