"""Scalar codec: every number rounded to one step, a range coder for each column."""

import struct
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from armillary.core.space import FeatureSpace
from armillary.knockoffs.columns import columns_bits, pack_columns, unpack_columns
from armillary.knockoffs.message import Message
from armillary.knockoffs.rate import fitting, restored, rounded, shifts, step_for
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory

_SAMPLE = 4_096


@dataclass(frozen=True, slots=True)
class Scalar(Theory):
    """Every number of every row, rounded to one step; columns are range-coded one by one.

    Parameters
    ----------
    bits
        A feature, headers included; the message is at most this long.
    """

    kind: ClassVar[str] = "scalar"
    family: ClassVar[Family] = "codec"
    keeps: ClassVar[str] = "every number, to one step"
    breaks: ClassVar[str] = "whatever is finer than the step"
    bits: float | int

    @property
    def drawn(self) -> bool:
        """Nothing is left open."""
        return False

    @property
    def label(self) -> str:
        """Name the rate."""
        return f"scalar, {self.bits:g} bits"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Seek the step on some rows, then on all, and write.

        Raises
        ------
        BadInput
            If the headers alone are longer.
        """
        del rng
        rows = space.directions
        sample = rows[:: max(1, len(rows) // _SAMPLE)]
        wanted = float(self.bits) * len(rows)
        overhead = Message(self.kind, dict.fromkeys(("step", "shifts", "numbers"), b"")).bits
        overhead += 8 * (4 + rows.shape[1])

        def estimate(step: float) -> float:
            numbers, models = columns_bits(rounded(sample / np.float32(step)))
            return overhead + numbers * len(rows) / len(sample) + models

        largest = float(np.abs(rows).max(initial=0)) * 4 + 1e-6
        step = step_for(estimate, wanted, largest=largest)
        return fitting(
            lambda s: Message(self.kind, _written(rows, s)), step, wanted=wanted, largest=largest
        )

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Multiply by the step."""
        del rng
        (step,) = struct.unpack("<f", message.parts["step"])
        whole = unpack_columns(message.parts["numbers"])
        rows = restored(whole, message.parts["shifts"]) * np.float32(step)
        return shared.space(rows, by=message.theory)


def _written(rows: np.ndarray, step: float) -> dict[str, bytes]:
    number = rows / np.float32(step)
    whole = rounded(number)
    return {
        "step": struct.pack("<f", step),
        "shifts": shifts(number, whole),
        "numbers": pack_columns(whole),
    }
