"""Gathering: rows that sit on finitely many points, found without knowing which row is where."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

_BLOCK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Points that rows gather on.

    Parameters
    ----------
    centres
        Means of the rows of each point, in the order in which the points were met.
    label
        Number of its point for every row, -1 for the rows that were left when the limit was met.
    count
        Rows on each point.
    """

    centres: Float[np.ndarray, "point d_model"]
    label: Int[np.ndarray, " token"]
    count: Int[np.ndarray, " point"]

    @property
    def n_points(self) -> int:
        """Number of points found."""
        return len(self.count)

    @property
    def complete(self) -> bool:
        """Whether every row found its point before the limit was met."""
        return bool((self.label >= 0).all())


def gather(rows: Float[np.ndarray, "token d_model"], *, radius: float, limit: int) -> Gathered:
    """Find the points that rows gather on.

    Rows without a point are taken in blocks: one makes a point unless it is within ``radius`` of a
    row that made one, and then every row goes to the nearest such row if that is within ``radius``;
    until no row is left or ``limit`` points are made. Exact where points are further apart than
    twice the radius and every row lies within half the radius of its point.

    Parameters
    ----------
    rows
        Any finite rows.
    radius
        Largest distance of a row from the first row of its point.
    limit
        Largest number of points; rows that are left then have the label -1.

    Returns
    -------
    Gathered
        Points, labels and counts.
    """
    rows = np.asarray(rows, dtype=np.float64)
    label = np.full(len(rows), -1, dtype=np.int64)
    left = np.arange(len(rows))
    n = 0
    while left.size and n < limit:
        first = _apart(rows[left[:_BLOCK]], radius)[: limit - n]
        gap = _squared(rows[left], rows[left[first]])
        nearest = gap.argmin(axis=1)
        near = gap[np.arange(len(left)), nearest] <= radius**2
        label[left[near]] = n + nearest[near]
        left = left[~near]
        n += len(first)
    taken = label >= 0
    count = np.bincount(label[taken], minlength=n)
    centres = np.zeros((n, rows.shape[1]))
    np.add.at(centres, label[taken], rows[taken])
    return Gathered(centres / np.maximum(count, 1)[:, None], label, count)


def unsigned(
    differences: Float[np.ndarray, "pair d_model"], rng: np.random.Generator
) -> Float[np.ndarray, "pair d_model"]:
    """Turn every difference to the same side of a random plane: those of parallel pairs agree."""
    probe: np.ndarray = rng.standard_normal(differences.shape[1:])
    side = np.einsum("pd,d->p", differences, probe)
    return np.where(side[:, None] > 0, differences, -differences)


def _apart(rows: Float[np.ndarray, "token d_model"], radius: float) -> Int[np.ndarray, " kept"]:
    """Return the rows that are within the radius of no earlier one of them."""
    near = _squared(rows, rows) <= radius**2
    free = np.ones(len(rows), dtype=bool)
    for row in range(len(rows)):
        if free[row]:
            free[row + 1 :] &= ~near[row, row + 1 :]
    return np.flatnonzero(free)


def _squared(
    a: Float[np.ndarray, "token d_model"], b: Float[np.ndarray, "other d_model"]
) -> Float[np.ndarray, "token other"]:
    return (a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1)
