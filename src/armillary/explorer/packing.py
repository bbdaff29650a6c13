"""Numbers as the page carries them."""

import numpy as np
from jaxtyping import Float, Int


def chosen(n: int, *, limit: int) -> Int[np.ndarray, " kept"]:
    """Return which of ``n`` to keep: all up to the limit, else a fixed random choice, sorted."""
    if n <= limit:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, size=limit, replace=False))


def unit_square(xy: Float[np.ndarray, "point 2"]) -> Float[np.ndarray, "point 2"]:
    """Shift and scale into the unit square, one scale for both axes, centred."""
    if xy.shape[0] == 0:
        return np.zeros((0, 2))
    low, high = xy.min(axis=0), xy.max(axis=0)
    side = max(float((high - low).max()), 1e-12)
    return (np.asarray(xy, dtype=np.float64) - (low + high) / 2) / side + 0.5


def finite(value: float | None) -> float | None:
    """Return the number, or None if it is missing, NaN or infinite."""
    return None if value is None or not np.isfinite(value) else float(value)
