"""Null decoders: directions with no groups in them, and the cosine that such directions reach."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.affinity.flatten import flatten
from armillary.affinity.unit_rows import centred_unit_rows, unit_rows
from armillary.core.errors import BadInput


def isotropic(n: int, d: int, *, rng: np.random.Generator) -> Float[np.ndarray, "feature d_model"]:
    """Draw n directions uniformly from the unit sphere in d dimensions: keeps nothing."""
    return unit_rows(rng.standard_normal((n, d), dtype=np.float32))


def spectrum_matched(
    directions: Float[np.ndarray, "feature d_model"], *, rng: np.random.Generator
) -> Float[np.ndarray, "feature d_model"]:
    """Draw Gaussian rows with the covariance of the centred unit directions, scaled to length 1.

    Keeps the spectrum and its axes (up to the rescaling of rows); breaks every group, and every
    tail heavier than Gaussian.

    Parameters
    ----------
    directions
        The rows to imitate, at least two distinct ones.
    rng
        Source of the draw.

    Returns
    -------
    Float[np.ndarray, "feature d_model"]
        As many unit rows, float32.
    """
    unit, eigenvalue, axes = _eigenbasis(directions)
    drawn = rng.standard_normal(unit.shape, dtype=np.float32)
    drawn *= np.sqrt(eigenvalue).astype(np.float32)
    return unit_rows(drawn @ axes.T)


def coordinates_permuted(
    directions: Float[np.ndarray, "feature d_model"], *, rng: np.random.Generator
) -> Float[np.ndarray, "feature d_model"]:
    """Permute each eigenbasis coordinate of the centred unit directions across rows.

    Keeps the distribution of every coordinate, heavy tails included, and so the spectrum; breaks
    which coordinates occur together. Rows are scaled back to length 1.

    Parameters
    ----------
    directions
        The rows to imitate, at least two distinct ones.
    rng
        Source of the permutations.

    Returns
    -------
    Float[np.ndarray, "feature d_model"]
        As many unit rows, float32.
    """
    unit, _, axes = _eigenbasis(directions)
    score = np.ascontiguousarray((unit @ axes).T)
    for coordinate in score:
        coordinate[:] = coordinate[rng.permutation(coordinate.size)]
    return unit_rows(score.T @ axes.T)


Null = Callable[..., Float[np.ndarray, "feature d_model"]]
NULLS: Mapping[str, Null] = {
    "spectrum matched": spectrum_matched,
    "coordinates permuted": coordinates_permuted,
}


@dataclass(frozen=True, slots=True)
class EdgeThreshold:
    """The cosine an edge must exceed, with what each null decoder reached.

    Parameters
    ----------
    cosine
        The largest of ``by_null``.
    by_null
        Quantile of the nearest-neighbour cosine under each null, by name.
    quantile, rows
        Which quantile, over how many sampled rows.
    """

    cosine: float
    by_null: Mapping[str, float]
    quantile: float
    rows: int

    @property
    def strictest(self) -> str:
        """Name of the null that set the threshold."""
        return max(self.by_null, key=lambda name: self.by_null[name])


def edge_threshold(
    directions: Float[np.ndarray, "feature d_model"],
    *,
    rng: np.random.Generator,
    flatten_strength: float = 0.5,
    quantile: float = 0.999,
    rows: int = 2048,
    nulls: Mapping[str, Null] = NULLS,
) -> EdgeThreshold:
    """Take the edge threshold from null decoders: the cosine that chance neighbours stay below.

    Each null is drawn once and flattened like the real directions; for ``rows`` of its rows the
    cosine to the nearest of all other rows is found exactly. The threshold is the given quantile
    of those, the larger over the nulls.

    Parameters
    ----------
    directions
        The real rows, not flattened.
    rng
        Source of the draws and of the sampled rows.
    flatten_strength
        As given to ``flatten`` for the real directions.
    quantile
        In (0, 1). At .999 about one null row in a thousand would still get an edge.
    rows
        Sampled rows; the quantile cannot be finer than ``1 / rows``.
    nulls
        Null decoders by name, each called as ``null(directions, rng=rng)``.

    Returns
    -------
    EdgeThreshold
        In [-1, 1]; rises with n and with the sharpness of the spectrum, falls with d_model.

    Raises
    ------
    BadInput
        If quantile is not inside (0, 1), or no row or no null is asked for.
    """
    if not 0 < quantile < 1 or rows < 1 or not nulls:
        raise BadInput(
            f"need quantile in (0, 1), rows >= 1 and a null, got {quantile}, {rows}, {list(nulls)}"
        )
    n = directions.shape[0]
    rows = min(rows, n)
    reached = dict[str, float]()
    for name, null in nulls.items():
        drawn = flatten(null(directions, rng=rng), strength=flatten_strength)
        nearest = nearest_cosine(drawn, np.sort(rng.choice(n, rows, replace=False)))
        reached[name] = float(np.quantile(nearest, quantile))
    return EdgeThreshold(max(reached.values()), reached, quantile, rows)


def nearest_cosine(
    unit: Float[np.ndarray, "feature d_model"], rows: np.ndarray, *, block: int = 4096
) -> Float[np.ndarray, " row"]:
    """Return the largest cosine of each given row to any other row; exact, a block at a time."""
    best = np.full(rows.size, -1.0, dtype=np.float32)
    for start in range(0, unit.shape[0], block):
        tile = unit[rows] @ unit[start : start + block].T
        here = np.flatnonzero((rows >= start) & (rows < start + tile.shape[1]))
        tile[here, rows[here] - start] = -np.inf
        np.maximum(best, tile.max(axis=1), out=best)
    return best


def _eigenbasis(
    directions: Float[np.ndarray, "feature d_model"],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    unit = centred_unit_rows(directions)
    unit -= unit.mean(axis=0, dtype=np.float64).astype(np.float32)
    eigenvalue, axes = np.linalg.eigh((unit.T @ unit).astype(np.float64) / unit.shape[0])
    return unit, np.maximum(eigenvalue, 0.0), axes.astype(np.float32)
