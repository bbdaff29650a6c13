"""Unit rows: directions without their lengths, ready for cosine products."""

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput


def unit_rows(
    directions: Float[np.ndarray, "feature d_model"],
) -> Float[np.ndarray, "feature d_model"]:
    """Divide every row by its length.

    Parameters
    ----------
    directions
        Finite rows, none of them zero.

    Returns
    -------
    Float[np.ndarray, "feature d_model"]
        Rows of length 1, float32, contiguous; a new array.

    Raises
    ------
    BadInput
        If a row is zero or holds a NaN or infinite value.
    """
    rows = np.array(directions, dtype=np.float32, order="C")
    peak = np.abs(rows).max(axis=1, initial=0.0)
    bad = np.flatnonzero(~np.isfinite(peak) | (peak == 0))
    if bad.size:
        raise BadInput(
            f"{bad.size} of {rows.shape[0]} rows have no direction (zero, NaN or infinite), "
            f"the first is row {bad[0]}: drop them, or subtract a different centre"
        )
    rows /= peak[:, None]
    rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return rows


def centred_unit_rows(
    directions: Float[np.ndarray, "feature d_model"],
) -> Float[np.ndarray, "feature d_model"]:
    """Subtract the mean row, then divide every row by its length; refuses as ``unit_rows`` does."""
    precision = np.promote_types(directions.dtype, np.float32)
    mean = directions.mean(axis=0, dtype=np.float64).astype(precision)
    return unit_rows(directions - mean)
