"""Lineage: which features of a narrow dictionary go on, split or merge in a wider one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from armillary.core.errors import BadInput
from armillary.evaluate.matching import SHARED, Best
from armillary.evaluate.similar import SIDES, Similar
from armillary.evaluate.streamed import BLOCK, best_both_ways

KINDS = ("continues", "splits", "merges", "splits and merges", "leans")
CONTINUES, SPLITS, MERGES, BOTH, LEANS = range(5)


@dataclass(frozen=True, slots=True, eq=False)
class Lineage:
    """Edges from features of one dictionary to features of a wider one.

    Parameters
    ----------
    parent, child
        Ends of every edge: a row of the narrow and a row of the wide dictionary.
    value
        Similarity of the two.
    kind
        A position in ``KINDS``.
    best_a, best_b
        Nearest of the other dictionary to every feature of either.
    threshold
        Similarity that an edge exceeds: the largest of ``by_null``.
    by_null
        Quantile of the best similarity with each null, by its name.
    quantile
        Which quantile.
    """

    parent: Int[np.ndarray, " edge"]
    child: Int[np.ndarray, " edge"]
    value: Float[np.ndarray, " edge"]
    kind: UInt8[np.ndarray, " edge"]
    best_a: Best
    best_b: Best
    threshold: float
    by_null: Mapping[str, float]
    quantile: float

    @property
    def novel(self) -> Bool[np.ndarray, " child"]:
        """Features of the wide dictionary that are like none of the narrow one."""
        return self.best_b.cosine <= self.threshold

    @property
    def gone(self) -> Bool[np.ndarray, " parent"]:
        """Features of the narrow dictionary that none of the wide one is like."""
        return self.best_a.cosine <= self.threshold

    @property
    def strictest(self) -> str:
        """Name of the null that set the threshold."""
        return max(self.by_null, key=lambda name: self.by_null[name])

    @property
    def several_parents(self) -> int:
        """Features of the wide dictionary with two parents or more: in a tree there are none."""
        near = self.kind != LEANS
        return int((np.bincount(self.child[near], minlength=1) >= 2).sum())

    def counts(self) -> dict[str, int]:
        """Return edges of each kind, features that split, merge into one, are novel or gone.

        Returns
        -------
        dict of int
            By name.
        """
        held = np.bincount(self.kind, minlength=len(KINDS))
        splitting = np.isin(self.kind, (SPLITS, BOTH))
        merging = np.isin(self.kind, (MERGES, BOTH))
        return {
            **{name: int(n) for name, n in zip(KINDS, held, strict=True)},
            "features that split": int(np.unique(self.parent[splitting]).size),
            "features merged into": int(np.unique(self.child[merging]).size),
            "several parents": self.several_parents,
            "novel": int(self.novel.sum()),
            "gone": int(self.gone.sum()),
        }


def lineage(
    similar: Similar, *, rng: np.random.Generator, quantile: float = 0.999, rows: int = 4096
) -> Lineage:
    """Draw the edges between two dictionaries of a series.

    A feature's *best child* is the most similar one of the wide dictionary, its *best parent* the
    most similar one of the narrow. An edge joins a feature with its best child or its best parent
    if their similarity is past what chance reaches. A parent *splits* if several have it as their
    best parent: the one that has the largest share in it, and others with at least half of that.
    The share of a direction is its squared cosine with the other one, of a feature that fires the
    part of its tokens on which the other one fires. Parents *merge* in a child by the same rule,
    turned round. An edge of neither *continues* if
    each end is the other's best, else it *leans*: past chance, but weaker than what its parent or
    its child has elsewhere. One child may have several parents, and one edge may be of a split and
    of a merger at once: the graph is no tree unless the dictionaries make it one.

    Parameters
    ----------
    similar
        Rows are the narrow dictionary, columns the wide one.
    rng
        Of the nulls and of the rows sampled for the threshold.
    quantile
        Of the best similarity that a feature of either side has with a null of the other side; the
        largest over sides and nulls is the threshold. At .999 one feature in a thousand has an edge
        by chance.
    rows
        Features sampled for the threshold.

    Returns
    -------
    Lineage
        Every edge with its similarity and kind.

    Raises
    ------
    BadInput
        If quantile is not inside (0, 1).
    """
    if not 0 < quantile < 1 or rows < 1:
        raise BadInput(f"need quantile in (0, 1) and rows >= 1, got {quantile} and {rows}")
    by_null = {
        null: max(
            float(np.quantile(_chance_best(similar, null, side, rows=rows, rng=rng), quantile))
            for side in SIDES
        )
        for null in similar.nulls
    }
    return drawn(similar, by_null, quantile)


def by_chance(similar: Similar, like: Lineage, *, rng: np.random.Generator) -> Lineage:
    """Return the edges to a null of the wide dictionary, at the threshold of another lineage.

    Parameters
    ----------
    similar
        As it was compared.
    like
        Whose threshold, and whose strictest null.
    rng
        Of the null.

    Returns
    -------
    Lineage
        What chance gives at the same place.
    """
    return drawn(similar.chance(like.strictest, "b", rng=rng), like.by_null, like.quantile)


def pair_threshold(
    similar: Similar, *, rng: np.random.Generator, quantile: float = 0.999, rows: int = 1024
) -> float:
    """Return the quantile of the similarity of single pairs with a null, the largest over nulls.

    Unlike the threshold of an edge it is not of the best of many: for pairs that something else
    has chosen, and that something else tests.

    Parameters
    ----------
    similar
        The table.
    rng
        Of the nulls and of the sampled features.
    quantile
        In (0, 1).
    rows
        Features sampled of either side.

    Returns
    -------
    float
        A similarity.
    """
    some_a, some_b = (
        np.arange(n) if n <= rows else np.sort(rng.choice(n, rows, replace=False))
        for n in similar.shape
    )
    return max(
        float(np.quantile(similar.chance(null, "b", rng=rng).tile(some_a, some_b), quantile))
        for null in similar.nulls
    )


def drawn(similar: Similar, by_null: Mapping[str, float], quantile: float) -> Lineage:
    """Return the edges past a threshold that is known.

    Parameters
    ----------
    similar
        The table.
    by_null
        Thresholds, of which the largest counts.
    quantile
        For the record.

    Returns
    -------
    Lineage
        Every edge.
    """
    threshold = max(by_null.values())
    best_a, best_b = best_both_ways(similar)
    every_a, every_b = (np.arange(n) for n in similar.shape)
    inside = similar.shares(best_b.partner, every_b)[0]  # of a child in its best parent
    around = similar.shares(every_a, best_a.partner)[1]  # of a parent in its best child
    down, split = _near(best_b, inside, threshold, n=similar.shape[0])
    up, merged = _near(best_a, around, threshold, n=similar.shape[1])
    past_a, past_b = (np.flatnonzero(best.cosine > threshold) for best in (best_a, best_b))
    n_b = similar.shape[1]
    named = best_b.partner[past_b] * n_b + past_b, past_a * n_b + best_a.partner[past_a]
    key = np.concatenate(named)
    value = np.concatenate([best_b.cosine[past_b], best_a.cosine[past_a]])
    key, once = np.unique(key, return_index=True)
    parent, child = np.divmod(key, n_b)
    of_split = split[parent] & down[child] & (best_b.partner[child] == parent)
    of_merger = merged[child] & up[parent] & (best_a.partner[parent] == child)
    mutual = (best_a.partner[parent] == child) & (best_b.partner[child] == parent)
    kind = np.select(
        [of_split & of_merger, of_split, of_merger, mutual],
        [BOTH, SPLITS, MERGES, CONTINUES], LEANS,
    )  # fmt: skip
    return Lineage(
        parent, child, value[once], kind.astype(np.uint8), best_a, best_b, threshold,
        dict(by_null), quantile,
    )  # fmt: skip


def _near(
    best: Best, share: Float[np.ndarray, " other"], threshold: float, *, n: int
) -> tuple[Bool[np.ndarray, " other"], Bool[np.ndarray, " row"]]:
    """Return which of the others are near enough to their best, and which rows have several."""
    past = best.cosine > threshold
    strongest = np.zeros(n, dtype=np.float32)
    np.maximum.at(strongest, best.partner[past], share[past])
    near = past & (share >= SHARED * strongest[best.partner])
    return near, np.bincount(best.partner[near], minlength=n) >= 2


def _chance_best(
    similar: Similar, null: str, side: str, *, rows: int, rng: np.random.Generator
) -> Float[np.ndarray, " sampled"]:
    """Return the best similarity of sampled features with a null of the other dictionary."""
    here = similar.chance(null, side, rng=rng)
    n_here, n_there = similar.shape if side == "b" else similar.shape[::-1]
    some = np.arange(n_here)
    if n_here > rows:
        some = np.sort(rng.choice(n_here, rows, replace=False))
    best = np.full(some.size, -np.inf, dtype=np.float32)
    for start in range(0, n_there, BLOCK):
        there = slice(start, min(start + BLOCK, n_there))
        if side == "b":
            part = here.tile(some, there).max(axis=1)
        else:
            part = here.tile(there, some).max(axis=0)
        np.maximum(best, part, out=best)
    return best
