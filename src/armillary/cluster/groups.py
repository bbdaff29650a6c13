"""Candidate groups: several procedures at several scales, each group kept once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from armillary.cluster.components import giant_size
from armillary.cluster.leiden import leiden
from armillary.cluster.linkage import average_linkage, linkage_pieces
from armillary.core.errors import BadInput
from armillary.core.graph import FeatureGraph
from armillary.core.partition import Partition


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A group, the procedure that proposed it, and at which scale."""

    rows: Int[np.ndarray, " member"]
    method: str
    scale: float


def find_groups(
    directions: Float[np.ndarray, "feature d_model"],
    graph: FeatureGraph,
    *,
    resolutions: Sequence[float] = (0.1, 0.2, 0.35, 0.5),
    cuts: Sequence[float] = (0.5, 0.6, 0.7, 0.8),
    min_size: int = 5,
    max_size: int = 5000,
    agreement: int = 2,
    proposed: Sequence[Candidate] = (),
    alike: float = 0.8,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> Partition:
    """Propose groups by Leiden and by average linkage, and keep near-copies once.

    Leiden runs on the graph at each resolution; average linkage runs inside the graph's
    components, or inside coarse Leiden communities (half the lowest resolution) of a component too
    large for it. Groups with Jaccard overlap of at least ``alike`` count as one, and only those
    that at least ``agreement`` of the (procedure, scale) pairs propose are kept.

    Parameters
    ----------
    directions
        Unit rows that the graph was built from.
    graph
        Edges above a threshold taken from a null decoder.
    resolutions
        Leiden scales, in units of cosine; see ``leiden``.
    cuts
        Linkage heights, in units of ``1 - cosine``.
    min_size, max_size
        Smallest and largest group kept, both included.
    agreement
        1 keeps every group, also those that one procedure at one scale cut out by accident.
    proposed
        Further candidates, for instance from ``merged_groups``.
    alike
        Jaccard overlap from which two groups count as one.
    seed
        For Leiden.
    progress
        Called with ``(done, total)`` after every step.

    Returns
    -------
    Partition
        Overlapping groups, ordered by first member, then size. ``giant`` is the size of the
        graph's largest connected component.

    Raises
    ------
    BadInput
        If the graph is on another number of features, no size is allowed, or
        agreement is below 1.
    """
    n = directions.shape[0]
    if graph.n_features != n:
        raise BadInput(f"the graph has {graph.n_features} features, directions have {n} rows")
    if not 2 <= min_size <= max_size or agreement < 1:
        raise BadInput(
            "need 2 <= min_size <= max_size and agreement >= 1, "
            f"got {min_size}, {max_size} and {agreement}"
        )
    total = len(resolutions) + 2
    tell = progress or _ignore
    candidates = list(proposed)
    for done, resolution in enumerate(resolutions, start=1):
        split = leiden(graph, resolution=resolution, seed=seed)
        candidates += [Candidate(rows, "leiden", resolution) for rows in split]
        tell(done, total)
    pieces = linkage_pieces(graph, coarse=min(resolutions, default=0.1) / 2, seed=seed)
    trees = average_linkage(directions, pieces, cuts=cuts, min_size=min_size)
    candidates += [Candidate(rows, "average", cut) for cut, rows in trees]
    tell(total - 1, total)
    candidates = [c for c in candidates if min_size <= c.rows.size <= max_size]
    kept = without_near_copies(candidates, n_features=n, jaccard=alike, agreement=agreement)
    kept.sort(key=lambda c: (int(c.rows[0]), c.rows.size, c.method, c.scale))
    tell(total, total)
    return Partition(
        tuple(c.rows for c in kept),
        np.array([c.scale for c in kept], dtype=np.float64),
        tuple(c.method for c in kept),
        n,
        giant_size(graph),
    )


def _ignore(_done: int, _total: int) -> None:
    """Take progress and tell nobody."""


def without_near_copies(
    candidates: Sequence[Candidate],
    *,
    n_features: int,
    jaccard: float = 0.8,
    agreement: int = 1,
) -> list[Candidate]:
    """Keep one of every set of candidates that are nearly the same group.

    Candidates are taken in order of how many others nearly equal them (the group that most
    procedures and scales agree on), Leiden before other methods, then as listed; one is kept
    unless it nearly equals one already kept. Nearly equal: intersection over union at least
    ``jaccard``. So no two kept groups are nearly equal, and each one dropped
    for a twin has that twin kept.

    Parameters
    ----------
    candidates
        Any order; ties follow it.
    n_features
        Number of rows they index.
    jaccard
        In (0, 1].
    agreement
        Candidates with fewer near-equals, themselves included, are dropped first.
    """
    if not candidates:
        return []
    size = np.array([c.rows.size for c in candidates])
    start = np.concatenate([[0], np.cumsum(size)])
    column = np.concatenate([c.rows for c in candidates])
    member: Any = sparse.csr_array(
        (np.ones(column.size, dtype=np.int32), column, start), shape=(size.size, n_features)
    )
    shared = (member @ member.T).tocoo()
    i, j = shared.row, shared.col
    twin = shared.data >= jaccard * (size[i] + size[j] - shared.data) - 1e-9
    i, j = i[twin], j[twin]
    twins: Any = sparse.csr_array((np.ones(i.size, dtype=np.int8), (i, j)), shape=(size.size,) * 2)
    agreeing = np.diff(twins.indptr)
    other = np.array([c.method != "leiden" for c in candidates])
    gone = agreeing < agreement
    kept: list[int] = []
    for here in np.lexsort((np.arange(size.size), other, -agreeing)):
        if not gone[here]:
            kept.append(int(here))
            gone[twins.indices[twins.indptr[here] : twins.indptr[here + 1]]] = True
    return [candidates[here] for here in sorted(kept)]
