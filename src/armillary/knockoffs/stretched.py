"""Stretched: a theory's placement with the length that its errors took from it given back."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.message import Message
from armillary.knockoffs.nested import place_nested
from armillary.knockoffs.packing import pack_floats, unpack_floats
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory

MOST_GAIN = 6.0
_LOUDEST, _QUIETEST = 12, -8  # octaves of energy that are told apart


@dataclass(frozen=True, slots=True)
class Stretched(Theory):
    """Another theory, its deviations multiplied by a gain for each octave of energy.

    A codec that makes squared error least says every feature too near the mean: what it is unsure
    of it leaves out. A model that normalises its input then reads mostly the mean. The gain is
    ``stretch`` of the true deviations from the mean of the octave and of the placed ones.

    Parameters
    ----------
    theory
        Whose placement is stretched; it must be placed the same whatever is drawn.

    Raises
    ------
    BadInput
        If the theory draws.
    """

    kind: ClassVar[str] = "stretched"
    family: ClassVar[Family] = "codec"
    keeps: ClassVar[str] = "what its theory keeps, at its true length along the truth"
    breaks: ClassVar[str] = "what its theory breaks"
    theory: Theory

    def __post_init__(self) -> None:
        """Check that the placement does not depend on a draw."""
        if self.theory.drawn:
            raise BadInput(f"{self.theory.label} draws its placement: what it lost is not known")

    @property
    def drawn(self) -> bool:
        """Nothing is left open."""
        return False

    @property
    def generic(self) -> bool:
        """As the theory that is stretched."""
        return self.theory.generic

    @property
    def label(self) -> str:
        """Name the theory."""
        return f"{self.theory.label}, stretched"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Fit the theory, place it as the receiver will, and measure what each octave lost."""
        message = self.theory.fit(space, shared, rng=rng)
        placed = self.theory.place(message, shared, rng=np.random.default_rng(0)).directions
        octave = _octaves(shared)
        gains = [
            stretch(space.directions[octave == one], placed[octave == one])
            for one in np.unique(octave)
        ]
        return Message(
            self.kind, {"theory": message.to_bytes(), "gains": pack_floats(np.array(gains))}
        )

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Place the theory and stretch it."""
        del rng
        inner = message.parts["theory"]
        placed = place_nested(inner, shared, rng=np.random.default_rng(0)).directions
        octave = _octaves(shared)
        gains = unpack_floats(message.parts["gains"])
        out: np.ndarray = np.empty_like(placed)
        for one, gain in zip(np.unique(octave), gains, strict=True):
            out[octave == one] = stretched(placed[octave == one], float(gain))
        return shared.space(out, by=message.theory)


def stretch(
    true: Float[np.ndarray, "member d_model"], placed: Float[np.ndarray, "member d_model"]
) -> float:
    """Return ``sum |x|^2 / sum <x, y>`` of deviations x, y from the means: 1 where y is x.

    Multiplied by it, y has the length of x along x; what it has across is error. It is 1 over the
    squared cosine where y is the best guess of x.

    Parameters
    ----------
    true, placed
        The same features.

    Returns
    -------
    float
        From 1 to 6; 1 where nothing of x is in y.
    """
    x = true.astype(np.float64) - true.mean(axis=0, dtype=np.float64)
    y = placed.astype(np.float64) - placed.mean(axis=0, dtype=np.float64)
    along, size = float((x * y).sum()), float((x**2).sum())
    return float(np.clip(size / along, 1.0, MOST_GAIN)) if along > 1e-6 * size else 1.0


def stretched(
    placed: Float[np.ndarray, "member d_model"], gain: float
) -> Float[np.ndarray, "member d_model"]:
    """Return the rows with their deviations from their mean multiplied.

    Parameters
    ----------
    placed
        Rows that share a gain.
    gain
        1 changes nothing.
    """
    centre = placed.mean(axis=0)
    return centre + gain * (placed - centre)


def _octaves(shared: Shared) -> Int[np.ndarray, " feature"]:
    energy = np.maximum(shared.energy(), 2.0**_QUIETEST)
    return np.clip(np.round(np.log2(energy)), _QUIETEST, _LOUDEST).astype(np.int64)
