"""Permuted: the true vectors, dealt to the wrong features."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from jaxtyping import Int

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import pack_floats, pack_symbols, unpack_floats, unpack_symbols
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory


@dataclass(frozen=True, slots=True)
class Permuted(Theory):
    """The multiset of true vectors, with or without the cluster that each belongs to.

    The vectors are sent in the order of their own numbers, so that nothing says whose they are;
    the receiver deals them at random, within clusters if those were sent. An order carries
    ``log2(m!)`` bits, at most 15 a feature here, that a code for sets would save: they are paid.

    Parameters
    ----------
    bits
        Bits a number: 8, 16 or 32.
    within
        Cluster of each feature, in the order of the space; -1 (no cluster) counts as one more.
        None: everything is dealt together. Sent at its entropy.
    clusters
        What to call ``within`` in tables.
    """

    kind: ClassVar[str] = "permuted"
    family: ClassVar[Family] = "null"
    keeps: ClassVar[str] = "every true vector with its length; the clusters where they are given"
    breaks: ClassVar[str] = "which feature has which vector"
    bits: int = 16
    within: Int[np.ndarray, " feature"] | None = field(default=None, compare=False)
    clusters: str = ""

    @property
    def label(self) -> str:
        """Name it, with the clusters."""
        precision = "" if self.bits == 16 else f", {self.bits} bits"
        if self.within is None:
            return f"permuted{precision}"
        name = self.clusters or f"{np.unique(self.within).size:,} clusters"
        return f"permuted within {name}{precision}"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Send the sorted vectors, and the clusters.

        Raises
        ------
        BadInput
            If there is not one cluster a feature.
        """
        del shared, rng
        rows = space.directions
        cluster = np.zeros(len(rows), dtype=np.int64) if self.within is None else self.within
        if cluster.shape != (len(rows),):
            raise BadInput(f"{cluster.shape} clusters for {len(rows):,} features: give one of each")
        order = np.lexsort((*rows.T[7::-1], cluster))  # eight coordinates: ties are equal rows
        parts = {"vectors": pack_floats(rows[order], bits=self.bits)}
        if self.within is not None:
            parts["clusters"] = pack_symbols(cluster)
        return Message(self.kind, parts)

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Deal the vectors."""
        vectors = unpack_floats(message.parts["vectors"])
        cluster = np.zeros(len(vectors), dtype=np.int64)
        if "clusters" in message.parts:
            cluster = unpack_symbols(message.parts["clusters"])
        placed = np.empty_like(vectors)
        # features of a cluster in random order meet its vectors, which come cluster by cluster
        placed[np.lexsort((rng.random(len(vectors)), cluster))] = vectors
        return shared.space(placed, by=message.theory)
