"""Feature words: the word that carries most of a feature's activation, as its label."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from armillary.core import Codes
from armillary.survey.words import Lexemes

SILENT = "(silent)"
BLOCK = 1 << 16  # tokens added up at a time


def feature_words(
    codes: Codes, lexemes: Lexemes
) -> tuple[list[str], Float[np.ndarray, " feature"]]:
    """Name every feature by the word on whose tokens most of its activation falls.

    Parameters
    ----------
    codes
        Activations; negative ones count as 0.
    lexemes
        The word of every token.

    Returns
    -------
    words : list of str
        One a feature; ``(silent)`` where it never fires.
    share : array
        Share of the feature's whole activation that falls on that word, in [0, 1]; 0 if silent.
    """
    n_words = len(lexemes.texts)
    shape = (n_words, codes.n_features)
    total: Any = sparse.csc_array(shape, dtype=np.float64)  # scipy's types leave its dtype open
    for start in range(0, codes.n_tokens, BLOCK):
        stop = min(start + BLOCK, codes.n_tokens)
        here = slice(int(codes.offset[start]), int(codes.offset[stop]))
        word = lexemes.of_token[codes.token_of_firing(start, stop)]
        value = np.maximum(np.asarray(codes.value[here], dtype=np.float64), 0.0)
        feature = np.asarray(codes.feature[here])
        total = total + sparse.csc_array((value, (word, feature)), shape=shape)
    return _largest(total, lexemes)


def _largest(total: Any, lexemes: Lexemes) -> tuple[list[str], Float[np.ndarray, " feature"]]:
    start: Int[np.ndarray, " boundary"] = total.indptr
    word: Int[np.ndarray, " entry"] = total.indices
    mass: Float[np.ndarray, " entry"] = total.data
    names: list[str] = []
    share = np.zeros(start.size - 1)
    for feature in range(start.size - 1):
        part = mass[int(start[feature]) : int(start[feature + 1])]
        whole = float(part.sum())
        if whole <= 0:
            names.append(SILENT)
            continue
        best = int(part.argmax())
        share[feature] = float(part[best]) / whole
        names.append(lexemes.texts[int(word[int(start[feature]) + best])])
    return names, share
