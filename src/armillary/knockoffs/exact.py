"""Exact: the decoder itself, number by number. Always works, costs the most, explains nothing."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from armillary.core.space import FeatureSpace
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import pack_floats, unpack_floats
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory


@dataclass(frozen=True, slots=True)
class Exact(Theory):
    """Every number of every direction, with ``bits`` bits.

    Parameters
    ----------
    bits
        32 (nothing is lost), 16 (half precision) or 8 (per column, see ``pack_floats``).
    """

    kind: ClassVar[str] = "exact"
    family: ClassVar[Family] = "exact"
    keeps: ClassVar[str] = "everything, up to rounding"
    breaks: ClassVar[str] = "nothing"
    bits: int = 32

    @property
    def drawn(self) -> bool:
        """Nothing is left open."""
        return False

    @property
    def label(self) -> str:
        """Name the precision."""
        return f"exact, {self.bits} bits"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Write the whole table."""
        del shared, rng
        return Message(self.kind, {"directions": pack_floats(space.directions, bits=self.bits)})

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Read it back."""
        del rng
        return shared.space(unpack_floats(message.parts["directions"]), by=message.theory)
