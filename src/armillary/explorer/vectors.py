"""The vectors of an atlas, opened again: the record keeps coordinates of groups, not directions."""

import shutil
import tempfile
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from armillary.atlas import Atlas
from armillary.survey.reopened import reopened
from armillary.survey.spectrum import write_shares


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
                opened = reopened(self.atlas, vectors=self._source, offline=True)
                directions = opened.directions
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
