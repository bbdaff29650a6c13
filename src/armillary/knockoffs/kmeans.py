"""K-means codec: every row at the centre of its cluster."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.columns import pack_columns, unpack_columns
from armillary.knockoffs.lloyd import centroids, nearest
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import pack_floats, unpack_floats
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory
from armillary.knockoffs.weights import row_weights


@dataclass(frozen=True, slots=True)
class KMeans(Theory):
    """Centres at 16 bits a number, and which one each feature has, range-coded.

    Parameters
    ----------
    clusters
        Number of centres.
    by_energy
        Whether centres are means weighted by energy (see ``row_weights``), which costs nothing.
    rounds
        Of Lloyd's algorithm (faiss).
    """

    kind: ClassVar[str] = "k-means"
    family: ClassVar[Family] = "codec"
    keeps: ClassVar[str] = "the centre that is nearest to a row"
    breaks: ClassVar[str] = "differences within a cluster"
    clusters: int
    by_energy: bool = False
    rounds: int = 10

    @property
    def drawn(self) -> bool:
        """Nothing is left open."""
        return False

    @property
    def label(self) -> str:
        """Name the number."""
        return f"k-means, {self.clusters}" + (", by energy" if self.by_energy else "")

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Find centres, send them, assign rows to what was sent."""
        rows = np.ascontiguousarray(space.directions, dtype=np.float32)
        if not 1 <= self.clusters <= len(rows):
            raise BadInput(f"{self.clusters} clusters of {len(rows)} features: use fewer")
        weight = row_weights(shared, by_energy=True).astype(np.float32) if self.by_energy else None
        seed = int(rng.integers(1 << 30))
        found = centroids(rows, self.clusters, seed=seed, rounds=self.rounds, weight=weight)
        centres = pack_floats(found, bits=16)
        member = nearest(rows, unpack_floats(centres))[:, None]
        return Message(self.kind, {"centres": centres, "member": pack_columns(member)})

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Put every feature at its centre."""
        del rng
        member = unpack_columns(message.parts["member"])[:, 0]
        return shared.space(unpack_floats(message.parts["centres"])[member], by=message.theory)
