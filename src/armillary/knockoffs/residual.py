"""Residual quantisation: k-means of rows, then of what it leaves, and so on."""

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


@dataclass(frozen=True, slots=True)
class Residual(Theory):
    """Every row a sum of one entry of each codebook (Chen et al. 2010, Sensors 10:11259).

    Stage after stage, k-means of what the stages before left; codebooks at 8 bits a number with a
    scale a column, each stage fitted to what the sent ones leave; codes range-coded by stage.

    Parameters
    ----------
    stages
        How many codebooks.
    nbits
        ``2**nbits`` entries a codebook, 1 to 12.
    rounds
        Of Lloyd's algorithm (faiss).
    """

    kind: ClassVar[str] = "residual"
    family: ClassVar[Family] = "codec"
    keeps: ClassVar[str] = "a sum of patterns of whole rows"
    breaks: ClassVar[str] = "what the last stage leaves"
    stages: int
    nbits: int = 4
    rounds: int = 8

    @property
    def drawn(self) -> bool:
        """Nothing is left open."""
        return False

    @property
    def label(self) -> str:
        """Name stages and codebooks."""
        return f"residual, {self.stages} x {self.nbits} bits"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Find, send and subtract, stage by stage."""
        del shared
        n = space.n_features
        if self.stages < 1 or not 1 <= self.nbits <= 12 or 1 << self.nbits > n:
            raise BadInput(f"{self.stages} stages of {self.nbits} bits for {n} features: use less")
        left = np.array(space.directions, dtype=np.float32)
        books: list[bytes] = []
        codes: list[np.ndarray] = []
        for _ in range(self.stages):
            seed = int(rng.integers(1 << 30))
            found = centroids(left, 1 << self.nbits, seed=seed, rounds=self.rounds)
            books.append(pack_floats(found, bits=8))
            codes.append(nearest(left, unpack_floats(books[-1])))
            left -= unpack_floats(books[-1])[codes[-1]]
        parts = {"books": b"".join(books), "codes": pack_columns(np.stack(codes, axis=1))}
        return Message(self.kind, parts)

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Add up the entries."""
        del rng
        codes, books = unpack_columns(message.parts["codes"]), message.parts["books"]
        size = len(books) // codes.shape[1]
        total: np.ndarray = np.zeros((shared.n_features, shared.d_model), dtype=np.float32)
        for i, column in enumerate(codes.T):
            total += unpack_floats(books[i * size : (i + 1) * size])[column]
        return shared.space(total, by=message.theory)
