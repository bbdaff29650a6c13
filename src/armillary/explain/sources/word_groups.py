"""Word groups: features whose labels are the words of one list."""

from collections.abc import Sequence

import numpy as np

from armillary.explain.subject import FeatureGroup
from armillary.lexicon import load_lexicon, match_all
from armillary.lexicon.hypothesis import FEWEST


def word_groups(labels: Sequence[str] | np.ndarray) -> tuple[FeatureGroup, ...]:
    """Return the lists of the lexicon that enough features carry; pairs are no group.

    Parameters
    ----------
    labels
        Label of each feature.

    Returns
    -------
    tuple of FeatureGroup
        Every spelling of a word is a row; ``step`` is the word.
    """
    wanted = [h for h in load_lexicon() if h.kind != "pairs"]
    found: list[FeatureGroup] = []
    for match in match_all(wanted, labels):
        one = match.hypothesis
        if np.unique(match.step).size >= FEWEST[one.kind]:
            found.append(FeatureGroup(one.name, one.kind, match.rows, match.step, one.words))
    return tuple(found)
