"""Weights: how much an error in each feature's place counts, which both sides know from codes."""

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.knockoffs.shared import Shared

_FLOOR = 0.1


def row_weights(
    shared: Shared, *, by_energy: bool, floor: float = _FLOOR
) -> Float[np.ndarray, " feature"]:
    """Return ``(energy + floor) / (1 + floor)``, or 1 for every feature.

    Parameters
    ----------
    shared
        Whose codes say the energy (mean squared code, mean 1 over features).
    by_energy
        False: every feature counts the same.
    floor
        Added, so that a feature which calibration text never fires is not forgotten.

    Returns
    -------
    array
        Positive, mean 1.

    Raises
    ------
    BadInput
        If the floor is not positive.
    """
    if floor <= 0:
        raise BadInput(f"the floor of weights must be above 0, got {floor:g}")
    energy = shared.energy()
    return (energy + floor) / (1 + floor) if by_energy else np.ones_like(energy)


def weight_class(weight: Float[np.ndarray, " feature"]) -> Int[np.ndarray, " feature"]:
    """Return which rows weigh about the same: ``floor(log4 weight)``, so steps within 2.

    Parameters
    ----------
    weight
        Positive.
    """
    return np.floor(np.log2(weight) / 2).astype(np.int64)
