"""An atlas's vectors, opened again: the record keeps ids and labels, not directions."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Float

from armillary.atlas import Atlas
from armillary.core import ArmillaryError, BadInput, FeatureSpace
from armillary.load import as_space
from armillary.load.address import BUILTIN
from armillary.shape import cloud_scores

COMPARED = 5  # groups whose spectrum is compared where no hash can be
HOW = "say where the vectors are now with --vectors"


def reopened(atlas: Atlas, *, vectors: Any = None, **door: Any) -> FeatureSpace:
    """Return the space that an atlas was made of: its features, in its order, under its labels.

    Parameters
    ----------
    atlas
        The survey.
    vectors
        What to open instead of the source that its manifest names.
    **door
        Options of ``load_space``; a matrix is otherwise read as the survey settled it.

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
    space = _loaded(uri, held, door)
    ids: np.ndarray = atlas.features["feature_id"].to_numpy()
    order: np.ndarray = np.argsort(space.feature_id)
    place = np.minimum(np.searchsorted(space.feature_id, ids, sorter=order), order.size - 1)
    rows = order[place]
    missing = int((space.feature_id[rows] != ids).sum())
    if missing:
        raise BadInput(
            f"{space.source.get('uri')} is not what was surveyed: it lacks {missing:,} of the "
            f"atlas's {ids.size:,} features; {HOW}"
        )
    directions = space.directions[rows]
    _check_same(atlas, held, space, directions)
    labels = atlas.features["label"].to_numpy(zero_copy_only=False)
    return FeatureSpace(directions, ids, {"label": labels}, space.source)


def _loaded(uri: Any, held: Mapping[str, Any], door: Mapping[str, Any]) -> FeatureSpace:
    if not isinstance(uri, str | Path):
        return as_space(uri)
    try:
        space = _read_as_then(uri, held, door)
    except (ArmillaryError, OSError) as error:
        files: list[str] = held.get("files") or []
        if str(uri) in BUILTIN and len(files) == 1 and Path(files[0]).exists():
            return _loaded(files[0], held, door)  # in another cache
        raise BadInput(
            f"{uri}, which the atlas was made of, cannot be read ({error}): {HOW}"
        ) from error
    return space


def _check_same(
    atlas: Atlas, held: Mapping[str, Any], space: FeatureSpace, directions: np.ndarray
) -> None:
    """Refuse vectors of another hash, unless the groups say that only the file is another."""
    then, now = (_hashes(one.get("sha256")) for one in (held, space.source))
    if then and then == now:
        return
    uri = space.source.get("uri")
    if atlas.groups.num_rows:
        if _same_spectra(atlas, directions - directions.mean(axis=0)):
            return
        raise BadInput(
            f"{uri} is not what was surveyed: groups of the atlas have other spectra there; {HOW}"
        )
    if then and now:
        raise BadInput(
            f"{uri} is not what was surveyed: its hash is {now[0][:12]}…, the atlas was made of "
            f"{then[0][:12]}…; survey it again, or {HOW}"
        )


def _read_as_then(
    uri: str | Path, held: Mapping[str, Any], door: Mapping[str, Any]
) -> FeatureSpace:
    """Read a matrix by the tensor and the orientation that were settled then, if it has them."""
    plain = "format" not in held and str(uri) not in BUILTIN and "#" not in str(uri)
    if plain and held.get("orientation") in ("rows", "columns"):
        settled: dict[str, Any] = {"tensor": held.get("tensor"), "orientation": held["orientation"]}
        with suppress(BadInput):  # a file of another format knows no such tensor
            return as_space(uri, **{**settled, **door})
    return as_space(uri, **door)


def _hashes(held: Any) -> list[str]:
    """Return hashes of files in order, whatever the files are called now."""
    if isinstance(held, Mapping):
        return sorted(map(str, cast("Mapping[str, Any]", held).values()))
    return [str(held)] if held else []


def _same_spectra(atlas: Atlas, centred: Float[np.ndarray, "feature d_model"]) -> bool:
    """Tell whether groups of the atlas have the spectra recorded of them in these vectors."""
    begin = atlas.arrays["members_offset"]
    last = atlas.groups.num_rows - 1
    some = sorted({round(last * k / (COMPARED - 1)) for k in range(COMPARED)})
    for group, kept in zip(some, atlas.groups["spectrum"].take(some).to_pylist(), strict=True):
        rows = atlas.arrays["members"][begin[group] : begin[group + 1]]
        variance = np.square(cloud_scores(np.asarray(centred[rows], dtype=np.float64))).mean(axis=0)
        shares = variance / variance.sum()
        if shares.size != len(kept) or not np.allclose(shares, kept, rtol=1e-3, atol=1e-5):
            return False
    return True
