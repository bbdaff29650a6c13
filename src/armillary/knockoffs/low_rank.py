"""Low rank: every row as a point on a few principal axes."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import pack_floats, unpack_floats
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory


@dataclass(frozen=True, slots=True)
class LowRank(Theory):
    """The best approximation of rank r (Eckart and Young 1936), its factors at 8 bits.

    Parameters
    ----------
    rank
        Number of axes, the eigenvectors of ``sum_i row_i row_i'`` of largest eigenvalue.
    """

    kind: ClassVar[str] = "low rank"
    family: ClassVar[Family] = "codec"
    keeps: ClassVar[str] = "coordinates on the widest axes"
    breaks: ClassVar[str] = "everything across them"
    rank: int

    @property
    def drawn(self) -> bool:
        """Nothing is left open."""
        return False

    @property
    def label(self) -> str:
        """Name the rank."""
        return f"rank {self.rank}"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Send axes, and the coordinates on the axes as they are received."""
        del shared, rng
        rows = space.directions
        if not 1 <= self.rank <= rows.shape[1]:
            raise BadInput(f"rank {self.rank} of a space of {rows.shape[1]} dimensions: use less")
        _, axis = np.linalg.eigh(rows.T.astype(np.float64) @ rows)
        axes = pack_floats(axis[:, : -self.rank - 1 : -1], bits=8)
        score = rows @ np.linalg.pinv(unpack_floats(axes)).T
        return Message(self.kind, {"axes": axes, "scores": pack_floats(score, bits=8)})

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Multiply the factors."""
        del rng
        score, axes = (unpack_floats(message.parts[name]) for name in ("scores", "axes"))
        return shared.space(score @ axes.T, by=message.theory)
