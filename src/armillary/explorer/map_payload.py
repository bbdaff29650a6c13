"""The map of all features, and where each finding's members are on it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from armillary.atlas import Atlas, visible
from armillary.atlas.study import Study
from armillary.explorer.layouts import layouts_of
from armillary.explorer.packing import chosen
from armillary.explorer.schema import MapBody
from armillary.explorer.studies_body import colours_of


def map_of(
    atlas: Atlas,
    *,
    line_of: Mapping[int, int],
    max_map: int | None,
    studies: Sequence[Study] = (),
) -> MapBody | None:
    """Return the map; None where the survey drew none.

    Parameters
    ----------
    atlas
        The survey.
    line_of
        Line of the findings list, by row of the atlas's table.
    max_map
        Features to show; members of findings first, then a fixed random choice. None for all.
    studies
        Of the atlas's own features; what they measured of every feature may colour the map.
    """
    xy = atlas.arrays.get("map")
    if xy is None:
        return None
    finding = atlas.features["finding"].to_numpy(zero_copy_only=False)
    member = np.isfinite(finding)
    here = np.isfinite(xy).all(axis=1)
    kept = np.flatnonzero(here)
    if max_map is not None and kept.size > max_map:
        kept = _reduced(here & member, here & ~member, limit=max_map)
    line = np.full(kept.size, -1, dtype=np.int32)
    lines = np.array([line_of[i] for i in range(len(line_of))] or [0], dtype=np.int32)
    line[member[kept]] = lines[finding[kept][member[kept]].astype(np.int64)]
    labels = atlas.features["label"].to_numpy(zero_copy_only=False)[kept].tolist()
    ids = atlas.features["feature_id"].to_numpy()[kept]
    return MapBody(
        total=atlas.features.num_rows,
        shown=int(kept.size),
        ids=ids.astype(np.int32),
        labels=tuple(visible(label, limit=32) for label in labels),
        line=line,
        layouts=layouts_of(atlas, kept),
        **_near(atlas, kept),
        colours=colours_of(studies, ids),
    )


def _reduced(
    first: Bool[np.ndarray, " feature"], others: Bool[np.ndarray, " feature"], *, limit: int
) -> Int[np.ndarray, " kept"]:
    """Return at most ``limit`` features, ``first`` before ``others``, a fixed random choice."""
    members, pool = np.flatnonzero(first), np.flatnonzero(others)
    members = members[chosen(members.size, limit=limit)]
    return np.sort(np.append(members, pool[chosen(pool.size, limit=limit - members.size)]))


def _near(atlas: Atlas, kept: Int[np.ndarray, " kept"]) -> dict[str, Any]:
    """Return true neighbours as places among the features shown; none where the atlas has none."""
    near = atlas.arrays.get("near", np.empty((atlas.features.num_rows, 0), dtype=np.int32))
    cosine = atlas.arrays.get("near_cosine", near).astype(np.float64)[kept]
    place = np.full(atlas.features.num_rows, -1, dtype=np.int32)
    place[kept] = np.arange(kept.size, dtype=np.int32)
    return {
        "n_near": near.shape[1],
        "near": place[near[kept]].ravel(),
        "near_cosine": np.rint(cosine.clip(0, 1) * 255).astype(np.uint8).ravel(),
    }
