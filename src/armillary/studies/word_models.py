"""What may be expected of a word list's distances: ring, line, clusters, tree, one category."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from armillary.lexicon import Hypothesis
from armillary.rsa.rdm import category_rdm, halving_paths, line_rdm, ring_rdm, tree_rdm

_WORK = ("work", "early"), ("work", "early"), ("work", "middle"), ("work", "late"), ("work", "late")
_DAYS = (*_WORK, ("weekend", "weekend"), ("weekend", "weekend"))
_SEASONS = ("winter", "winter", *(3 * ("spring",)), *(3 * ("summer",)), *(3 * ("autumn",)))
_COLD = {"winter": "cold half", "autumn": "cold half", "spring": "warm half", "summer": "warm half"}
_MONTHS = tuple((_COLD[s], s) for s in (*_SEASONS, "winter"))
PATHS: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "weekdays": _DAYS,
        "weekday abbreviations": _DAYS,
        "months": _MONTHS,
        "month abbreviations": _MONTHS,
    }
)
"""Branches of each word from the root down: clusters at the first level, a tree with both."""


def word_models(words: Hypothesis) -> dict[str, Float[np.ndarray, " pair"]]:
    """Return the rival models of a word list's squared distances.

    Parameters
    ----------
    words
        In order. Weekdays cluster into work and weekend, months into a cold and a warm half with
        four seasons below; any other list into the halves and quarters of its order.

    Returns
    -------
    dict
        ``ring``, ``line``, ``clusters``, ``tree``, ``category``.
    """
    n = len(words.words)
    step = np.arange(n)
    paths = PATHS.get(words.name, halving_paths(n))
    return {
        "ring": ring_rdm(step, n),
        "line": line_rdm(step),
        "clusters": tree_rdm([path[:1] for path in paths]),
        "tree": tree_rdm(paths),
        "category": category_rdm(n),
    }
