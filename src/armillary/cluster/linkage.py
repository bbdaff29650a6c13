"""Exact average linkage, inside pieces small enough for it."""

from collections.abc import Iterable, Sequence
from typing import Any

import fastcluster
import numpy as np
from jaxtyping import Float, Int
from scipy.cluster import hierarchy

from armillary.cluster.components import components, members_of
from armillary.cluster.leiden import leiden
from armillary.core.errors import TooLarge
from armillary.core.graph import FeatureGraph

LARGEST_PIECE = 4096
"""Rows in one piece; its condensed distances take 8 bytes a pair (67 MB)."""


def average_linkage(
    unit: Float[np.ndarray, "feature d_model"],
    pieces: Iterable[Int[np.ndarray, "_"]],
    *,
    cuts: Sequence[float],
    min_size: int = 2,
) -> list[tuple[float, Int[np.ndarray, "_"]]]:
    """Cut the average-linkage tree of each piece at several heights.

    The height of a merge is the mean of ``1 - cosine`` over all pairs across the two sides, every
    pair counted, not only those with an edge.

    Parameters
    ----------
    unit
        Unit rows.
    pieces
        Sorted, disjoint row numbers; trees do not reach across pieces.
    cuts
        Heights, in units of ``1 - cosine``: groups whose last merge is at or below the cut.
    min_size
        Smaller groups are dropped.

    Returns
    -------
    list[tuple[float, Int[np.ndarray, "_"]]]
        Cut and sorted rows of each group; a group that two cuts give is listed under both.

    Raises
    ------
    TooLarge
        If a piece has more than ``LARGEST_PIECE`` rows.
    """
    link: Any = fastcluster
    flat: Any = hierarchy
    found: list[tuple[float, np.ndarray]] = []
    for rows in pieces:
        if rows.size < max(min_size, 2):
            continue
        if rows.size > LARGEST_PIECE:
            raise TooLarge(
                f"average linkage on {rows.size:,} rows needs {rows.size**2 * 4 / 1e9:.1f} GB: "
                f"split them into pieces of at most {LARGEST_PIECE:,} (a higher resolution does)"
            )
        cosine = (unit[rows] @ unit[rows].T).astype(np.float64)
        distance = np.maximum(1.0 - cosine[np.triu_indices(rows.size, 1)], 0.0)
        tree = link.linkage(distance, method="average", preserve_input=False)
        for cut in cuts:
            label = flat.fcluster(tree, cut, criterion="distance")
            found += [(cut, rows[m]) for m in members_of(label) if m.size >= min_size]
    return found


def linkage_pieces(graph: FeatureGraph, *, coarse: float, seed: int) -> list[Int[np.ndarray, "_"]]:
    """Split a graph into pieces that linkage can hold.

    Connected components as they are up to ``LARGEST_PIECE`` rows; a larger one becomes its Leiden
    communities at resolution ``coarse``, doubled for those that are still too large.
    """
    whole = components(graph)
    kept = [rows for rows in whole if rows.size <= LARGEST_PIECE]
    large = [rows for rows in whole if rows.size > LARGEST_PIECE]
    resolution = coarse
    while large:
        inside = np.zeros(graph.n_features, dtype=bool)
        inside[np.concatenate(large)] = True
        edge = inside[graph.low] & inside[graph.high]
        part = FeatureGraph(
            graph.n_features, graph.low[edge], graph.high[edge], graph.affinity[edge]
        )
        split = leiden(part, resolution=resolution, seed=seed)
        kept += [rows for rows in split if rows.size <= LARGEST_PIECE]
        large = [rows for rows in split if rows.size > LARGEST_PIECE]
        resolution *= 2
    return kept
