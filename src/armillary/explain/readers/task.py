"""Task: what the rest of a toy network makes of knockoff activations, in exact right and wrong."""

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.explain.knockoff import Knockoff
from armillary.explain.scores import Score, kept
from armillary.explain.subject import Subject
from armillary.worlds import Readout, Sample


class Task:
    """The error rate of a world's readout on rebuilt activations.

    Loss of a row: the share of its decisions that are wrong. Zero: every activation is the mean of
    what the true decoder makes of calibration rows (mean ablation). One: what the true decoder
    makes of the row itself.

    Parameters
    ----------
    subject
        Of a world with a readout (``parts`` has ``readout`` and ``sample``).
    seed
        Of the bootstrap over units.

    Raises
    ------
    BadInput
        If nothing reads the subject.
    """

    name = "task"
    by_gauge = True

    def __init__(self, subject: Subject, *, seed: int = 0) -> None:
        """Measure the zero and the one."""
        if subject.parts.get("readout") is None:
            raise BadInput(f"{subject.name} has no readout: nothing says what it is for")
        self._subject = subject
        self._seed = seed
        self._readout: Readout = subject.parts["readout"]
        self._sample: Sample = subject.parts["sample"]
        true = subject.space.directions
        mean = subject.made(true, subject.calibration).mean(axis=0)
        silent = np.zeros((subject.test.n_tokens, mean.size), dtype=np.float32)
        self._zero = self._wrong(silent + mean)
        self._one = self._wrong(subject.made(true, subject.test))
        self._fixed = {
            "network": 1 - float(self._wrong(self._sample.activations).mean()),
            "mean-ablated": 1 - float(self._zero.mean()),
            "zero-ablated": 1 - float(self._wrong(silent).mean()),
            "true decoder": 1 - float(self._one.mean()),
            "chance": float(self._readout.chance),
        }

    def score(self, knockoff: Knockoff) -> list[Score]:
        """Return one score; ``raw`` has accuracies, the knockoff's as ``accuracy``."""
        return [self.score_rows(knockoff.activations(self._subject, self._subject.test))]

    def score_rows(self, activations: Float[np.ndarray, "token d_model"]) -> Score:
        """Score activations for the test rows, however they were made.

        Parameters
        ----------
        activations
            One row a test row of the subject.
        """
        wrong = self._wrong(activations)
        unit = self._subject.test.unit
        units = np.column_stack([np.bincount(unit, w) for w in (wrong, self._zero, self._one)])
        raw = {"accuracy": 1 - float(wrong.mean()), **self._fixed}
        return kept(self.name, units, raw=raw, seed=self._seed)

    def _wrong(self, activations: np.ndarray) -> Float[np.ndarray, " token"]:
        out = self._readout.outputs(activations.astype(np.float32), self._sample)
        right = np.asarray(self._readout.right(out, self._sample), dtype=np.float64)
        return 1 - right.reshape(len(activations), -1).mean(axis=1)
