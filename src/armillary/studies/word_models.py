"""What may be expected of a word list's distances: ring, line, clusters, tree, one category."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from armillary.lexicon import Hypothesis
from armillary.rsa.rdm import category_rdm, halving_paths, line_rdm, ring_rdm, tree_rdm

_BRANCHES = {
    ("work", "early"): "monday tuesday mon tue",
    ("work", "middle"): "wednesday wed",
    ("work", "late"): "thursday friday thu fri",
    ("weekend", "weekend"): "saturday sunday sat sun",
    ("cold half", "winter"): "december january february dec jan feb",
    ("warm half", "spring"): "march april may mar apr",
    ("warm half", "summer"): "june july august jun jul aug",
    ("cold half", "autumn"): "september october november sep oct nov",
}
PATHS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {word: path for path, words in _BRANCHES.items() for word in words.split()}
)
"""Branches of a word from the root down: clusters at the first level, a tree with both."""


def word_models(words: Hypothesis) -> dict[str, Float[np.ndarray, " pair"]]:
    """Return the rival models of a word list's squared distances.

    Parameters
    ----------
    words
        In order. Weekdays cluster into work and weekend, months into a cold and a warm half with
        four seasons below, whatever the list is called and wherever it begins. A list with any
        other word, or with fewer than two words outside its largest cluster (nothing would be left
        to tell apart without one of them), clusters into the halves and quarters of its order.

    Returns
    -------
    dict
        ``ring``, ``line``, ``clusters``, ``tree``, ``category``.
    """
    n = len(words.words)
    step = np.arange(n)
    paths = _known_paths(words) or halving_paths(n)
    return {
        "ring": ring_rdm(step, n),
        "line": line_rdm(step),
        "clusters": tree_rdm([path[:1] for path in paths]),
        "tree": tree_rdm(paths),
        "category": category_rdm(n),
    }


def _known_paths(words: Hypothesis) -> tuple[tuple[str, ...], ...] | None:
    """Return the branches of a list's words, where all are known and make two clusters."""
    known = [PATHS.get(word.strip().casefold()) for word in words.words]
    paths = tuple(path for path in known if path is not None)
    largest = max(Counter(path[0] for path in paths).values(), default=0)
    return paths if len(paths) == len(known) and len(known) - largest >= 2 else None
