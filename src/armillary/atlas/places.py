"""Places: where a finding's points lie, read from the arrays of an atlas."""

import json
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from jaxtyping import Float, Int

from armillary.atlas.arrays import unpack_scores
from armillary.atlas.columnar import Table
from armillary.atlas.shape_names import fit_plane


def group_row(groups: Table, group_id: int) -> int:
    """Return the row of a group in the groups table, by its number."""
    return int(np.flatnonzero(groups["group_id"].to_numpy() == group_id)[0])


def member_rows(arrays: Mapping[str, np.ndarray], place: int) -> Int[np.ndarray, " member"]:
    """Return the rows of the features table that the group in row ``place`` holds."""
    begin, end = arrays["members_offset"][place : place + 2]
    return arrays["members"][begin:end]


def scores_of(
    finding: Mapping[str, Any], groups: Table, features: Table, *, arrays: Mapping[str, np.ndarray]
) -> Float[np.ndarray, "point axis"]:
    """Return principal coordinates of a finding's points, in the order of its ``feature_ids``.

    Parameters
    ----------
    finding
        Its row of the findings table.
    groups, features, arrays
        Of the atlas.
    """
    place = group_row(groups, finding["group_id"])
    members = features["feature_id"].to_numpy()[member_rows(arrays, place)]
    order = np.argsort(members)
    wanted = np.array(finding["feature_ids"], dtype=np.int64)
    where = order[np.searchsorted(members, wanted, sorter=order)]
    return unpack_scores(arrays, place)[where]


def own_plane_of(finding: Mapping[str, Any]) -> Float[np.ndarray, "point 2"] | None:
    """Return a fit's own coordinates of its points, None where its parameters hold none.

    Parameters
    ----------
    finding
        Its row of the findings table.
    """
    held = json.loads(finding["parameters"]).get("plane_points")
    if not isinstance(held, list) or len(cast("list[Any]", held)) != finding["n"]:
        return None
    return np.array(held, dtype=np.float32).reshape(finding["n"], 2)


def leading_plane(
    scores: Float[np.ndarray, "point axis"], finding: Mapping[str, Any]
) -> Float[np.ndarray, "point 2"]:
    """Return the plane of the leading axes that a fit names."""
    return scores[:, fit_plane(finding["axes"], scores.shape[1])]
