"""The map of all features, and where each finding's members are on it."""

from collections.abc import Mapping

import numpy as np

from armillary.atlas import Atlas, visible
from armillary.explorer.packing import chosen, packed, unit_square
from armillary.explorer.schema import Map
from armillary.explorer.words import parameter_facts


def map_of(
    atlas: Atlas, *, line_of: Mapping[int, int], max_map: int
) -> tuple[Map | None, dict[int, int]]:
    """Return the map, and the place on it of every feature shown, by feature id.

    Parameters
    ----------
    atlas
        The survey.
    line_of
        Line of the page's findings table, by row of the atlas's.
    max_map
        Features to show; members of findings first, then a fixed random choice.
    """
    xy = atlas.arrays.get("map")
    if xy is None:
        return None, {}
    finding = atlas.features["finding"].to_pylist()
    here = np.isfinite(xy).all(axis=1)
    member = atlas.features["finding"].is_valid().to_numpy()
    first, pool = np.flatnonzero(here & member), np.flatnonzero(here & ~member)
    others = pool[chosen(pool.size, limit=max(0, max_map - first.size))]
    kept = np.sort(np.concatenate([first, others]))
    lines = [-1 if finding[k] is None else line_of[finding[k]] for k in kept]
    unit = np.rint(unit_square(xy[kept]) * 65535)
    labels = atlas.features["label"].to_numpy(zero_copy_only=False)[kept].tolist()
    facts = parameter_facts(atlas.manifest.get("map"))
    picture = Map(
        total=atlas.features.num_rows,
        shown=kept.size,
        x=packed(unit[:, 0], "<u2"),
        y=packed(unit[:, 1], "<u2"),
        row=packed(np.array(lines, dtype=np.int64), "<i4"),
        labels=tuple(visible(label, limit=32) for label in labels),
        note=", ".join(f"{fact.name} {fact.value}" for fact in facts),
    )
    ids = atlas.features["feature_id"].to_numpy()[kept].tolist()
    return picture, {feature: place for place, feature in enumerate(ids)}
