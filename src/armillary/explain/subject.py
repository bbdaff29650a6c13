"""Subject: what is to be explained, a decoder with its codes, split into calibration and test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.shared import Shared


@dataclass(frozen=True, slots=True, eq=False)
class FeatureGroup:
    """Features that belong together by name, whose placement is scrambled alone.

    Parameters
    ----------
    name
        For example ``"weekdays"``.
    kind
        ``"cyclic"``, ``"linear"`` or ``"set"``.
    rows
        Rows of the space.
    step
        Which word of the list each row stands for, 0 is the first; several rows may share one
        (spellings of a word).
    words
        The list.
    """

    name: str
    kind: str
    rows: Int[np.ndarray, " member"]
    step: Int[np.ndarray, " member"]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Some tokens: who fires on each, and the unit that intervals are drawn over.

    Parameters
    ----------
    codes
        Scipy sparse rows, float32, one column a feature of the space.
    unit
        Document or block of each token, from 0: tokens of one unit are not independent.
    target
        The true vectors that the codes were made from, where they are known; else None.
    """

    codes: Any
    unit: Int[np.ndarray, " token"]
    target: Float[np.ndarray, "token d_model"] | None = None

    @property
    def n_tokens(self) -> int:
        """Number of tokens."""
        return int(self.codes.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A decoder to be explained, with all that readers need.

    The true decoder ``D`` makes ``codes @ D + bias`` of codes, a knockoff ``D'`` makes
    ``(codes - mean_code) @ D' + centre`` with ``centre = mean_code @ D + bias``, which is the same
    where ``D' = D``. So the mean vector is free for every theory, and what it says is never
    counted as placement.

    Parameters
    ----------
    name
        The source as the user wrote it.
    space
        The true directions.
    bias
        Added to every vector that the true decoder makes.
    shared
        What the receiver knows; its codes are of calibration text only.
    calibration, test
        Gauges are fitted on the one, readers score on the other; no unit is in both.
    groups
        Named groups of features.
    twin
        Directions of the same model's dictionary from another seed: the noise ceiling of geometry.
    parts
        What single readers need, by name (``lm``, ``texts``, ``world``, ``sample``, ...).
    record
        How it was made, JSON-ready: hashes, counts, FVU, L0, settings.
    mean_code
        Mean code of every feature over the calibration tokens; filled in.
    centre
        What the true decoder makes of it; filled in. The receiver knows both.

    Raises
    ------
    BadInput
        If shapes do not fit together.
    """

    name: str
    space: FeatureSpace
    bias: Float[np.ndarray, " d_model"]
    shared: Shared
    calibration: Split
    test: Split
    groups: tuple[FeatureGroup, ...] = ()
    twin: FeatureSpace | None = None
    parts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    record: Mapping[str, Any] = field(default_factory=dict[str, Any])
    mean_code: Float[np.ndarray, " feature"] = field(init=False)
    centre: Float[np.ndarray, " d_model"] = field(init=False)

    def __post_init__(self) -> None:
        """Check the shapes, and take the means."""
        m, d = self.space.directions.shape
        if self.bias.shape != (d,):
            raise BadInput(f"the bias has shape {self.bias.shape}, expected ({d},)")
        for split in (self.calibration, self.test):
            if split.codes.shape[1] != m or split.unit.shape != (split.n_tokens,):
                raise BadInput(f"codes of shape {split.codes.shape} do not fit {m} features")
        total = np.asarray(self.calibration.codes.sum(axis=0), dtype=np.float64).ravel()
        mean = total / max(self.calibration.n_tokens, 1)
        object.__setattr__(self, "mean_code", mean)
        centre = (mean @ self.space.directions + self.bias).astype(np.float32)
        object.__setattr__(self, "centre", centre)

    def made(
        self, directions: Float[np.ndarray, "feature d_model"], split: Split
    ) -> Float[np.ndarray, "token d_model"]:
        """Return the activations that codes make of a decoder.

        Parameters
        ----------
        directions
            Of the true decoder, or of a knockoff.
        split
            Which tokens.
        """
        return np.asarray(split.codes @ directions, dtype=np.float32) + self.offset(directions)

    def offset(
        self, directions: Float[np.ndarray, "feature d_model"]
    ) -> Float[np.ndarray, " d_model"]:
        """Return what is added to ``codes @ directions``, so that the mean is ``centre``.

        Parameters
        ----------
        directions
            Of the true decoder, or of a knockoff.
        """
        if directions is self.space.directions:
            return self.bias
        return (self.centre - self.mean_code @ directions).astype(np.float32)
