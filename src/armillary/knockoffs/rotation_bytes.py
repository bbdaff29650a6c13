"""Rotation bytes: orthogonal matrices as Householder reflections, orthogonal again when read."""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import linalg

from armillary.knockoffs.packing import pack_floats, unpack_floats

_lapack: Any = linalg.lapack  # ships no types


def pack_rotation(matrix: Float[np.ndarray, "d_model d_model"]) -> bytes:
    """Write an orthogonal matrix as d(d-1)/2 numbers of 16 bits and d signs.

    Householder reflections: ``matrix = H_1 ... H_d diag(sign)`` with ``H_i = 1 - 2 v v'/v'v``,
    ``v`` zero before i and 1 at i. What is read back is orthogonal to machine precision whatever
    the rounding of the numbers.

    Parameters
    ----------
    matrix
        Orthogonal; reflections are allowed.

    Returns
    -------
    bytes
        For ``unpack_rotation``.
    """
    reflected, tau, _, _ = _lapack.dgeqrf(np.asarray(matrix, dtype=np.float64))
    below = reflected[np.tril_indices(len(matrix), -1)]
    keep = np.abs(tau) > 1e-12  # a reflection that is none
    sign = np.diagonal(reflected) > 0
    bits = np.packbits(np.concatenate([keep, sign]))
    return pack_floats(below, bits=16) + bits.tobytes()


def unpack_rotation(data: bytes, d_model: int) -> Float[np.ndarray, "d_model d_model"]:
    """Read what ``pack_rotation`` wrote.

    Parameters
    ----------
    data
        All of it.
    d_model
        Size of the matrix.
    """
    n_flags = (2 * d_model + 7) // 8
    flags = np.unpackbits(np.frombuffer(data[-n_flags:], np.uint8))[: 2 * d_model].astype(bool)
    reflectors = np.zeros((d_model, d_model), order="F")
    reflectors[np.tril_indices(d_model, -1)] = unpack_floats(data[:-n_flags])
    length = 1 + (reflectors**2).sum(axis=0)
    tau = np.where(flags[:d_model], 2 / length, 0.0)
    product, _, _ = _lapack.dorgqr(reflectors, tau)
    return product * np.where(flags[d_model:], 1.0, -1.0)
