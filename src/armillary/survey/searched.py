"""Searched features: all of a space but those that would only make false groups."""

import numpy as np

from armillary.core import BadInput, FeatureSpace
from armillary.load.clean import exact_copies


def searched_features(space: FeatureSpace) -> tuple[FeatureSpace, list[str]]:
    """Leave out features flagged ``special``, and every exact copy of an earlier feature.

    Control tokens and untrained rows sit close together for reasons that have nothing to do with
    meaning, and copies make a group of any size at cosine 1.

    Parameters
    ----------
    space
        What was loaded; a boolean column ``special`` is looked for.

    Returns
    -------
    space : FeatureSpace
        What is searched: the same space if nothing is left out, else fewer rows, ids kept.
    left_out : list of str
        One sentence a reason, with the count.

    Raises
    ------
    BadInput
        If fewer than two features remain.
    """
    kept = np.ones(space.n_features, dtype=np.bool_)
    left_out: list[str] = []
    special = space.columns.get("special")
    if special is not None and special.any():
        kept &= ~special.astype(np.bool_)
        left_out.append(
            f"{int(special.sum()):,} special features (control tokens, rows never trained) "
            "are not searched"
        )
    rows = np.flatnonzero(kept)
    if rows.size:
        copies = exact_copies(space.directions[rows]) != np.arange(rows.size)
        if copies.any():
            rows = rows[~copies]
            left_out.append(
                f"{int(copies.sum()):,} features are exact copies of an earlier one and are "
                "not searched"
            )
    if rows.size < 2:
        raise BadInput(
            f"{rows.size} of {space.n_features:,} features are left to search "
            f"({'; '.join(left_out) or 'the space has no more'}): at least 2 are needed"
        )
    return (space.take(rows) if left_out else space), left_out
