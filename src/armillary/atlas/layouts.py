"""Further maps of an atlas: arrays beside the survey's own, and what was measured of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.atlas.columnar import with_columns
from armillary.atlas.json_ready import json_ready
from armillary.atlas.record import Atlas
from armillary.core import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class MapLayout:
    """One way all features of an atlas lie in the plane.

    Parameters
    ----------
    array
        Name of its array: ``"map"`` for the one shown first, else ``map_`` and its method and seed.
    xy
        A row a feature of the atlas.
    facts
        How it was made and how far to trust it; JSON-ready.
    steady
        Share of each feature's neighbours on the map that other seeds agree on, if measured.
    """

    array: str
    xy: Float[np.ndarray, "feature 2"]
    facts: Mapping[str, Any]
    steady: Float[np.ndarray, " feature"] | None = None


def with_layouts(atlas: Atlas, layouts: Sequence[MapLayout]) -> Atlas:
    """Return the atlas with these layouts, in place of what it had under the same names.

    ``arrays`` gains each map under its name and, where it was measured, ``map_steady_`` and that
    name (uint8, 0 to 255 for 0 to 1). ``manifest["maps"]`` lists the facts, the map shown
    first at its head. An atlas without a map of its own gets ``map_x`` and ``map_y`` from ``map``.

    Parameters
    ----------
    atlas
        A survey; not changed.
    layouts
        Each with a row a feature.

    Returns
    -------
    Atlas
        The same findings.

    Raises
    ------
    BadInput
        If a layout has another number of rows than the atlas has features, or a foreign name.
    """
    n = atlas.features.num_rows
    arrays, features = dict(atlas.arrays), atlas.features
    held: dict[str, Any] = {
        entry["array"]: entry
        for entry in atlas.manifest.get("maps", ())
        if entry["array"] in arrays
    }
    for layout in layouts:
        if layout.xy.shape != (n, 2):
            raise BadInput(f"a layout has shape {layout.xy.shape}, the atlas has {n} features")
        if layout.array != "map" and not layout.array.startswith("map_"):
            raise BadInput(f"a layout is named {layout.array!r}: expected map, or map_ and a name")
        if layout.array == "map" and "map" not in arrays:
            x, y = np.asarray(layout.xy, dtype=np.float32).T
            features = with_columns(features, {"map_x": x, "map_y": y})
        arrays[layout.array] = np.asarray(layout.xy, dtype=np.float32)
        if layout.steady is not None:
            steady = np.rint(255 * layout.steady).astype(np.uint8)
            arrays[f"map_steady_{layout.array}"] = steady
        held[layout.array] = {**layout.facts, "array": layout.array}
    listed = sorted(held.values(), key=lambda entry: entry["array"] != "map")
    manifest = {**atlas.manifest, "maps": json_ready(listed)}
    if "map" in held and not atlas.manifest.get("map"):
        manifest["map"] = json_ready(held["map"])
    return replace(
        atlas, features=features, arrays=MappingProxyType(arrays),
        manifest=MappingProxyType(manifest),
    )  # fmt: skip
