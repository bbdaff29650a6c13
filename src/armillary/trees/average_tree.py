"""The whole average-linkage tree of many unit rows, without their distances."""

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.core.errors import BadInput

TILE = 512  # rows whose products with all others are held at once
LEAST_ASKED = 512  # rows looked up in one round: fewer would leave the product of matrices idle


def average_tree(unit: Float[np.ndarray, "feature d_model"]) -> Float[np.ndarray, "merge 4"]:
    """Join rows by average linkage of ``1 - cosine``, all of them, into one tree.

    Parameters
    ----------
    unit
        Rows of length 1, at least two.

    Returns
    -------
    Float[np.ndarray, "merge 4"]
        As ``scipy.cluster.hierarchy.linkage`` returns it: the two parts joined (row numbers, then
        n + merge), the height in units of ``1 - cosine`` (0 to 2, never falling), the size.

    Raises
    ------
    BadInput
        If there are fewer than two rows, or some are not of length 1.

    Notes
    -----
    The mean of ``1 - x.y`` over all pairs across two parts is 1 less the inner product of the two
    parts' means, so a part is known by one vector: memory is that of the rows, a copy and a tile.
    Two parts that are each other's nearest may be joined whatever else is still to be joined,
    because average linkage is reducible: a union is no nearer to a third part than the nearer of
    the two was (Bruynooghe 1978; Murtagh 1983). So every round joins all such pairs, then looks
    anew, by one product of matrices, for the nearest of those whose nearest is gone, those with the
    highest bound first. Products are float32, heights float64: parts whose cosines tie within
    1e-7 may be joined in another order.

    References
    ----------
    Bruynooghe 1978, Classification ascendante hiérarchique, Cahiers de l'analyse des données 3.
    Murtagh 1983, A survey of recent advances in hierarchical clustering, Computer Journal 26.
    """
    n = unit.shape[0]
    if n < 2:
        raise BadInput(f"a tree needs two rows, got {n}")
    mean = np.array(unit, dtype=np.float32)
    length = np.sqrt(np.einsum("ij,ij->i", mean, mean))
    if np.abs(length - 1).max() > 1e-3:
        raise BadInput(
            f"rows have lengths {length.min():.3g} to {length.max():.3g}: divide each by its length"
        )
    forest = _Forest(mean)
    while forest.n_parts > 1:
        forest.look(forest.asked())
        forest.join(forest.pairs())
    return _in_order(np.array(forest.merges, dtype=np.float64), n)


class _Forest:
    """Parts so far: their means, sizes, and the nearest other part of each, where it is known."""

    def __init__(self, mean: Float[np.ndarray, "feature d_model"]) -> None:
        n = mean.shape[0]
        self.mean = mean
        self.size = np.ones(n)
        self.node = np.arange(n, dtype=np.int64)
        self.alive: Bool[np.ndarray, " feature"] = np.ones(n, dtype=np.bool_)
        self.nearest = np.full(n, -1, dtype=np.int64)
        self.bound = np.full(n, np.inf, dtype=np.float32)  # no other part is nearer than this
        self.merges: list[tuple[float, float, float, float]] = []
        self.n_parts = n

    def asked(self) -> Int[np.ndarray, " asked"]:
        """Parts whose nearest is not known, those that may be joined first; a quarter a round."""
        unknown = np.flatnonzero(self.alive & (self.nearest < 0))
        wanted = max(LEAST_ASKED, unknown.size // 4)
        if wanted >= unknown.size or len(self.merges) == 0:
            return unknown
        return unknown[np.argpartition(-self.bound[unknown], wanted)[:wanted]]

    def look(self, asked: Int[np.ndarray, " asked"]) -> None:
        """Find the nearest part of those asked for."""
        slots = np.flatnonzero(self.alive)
        others = self.mean if slots.size == self.alive.size else self.mean[slots]
        place = np.empty(self.alive.size, dtype=np.int64)
        place[slots] = np.arange(slots.size)
        for start in range(0, asked.size, TILE):
            some = asked[start : start + TILE]
            cosine = self.mean[some] @ others.T
            cosine[np.arange(some.size), place[some]] = -np.inf
            best = cosine.argmax(axis=1)
            self.nearest[some] = slots[best]
            self.bound[some] = cosine[np.arange(some.size), best]

    def pairs(self) -> Int[np.ndarray, "pair 2"]:
        """Return parts that are each other's nearest; the nearest pair if ties leave none."""
        known = np.flatnonzero(self.alive & (self.nearest >= 0))
        back = self.nearest[self.nearest[known]]
        mutual = known[(back == known) & (known < self.nearest[known])]
        if mutual.size == 0 and not (self.alive & (self.nearest < 0)).any():
            mutual = known[[int(self.bound[known].argmax())]]  # a circle of ties
        return np.column_stack([mutual, self.nearest[mutual]])

    def join(self, pairs: Int[np.ndarray, "pair 2"]) -> None:
        """Join pairs, and forget the nearest of whatever had one of them for its nearest."""
        if pairs.size == 0:
            return
        n = self.alive.size
        kept, gone = pairs.T
        weight = self.size[kept] + self.size[gone]
        share = (self.size[kept] / weight).astype(np.float32)[:, None]
        first, second = self.mean[kept], self.mean[gone]
        height = 1 - np.einsum("ij,ij->i", first.astype(np.float64), second.astype(np.float64))
        fresh = n + len(self.merges) + np.arange(len(pairs))
        self.merges += zip(self.node[kept], self.node[gone], height, weight, strict=True)
        self.mean[kept] = share * first + (1 - share) * second
        self.size[kept], self.node[kept] = weight, fresh
        self.alive[gone] = False
        changed: Bool[np.ndarray, " feature"] = np.zeros(n, dtype=np.bool_)
        changed[pairs.ravel()] = True
        lost = changed | ((self.nearest >= 0) & changed[self.nearest])
        self.nearest[lost] = -1
        self.n_parts -= len(pairs)


def _in_order(merges: Float[np.ndarray, "merge 4"], n: int) -> Float[np.ndarray, "merge 4"]:
    """Sort merges by height, children before parents, as others expect of a linkage."""
    height = merges[:, 2]
    for row, (a, b, _, _) in enumerate(merges):  # rounding may lower a parent by 1e-8
        for child in (int(a), int(b)):
            if child >= n:
                height[row] = max(height[row], height[child - n])
    order = np.lexsort((np.arange(len(merges)), height))
    place = np.empty(len(merges), dtype=np.int64)
    place[order] = np.arange(len(merges))
    joined = merges[order, :2].astype(np.int64)
    inner = joined >= n
    joined[inner] = n + place[joined[inner] - n]
    joined.sort(axis=1)
    return np.column_stack([joined, np.maximum(height[order], 0.0), merges[order, 3]])
