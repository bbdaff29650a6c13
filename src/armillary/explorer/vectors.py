"""The vectors of an atlas, opened again: the record keeps coordinates of groups, not directions."""

import shutil
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Float, Int

from armillary.atlas import Atlas
from armillary.core import ArmillaryError, BadInput, FeatureSpace
from armillary.load import as_space
from armillary.shape import cloud_scores
from armillary.survey.spectrum import write_shares

COMPARED = 5  # groups whose spectrum is compared where no hash can be
HOW = "start the server with --vectors SOURCE, the file or name that was surveyed"


class Vectors:
    """Directions of an atlas's features, read when first asked for and checked to be its own.

    Parameters
    ----------
    atlas
        Whose features they are.
    source
        What to open instead of the source that the manifest names.
    """

    def __init__(self, atlas: Atlas, source: str | Path | None = None) -> None:
        self.atlas = atlas
        self._source = source
        self._lock = threading.Lock()
        self._centred: Float[np.ndarray, "feature d_model"] | None = None
        self._shares: Path | None = None
        ids = atlas.features["feature_id"].to_pylist()
        self._row_of: dict[int, int] = {feature: row for row, feature in enumerate(ids)}

    def unknown(self, features: Sequence[int]) -> list[int]:
        """Return those ids that no feature of the atlas has.

        Parameters
        ----------
        features
            Ids.
        """
        return [feature for feature in features if feature not in self._row_of]

    def rows(self, features: Sequence[int]) -> Int[np.ndarray, " point"]:
        """Return where features stand among those surveyed, in ascending order.

        Parameters
        ----------
        features
            Ids of the atlas.
        """
        return np.array(sorted(self._row_of[feature] for feature in features), dtype=np.int64)

    def centred(self) -> Float[np.ndarray, "feature d_model"]:
        """Return the directions of every feature surveyed about their mean, as the survey does.

        Raises
        ------
        BadInput
            If the source cannot be opened, or holds other vectors than the atlas is of.
        """
        with self._lock:
            if self._centred is None:
                directions = _directions(self.atlas, self._opened(), list(self._row_of))
                centred: np.ndarray = directions - directions.mean(axis=0)
                self._centred = centred
            return self._centred

    def shares(self) -> Path:
        """Return a folder with the spectrum of the space, for the survey's spectrum test."""
        centred = self.centred()
        with self._lock:
            if self._shares is None:
                self._shares = Path(tempfile.mkdtemp(prefix="armillary-serve-"))
                weakref.finalize(self, shutil.rmtree, self._shares, ignore_errors=True)
                write_shares(self._shares, centred)
            return self._shares

    def _opened(self) -> FeatureSpace:
        said = _source_of(self.atlas)
        if self._source is not None:
            options = _options(said, str(self._source))
            try:
                return as_space(self._source, **options)
            except BadInput:
                if not options:
                    raise
                return as_space(self._source)
        uri = said.get("uri")
        if not uri or uri == "an array":
            raise BadInput(
                f"The survey was of {self.atlas.source}, which no file is named of: {HOW}."
            )
        try:
            return as_space(str(uri), offline=True, **_options(said, str(uri)))
        except (ArmillaryError, OSError) as error:
            first = error
        files: list[str] = said.get("files") or []
        if len(files) == 1 and Path(files[0]).exists():  # a built-in model in another cache
            try:
                return as_space(files[0], offline=True, **_options(said, files[0]))
            except (ArmillaryError, OSError):
                pass
        raise BadInput(f"{uri} cannot be opened again ({first}): {HOW}.") from first


def _source_of(atlas: Atlas) -> Mapping[str, Any]:
    said: Any = atlas.manifest.get("source")
    return cast("Mapping[str, Any]", said) if isinstance(said, Mapping) else {}


def _options(said: Mapping[str, Any], uri: str) -> dict[str, Any]:
    """Return what settled a matrix then, so that it is read the same way now."""
    names_a_part = "#" in uri or (":" in uri and not Path(uri).exists())  # smollm2:embed, hf:...
    recognised = "format" in said  # an autoencoder
    if names_a_part or recognised or said.get("orientation") not in ("rows", "columns"):
        return {}
    return {"orientation": said["orientation"], "tensor": said.get("tensor")}


def _directions(
    atlas: Atlas, space: FeatureSpace, features: list[int]
) -> Float[np.ndarray, "feature d_model"]:
    """Return the directions of these features, in this order, if they are the atlas's own."""
    asked, held = _hashes(_source_of(atlas)), _hashes(space.source)
    if asked and held and asked != held:
        raise BadInput(
            f"{space.source.get('uri')} is not what was surveyed: its hash is {held[0][:12]}…, the "
            f"atlas was made of {asked[0][:12]}…. Give --vectors the file that was surveyed."
        )
    row_of = {int(feature): row for row, feature in enumerate(space.feature_id.tolist())}
    missing = [feature for feature in features if feature not in row_of]
    if missing:
        raise BadInput(
            f"{space.source.get('uri')} is not what was surveyed: it lacks {len(missing):,} of the "
            f"atlas's {len(features):,} features, the first of id {missing[0]}."
        )
    directions = space.directions[[row_of[feature] for feature in features]]
    if not (asked and held) and not _same_spectra(atlas, directions - directions.mean(axis=0)):
        raise BadInput(
            f"{space.source.get('uri')} is not what was surveyed: groups of the atlas have other "
            "spectra there. Give --vectors the file that was surveyed."
        )
    return directions


def _hashes(source: Mapping[str, Any]) -> list[str]:
    """Return the hashes of a source's files, whatever the files are called now."""
    held: Any = source.get("sha256")
    if isinstance(held, Mapping):
        return sorted(str(value) for value in cast("Mapping[str, Any]", held).values())
    return [str(held)] if held else []


def _same_spectra(atlas: Atlas, centred: Float[np.ndarray, "feature d_model"]) -> bool:
    """Tell whether groups of the atlas have the spectra recorded of them in these vectors."""
    begin = atlas.arrays["members_offset"]
    spectra = atlas.groups.slice(0, COMPARED)["spectrum"].to_pylist()
    for group, kept in enumerate(spectra):
        rows = atlas.arrays["members"][begin[group] : begin[group + 1]]
        variance = np.square(cloud_scores(np.asarray(centred[rows], dtype=np.float64))).mean(axis=0)
        shares = variance / variance.sum()
        if shares.size != len(kept) or not np.allclose(shares, kept, rtol=1e-3, atol=1e-5):
            return False
    return True
