"""Readout: whether what is computed next survives the reconstruction."""

from dataclasses import dataclass

import numpy as np

from armillary.worlds.scoring.evidence import Evidence


@dataclass(frozen=True, slots=True)
class ReadoutKept:
    """Accuracy of a readout on what the autoencoder rebuilt.

    Parameters
    ----------
    name
        Of the readout.
    raw, rebuilt, ablated
        Accuracy on the activations, on their reconstruction, and with every activation replaced
        by the mean.
    chance
        Accuracy of guessing, as the world states it.
    kept
        ``(rebuilt - ablated) / (raw - ablated)``; 1 loses nothing, 0 is no better than the mean.
        None where raw is no better than ablated.
    """

    name: str
    raw: float
    rebuilt: float
    ablated: float
    chance: float
    kept: float | None


def readout_kept(evidence: Evidence) -> ReadoutKept | str:
    """Read the world's own downstream function off the reconstruction."""
    readout = evidence.world.truth.readout
    if readout is None:
        return "nothing reads this world"
    sample = evidence.sample
    mean = np.broadcast_to(sample.activations.mean(axis=0), sample.activations.shape).copy()
    raw, rebuilt, ablated = (
        readout.accuracy(x, sample)
        for x in (sample.activations, evidence.sae.reconstruct(sample.activations), mean)
    )
    kept = (rebuilt - ablated) / (raw - ablated) if raw > ablated else None
    return ReadoutKept(readout.name, raw, rebuilt, ablated, readout.chance, kept)
