"""The map of all features, and where each finding's members are on it."""

from collections.abc import Mapping

import numpy as np

from armillary.atlas import Atlas, visible
from armillary.explorer.layouts import layouts_of
from armillary.explorer.packing import chosen
from armillary.explorer.schema import MapBody


def map_of(atlas: Atlas, *, line_of: Mapping[int, int], max_map: int | None) -> MapBody | None:
    """Return the map; None where the survey drew none.

    Parameters
    ----------
    atlas
        The survey.
    line_of
        Line of the findings list, by row of the atlas's table.
    max_map
        Features to show; members of findings first, then a fixed random choice. None for all.
    """
    xy = atlas.arrays.get("map")
    if xy is None:
        return None
    finding = atlas.features["finding"].to_numpy(zero_copy_only=False)
    member = np.isfinite(finding)
    here = np.isfinite(xy).all(axis=1)
    kept = np.flatnonzero(here)
    if max_map is not None and kept.size > max_map:
        first, pool = np.flatnonzero(here & member), np.flatnonzero(here & ~member)
        others = pool[chosen(pool.size, limit=max(0, max_map - first.size))]
        kept = np.sort(np.concatenate([first, others]))
    line = np.full(kept.size, -1, dtype=np.int32)
    lines = np.array([line_of[i] for i in range(len(line_of))] or [0], dtype=np.int32)
    line[member[kept]] = lines[finding[kept][member[kept]].astype(np.int64)]
    labels = atlas.features["label"].to_numpy(zero_copy_only=False)[kept].tolist()
    return MapBody(
        total=atlas.features.num_rows,
        shown=int(kept.size),
        ids=atlas.features["feature_id"].to_numpy()[kept].astype(np.int32),
        labels=tuple(visible(label, limit=32) for label in labels),
        line=line,
        layouts=layouts_of(atlas, kept),
        n_near=0,
        near=np.empty(0, dtype=np.int32),
        near_cosine=np.empty(0, dtype=np.uint8),
    )
