"""Gauges: the re-fit a receiver is allowed before a knockoff is read, as bytes with a price."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import linalg

from armillary.core.errors import BadInput
from armillary.knockoffs.packing import pack_floats, unpack_floats
from armillary.knockoffs.rotation_bytes import pack_rotation as pack_rotation
from armillary.knockoffs.rotation_bytes import unpack_rotation as unpack_rotation

_linalg: Any = linalg  # ships no types
Vectors = Float[np.ndarray, "token d_model"]
_solve: Any = np.linalg.solve  # its overloads are too many for the type checker


@dataclass(frozen=True, slots=True, eq=False)
class Refit:
    """A map ``x -> (x - before) @ matrix + after``, as the receiver reads it.

    Parameters
    ----------
    gauge
        The name of the gauge.
    matrix
        None is the identity.
    before, after
        Means that the map is about.
    bits
        Length of the bytes that say the map.
    """

    gauge: str
    matrix: Float[np.ndarray, "d_model d_model"] | None
    before: Float[np.ndarray, " d_model"] | None
    after: Float[np.ndarray, " d_model"] | None
    bits: int

    def apply(self, vectors: Vectors) -> Vectors:
        """Return the vectors after the map."""
        if self.matrix is None:
            return vectors
        return ((vectors - self.before) @ self.matrix + self.after).astype(np.float32)

    def turn(self, directions: Float[np.ndarray, "feature d_model"]) -> np.ndarray:
        """Return directions after the linear part alone."""
        if self.matrix is None:
            return directions
        return (directions @ self.matrix).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A class of maps, of which the best for calibration tokens is sent.

    Parameters
    ----------
    name
        ``none``, ``rotation``, ``rotation+scale`` or ``linear``.
    fit
        Takes what the knockoff makes and what the true decoder makes of the same tokens.
    """

    name: str
    fit: Callable[[Vectors, Vectors], Refit]


def _none(made: Vectors, true: Vectors) -> Refit:
    del made, true
    return Refit("none", None, None, None, 0)


def _rotation(made: Vectors, true: Vectors) -> Refit:
    before, after, u, _, v = _procrustes(made, true)
    return _sent("rotation", pack_rotation(u @ v), before=before, after=after)


def _rotation_scale(made: Vectors, true: Vectors) -> Refit:
    before, after, u, s, v = _procrustes(made, true)
    spread = float(((made - before).astype(np.float64) ** 2).sum())
    scale = float(s.sum() / spread) if spread > 0 else 0.0
    return _sent("rotation+scale", pack_rotation(u @ v), before=before, after=after, scale=scale)


def _linear(made: Vectors, true: Vectors) -> Refit:
    before, after = made.mean(axis=0), true.mean(axis=0)
    x, y = (made - before).astype(np.float64), (true - after).astype(np.float64)
    gram = x.T @ x
    ridge = 1e-6 * np.trace(gram) / len(gram) + 1e-12  # keeps unused directions from blowing up
    matrix: np.ndarray = _solve(gram + ridge * np.eye(len(gram)), x.T @ y)
    return _sent("linear", pack_floats(matrix, bits=32), before=before, after=after)


NONE = Gauge("none", _none)
ROTATION = Gauge("rotation", _rotation)
ROTATION_SCALE = Gauge("rotation+scale", _rotation_scale)
LINEAR = Gauge("linear", _linear)
GAUGES = {gauge.name: gauge for gauge in (NONE, ROTATION, ROTATION_SCALE, LINEAR)}


def gauge_named(name: str) -> Gauge:
    """Return a gauge.

    Parameters
    ----------
    name
        One of ``GAUGES``.

    Raises
    ------
    BadInput
        If there is none of this name.
    """
    if name not in GAUGES:
        raise BadInput(f"no gauge is called {name!r}: use {', '.join(GAUGES)}")
    return GAUGES[name]


def _procrustes(made: Vectors, true: Vectors) -> tuple[np.ndarray, ...]:
    before, after = made.mean(axis=0), true.mean(axis=0)
    cross = (made - before).astype(np.float64).T @ (true - after).astype(np.float64)
    u, s, v = _svd(cross)
    return before, after, u, s, v


def _svd(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Decompose; by the slower method where the quick one gives up, as it may at low rank."""
    try:
        return np.linalg.svd(matrix)
    except np.linalg.LinAlgError:
        u, s, v = _linalg.svd(matrix, lapack_driver="gesvd")
        return u, s, v


def _sent(
    name: str, packed: bytes, *, before: np.ndarray, after: np.ndarray, scale: float | None = None
) -> Refit:
    """Return the map as the receiver reads it from the bytes."""
    means = pack_floats(np.stack([before, after]), bits=32)
    size = len(packed) + len(means) + (4 if scale is not None else 0)
    if name == "linear":
        matrix = unpack_floats(packed)
    else:
        matrix = unpack_rotation(packed, before.size) * np.float32(1 if scale is None else scale)
    got = unpack_floats(means)
    return Refit(name, matrix.astype(np.float32), got[0], got[1], 8 * size)
