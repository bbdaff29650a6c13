"""Shared: what sender and receiver both know before a word is said about placement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from jaxtyping import Float, Int

from armillary.core.codes import Codes
from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """The list of features and who fires where: free of charge for every theory.

    Parameters
    ----------
    feature_id
        Ids of the features, in the order of the rows that are placed.
    d_model
        Dimension of the space.
    columns
        Per-feature arrays that are known anyway, such as ``label``; never the directions, nor
        anything computed from them.
    codes
        Which feature fires on which token, how strongly; with the text where it is known. None
        where a theory must do without.

    Raises
    ------
    BadInput
        If the codes are of other features.
    """

    feature_id: Int[np.ndarray, " feature"]
    d_model: int
    columns: Mapping[str, np.ndarray] = field(default_factory=dict[str, np.ndarray])
    codes: Codes | None = None

    def __post_init__(self) -> None:
        """Check that the codes are of these features."""
        if self.codes is not None and not np.array_equal(self.codes.feature_id, self.feature_id):
            raise BadInput("the codes are of other features: take their columns_for first")
        object.__setattr__(self, "columns", MappingProxyType(dict(self.columns)))

    @property
    def n_features(self) -> int:
        """Number of features."""
        return self.feature_id.size

    @property
    def labels(self) -> np.ndarray | None:
        """What each feature is called, None where nothing is."""
        return self.columns.get("label")

    def energy(self) -> Float[np.ndarray, " feature"]:
        """Return each feature's mean squared code, scaled to mean 1; all 1 without codes.

        An error in the direction of a feature costs the squared error of activations this much.
        """
        if self.codes is None:
            return np.ones(self.n_features)
        value = np.asarray(self.codes.value, dtype=np.float64)
        total = np.bincount(self.codes.feature, value**2, minlength=self.n_features)
        return total * (self.n_features / total.sum()) if total.sum() > 0 else total + 1

    def space(self, directions: Float[np.ndarray, "feature d_model"], *, by: str) -> FeatureSpace:
        """Return a space of these features on new directions.

        Parameters
        ----------
        directions
            Where they were placed.
        by
            The theory, for the record.
        """
        placed = np.ascontiguousarray(directions, dtype=np.float32)
        return FeatureSpace(placed, self.feature_id, self.columns, {"uri": f"knockoff: {by}"})
