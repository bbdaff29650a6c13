"""Series: dictionaries of one layer, narrow to wide, with what fires on tokens they share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput, Codes, FeatureSpace, SparseAutoencoder

_BLOCK = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Dictionary:
    """One dictionary of a series.

    Parameters
    ----------
    name
        Of the dictionary, for example ``"512"``.
    space
        Its directions and labels.
    codes
        What fires where, column ``i`` for row ``i`` of the space; None where nobody knows.
    """

    name: str
    space: FeatureSpace
    codes: Codes | None = None

    def __post_init__(self) -> None:
        """Check that codes and rows are of the same features."""
        if self.codes is not None and self.codes.n_features != self.space.n_features:
            raise BadInput(
                f"{self.name}: {self.space.n_features:,} directions, but codes of "
                f"{self.codes.n_features:,} features: give the codes of this dictionary"
            )


def checked_series(series: Sequence[Dictionary]) -> tuple[Dictionary, ...]:
    """Return the series from narrow to wide; dictionaries of one width keep their order.

    Parameters
    ----------
    series
        Two dictionaries or more.

    Returns
    -------
    tuple of Dictionary
        In rising width.

    Raises
    ------
    BadInput
        If there are fewer than two, or they live in different dimensions.
    """
    if len(series) < 2:
        raise BadInput(f"{len(series)} dictionary is no series: give two or more")
    widths = {one.space.d_model for one in series}
    if len(widths) > 1:
        raise BadInput(
            f"dictionaries in {sorted(widths)} dimensions cannot be compared: give those of one "
            "layer"
        )
    return tuple(sorted(series, key=lambda one: one.space.n_features))


def codes_on(sae: SparseAutoencoder, vectors: Float[np.ndarray, "token d_model"]) -> Codes:
    """Return what fires on vectors, in memory and without text.

    Parameters
    ----------
    sae
        What encodes.
    vectors
        Activations.

    Returns
    -------
    Codes
        One row a vector.
    """
    token, feature, value = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    for start in range(0, len(vectors), _BLOCK):
        dense = sae.encode(vectors[start : start + _BLOCK])
        row, column = np.nonzero(dense)
        token.append(row + start)
        feature.append(column)
        value.append(dense[row, column])
    return Codes.from_triples(
        np.concatenate(token), np.concatenate(feature), np.concatenate(value),
        n_tokens=len(vectors), n_features=sae.n_features,
    )  # fmt: skip
