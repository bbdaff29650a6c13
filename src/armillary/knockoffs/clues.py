"""Clues: what a receiver can guess a placement from, before and besides anything said of it."""

from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import sparse as _sparse

from armillary.core.codes import Codes
from armillary.knockoffs.company import company
from armillary.knockoffs.letters import letters
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.subspace import leading_factor

sparse: Any = _sparse  # ships no types
RANK = 200
_MOST_FIRINGS = 4_000_000


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
    """Return what company features keep, as rows of length 1; no columns where it is not known.

    Where one feature fires on a token, ``company`` in a window of 2. Where several do, who fires on
    the same tokens: with F the codes of the first four million firings, columns scaled to length 1,
    the leading right singular vectors of F times their singular values. A feature that was never
    seen is at 0, so nothing is concluded from its company.

    Parameters
    ----------
    shared
        What is known anyway.
    """
    codes = shared.codes
    rank = min(RANK, shared.n_features)
    if codes is None or (codes.l0 <= 1 and codes.tokens is None):
        return np.zeros((shared.n_features, 0))
    if codes.l0 <= 1:
        rows = company(shared, rank=rank, window=2, rounds=3)
    else:
        rows = _together(codes, rank)
    length = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    return rows / np.maximum(length, 1e-9)


def _together(codes: Codes, rank: int) -> Float[np.ndarray, "feature rank"]:
    last = int(np.searchsorted(codes.offset, _MOST_FIRINGS, side="right")) - 1
    end = int(codes.offset[last])
    feature, value = codes.feature[:end], codes.value[:end].astype(np.float32)
    size = np.sqrt(np.bincount(feature, value.astype(np.float64) ** 2, minlength=codes.n_features))
    scaled = value / np.maximum(size, 1e-9)[feature].astype(np.float32)
    table: Any = sparse.csr_array(
        (scaled, feature, codes.offset[: last + 1]), shape=(last, codes.n_features)
    )
    other: Any = table.T.tocsr()
    return leading_factor(
        lambda block: other @ (table @ block),
        codes.n_features,
        rank=rank,
        rng=np.random.default_rng(0),
        rounds=3,
    )[0]
