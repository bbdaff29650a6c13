"""Cleaning: rows that carry no direction are set aside, and said to be."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.core.errors import BadInput

_BLOCK_BYTES = 1 << 25
_SHOWN = 10


def refuse_repeated_ids(feature_id: Int[np.ndarray, " feature"], *, where: str) -> None:
    """Refuse ids that occur twice.

    Raises
    ------
    BadInput
        If an id repeats; the text names the first ones.
    """
    value, count = np.unique(feature_id, return_counts=True)
    twice = value[count > 1]
    if twice.size:
        raise BadInput(
            f"{where}: {twice.size} feature ids occur more than once (first: "
            f"{', '.join(map(str, twice[:5].tolist()))}); give every feature its own id"
        )


def usable_rows(
    directions: Float[np.ndarray, "feature d_model"],
    feature_id: Int[np.ndarray, " feature"],
    *,
    where: str,
) -> tuple[Bool[np.ndarray, " feature"], list[dict[str, Any]]]:
    """Tell rows that have a direction from rows that hold NaN, infinities or only zeros.

    Parameters
    ----------
    directions
        One row a feature.
    feature_id
        Ids, to name the rows by.
    where
        Where the matrix came from, for messages.

    Returns
    -------
    usable : array of bool
        True where the row is finite and not zero.
    set_aside : list of dict
        One entry a reason that occurs: ``reason``, ``count``, ``first_ids`` (up to ten).

    Raises
    ------
    BadInput
        If no row is usable.
    """
    n, d_model = directions.shape
    finite = np.empty(n, dtype=bool)
    nonzero = np.empty(n, dtype=bool)
    step = max(1, _BLOCK_BYTES // max(1, 4 * d_model))
    for start in range(0, n, step):
        block = directions[start : start + step]
        finite[start : start + step] = np.isfinite(block).all(axis=1)
        nonzero[start : start + step] = block.any(axis=1)
    usable = finite & nonzero
    reasons = {"NaN or infinite values": ~finite, "all zeros": finite & ~nonzero}
    set_aside: list[dict[str, Any]] = [
        {
            "reason": reason,
            "count": int(hit.sum()),
            "first_ids": feature_id[hit][:_SHOWN].tolist(),
        }
        for reason, hit in reasons.items()
        if hit.any()
    ]
    if not usable.any():
        counts = ", ".join(f"{e['count']} rows: {e['reason']}" for e in set_aside) or "no rows"
        raise BadInput(f"{where} has no usable row out of {n} ({counts}); choose another tensor")
    return usable, set_aside


def exact_copies(
    directions: Float[np.ndarray, "feature d_model"],
) -> Int[np.ndarray, " feature"]:
    """Return, for every row, the first row that holds exactly the same values (itself if unique).

    Rows are compared bit by bit, after a 64-bit sum that few different rows share.
    """
    n, d_model = directions.shape
    weight = np.full(d_model, 0x9E3779B97F4A7C15, dtype=np.uint64).cumprod()
    key = np.empty(n, dtype=np.uint64)
    step = max(1, _BLOCK_BYTES // max(1, 8 * d_model))
    for start in range(0, n, step):
        words = np.ascontiguousarray(directions[start : start + step], dtype=np.float32)
        key[start : start + step] = words.view(np.uint32).astype(np.uint64) @ weight
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    original = np.asarray(first[group], dtype=np.int64)
    suspects = np.flatnonzero(original != np.arange(n, dtype=np.int64))
    for row in suspects.tolist():
        if not np.array_equal(directions[row], directions[original[row]]):
            original[row] = row
    return original
