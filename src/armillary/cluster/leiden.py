"""Leiden communities under the constant Potts model."""

from typing import Any

import graspologic_native
import numpy as np
from jaxtyping import Int

from armillary.cluster.components import adjacency, members_of
from armillary.core.errors import BadInput
from armillary.core.graph import FeatureGraph


def leiden(graph: FeatureGraph, *, resolution: float, seed: int) -> list[Int[np.ndarray, "_"]]:
    """Split a graph into communities denser inside than ``resolution``.

    Climbs, by local moves from singletons, to a local maximum of the constant Potts model: the
    sum over communities of (affinity inside - resolution * pairs inside). The model has no
    resolution limit: whether to merge two communities depends on them alone, not on the size of
    the graph.

    Parameters
    ----------
    graph
        Affinities above 0; they need not be complete, an absent edge counts as 0.
    resolution
        Above 0, in units of affinity: two groups stay apart where the mean affinity over the
        pairs between them is below it.
    seed
        At least 0. Same graph, same seed, same communities.

    Returns
    -------
    list[Int[np.ndarray, "_"]]
        Sorted rows of each community, by first row; features without an edge are left out.

    Raises
    ------
    BadInput
        If resolution is not above 0 or seed is negative.
    """
    if resolution <= 0 or seed < 0:
        raise BadInput(f"need resolution > 0 and seed >= 0, got {resolution} and {seed}")
    if graph.n_edges == 0:
        return []
    native: Any = graspologic_native
    matrix = adjacency(graph)
    _, community = native.leiden_csr(
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int32),
        matrix.data,
        graph.n_features,
        resolution=resolution,
        iterations=2,
        use_modularity=False,
        seed=seed,
    )
    label = np.full(graph.n_features, -1, dtype=np.int64)
    label[list(community)] = list(community.values())
    label[np.diff(matrix.indptr) == 0] = -1
    return sorted(members_of(label), key=lambda rows: int(rows[0]))
