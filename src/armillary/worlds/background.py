"""Background rows: directions without structure, with the spectrum of a real embedding."""

import numpy as np
from jaxtyping import Float

HEAD_SHARE = 0.083
HEAD_POWER = 2.2
TAIL_POWER = 0.29


def spectrum_shares(d: int, *, power: float = TAIL_POWER) -> Float[np.ndarray, " axis"]:
    """Return each axis' share of the variance: a power law with a steeper head.

    ``share_i = h i**-2.2 + t i**-power``, i = 1 .. d, with ``h = 0.083`` and ``t`` such that the
    shares sum to 1. Fitted to the centred, unit-norm token embeddings of SmolLM2-135M (d = 576:
    9.0, 2.5, 1.2 % for the first three axes; .40 % at 10, .24 % at 50, .20 % at 100, .14 % at 300;
    participation ratio 94, of the fit 97).

    Parameters
    ----------
    d
        Number of axes.
    power
        Decay of the tail.
    """
    axis = np.arange(1, d + 1, dtype=np.float64)
    head = HEAD_SHARE * axis**-HEAD_POWER
    tail = axis**-power
    return head + (1 - head.sum()) * tail / tail.sum()


def frame(d: int, dim: int, *, rng: np.random.Generator) -> Float[np.ndarray, "dim d_model"]:
    """Draw an orthonormal frame of a uniformly random (Haar) subspace, one row an axis."""
    q, r = np.linalg.qr(rng.standard_normal((d, dim)))
    return (q * np.sign(np.diag(r))).T


def coloured(
    n: int, root: Float[np.ndarray, "axis d_model"], *, rng: np.random.Generator
) -> Float[np.ndarray, "feature d_model"]:
    """Draw Gaussian rows with covariance ``root.T @ root``, in single precision."""
    white = rng.standard_normal((n, root.shape[0]), dtype=np.float32)
    return white @ root.astype(np.float32)


def spectrum_root(
    d: int, *, rng: np.random.Generator, power: float = TAIL_POWER
) -> Float[np.ndarray, "axis d_model"]:
    """Draw a square root of a covariance with these shares in random directions; trace 1."""
    return np.sqrt(spectrum_shares(d, power=power))[:, None] * frame(d, d, rng=rng)


def unit_rows(x: Float[np.ndarray, "feature d_model"]) -> Float[np.ndarray, "feature d_model"]:
    """Scale every row to length 1."""
    return x / np.linalg.norm(x, axis=1, keepdims=True)
