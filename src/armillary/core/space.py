"""Feature space: a list of features and where each one's vector sits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class FeatureSpace:
    """Directions of features, one row a feature, with their ids and labels.

    Immutable: every array is a read-only view, every change makes a new space.

    Parameters
    ----------
    directions
        One row a feature, raw norms kept; finite.
    feature_id
        The id each feature has where it came from (row number in the file, token id); unique.
    columns
        Further per-feature arrays by name; ``label`` (str) is the one other rooms look for.
    source
        How the space came to be: uri, hash, orientation and every assumption made at the door.

    Raises
    ------
    BadInput
        If a row is not finite, ids repeat, or a column has the wrong length.
    """

    directions: Float[np.ndarray, "feature d_model"]
    feature_id: Int[np.ndarray, " feature"]
    columns: Mapping[str, np.ndarray] = field(default_factory=dict[str, np.ndarray])
    source: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        """Check lengths, ids and finiteness; freeze the arrays."""
        n = self.directions.shape[0]
        if self.feature_id.shape != (n,):
            raise BadInput(f"feature_id has shape {self.feature_id.shape}, expected ({n},)")
        if np.unique(self.feature_id).size != n:
            raise BadInput("feature_id repeats: every feature needs its own id")
        for name, column in self.columns.items():
            if len(column) != n:
                raise BadInput(f"column {name!r} has {len(column)} rows, the space has {n}")
        if not np.isfinite(self.directions).all():
            raise BadInput("directions hold NaN or infinite values: drop those rows first")
        object.__setattr__(self, "directions", _read_only(self.directions))
        object.__setattr__(self, "feature_id", _read_only(self.feature_id))
        columns = {name: _read_only(np.asarray(c)) for name, c in self.columns.items()}
        object.__setattr__(self, "columns", MappingProxyType(columns))
        object.__setattr__(self, "source", MappingProxyType(dict(self.source)))

    @property
    def n_features(self) -> int:
        """Number of features (rows)."""
        return self.directions.shape[0]

    @property
    def d_model(self) -> int:
        """Dimension of the space the features live in (columns)."""
        return self.directions.shape[1]

    @property
    def labels(self) -> np.ndarray:
        """Label of each feature; its id as text where no label is known."""
        label = self.columns.get("label")
        return self.feature_id.astype(str) if label is None else label

    def take(self, rows: Int[np.ndarray, " kept"]) -> "FeatureSpace":
        """Return the space of these rows, in this order."""
        columns = {name: column[rows] for name, column in self.columns.items()}
        return FeatureSpace(self.directions[rows], self.feature_id[rows], columns, self.source)

    def __repr__(self) -> str:
        """Name the axes, so that nobody reads d_model as a number of features."""
        uri = self.source.get("uri", "an array")
        return f"FeatureSpace({self.n_features:,} features x {self.d_model:,} d_model, from {uri})"


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view
