"""Refit: what a claim's own score and fit make of clouds that it was not made of."""

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput, ShapeFit
from armillary.shape.battery import score
from armillary.shape.classify import is_flat
from armillary.shape.fitting import fit_shape
from armillary.shape.haar import haar_clouds
from armillary.shape.verdict import CLAIMS
from armillary.shape.views import IMPOSSIBLE, Batch

N_MEAN = 20  # Haar draws that the mean null score is taken from, as in a survey
_REFUSED = (BadInput, ValueError, IndexError, np.linalg.LinAlgError)


def refitted(shape: str, clouds: Batch, *, rng: np.random.Generator) -> list[ShapeFit | None]:
    """Fit a shape to every cloud of a batch, as ``judge`` fits the shape that won.

    ``nats`` of a fit is the statistic of the test against impostors: the score that carries the
    claim beyond its mean over Haar draws, the best of its views.

    Parameters
    ----------
    shape
        Name of a shape, as ``judge`` gives it.
    clouds
        Clouds in principal coordinates, longest axis first, all of like spectrum.
    rng
        Of the Haar draws.

    Returns
    -------
    list of ShapeFit or None
        One a cloud; None where the shape cannot be fitted or has no score on it.

    Notes
    -----
    Milliseconds a cloud of 60 points and 24 axes, ten times as much for a circle beside a factor.
    """
    try:
        nats = _nats(shape, clouds, rng=rng)
    except _REFUSED:
        return [None] * len(clouds)
    return [_fit(shape, float(saved), cloud) for saved, cloud in zip(nats, clouds, strict=True)]


def _nats(shape: str, clouds: Batch, *, rng: np.random.Generator) -> Float[np.ndarray, " draw"]:
    family = CLAIMS[shape][0] if shape in CLAIMS else shape
    observed = score(clouds, families={family, f"{family}@sphere"})
    null = score(haar_clouds(clouds[0], n_draws=N_MEAN, rng=rng), families=observed)
    flat = np.array([is_flat(cloud) for cloud in clouds])
    best = np.full(len(clouds), -np.inf)
    for name, value in observed.items():
        allowed = value > IMPOSSIBLE
        if "@" in name:
            allowed &= ~flat
        best = np.where(allowed, np.maximum(best, value - null[name].mean()), best)
    return best


def _fit(shape: str, nats: float, cloud: Float[np.ndarray, "point axis"]) -> ShapeFit | None:
    if not np.isfinite(nats):
        return None
    try:
        return fit_shape(shape, nats, cloud)
    except _REFUSED:
        return None
