"""Listener: what a receiver has heard so far, and what it expects to hear next."""

import itertools
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from armillary.knockoffs.spelling import N_KINDS, spelling_keys, spelling_kinds

Rows = Float[np.ndarray, "member d_model"]
_RIDGE = 3.0


class Listener:
    """Directions heard so far; sender and receiver each keep one, so that neither needs telling.

    What it expects of a feature is a ridge regression (penalty 3), fitted on the features heard, on
    how much energy it has, on clues, on the kinds of its label, and on the direction of its nearest
    variant that was heard (0 where there is none) with the kinds of label that have one. What it
    turns its ears to is the eigenbasis of what was heard.

    Parameters
    ----------
    loudness
        Log of each feature's energy.
    labels
        Labels of all features; None where there are none.
    clues
        Anything else that is known of each feature; rows about of length 1.
    d_model
        Dimension.
    """

    def __init__(
        self,
        loudness: Float[np.ndarray, " feature"],
        labels: Sequence[str] | None,
        clues: Float[np.ndarray, "feature clue"],
        *,
        d_model: int,
    ) -> None:
        m = loudness.size
        self._labels = labels
        kinds = np.zeros((m, 0)) if labels is None else spelling_kinds(labels)
        self._plain = np.hstack([np.ones((m, 1)), _unit(loudness)[:, None], clues, kinds])
        self._said: dict[str, int] = {}
        self._heard = np.zeros((m, d_model))
        size = self._plain.shape[1] + (0 if labels is None else N_KINDS + d_model)
        self._gram, self._cross = np.eye(size) * _RIDGE, np.zeros((size, d_model))
        self._moment = np.zeros((d_model, d_model))
        self._inputs: np.ndarray = np.zeros((0, size))
        self._started = False

    def expects(self, rows: Int[np.ndarray, " member"]) -> Rows:
        """Return where the features of the next rows should be, by all that was heard.

        Parameters
        ----------
        rows
            Features that come next.

        Returns
        -------
        array
            0 before anything was heard.
        """
        self._inputs = self._described(rows)
        if not self._started:
            return np.zeros((rows.size, self._moment.shape[0]))
        return self._inputs @ np.linalg.solve(self._gram, self._cross)

    def basis(self) -> Float[np.ndarray, "d_model d_model"]:
        """Return orthonormal columns, largest second moment of what was heard first."""
        if not self._started:
            return np.eye(self._moment.shape[0])
        turned = np.linalg.eigh(self._moment)[1][:, ::-1]
        largest = np.abs(turned).argmax(axis=0)
        return turned * np.sign(turned[largest, np.arange(len(turned))])

    def hears(self, rows: Int[np.ndarray, " member"], directions: Rows) -> None:
        """Take in what came of the rows that were asked about last.

        Parameters
        ----------
        rows
            As in the last ``expects``.
        directions
            Where they were placed.
        """
        self._gram += self._inputs.T @ self._inputs
        self._cross += self._inputs.T @ directions
        apart = directions - directions.mean(axis=0)
        self._moment += apart.T @ apart
        self._heard[rows] = directions
        self._started = True
        for at, label in enumerate(self._spelled(rows)):
            for key in itertools.islice(spelling_keys(label), 1):
                self._said.setdefault(key, int(rows[at]))

    def _described(self, rows: np.ndarray) -> np.ndarray:
        plain = self._plain[rows]
        if self._labels is None:
            return plain
        base = np.array([self._base(label) for label in self._spelled(rows)], dtype=np.int64)
        known = (base >= 0)[:, None]
        kinds = plain[:, -N_KINDS:] * known
        return np.hstack([plain, kinds, np.where(known, self._heard[base], 0.0)])

    def _spelled(self, rows: np.ndarray) -> list[str]:
        return [] if self._labels is None else [self._labels[int(row)] for row in rows]

    def _base(self, label: str) -> int:
        return next((self._said[k] for k in spelling_keys(label) if k in self._said), -1)


def _unit(values: np.ndarray) -> np.ndarray:
    spread = float(values.std())
    return (values - values.mean()) / (spread if spread > 0 else 1.0)
