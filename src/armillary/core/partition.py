"""Groups of features; they may overlap and come from several scales."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Groups of rows of a space; a strict partition is the case where none overlap.

    Parameters
    ----------
    members
        Sorted row numbers of each cluster.
    scale
        The resolution or cut height that each cluster came from.
    method
        Which procedure found each cluster, for example ``"leiden"`` or ``"average"``.
    n_features
        Size of the space the row numbers refer to.
    giant
        Size of the largest connected component of the graph (single-linkage chaining made visible).
    """

    members: tuple[np.ndarray, ...]
    scale: Float[np.ndarray, " cluster"]
    method: tuple[str, ...]
    n_features: int
    giant: int = 0

    def __post_init__(self) -> None:
        """Check lengths and that members are sorted, unique rows."""
        if not len(self.members) == len(self.method) == self.scale.size:
            raise BadInput("members, scale and method must have one entry a cluster")
        for rows in self.members:
            if rows.size == 0 or (np.diff(rows) <= 0).any() or rows[-1] >= self.n_features:
                raise BadInput("members must be sorted, unique, non-empty row numbers of the space")

    def __len__(self) -> int:
        """Return the number of clusters."""
        return len(self.members)

    def __iter__(self) -> Iterator[Int[np.ndarray, " member"]]:
        """Iterate over the clusters' members."""
        return iter(self.members)

    @property
    def size(self) -> Int[np.ndarray, " cluster"]:
        """Number of members of each cluster."""
        return np.array([rows.size for rows in self.members], dtype=np.int64)

    @property
    def covered(self) -> int:
        """How many features are in at least one cluster."""
        return np.unique(np.concatenate(self.members)).size if self.members else 0
