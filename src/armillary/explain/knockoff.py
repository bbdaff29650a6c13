"""Knockoff: one placed space, the re-fit it was allowed, and the activations they make."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.explain.gauges import Refit
from armillary.explain.subject import Split, Subject


@dataclass(frozen=True, slots=True, eq=False)
class Knockoff:
    """Directions placed by a theory, seen through a gauge.

    Parameters
    ----------
    directions
        As placed, before the re-fit.
    refit
        The map that the receiver was allowed; its own bits are counted apart.
    """

    directions: Float[np.ndarray, "feature d_model"]
    refit: Refit

    def activations(self, subject: Subject, split: Split) -> Float[np.ndarray, "token d_model"]:
        """Return ``refit((codes - mean) @ directions + centre)`` for the tokens of a split."""
        return self.refit.apply(subject.made(self.directions, split))

    def turned(self) -> Float[np.ndarray, "feature d_model"]:
        """Return the directions after the linear part of the re-fit."""
        return self.refit.turn(self.directions)
