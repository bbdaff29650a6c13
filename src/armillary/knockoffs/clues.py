"""Clues: what a receiver can guess a placement from, before and besides anything said of it."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float

from armillary.knockoffs.company import company
from armillary.knockoffs.letters import letters
from armillary.knockoffs.shared import Shared

RANK = 200


@lru_cache(maxsize=4)  # both sides of a fit, and every step of a curve, work out the same table
def letter_clues(shared: Shared) -> Float[np.ndarray, "feature clue"]:
    """Return ``letters`` of the labels; no columns where there are none.

    Parameters
    ----------
    shared
        What is known anyway.
    """
    if shared.labels is None:
        return np.zeros((shared.n_features, 0))
    return letters(shared.labels.astype(str).tolist(), rank=RANK)


@lru_cache(maxsize=4)
def company_clues(shared: Shared) -> Float[np.ndarray, "feature clue"]:
    """Return ``company`` in a window of 2, rows scaled to length 1; no columns without a text.

    A feature that was never seen is at 0, so nothing is concluded from its company.

    Parameters
    ----------
    shared
        What is known anyway.
    """
    if shared.codes is None or shared.codes.tokens is None:
        return np.zeros((shared.n_features, 0))
    rank = min(RANK, shared.n_features)
    rows = company(shared, rank=rank, window=2, rounds=3).astype(np.float64)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(length, 1e-9)
