"""Connected components of a feature graph, and how large the largest is."""

from typing import Any

import numpy as np
from jaxtyping import Int
from scipy import sparse
from scipy.sparse import csgraph

from armillary.core.graph import FeatureGraph


def adjacency(graph: FeatureGraph) -> Any:
    """Return the symmetric affinity matrix: a scipy ``csr_array``, float64, columns sorted."""
    row = np.concatenate([graph.low, graph.high])
    column = np.concatenate([graph.high, graph.low])
    weight = np.concatenate([graph.affinity, graph.affinity]).astype(np.float64)
    shape = (graph.n_features, graph.n_features)
    matrix: Any = sparse.coo_array((weight, (row, column)), shape=shape).tocsr()
    matrix.sort_indices()
    return matrix


def components(graph: FeatureGraph) -> list[Int[np.ndarray, "_"]]:
    """List the sorted rows of each connected component, largest first; loners are components too.

    Components chain: two groups joined by a single edge are one. Report the first one's size.
    """
    native: Any = csgraph
    _, of_row = native.connected_components(adjacency(graph), directed=False)
    return sorted(members_of(of_row), key=lambda rows: (-rows.size, int(rows[0])))


def giant_size(graph: FeatureGraph) -> int:
    """Return the number of features in the largest connected component."""
    return components(graph)[0].size if graph.n_features else 0


def members_of(label: Int[np.ndarray, " row"]) -> list[Int[np.ndarray, "_"]]:
    """Split row numbers by label; rows with a negative label belong nowhere."""
    order = np.argsort(label, kind="stable")
    order = order[np.searchsorted(label[order], 0) :]
    if not order.size:
        return []
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
