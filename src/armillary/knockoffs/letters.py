"""Letters: labels embedded by the runs of letters they are made of, a clue to where they sit."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import sparse as _sparse

from armillary.knockoffs.subspace import leading_factor

sparse: Any = _sparse  # ships no types
_LEAST = 4  # labels that a run must stand in
_LONGEST = 5


def letters(
    labels: Sequence[str], *, rank: int, seed: int = 0
) -> Float[np.ndarray, "feature rank"]:
    """Embed labels by their runs of 1 to 5 letters, case and outer spaces aside.

    Each label becomes ``<label>``, its runs that stand in at least four labels count
    ``log(m / n_labels)``, rows are scaled to length 1; then the ``rank`` leading left singular
    vectors times their singular values, by subspace iteration. Such runs are those of fastText
    (arXiv:1607.04606).

    Parameters
    ----------
    labels
        One a feature.
    rank
        Columns; those beyond the number of features are 0.
    seed
        Of the subspace iteration.

    Returns
    -------
    array
        Rows no longer than 1; equal labels have equal rows.
    """
    out = np.zeros((len(labels), rank))
    width = min(rank, len(labels))
    table = _runs(labels) if labels else None
    if table is not None and table.nnz:
        other: Any = table.T.tocsr()
        factor, _ = leading_factor(
            lambda block: table @ (other @ block),
            len(labels),
            rank=width,
            rng=np.random.default_rng(seed),
            rounds=3,
        )
        out[:, :width] = factor
    return out


def _runs(labels: Sequence[str]) -> Any:
    column: dict[str, int] = {}
    rows, columns = list[int](), list[int]()
    for i, label in enumerate(labels):
        word = f"<{label.strip().lower()}>"
        runs = {word[a : a + n] for n in range(1, _LONGEST + 1) for a in range(len(word) - n + 1)}
        rows += [i] * len(runs)
        columns += [column.setdefault(run, len(column)) for run in sorted(runs)]
    ones = np.ones(len(rows), dtype=np.float32)
    table: Any = sparse.csr_array((ones, (rows, columns)), shape=(len(labels), len(column)))
    n_labels = np.bincount(columns, minlength=len(column))
    kept = np.flatnonzero(n_labels >= min(_LEAST, max(2, len(labels) // 20)))
    weight = np.log(len(labels) / np.maximum(n_labels[kept], 1)).astype(np.float32)
    table = sparse.csr_array(table[:, kept] * weight[None, :])
    length = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
    scale: Any = sparse.diags_array((1 / np.maximum(length, 1e-9)).astype(np.float32))
    return sparse.csr_array(scale @ table)
