"""Absorption: a wide dictionary's general feature is silent where a special one writes for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from armillary.core.codes import Codes
from armillary.evaluate.cofirings import LEAST_FIRED, Cofirings

GENERAL = 0.5  # of the tokens without the child, on which the heir fires
INSIDE = 0.5  # of the child's tokens, on which the narrow feature fires
HOLE = 0.5  # of the heir's recall without the child, that is left with it
CARRIED = 0.75  # of what the heir writes: halfway between one half of an even split and all
LEVEL = 0.01
_BLOCK = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Absorbed:
    """Features of a wide dictionary that write a general one's part while that one is silent.

    Parameters
    ----------
    parent
        Row of the narrow dictionary: where the general feature belongs.
    heir
        Row of the wide one that continues it.
    child
        Row of the wide one that absorbs.
    recall_with, recall_without
        Share of the parent's tokens on which the heir fires: with the child, and without it.
    inside
        Share of the child's tokens on which the parent fires.
    carried
        What the child writes along the heir's direction where it fires, over what the heir writes
        where it fires; means.
    cosine
        Of child and heir.
    p
        Chance of so few common tokens if heir and child fired independently on the parent's tokens
        (hypergeometric, lower tail), times the number of pairs looked at.
    looked_at
        Number of those pairs.
    threshold
        Cosine that a child and an heir must exceed.
    """

    parent: Int[np.ndarray, " found"]
    heir: Int[np.ndarray, " found"]
    child: Int[np.ndarray, " found"]
    recall_with: Float[np.ndarray, " found"]
    recall_without: Float[np.ndarray, " found"]
    inside: Float[np.ndarray, " found"]
    carried: Float[np.ndarray, " found"]
    cosine: Float[np.ndarray, " found"]
    p: Float[np.ndarray, " found"]
    looked_at: int
    threshold: float


def find_absorption(
    heirs: tuple[Int[np.ndarray, " parent"], Int[np.ndarray, " parent"]],
    unit_b: Float[np.ndarray, "feature d_model"],
    codes: tuple[Codes, Codes],
    *,
    norm_b: Float[np.ndarray, " feature"],
    threshold: float,
    level: float = LEVEL,
) -> Absorbed:
    """Find absorption without labels: the narrow dictionary says where a general feature belongs.

    For a narrow feature, its heir in the wide dictionary and another wide feature (the child):

    - the child's direction has the heir's in it: their cosine is past the threshold;
    - the child lives inside the parent: on at least half of its tokens the parent fires;
    - the heir is general: it fires on at least half of the parent's tokens without the child;
    - it has a hole: with the child it fires at most half as often as without, and so rarely that
      independent firing within the parent's tokens is refused at the level (Bonferroni);
    - the child does its work: along the heir's direction it writes at least three quarters of
      what the heir writes. The two halves of an even split write one half for each other, an
      absorbing child writes all.

    Parameters
    ----------
    heirs
        Rows of narrow features, and of the wide features that continue them.
    unit_b
        Directions of the wide dictionary, length 1.
    codes
        Of the narrow and the wide dictionary, on the same tokens.
    norm_b
        Lengths of the wide dictionary's rows, by which codes are to be multiplied.
    threshold
        Of the cosine of two rows of the wide dictionary, past chance.
    level
        Of the test, over all pairs looked at.

    Returns
    -------
    Absorbed
        The deepest holes first.

    Raises
    ------
    BadInput
        If the codes are of different tokens.

    Notes
    -----
    The test takes tokens as independent; within a document they are not, so on text p is too small.
    The sizes of the effects, which do not depend on that, are asked for beside it.

    References
    ----------
    Chanin et al. 2024, arXiv:2409.14507: absorption, measured there with labelled probes.
    """
    parent, heir = heirs
    narrow, wide = codes
    Cofirings(narrow, wide)  # refuses codes of other tokens
    at, child = _alike(heir, unit_b, threshold)
    if at.size == 0:
        none, empty = np.zeros(0), np.zeros(0, dtype=np.int64)
        return Absorbed(empty, empty, empty, none, none, none, none, none, none, 0, threshold)
    seen = _counted(parent, heir, at, child, narrow=narrow, wide=wide)
    enough = (seen["with"] >= LEAST_FIRED) & (seen["without"] >= LEAST_FIRED)
    at, child = at[enough], child[enough]
    seen = {name: values[enough] for name, values in seen.items()}
    looked_at = int(at.size)
    p: Any = cast(Any, stats).hypergeom.cdf(
        seen["heir with"], seen["with"] + seen["without"],
        seen["heir with"] + seen["heir without"], seen["with"],
    )  # fmt: skip
    p = np.minimum(np.asarray(p, dtype=np.float64) * max(looked_at, 1), 1.0)
    recall_with = seen["heir with"] / seen["with"]
    recall_without = seen["heir without"] / seen["without"]
    inside = seen["with"] / seen["child"]
    cosine = np.einsum("ij,ij->i", unit_b[heir[at]], unit_b[child]).astype(np.float64)
    carried = _carried(heir[at], child, wide=wide, norm_b=norm_b) * cosine
    found = (
        (inside >= INSIDE) & (recall_without >= GENERAL) & (recall_with <= HOLE * recall_without)
        & (carried >= CARRIED) & (p <= level)
    )  # fmt: skip
    chosen = np.flatnonzero(found)
    chosen = chosen[np.argsort(recall_with[chosen] / recall_without[chosen], kind="stable")]
    return Absorbed(
        parent[at][chosen], heir[at][chosen], child[chosen], recall_with[chosen],
        recall_without[chosen], inside[chosen], carried[chosen], cosine[chosen], p[chosen],
        looked_at, threshold,
    )  # fmt: skip


def _alike(
    heir: np.ndarray, unit_b: np.ndarray, threshold: float
) -> tuple[Int[np.ndarray, " pair"], Int[np.ndarray, " pair"]]:
    """Return every heir (its place) with every other row past the threshold."""
    places, rows = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for start in range(0, heir.size, _BLOCK):
        place, row = np.nonzero(unit_b[heir[start : start + _BLOCK]] @ unit_b.T > threshold)
        kept = row != heir[start + place]
        places.append(place[kept] + start)
        rows.append(row[kept])
    return np.concatenate(places), np.concatenate(rows)


def _counted(
    parent: np.ndarray, heir: np.ndarray, at: np.ndarray, child: np.ndarray, *,
    narrow: Codes, wide: Codes,
) -> Mapping[str, Float[np.ndarray, " pair"]]:  # fmt: skip
    """Count the parent's tokens with and without the child, and the heir's among either."""
    fires_a: Any = narrow.matrix(binary=True).tocsc()[:, parent]
    fires_b: Any = wide.matrix(binary=True).tocsc()
    with_heir: Any = fires_a.multiply(fires_b[:, heir]).tocsc()
    by_child = [
        np.asarray((table.T.tocsr() @ fires_b.tocsr())[at, child], dtype=np.float64).ravel()
        for table in (fires_a, with_heir)
    ]
    of_parent, of_both = (np.diff(t.indptr).astype(np.float64)[at] for t in (fires_a, with_heir))
    return {
        "with": by_child[0], "without": of_parent - by_child[0],
        "heir with": by_child[1], "heir without": of_both - by_child[1],
        "child": np.diff(fires_b.indptr).astype(np.float64)[child],
    }  # fmt: skip


def _carried(
    heir: np.ndarray, child: np.ndarray, *, wide: Codes, norm_b: np.ndarray
) -> Float[np.ndarray, " pair"]:
    """Return the mean length that a child writes, over that of its heir."""
    total = np.asarray(wide.matrix().sum(axis=0), dtype=np.float64).ravel()
    length = total / np.maximum(wide.firing_count(), 1) * norm_b
    return length[child] / np.maximum(length[heir], 1e-12)
