"""Random placement: directions that follow from nothing but their number and dimension."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from armillary.affinity.null_decoder import isotropic
from armillary.core.space import FeatureSpace
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import pack_floats, unpack_floats
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory


@dataclass(frozen=True, slots=True)
class RandomUnit(Theory):
    """Independent uniform directions of one length: "placement does not matter".

    The message is one number, the root mean square length of the true directions.
    """

    kind: ClassVar[str] = "random"
    family: ClassVar[Family] = "null"
    keeps: ClassVar[str] = "the number of features, the dimension, the mean squared length"
    breaks: ClassVar[str] = "everything else"

    @property
    def label(self) -> str:
        """Name it."""
        return "random"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Send the length."""
        del shared, rng
        length = np.sqrt((space.directions.astype(np.float64) ** 2).sum(axis=1).mean())
        return Message(self.kind, {"length": pack_floats(np.asarray(length), bits=32)})

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Draw every direction uniformly from the sphere."""
        unit = isotropic(shared.n_features, shared.d_model, rng=rng)
        return shared.space(unit * unpack_floats(message.parts["length"]), by=message.theory)
