"""Gate: a piece of a group is claimed only where the group itself has structure.

Clustering carves pieces out of any dense cloud, and a piece carved by nearness is no random sample:
its shape is partly the knife's. If the cloud it was carved from cannot be told from an elliptical
one, claims about the piece are artefacts of the carving. (Testing from the top down also keeps the
error rate of nested hypotheses: Meinshausen 2008, Hierarchical testing of variable importance.)
"""

from typing import Any

import numpy as np
from jaxtyping import Bool
from scipy import sparse

from armillary.core import Partition

INSIDE = 0.8  # share of its members by which a group is a piece of another
LARGER = 1.25  # times its size that the other must have


def admitted(
    partition: Partition, structured: Bool[np.ndarray, " cluster"]
) -> Bool[np.ndarray, " cluster"]:
    """Tell which structured groups are top level, or pieces of an admitted group.

    The group that a piece is carved from is the smallest that holds at least ``INSIDE`` of its
    members and is ``LARGER`` times its size.
    """
    size = partition.size
    start = np.concatenate([[0], np.cumsum(size)])
    member: Any = sparse.csr_array(
        (np.ones(start[-1], dtype=np.int32), np.concatenate(partition.members), start),
        shape=(size.size, partition.n_features),
    )
    shared: Any = (member @ member.T).tocoo()
    piece, whole = shared.row, shared.col
    inside = (shared.data >= INSIDE * size[piece]) & (size[whole] >= LARGER * size[piece])
    piece, whole = piece[inside], whole[inside]
    order = np.lexsort((whole, size[whole], piece))
    first = np.unique(piece[order], return_index=True)[1]
    parent = np.full(size.size, -1)
    parent[piece[order][first]] = whole[order][first]
    out = np.zeros(size.size, dtype=np.bool_)
    for group in np.argsort(-size, kind="stable"):
        above = parent[group]
        out[group] = structured[group] and (above < 0 or out[above])
    return out
