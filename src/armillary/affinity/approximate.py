"""Approximate neighbours for spaces too large to compare every pair, with their recall measured."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.affinity.cosine_knn import cosine_knn
from armillary.affinity.tiles import Parallel, Progress
from armillary.affinity.top_k import RunningTopK
from armillary.affinity.unit_rows import unit_rows
from armillary.core.errors import BadInput, MissingExtra
from armillary.core.graph import Neighbours

APPROXIMATE_FROM = 1_000_000
"""Rows from which ``nearest`` stops being exact; below, approximate search is slower and lossy."""


def nearest(
    directions: Float[np.ndarray, "feature d_model"],
    *,
    k: int = 16,
    rng: np.random.Generator,
    progress: Progress | None = None,
    parallel: Parallel | None = None,
    folder: Path | None = None,
) -> Neighbours:
    """Find neighbours exactly below ``APPROXIMATE_FROM`` rows, approximately from there on."""
    if directions.shape[0] < APPROXIMATE_FROM:
        return cosine_knn(directions, k=k, progress=progress, parallel=parallel, folder=folder)
    return approximate_knn(directions, k=k, rng=rng)


def approximate_knn(
    directions: Float[np.ndarray, "feature d_model"],
    *,
    k: int = 16,
    rng: np.random.Generator,
    cells: int | None = None,
    probes: int = 32,
    audit_rows: int = 1024,
) -> Neighbours:
    """Search an inverted file of cells (faiss), and measure what it missed.

    Recall is the share of sampled rows' true k nearest that were found, ties counted as found;
    the truth is exact search of those rows against all.

    Parameters
    ----------
    directions
        Any lengths; only directions matter.
    k
        Neighbours a row.
    rng
        Source of the audited rows and of the cells' training rows.
    cells
        Number of cells; by default four times the square root of n.
    probes
        Cells searched a row: more is slower and misses less.
    audit_rows
        Rows whose neighbours are also found exactly.

    Returns
    -------
    Neighbours
        With the measured ``recall``, in [0, 1].

    Raises
    ------
    MissingExtra
        If faiss is not installed.
    BadInput
        If there are not more than k rows, or a cell search returned fewer than k rows.
    """
    faiss = _faiss()
    unit = unit_rows(directions)
    n, d = unit.shape
    if n <= k:
        raise BadInput(f"found {n} rows, k={k} neighbours need at least {k + 1}")
    cells = min(cells or int(4 * n**0.5), n)
    coarse = faiss.IndexFlatIP(d)
    index = faiss.IndexIVFFlat(coarse, d, cells, faiss.METRIC_INNER_PRODUCT)
    index.train(unit[_sample(n, 64 * cells, rng=rng)])
    index.add(unit)
    index.nprobe = min(probes, cells)
    cosine, found = index.search(unit, k + 1)
    found, cosine = _without_self(found, cosine, k=k)
    if (found < 0).any():
        raise BadInput(
            f"{probes} probes reached fewer than k={k} rows: raise probes or lower cells"
        )
    sample = _sample(n, audit_rows, rng=rng)
    kth = _exact_kth(unit, sample, k=k)
    recall = float((cosine[sample] >= kth[:, None] - 1e-5).mean())
    return Neighbours(found, np.clip(cosine, -1.0, 1.0), recall)


def _sample(n: int, size: int, *, rng: np.random.Generator) -> np.ndarray:
    drawn: np.ndarray = rng.permutation(n)[:size]
    return np.sort(drawn)


def _without_self(
    found: np.ndarray, cosine: np.ndarray, *, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Drop each row from its own list, or the last entry where duplicates pushed it out."""
    own = found == np.arange(len(found)).reshape(-1, 1)
    own[~own.any(axis=1), -1] = True
    kept = np.argsort(own, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(found, kept, 1), np.take_along_axis(cosine, kept, 1)


def _exact_kth(unit: np.ndarray, sample: np.ndarray, *, k: int, block: int = 4096) -> np.ndarray:
    best = RunningTopK.empty(0, sample.size, k)
    for start in range(0, unit.shape[0], block):
        tile = unit[sample] @ unit[start : start + block].T
        here = np.flatnonzero((sample >= start) & (sample < start + tile.shape[1]))
        tile[here, sample[here] - start] = -np.inf
        best.offer(tile, row=0, column=start)
    return best.cosine[:, -1]


def _faiss() -> Any:
    try:
        return importlib.import_module("faiss")
    except ImportError as missing:
        raise MissingExtra(
            f"approximate neighbours ({APPROXIMATE_FROM:,} rows or more) need faiss: "
            'pip install "armillary[faiss]"'
        ) from missing
