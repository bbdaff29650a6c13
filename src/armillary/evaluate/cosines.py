"""Cosines of decoder directions, beside dictionaries of the same mean and spectrum."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.evaluate.matched_nulls import NULLS, Directions, Rows, rows_of
from armillary.evaluate.similar import Some, Tile

_AT_ONCE = 4096  # pairs


@dataclass(frozen=True, slots=True, eq=False)
class Cosines:
    """Signed cosine of decoder directions.

    Parameters
    ----------
    unit_a, unit_b
        Rows of length 1.
    """

    unit_a: Rows
    unit_b: Rows
    name = "cosine"
    nulls = tuple(NULLS)

    @classmethod
    def of(cls, a: Directions, b: Directions) -> "Cosines":
        """Compare two spaces, or their rows.

        Parameters
        ----------
        a, b
            Of two rows at least, of one dimension.

        Raises
        ------
        BadInput
            If they are of different dimensions.
        """
        unit_a, unit_b = rows_of(a), rows_of(b)
        if unit_a.shape[1] != unit_b.shape[1]:
            raise BadInput(
                f"directions in {unit_a.shape[1]} and in {unit_b.shape[1]} dimensions cannot be "
                "compared by cosine: give two dictionaries of one layer"
            )
        return cls(unit_a, unit_b)

    @property
    def shape(self) -> tuple[int, int]:
        """Features of either dictionary."""
        return len(self.unit_a), len(self.unit_b)

    def tile(self, rows: Some, columns: Some) -> Tile:
        """Return a part of the table."""
        return self.unit_a[rows] @ self.unit_b[columns].T

    def pairs(
        self, rows: Int[np.ndarray, " pair"], columns: Int[np.ndarray, " pair"]
    ) -> Float[np.ndarray, " pair"]:
        """Return the cosine of chosen pairs."""
        out = np.empty(rows.size, dtype=np.float32)
        for start in range(0, rows.size, _AT_ONCE):
            here = slice(start, start + _AT_ONCE)
            out[here] = np.einsum("ij,ij->i", self.unit_a[rows[here]], self.unit_b[columns[here]])
        return out

    def shares(
        self, rows: Int[np.ndarray, " pair"], columns: Int[np.ndarray, " pair"]
    ) -> tuple[Float[np.ndarray, " pair"], Float[np.ndarray, " pair"]]:
        """Return the squared cosine, twice: the share of a length that the other's axis holds."""
        share = np.square(np.maximum(self.pairs(rows, columns), 0))
        return share, share

    def chance(self, null: str, side: str, *, rng: np.random.Generator) -> "Cosines":
        """Replace one dictionary by a null one with its mean and spectrum."""
        draw = NULLS[null]
        if side == "a":
            return Cosines(draw(self.unit_a, rng), self.unit_b)
        return Cosines(self.unit_a, draw(self.unit_b, rng))
