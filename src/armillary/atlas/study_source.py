"""Whose features a study is of: its source beside an atlas's."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import numpy as np
from jaxtyping import Int

from armillary.atlas.study import Study

NAMELESS = "an array"  # what a source is called that has neither a place nor a hash
SETTLED = ("tensor", "orientation")  # one file holds several matrices, and a matrix two sides
MOST_NAMED = 3

Record = Mapping[str, Any]


def why_uncoloured(
    study: Study, manifest: Record, feature_id: Int[np.ndarray, " feature"]
) -> str | None:
    """Say why what a study measured of its features must not colour an atlas's map.

    Nearly every source numbers its features from 0, so numbers alone tie nothing to anything.

    Parameters
    ----------
    study
        With colours or without.
    manifest
        Of the atlas.
    feature_id
        Of all features of the atlas.

    Returns
    -------
    str or None
        Half a sentence; None if the study's source is the atlas's (or the one its codes are of) by
        hash, by address where either has no hash, and if neither numbers features that the other
        lacks beyond those left out of one of them (a survey leaves special features out).
    """
    if not study.colours:
        return None
    said = study.manifest.get("source")
    mine, held = list(_records(said)), list(_of_atlas(manifest))
    if not mine:
        return "it does not say of which features it is"
    own = study.arrays["feature_id"]
    if any(same_source(a, b) for a in mine for b in held):
        fits = np.isin(own, feature_id).all() or np.isin(feature_id, own).all()
        return None if fits else "it numbers features that the atlas does not have, and lacks some"
    if NAMELESS in (_called(said), _called(manifest.get("source"))):
        return "an array has no address or hash to know its features by"
    return f"it is of other features ({_called(said)})"


def of_other_source(study: Study, manifest: Record) -> str | None:
    """Say what a study is of, where that is not what the atlas is of; None where it is.

    Parameters
    ----------
    study
        Whose manifest names a ``source`` or several ``sources``.
    manifest
        Of the atlas.
    """
    said: Any = study.manifest.get("sources", study.manifest.get("source"))
    each: list[Any] = cast("list[Any]", said) if isinstance(said, list | tuple) else [said]
    held = list(_of_atlas(manifest))
    known = [one for one in each if one]
    if not known or not held:
        return None
    if any(same_source(a, b) for one in known for a in _records(one) for b in held):
        return None
    names = list(dict.fromkeys(_called(one) for one in known))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    about = ", ".join(names[:MOST_NAMED]) + more
    return f"This study is of {about}; the atlas is of {_called(manifest.get('source'))}."


def same_source(a: Record, b: Record) -> bool:
    """Tell whether two records are of one matrix: by hash, else by address.

    Parameters
    ----------
    a, b
        As ``FeatureSpace.source``: ``sha256`` of its files by name (their names do not count),
        ``uri``, and which ``tensor`` was read which way.
    """
    if any(key in a and key in b and a[key] != b[key] for key in SETTLED):
        return False
    one, other = _hashes(a), _hashes(b)
    if one and other:
        return one == other
    uri = a.get("uri", NAMELESS)
    return uri != NAMELESS and uri == b.get("uri")


def _records(said: Any) -> Iterator[Record]:
    """List a source's record, and that of the autoencoder whose codes it is."""
    if not isinstance(said, Mapping):
        return
    record = cast("Record", said)
    yield record
    if isinstance(record.get("sae"), Mapping):
        yield record["sae"]


def _of_atlas(manifest: Record) -> Iterator[Record]:
    yield from _records(manifest.get("source"))
    codes: Any = manifest.get("codes")
    if isinstance(codes, Mapping):
        yield from _records(cast("Record", codes).get("source"))


def _called(said: Any) -> str:
    if not isinstance(said, Mapping):
        return str(said) if said else NAMELESS
    record = cast("Record", said)
    for key in ("uri", "sae", "model", "name"):
        if record.get(key):
            return _called(record[key])
    return NAMELESS


def _hashes(record: Record) -> list[str]:
    held: Any = record.get("sha256")
    if isinstance(held, Mapping):
        return sorted(map(str, cast("Record", held).values()))
    return [str(held)] if held else []
