"""What chance matches: dictionaries with the mean and spectrum of another and nothing else."""

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Float

from armillary.affinity.unit_rows import unit_rows
from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace

Directions = FeatureSpace | Float[np.ndarray, "_ _"]
Rows = Float[np.ndarray, "_ d_model"]
Draw = Callable[[Rows, np.random.Generator], Rows]


def null_dictionary(
    directions: Directions, *, rng: np.random.Generator
) -> Float[np.ndarray, "feature d_model"]:
    """Draw as many unit rows with the mean and covariance of a dictionary's unit rows.

    Unlike ``affinity.spectrum_matched`` it keeps the mean, which raw cosines between dictionaries
    see.

    Parameters
    ----------
    directions
        The dictionary to imitate.
    rng
        Of the draw.

    Returns
    -------
    Float[np.ndarray, "feature d_model"]
        Gaussian rows, scaled to length 1, float32.
    """
    return _gaussian(rows_of(directions), rng)


def principal_plane(directions: Directions) -> Float[np.ndarray, "feature 2"]:
    """Return the two leading principal coordinates of the unit rows about their mean.

    Parameters
    ----------
    directions
        Of a dictionary.

    Returns
    -------
    Float[np.ndarray, "feature 2"]
        float32; each axis so that its largest coordinate is positive.
    """
    scores = _principal(rows_of(directions))[3]
    plane = scores[:, ::-1][:, :2]
    peak = plane[np.abs(plane).argmax(axis=0), np.arange(plane.shape[1])]
    plane = plane * np.where(peak < 0, -1, 1).astype(np.float32)
    return plane if plane.shape[1] == 2 else np.c_[plane, np.zeros_like(plane)]


def rows_of(source: Directions) -> Rows:
    """Return a dictionary's directions at unit length.

    Parameters
    ----------
    source
        A space, or its rows.

    Raises
    ------
    BadInput
        If it has fewer than two rows.
    """
    rows = source.directions if isinstance(source, FeatureSpace) else source
    if rows.ndim != 2 or len(rows) < 2:
        raise BadInput(f"a dictionary of shape {rows.shape} cannot be matched: need two rows")
    return unit_rows(rows)


def _principal(unit: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    mean = unit.mean(axis=0, dtype=np.float64).astype(np.float32)
    about = unit - mean
    eigenvalue, axes = np.linalg.eigh((about.T @ about).astype(np.float64) / len(unit))
    axes = axes.astype(np.float32)
    return mean, np.sqrt(np.maximum(eigenvalue, 0.0)).astype(np.float32), axes, about @ axes


def _gaussian(unit: Rows, rng: np.random.Generator) -> Rows:
    mean, spread, axes, _ = _principal(unit)
    drawn = rng.standard_normal(unit.shape, dtype=np.float32) * spread
    return unit_rows(drawn @ axes.T + mean)


def _permuted(unit: Rows, rng: np.random.Generator) -> Rows:
    mean, _, axes, scores = _principal(unit)
    columns = np.ascontiguousarray(scores.T)
    for column in columns:
        column[:] = column[rng.permutation(column.size)]
    return unit_rows(columns.T @ axes.T + mean)


NULLS: Mapping[str, Draw] = {"spectrum matched": _gaussian, "coordinates permuted": _permuted}
