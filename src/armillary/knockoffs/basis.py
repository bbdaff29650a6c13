"""Basis: spectrum and axes of a set of directions as a sender says them and a receiver reads."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from armillary.knockoffs.packing import pack_floats, unpack_floats
from armillary.knockoffs.rotation_bytes import pack_rotation, unpack_rotation

Axes = Float[np.ndarray, "d_model d_model"]


def eigenbasis(
    rows: Float[np.ndarray, "feature d_model"],
) -> tuple[Float[np.ndarray, " d_model"], Axes]:
    """Return the eigenvalues of ``rows' rows / n``, falling, and their axes as columns.

    Parameters
    ----------
    rows
        Not centred here.
    """
    moment = np.zeros((rows.shape[1], rows.shape[1]))
    for start in range(0, rows.shape[0], 8192):  # float64 without a float64 copy of everything
        part = rows[start : start + 8192].astype(np.float64)
        moment += part.T @ part
    value, axes = np.linalg.eigh(moment / max(1, rows.shape[0]))
    return np.maximum(value[::-1], 0.0), axes[:, ::-1]


def pack_basis(eigenvalue: Float[np.ndarray, " d_model"], axes: Axes | None) -> dict[str, bytes]:
    """Write standard deviations with 16 bits each, and the axes (16 bits a number) where given.

    Parameters
    ----------
    eigenvalue
        At least 0.
    axes
        Orthogonal; None leaves them to the receiver's draw, which is a random rotation.

    Returns
    -------
    dict of str to bytes
        Parts of a message, for ``unpack_basis``.
    """
    spread = np.sqrt(eigenvalue)
    most = float(spread.max(initial=0.0)) or 1.0
    parts = {
        "scale": pack_floats(np.array(most), bits=32),
        "spread": pack_floats(spread / most, bits=16),
    }
    return parts if axes is None else {**parts, "axes": pack_rotation(axes)}


def unpack_basis(
    parts: Mapping[str, bytes], *, rng: np.random.Generator
) -> tuple[Float[np.ndarray, " d_model"], Axes]:
    """Read the spectrum, and read or draw the axes.

    Parameters
    ----------
    parts
        As ``pack_basis`` wrote them.
    rng
        Draws axes uniformly where none were sent.

    Returns
    -------
    spread : Float[np.ndarray, " d_model"]
        Standard deviations, the square roots of the eigenvalues.
    axes : Float[np.ndarray, "d_model d_model"]
        Columns; float64.
    """
    spread = unpack_floats(parts["spread"]).astype(np.float64)
    spread = spread * float(unpack_floats(parts["scale"]))
    if "axes" in parts:
        return spread, unpack_rotation(parts["axes"], spread.size)
    return spread, random_rotation(spread.size, rng=rng)


def random_rotation(d: int, *, rng: np.random.Generator) -> Axes:
    """Draw an orthogonal matrix uniformly (Haar measure, reflections included).

    Parameters
    ----------
    d
        Its size.
    rng
        Source of the draw.
    """
    turn, triangle = np.linalg.qr(rng.standard_normal((d, d)))
    return turn * np.sign(np.diagonal(triangle))
