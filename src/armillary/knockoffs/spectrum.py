"""Spectrum matched: Gaussian rows with the mean and the covariance of the true directions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from armillary.core.space import FeatureSpace
from armillary.knockoffs.basis import eigenbasis, pack_basis, unpack_basis
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import pack_floats, unpack_floats
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory


@dataclass(frozen=True, slots=True)
class SpectrumMatched(Theory):
    """Independent draws from the Gaussian of the directions' own mean and covariance.

    Lengths are the Gaussian's, not the features' own. (``affinity.spectrum_matched`` draws from
    unit rows that the sender alone has; this draws from a message.)

    Parameters
    ----------
    axes
        Send the axes too, d(d-1)/2 numbers. Otherwise the axes are drawn: the same theory up to a
        rotation, for 2 d numbers.
    """

    kind: ClassVar[str] = "spectrum"
    family: ClassVar[Family] = "null"
    keeps: ClassVar[str] = "mean and covariance of the directions (axes where they are sent)"
    breaks: ClassVar[str] = "every group, every partner, the lengths"
    axes: bool = True

    @property
    def label(self) -> str:
        """Name the version."""
        return "spectrum matched" if self.axes else "spectrum matched, axes random"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Send mean and covariance."""
        del shared, rng
        return Message(self.kind, moment_parts(space.directions, axes=self.axes))

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Draw rows of that Gaussian."""
        centre, spread, axes = read_moments(message, rng=rng)
        drawn = rng.standard_normal((shared.n_features, shared.d_model), dtype=np.float32)
        drawn *= spread.astype(np.float32)
        drawn += centre.astype(np.float32)
        return shared.space(drawn @ axes.T.astype(np.float32), by=message.theory)


def moment_parts(directions: np.ndarray, *, axes: bool) -> dict[str, bytes]:
    """Write mean and covariance: the mean by its coordinates along the covariance's axes.

    Parameters
    ----------
    directions
        One row a feature.
    axes
        Whether the axes are sent.
    """
    mean = directions.mean(axis=0, dtype=np.float64)
    value, basis = eigenbasis(directions - mean.astype(np.float32))
    parts = pack_basis(value, basis if axes else None)
    return {**parts, "mean": pack_floats(mean @ basis / _scale(parts), bits=16)}


def read_moments(
    message: Message, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean (along the axes), standard deviations and axes from ``moment_parts``.

    Parameters
    ----------
    message
        With those parts.
    rng
        Draws the axes where they were not sent.
    """
    spread, axes = unpack_basis(message.parts, rng=rng)
    centre = unpack_floats(message.parts["mean"]).astype(np.float64) * _scale(message.parts)
    return centre, spread, axes


def _scale(parts: Mapping[str, bytes]) -> float:
    return float(unpack_floats(parts["scale"]))
