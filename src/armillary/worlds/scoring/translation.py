"""Translation: which latent (or neuron) stands for which bit of a circuit."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

_CANDIDATES = 16


@dataclass(frozen=True, slots=True, eq=False)
class Detectors:
    """The best unit for each of several bits.

    Parameters
    ----------
    unit
        Number of the unit chosen for each bit.
    f1
        On the second half of the rows, at the threshold tuned on the first.
    """

    unit: np.ndarray
    f1: np.ndarray


def best_detectors(
    values: Float[np.ndarray, "token unit"], bits: Bool[np.ndarray, "token bit"]
) -> Detectors:
    """Choose for each bit a unit and a threshold by F1 on one half, score on the other.

    For each bit the 16 units whose values correlate best with it on the first half are tried, each
    with every threshold (values of the unit itself; a bit is predicted where a value is larger or
    equal). Latents and raw neurons go through the same, so neither has an advantage of tuning.
    A unit stands for a bit by being large; being small is not tried.
    """
    half = len(values) // 2
    fit, asked = values[:half].astype(np.float64), bits[:half]
    a, b = fit - fit.mean(axis=0), asked - asked.mean(axis=0)
    a, b = (v / np.maximum(np.linalg.norm(v, axis=0), 1e-12) for v in (a, b))
    near = np.argsort(-(a.T @ b), axis=0)[:_CANDIDATES]
    unit, score = np.zeros(bits.shape[1], dtype=np.int64), np.zeros(bits.shape[1])
    for j in range(bits.shape[1]):
        tuned = [tuned_threshold(fit[:, c], asked[:, j]) for c in near[:, j]]
        best = int(np.argmax([f for _, f in tuned]))
        unit[j] = near[best, j]
        predicted, held = values[half:, unit[j]] >= tuned[best][0], bits[half:, j]
        total = int(predicted.sum() + held.sum())
        score[j] = 2 * int((predicted & held).sum()) / total if total else 0.0
    return Detectors(unit, score)


def tuned_threshold(
    value: Float[np.ndarray, " token"], bit: Bool[np.ndarray, " token"]
) -> tuple[float, float]:
    """Return the threshold of largest F1 and that F1; halfway to the next value below."""
    order = np.argsort(-value, kind="stable")
    ranked, hits = value[order], np.cumsum(bit[order])
    last = np.append(ranked[1:] < ranked[:-1], True)  # ends of ties
    f1 = np.where(last, 2 * hits / (np.arange(1, len(value) + 1) + hits[-1]), 0.0)
    best = int(f1.argmax())
    below = ranked[best + 1] if best + 1 < len(ranked) else ranked[best]
    return float(ranked[best] + below) / 2, float(f1[best])
