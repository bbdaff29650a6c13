"""Planes: whether the ring of one layer lies where it lay in another, and how far it turned."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class Turning:
    """How rings of pairs of layers lie to each other, in the stream they share.

    Parameters
    ----------
    alignment
        Overlap of the two rings after the best turn of the cycle: the nuclear norm of ``T_lm``
        over the root of the traces of ``T_ll`` and ``T_mm``. 1: the same ring up to a turn in its
        own plane, 0: planes at right angles.
    angle
        Its arc cosine, degrees in [0, 90].
    plane
        The larger principal angle of the two planes, degrees.
    phase
        How far the cycle turned within the plane, degrees in (-180, 180]; positive: toward the next
        label. It means nothing where planes are at right angles.
    """

    alignment: Float[np.ndarray, "*pair"]
    angle: Float[np.ndarray, "*pair"]
    plane: Float[np.ndarray, "*pair"]
    phase: Float[np.ndarray, "*pair"]


def ring_axes(
    patterns: Float[np.ndarray, "repeat condition d_model"],
    frame: Float[np.ndarray, "condition 2"],
) -> Float[np.ndarray, "repeat 2 d_model"]:
    """Return the two axes that span the ring, as every repeat has them.

    Parameters
    ----------
    patterns
        Every condition in every repeat, of one layer.
    frame
        Of ``ring.harmonic``.

    Returns
    -------
    array
        ``H' X_r``: cosine axis and sine axis.
    """
    return np.einsum("rkd,ka->rad", np.asarray(patterns, dtype=np.float64), frame)


def crossed_axes(
    first: Float[np.ndarray, "repeat 2 d_model"], second: Float[np.ndarray, "repeat 2 d_model"]
) -> Float[np.ndarray, "repeat repeat 2 2"]:
    """Take inner products of axes between repeats, 0 where a repeat would meet itself.

    Parameters
    ----------
    first, second
        Of ``ring_axes``, of two layers.

    Returns
    -------
    array
        ``[r, s, a, b]``.
    """
    found = np.einsum("rad,sbd->rsab", first, second, optimize=True)
    same = np.arange(len(found))
    found[same, same] = 0
    return found


def mean_crossed(
    crossed: Float[np.ndarray, "repeat repeat 2 2"], weights: Float[np.ndarray, "draw repeat"]
) -> Float[np.ndarray, "draw 2 2"]:
    """Average over pairs of different repeats: free of the noise that repeats have of their own.

    Parameters
    ----------
    crossed
        Of ``crossed_axes``.
    weights
        How often each repeat counts.

    Returns
    -------
    array
        One 2 x 2 matrix a draw.
    """
    pairs = weights.sum(axis=1) ** 2 - (weights**2).sum(axis=1)
    total = np.einsum("dr,ds,rsab->dab", weights, weights, crossed, optimize=True)
    return total / pairs[:, None, None]


def ring_turning(
    between: Float[np.ndarray, "*pair 2 2"],
    first: Float[np.ndarray, "*pair 2 2"],
    second: Float[np.ndarray, "*pair 2 2"],
) -> Turning:
    """Compare the rings of pairs of layers by cross-validated products of their axes.

    Parameters
    ----------
    between
        ``T_lm``: products of the axes of layer l with those of layer m.
    first, second
        ``T_ll`` and ``T_mm``: of each layer with itself, in other repeats.

    Returns
    -------
    Turning
        Not a number where a layer's own products are no ring (not positive). Noise within
        layers does not widen angles, as it would between plain estimates; at little signal they
        scatter instead.

    Raises
    ------
    BadInput
        If shapes differ.

    References
    ----------
    Bjorck and Golub 1973: principal angles. Williams et al. 2021, arXiv:2110.14739: the nuclear
    norm as overlap of shapes.
    """
    if not between.shape == first.shape == second.shape:
        raise BadInput(f"products of shapes {between.shape}, {first.shape} and {second.shape}")
    own = np.sqrt(_positive(np.trace(first, axis1=-2, axis2=-1))) * np.sqrt(
        _positive(np.trace(second, axis1=-2, axis2=-1))
    )
    nuclear = np.linalg.svd(between, compute_uv=False).sum(axis=-1)
    alignment = nuclear / own
    white = _root(first) @ between @ _root(second)
    usable = np.asarray(np.isfinite(white).all(axis=(-2, -1)))
    cosines = np.linalg.svd(np.where(usable[..., None, None], white, 0.0), compute_uv=False)
    smallest = np.where(usable, cosines[..., 1], np.nan)
    turned = np.arctan2(
        between[..., 1, 0] - between[..., 0, 1], between[..., 0, 0] + between[..., 1, 1]
    )
    return Turning(
        alignment=alignment,
        angle=np.degrees(np.arccos(np.clip(alignment, 0, 1))),
        plane=np.degrees(np.arccos(np.clip(smallest, 0, 1))),
        phase=np.degrees(turned),
    )


def _positive(trace: np.ndarray) -> np.ndarray:
    return np.where(trace > 0, trace, np.nan)


def _root(own: np.ndarray) -> np.ndarray:
    """Return the inverse square roots of symmetric matrices; not a number where not positive."""
    value, axes = np.linalg.eigh((own + np.swapaxes(own, -1, -2)) / 2)
    size = np.where(value > 0, value, np.nan) ** -0.5
    return (axes * size[..., None, :]) @ np.swapaxes(axes, -1, -2)
