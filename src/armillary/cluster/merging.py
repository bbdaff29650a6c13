"""Merging: groups of groups, where a neighbour list is too short to see them.

A feature in a tight cluster of more than k has all of its k neighbours inside it, so the graph has
no edge from one vertex of a simplex to the next. The clusters' mean directions do.
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

from armillary.cluster.components import components
from armillary.cluster.groups import Candidate
from armillary.cluster.leiden import leiden
from armillary.core.graph import FeatureGraph, Neighbours

Nearest = Callable[[Float[np.ndarray, "feature d_model"]], Neighbours]


def merged_groups(
    directions: Float[np.ndarray, "feature d_model"],
    graph: FeatureGraph,
    *,
    nearest: Nearest,
    edge: float,
    bases: Sequence[float],
    resolutions: Sequence[float],
    seed: int,
    least: int = 3,
) -> list[Candidate]:
    """Propose unions of communities whose mean directions are near each other.

    Parameters
    ----------
    directions
        Unit rows that the graph was built from.
    graph
        Edges above the threshold ``edge``.
    nearest
        Finds neighbours among the communities' mean directions.
    edge
        Cosine that an edge between communities must exceed.
    bases
        Leiden resolutions that give the communities.
    resolutions
        Leiden resolutions at which communities are merged; their connected components are
        proposed too.
    seed
        For Leiden.
    least
        Smallest community that takes part.

    Returns
    -------
    list of Candidate
        Unions of at least two communities.
    """
    out: list[Candidate] = []
    for base in bases:
        parts = [rows for rows in leiden(graph, resolution=base, seed=seed) if rows.size >= least]
        if len(parts) < 3:
            continue
        mean = np.stack([directions[rows].mean(axis=0) for rows in parts])
        mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)
        above = nearest(mean.astype(np.float32)).graph(edge)
        unions = [("components", base, components(above))]
        unions += [("leiden", r, leiden(above, resolution=r, seed=seed)) for r in resolutions]
        for method, scale, groups in unions:
            for group in groups:
                if group.size > 1:
                    rows = np.sort(np.concatenate([parts[int(p)] for p in group]))
                    out.append(Candidate(rows, f"merged {method}", scale))
    return out
