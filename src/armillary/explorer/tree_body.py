"""Which group holds which: the groups of an atlas as a forest."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from armillary.atlas import Atlas, visible
from armillary.explorer.schema import TreeBody

HELD = 0.9  # of a group's members, that its parent must hold
_NAMED = 6


def tree_of(atlas: Atlas, *, line_of: Mapping[int, int]) -> TreeBody | None:
    """Return the forest of groups; None where no group holds another.

    A group's parent is the smallest larger group that holds at least ``HELD`` of its members; among
    those of one size the one that holds most, then the one of the larger scale. Groups that neither
    hold nor are held stay out unless a finding was made of them.

    Parameters
    ----------
    atlas
        The survey.
    line_of
        Line of the findings list, by group number.

    Returns
    -------
    TreeBody
        Parents before children, children of one parent by size. Height is the logarithm of a
        group's size over that of the largest, and 0 at groups that hold no other.
    """
    members, offset = atlas.arrays["members"], atlas.arrays["members_offset"]
    group_id = atlas.groups["group_id"].to_numpy()
    scale = atlas.groups["scale"].to_numpy()
    size = np.diff(offset).astype(np.int64)
    parent = holders(members, offset, scale=scale, n_features=atlas.features.num_rows)
    if (parent < 0).all():
        return None
    line = np.array([line_of.get(int(one), -1) for one in group_id], dtype=np.int64)
    holds = np.bincount(parent[parent >= 0], minlength=size.size) > 0
    kept = holds | (parent >= 0) | (line >= 0)
    order = _preorder(parent, size, kept=kept)
    place = np.full(size.size + 1, -1, dtype=np.int64)  # the last entry is nobody's parent
    place[order] = np.arange(order.size)
    top = max(float(np.log(size.max())), 1e-12)
    height = np.where(holds, np.log(np.maximum(size, 1)) / top, 0.0)
    begin = np.concatenate([[0], np.cumsum(size[order])])
    ids = atlas.features["feature_id"].to_numpy()
    below = [ids[members[offset[g] : offset[g + 1]]] for g in order]
    return TreeBody(
        parent=place[parent[order]].astype(np.int32),
        height=height[order].astype(np.float32),
        size=size[order].astype(np.int32),
        line=line[order].astype(np.int32),
        label=_names(atlas, order),
        features=np.concatenate(below).astype(np.int32),
        begin=begin.astype(np.int32),
        note=_note(atlas, parent, kept=kept),
    )


def holders(
    members: Int[np.ndarray, " member"], offset: Int[np.ndarray, " offset"], *,
    scale: Float[np.ndarray, " group"], n_features: int, held: float = HELD,
) -> Int[np.ndarray, " group"]:  # fmt: skip
    """Return the parent of every group, or -1.

    Parameters
    ----------
    members, offset
        Rows of features of all groups end to end, and where each group begins.
    scale
        At which scale each was found, for ties.
    n_features
        Rows there are.
    held
        Share of a group's members that its parent holds, in (0, 1].

    Returns
    -------
    Int[np.ndarray, " group"]
        Of a group's parent, always a larger one, so that there is no circle.
    """
    n = offset.size - 1
    inside: Any = sparse.csr_matrix(
        (np.ones(members.size, dtype=np.int32), members, offset), shape=(n, n_features)
    )
    shared: Any = (inside @ inside.T).tocoo()
    size = np.diff(offset)
    child: np.ndarray = shared.row
    other: np.ndarray = shared.col
    common: np.ndarray = shared.data
    fits = (size[other] > size[child]) & (common >= held * size[child])
    child, other, common = child[fits], other[fits], common[fits]
    order = np.lexsort((other, -scale[other], -common, size[other], child))
    child, other = child[order], other[order]
    first = np.ones(child.size, dtype=bool)
    first[1:] = child[1:] != child[:-1]
    parent = np.full(n, -1, dtype=np.int64)
    parent[child[first]] = other[first]
    return parent


def _preorder(
    parent: np.ndarray, size: np.ndarray, *, kept: np.ndarray
) -> Int[np.ndarray, " node"]:
    children: dict[int, list[int]] = {}
    for group in np.lexsort((np.arange(size.size), size)).tolist():  # smallest first: popped last
        if kept[group]:
            children.setdefault(int(parent[group]), []).append(group)
    waiting, found = children.get(-1, []), list[int]()
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return np.array(found, dtype=np.int64)


def _names(atlas: Atlas, order: np.ndarray) -> tuple[str, ...]:
    labels = atlas.features["label"].to_numpy(zero_copy_only=False)
    members, offset = atlas.arrays["members"], atlas.arrays["members_offset"]
    spelled: dict[str, str] = {}

    def name(rows: Sequence[int], n: int) -> str:
        shown: list[str] = []
        for row in rows:
            label = labels[row]
            if label not in spelled:
                spelled[label] = visible(label, limit=24)
            shown.append(spelled[label])
        return " · ".join(shown) + (" …" if n > _NAMED else "")

    return tuple(
        name(members[offset[g] : offset[g + 1]][:_NAMED].tolist(), int(offset[g + 1] - offset[g]))
        for g in order
    )


def _note(atlas: Atlas, parent: np.ndarray, *, kept: np.ndarray) -> str:
    said = (
        f"The groups of the survey, each under the smallest larger one that holds at least "
        f"{HELD:.0%} of its members: {int((parent >= 0).sum()):,} of {parent.size:,} groups are "
        "held by another. Height: the logarithm of a group’s size; 0 where it holds no other."
    )
    alone = int((~kept).sum())
    return f"{said} {alone:,} that stand alone and are no finding are left out." if alone else said
