"""Cosine: how near placed directions are to the true ones. A bad guide; shown to say so."""

from typing import ClassVar

import numpy as np

from armillary.explain.knockoff import Knockoff
from armillary.explain.scores import Score
from armillary.explain.subject import Subject


class Cosine:
    """Mean cosine of every direction, after the re-fit, with the true one.

    Not a scale of function: 1 is the truth, 0 unrelated, and nothing says what a value between
    them is worth.

    Parameters
    ----------
    subject
        What is explained.
    seed
        Not used: nothing is drawn.
    """

    name: ClassVar[str] = "cosine"
    by_gauge: ClassVar[bool] = True

    def __init__(self, subject: Subject, *, seed: int = 0) -> None:
        del seed
        true = subject.space.directions
        length = np.sqrt(np.einsum("ij,ij->i", true, true))[:, None]
        self._unit = true / np.maximum(length, 1e-30)

    def score(self, knockoff: Knockoff) -> list[Score]:
        """Return the mean over features.

        Parameters
        ----------
        knockoff
            A placed space.
        """
        placed = knockoff.turned()
        length = np.sqrt(np.einsum("ij,ij->i", placed, placed))
        cosine = np.einsum("ij,ij->i", placed, self._unit) / np.maximum(length, 1e-30)
        return [Score(self.name, float(cosine.mean()), raw={"median": float(np.median(cosine))})]
