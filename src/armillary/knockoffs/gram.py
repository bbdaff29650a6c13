"""Gram: every inner product between features, and nothing of where they point together."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import stats

from armillary.core.space import FeatureSpace
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import pack_floats, unpack_floats
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory

_stats: Any = stats  # ships no types


@dataclass(frozen=True, slots=True)
class Gram(Theory):
    """The true directions after a rotation (or reflection) that nobody is told.

    Sent are the directions ``D Q``, ``Q`` orthogonal such that the first rows are lower triangular,
    without the zeros; placed is ``D Q R`` with ``R`` drawn uniformly. So ``D' D'' = D D'`` up to
    rounding. A rotation gauge must bring everything back; without one nothing may survive.

    Parameters
    ----------
    bits
        A number, see ``pack_floats``.
    """

    kind: ClassVar[str] = "gram"
    family: ClassVar[Family] = "statistic"
    keeps: ClassVar[str] = "every inner product"
    breaks: ClassVar[str] = "the frame: where all of it points in the model's space"
    bits: int = 16

    @property
    def label(self) -> str:
        """Name it, and the bits a number where they are not 16."""
        return "inner products" + ("" if self.bits == 16 else f", {self.bits} bits")

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Turn the first rows lower triangular, and send what is not zero."""
        del rng
        true = space.directions.astype(np.float64)
        turn = np.linalg.qr(true[: shared.d_model].T, mode="complete")[0]
        return Message(
            self.kind, {"products": pack_floats((true @ turn)[_sent(shared)], bits=self.bits)}
        )

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Fill the triangle, and turn it anywhere."""
        kept = _sent(shared)
        rows = np.zeros(kept.shape)
        rows[kept] = unpack_floats(message.parts["products"])
        d = shared.d_model
        group = _stats.ortho_group
        turn = group.rvs(d, random_state=rng) if d > 1 else rng.choice([-1.0, 1.0], (1, 1))
        return shared.space(rows @ turn, by=message.theory)


def _sent(shared: Shared) -> np.ndarray:
    return np.tril(np.ones((shared.n_features, shared.d_model), dtype=bool))
