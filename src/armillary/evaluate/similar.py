"""How alike features of two dictionaries are, a tile at a time, and how alike chance makes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput

Tile = Float[np.ndarray, "row column"]
Some = slice | Int[np.ndarray, "_"]
SIDES = ("a", "b")


@runtime_checkable
class Similar(Protocol):
    """A table of similarities in [-1, 1] that need never be held whole."""

    @property
    def name(self) -> str:
        """What is compared."""
        ...

    @property
    def shape(self) -> tuple[int, int]:
        """Features of either dictionary."""
        ...

    @property
    def nulls(self) -> tuple[str, ...]:
        """Names of what chance may be."""
        ...

    def tile(self, rows: Some, columns: Some) -> Tile:
        """Return a part of the table, float32.

        Parameters
        ----------
        rows, columns
            Features of the first and of the second dictionary.
        """
        ...

    def pairs(
        self, rows: Int[np.ndarray, " pair"], columns: Int[np.ndarray, " pair"]
    ) -> Float[np.ndarray, " pair"]:
        """Return the similarity of chosen pairs.

        Parameters
        ----------
        rows, columns
            One feature of either dictionary a pair.
        """
        ...

    def shares(
        self, rows: Int[np.ndarray, " pair"], columns: Int[np.ndarray, " pair"]
    ) -> tuple[Float[np.ndarray, " pair"], Float[np.ndarray, " pair"]]:
        """Return how much of the column's feature is in the row's, and the other way round.

        Parameters
        ----------
        rows, columns
            One feature of either dictionary a pair.
        """
        ...

    def chance(self, null: str, side: str, *, rng: np.random.Generator) -> "Similar":
        """Return the same table with one dictionary replaced by chance.

        Parameters
        ----------
        null
            One of ``nulls``.
        side
            ``"a"`` or ``"b"``: which one is replaced.
        rng
            Of the draw.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Mean:
    """Mean of several similarities, say of cosine and co-firing; chance replaces all of them.

    Parameters
    ----------
    parts
        Of one shape. The first one's nulls are used; of the others, the first null.
    """

    parts: Sequence[Similar]

    def __post_init__(self) -> None:
        """Refuse tables of different features."""
        if len({part.shape for part in self.parts}) != 1:
            shapes = ", ".join(str(part.shape) for part in self.parts)
            raise BadInput(f"similarities of shapes {shapes} are not of the same features")

    @property
    def name(self) -> str:
        """What is compared."""
        return "mean of " + " and ".join(part.name for part in self.parts)

    @property
    def shape(self) -> tuple[int, int]:
        """Features of either dictionary."""
        return self.parts[0].shape

    @property
    def nulls(self) -> tuple[str, ...]:
        """Names of what chance may be."""
        return self.parts[0].nulls

    def tile(self, rows: Some, columns: Some) -> Tile:
        """Return a part of the table."""
        total = sum(part.tile(rows, columns) for part in self.parts)
        return np.asarray(total, dtype=np.float32) / np.float32(len(self.parts))

    def pairs(
        self, rows: Int[np.ndarray, " pair"], columns: Int[np.ndarray, " pair"]
    ) -> Float[np.ndarray, " pair"]:
        """Return the mean similarity of chosen pairs."""
        total = sum(part.pairs(rows, columns) for part in self.parts)
        return np.asarray(total, dtype=np.float32) / np.float32(len(self.parts))

    def shares(
        self, rows: Int[np.ndarray, " pair"], columns: Int[np.ndarray, " pair"]
    ) -> tuple[Float[np.ndarray, " pair"], Float[np.ndarray, " pair"]]:
        """Return the mean shares."""
        found = [part.shares(rows, columns) for part in self.parts]
        down, up = (sum(one) / len(found) for one in zip(*found, strict=True))
        return np.asarray(down, dtype=np.float32), np.asarray(up, dtype=np.float32)

    def chance(self, null: str, side: str, *, rng: np.random.Generator) -> "Mean":
        """Replace one dictionary by chance in every part."""
        return Mean(
            [
                part.chance(null if null in part.nulls else part.nulls[0], side, rng=rng)
                for part in self.parts
            ]
        )
