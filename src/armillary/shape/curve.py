"""Open curves, helices and cones: shapes told by how one axis depends on others."""

import math

import numpy as np
from jaxtyping import Float

from armillary.shape.ring import PlaneCircles
from armillary.shape.views import Batch


def bend_nats(whitened: Batch) -> Float[np.ndarray, "draw axis bent"]:
    """Measure nats saved by bending axis ``bent`` as a parabola of ``axis``.

    -n/2 log(1 - R^2) of the regression of one axis on the square of another, less log n for two
    parameters; the diagonal is -inf.
    """
    n = whitened.shape[1]
    square = whitened**2 - 1.0
    sd = np.maximum(np.sqrt((square**2).mean(axis=1)), 1e-9)
    r = np.einsum("bna,bnc->bac", square, whitened) / n / sd[:, :, None]
    saved = -0.5 * n * np.log(np.maximum(1 - r**2, 1e-6)) - math.log(n)
    axis = np.arange(whitened.shape[2])
    saved[:, axis, axis] = -np.inf
    return saved


def segment_nats(whitened: Batch) -> Float[np.ndarray, " draw"]:
    """Measure nats saved by a uniform leading axis against a Gaussian one.

    The uniform's width is the range times (n + 1) / (n - 1).
    """
    n = whitened.shape[1]
    lead = whitened[:, :, 0]
    width = np.ptp(lead, axis=1) * (n + 1) / (n - 1)
    gauss = 0.5 * math.log(2 * math.pi) + 0.5
    return n * (gauss - np.log(np.maximum(width, 1e-9)))


def cone_nats(
    circles: PlaneCircles,
    whitened: Batch,
    ring: Float[np.ndarray, "draw plane"],
    pairs: list[tuple[int, int]],
) -> Float[np.ndarray, "draw plane"]:
    """Measure nats saved when the radius in a plane follows a third axis linearly.

    ring + -n/2 log(1 - R^2) of radius on the best other axis, less 0.5 log n.
    """
    n = whitened.shape[1]
    centred = circles.radius - circles.radius.mean(axis=1, keepdims=True)
    sd = np.sqrt((centred**2).mean(axis=1))
    r = np.einsum("bnp,bna->bpa", centred, whitened) / n / np.maximum(sd, 1e-9)[:, :, None]
    for plane, own in enumerate(pairs):
        r[:, plane, list(own)] = 0.0
    best = np.minimum((r**2).max(axis=2), 1 - 1e-6)
    return ring - 0.5 * n * np.log(1 - best) - 0.5 * math.log(n)


def helix_nats(
    circles: PlaneCircles,
    whitened: Batch,
    ring: Float[np.ndarray, "draw plane"],
    pairs: list[tuple[int, int]],
) -> Float[np.ndarray, "draw plane"]:
    """Measure nats saved when the angle in a plane winds along a third axis.

    ring + von Mises log-likelihood gain of angle given w * axis, over winding rates w of 0.75 to
    6 turns across the axis' +-2 sd range, either hand; less 1.5 log n.
    """
    n = whitened.shape[1]
    rates = np.arange(0.75, 6.01, 0.125) * math.pi / 2
    phase = np.exp(1j * circles.angle)
    best = np.zeros(ring.shape)
    for axis in range(min(whitened.shape[2], 3)):
        other = [plane for plane, own in enumerate(pairs) if axis not in own]
        turn = np.exp(-1j * rates[None, :, None] * whitened[:, None, :, axis])
        up = np.abs(turn @ phase[:, :, other]) / n
        down = np.abs(turn.conj() @ phase[:, :, other]) / n
        here = np.maximum(up.max(axis=1), down.max(axis=1))
        best[:, other] = np.maximum(best[:, other], here)
    return ring + n * von_mises_gain(best) - 1.5 * math.log(n)


def von_mises_gain(resultant: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Mean log-likelihood of angles under the best von Mises, minus that of the uniform.

    Uses the wrapped-normal form -log(sigma) - 0.5 + 0.5 log(2 pi), sigma^2 = -2 log R, where it
    is positive; 0 otherwise.
    """
    sigma = np.sqrt(-2 * np.log(np.clip(resultant, 1e-6, 1 - 1e-6)))
    return np.maximum(-np.log(sigma) - 0.5 + 0.5 * math.log(2 * math.pi), 0.0)
