"""An atlas's vectors, opened again: the record keeps ids and labels, not directions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

from armillary.atlas import Atlas
from armillary.core import BadInput, FeatureSpace
from armillary.load import as_space
from armillary.load.address import BUILTIN

HOW = "say where the vectors are now with --vectors"


def reopened(
    atlas: Atlas, *, vectors: Any = None, offline: bool = False, cache: Path | None = None
) -> FeatureSpace:
    """Return the space that an atlas was made of: its features, in its order, under its labels.

    Parameters
    ----------
    atlas
        The survey.
    vectors
        What to open instead of the source that its manifest names.
    offline, cache
        As for ``load_space``.

    Raises
    ------
    BadInput
        If the source is not known or cannot be read, has changed since, or lacks a feature.
    """
    said: Any = atlas.manifest.get("source")
    held: Mapping[str, Any] = cast("Mapping[str, Any]", said) if isinstance(said, Mapping) else {}
    uri: Any = held.get("uri") if vectors is None else vectors
    if uri is None or (vectors is None and uri == "an array"):
        raise BadInput(f"the atlas was made of an array, which it does not keep: {HOW}")
    space = _loaded(uri, held, offline=offline, cache=cache)
    ids: np.ndarray = atlas.features["feature_id"].to_numpy()
    order: np.ndarray = np.argsort(space.feature_id)
    place = np.minimum(np.searchsorted(space.feature_id, ids, sorter=order), order.size - 1)
    rows = order[place]
    if not np.array_equal(space.feature_id[rows], ids):
        raise BadInput(
            f"the atlas has features that {space.source.get('uri')} does not have: it was not made "
            f"of it; {HOW}"
        )
    labels = atlas.features["label"].to_numpy(zero_copy_only=False)
    return FeatureSpace(space.directions[rows], ids, {"label": labels}, space.source)


def _loaded(
    uri: Any, held: Mapping[str, Any], *, offline: bool, cache: Path | None
) -> FeatureSpace:
    if not isinstance(uri, str | Path):
        return as_space(uri)
    options: dict[str, Any] = {"offline": offline, "cache": cache}
    plain = "format" not in held and str(uri) not in BUILTIN and "#" not in str(uri)
    if plain and held.get("tensor"):  # read it the way it was read then
        options |= {"tensor": held["tensor"], "orientation": held.get("orientation", "auto")}
    try:
        space = as_space(uri, **options)
    except BadInput as error:
        raise BadInput(
            f"{uri}, which the atlas was made of, cannot be read ({error}): {HOW}"
        ) from error
    then, now = (_hashes(one.get("sha256")) for one in (held, space.source))
    if then and now and then != now:
        raise BadInput(
            f"{uri} has changed since the atlas was made (its hash is another): survey it again, "
            f"or {HOW}"
        )
    return space


def _hashes(held: Any) -> list[str]:
    """Return hashes of files in order, whatever the files are called now."""
    return sorted(map(str, cast("dict[str, Any]", held).values())) if isinstance(held, dict) else []
