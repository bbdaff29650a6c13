"""Product quantisation: k-means in every slice of the columns."""

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
class Product(Theory):
    """Columns cut into equal slices, each with its own codebook (Jegou et al. 2011).

    Codebooks are sent at 16 bits a number, codes are range-coded slice by slice.

    Parameters
    ----------
    slices
        How many; must divide the dimension.
    nbits
        ``2**nbits`` entries a codebook, 1 to 12.
    rounds
        Of Lloyd's algorithm (faiss).
    """

    kind: ClassVar[str] = "product"
    family: ClassVar[Family] = "codec"
    keeps: ClassVar[str] = "in every slice of the columns the nearest of a few patterns"
    breaks: ClassVar[str] = "differences between rows of the same patterns"
    slices: int
    nbits: int = 8
    rounds: int = 10

    @property
    def drawn(self) -> bool:
        """Nothing is left open."""
        return False

    @property
    def label(self) -> str:
        """Name slices and codebooks."""
        return f"product, {self.slices} x {self.nbits} bits"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Find codebooks, send them, code rows by what was sent."""
        del shared
        rows = np.ascontiguousarray(space.directions, dtype=np.float32)
        n, d = rows.shape
        if self.slices < 1 or d % self.slices:
            raise BadInput(f"{self.slices} slices do not divide {d} dimensions: use a divisor")
        if not 1 <= self.nbits <= 12 or 1 << self.nbits > n:
            raise BadInput(
                f"codebooks of {self.nbits} bits for {n} features: use 1 to 12, and fewer"
            )
        part: np.ndarray = rows.reshape(n, self.slices, -1)
        books: list[np.ndarray] = []
        for i in range(self.slices):
            seed = int(rng.integers(1 << 30))
            books.append(centroids(part[:, i], 1 << self.nbits, seed=seed, rounds=self.rounds))
        sent = pack_floats(np.stack(books), bits=16)
        codes = [nearest(part[:, i], book) for i, book in enumerate(unpack_floats(sent))]
        return Message(self.kind, {"books": sent, "codes": pack_columns(np.stack(codes, axis=1))})

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Look every slice up in its codebook."""
        del rng
        books = unpack_floats(message.parts["books"])
        codes = unpack_columns(message.parts["codes"])
        rows = np.concatenate([book[codes[:, i]] for i, book in enumerate(books)], axis=1)
        return shared.space(rows, by=message.theory)
