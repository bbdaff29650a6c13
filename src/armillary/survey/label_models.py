"""Label models: circle, arc or line, each predicting distances of a label it has not seen."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.survey.class_means import ClassMeans, crossed

CLOSED = np.arange(0.75, 1.2501, 0.05)  # turns that count as going round
OPEN = np.arange(0.30, 0.7001, 0.05)
MODELS = ("circle", "arc", "segment")


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """How well each model predicts what it was not fitted to.

    Parameters
    ----------
    r2
        Share of the variation of held-out squared distances that a model predicts, at most 1; 0 is
        one distance for all pairs.
    margin
        ``r2`` of circle minus the better of arc and segment.
    error
        Standard error of the margin over labels.
    stability
        For each model, the share of splits in which it predicts best.
    """

    r2: dict[str, float]
    margin: float
    error: float
    stability: dict[str, float]

    @property
    def ranked(self) -> list[str]:
        """Models, best first."""
        return sorted(self.r2, key=lambda name: -self.r2[name])


def held_out_models(classes: ClassMeans) -> HeldOut:
    """Fit each model to one half of the points without one label; score it on that label.

    Squared distances of labels k steps apart are ``a + b (1 - cos(2 pi s k / period))``, ``b >=
    0``, with s in 0.75 .. 1.25 for a circle and 0.3 .. 0.7 for an arc, and ``a + b k^2`` for a
    segment. Fitted by least squares to plain squared distances within the first half, scored on the
    second half's distances to the label left out; averaged over labels and splits.
    """
    losses = [_losses(first, second, classes) for first, second in classes.halves]
    total = {name: np.sum([loss[name] for loss in losses], axis=0) for name in losses[0]}
    plain = float(total.pop("none").sum())
    scale = plain if plain > 0 else 1.0
    r2 = {name: 1 - float(loss.sum()) / scale for name, loss in total.items()}
    rival = max(("arc", "segment"), key=lambda name: r2[name])
    gain = (total[rival] - total["circle"]) / scale
    error = float(gain.std(ddof=1)) * float(np.sqrt(gain.size))
    best = [min(MODELS, key=lambda name: float(loss[name].sum())) for loss in losses]
    stability = {name: best.count(name) / len(best) for name in MODELS}
    return HeldOut(r2, r2["circle"] - r2[rival], error, stability)


def _losses(
    first: Float[np.ndarray, "label d_model"],
    second: Float[np.ndarray, "label d_model"],
    classes: ClassMeans,
) -> dict[str, Float[np.ndarray, " label"]]:
    """Squared error of every model on the pairs of each label left out."""
    i, j = np.triu_indices(classes.step.size, 1)
    lag = np.abs(classes.step[i] - classes.step[j])
    seen, unseen = crossed(first, first)[i, j], crossed(second, second)[i, j]
    curves = _curves(int(lag.max()), classes.period)
    out = {name: np.zeros(classes.step.size) for name in (*curves, "none")}
    for label in range(classes.step.size):
        own = (i == label) | (j == label)
        mean = float(seen[~own].mean())
        out["none"][label] = np.square(unseen[own] - mean).sum()
        for name, curve in curves.items():
            rise = _fitted(curve, lag[~own], seen[~own] - mean)
            out[name][label] = np.square(unseen[own] - mean - rise[lag[own]]).sum()
    return out


def _curves(most: int, period: int) -> dict[str, Float[np.ndarray, "option lag"]]:
    lag = np.arange(most + 1, dtype=np.float64)
    turn = 2 * np.pi * lag / period
    return {
        "circle": 1 - np.cos(np.outer(CLOSED, turn)),
        "arc": 1 - np.cos(np.outer(OPEN, turn)),
        "segment": (lag**2)[None],
    }


def _fitted(
    curve: Float[np.ndarray, "option lag"],
    lag: Int[np.ndarray, " pair"],
    rest: Float[np.ndarray, " pair"],
) -> Float[np.ndarray, " lag"]:
    """Best rising curve of the family, by least squares on the pairs, centred on them."""
    weight = np.bincount(lag, minlength=curve.shape[1]).astype(np.float64)
    pull = np.bincount(lag, weights=rest, minlength=curve.shape[1])
    centred = curve - (curve @ weight / weight.sum())[:, None]
    length = np.maximum((centred**2) @ weight, 1e-300)
    slope = np.maximum(centred @ pull, 0.0)
    best = int((slope**2 / length).argmax())
    return centred[best] * (slope[best] / length[best])
