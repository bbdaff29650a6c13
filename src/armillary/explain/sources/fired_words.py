"""Fired words: features of an autoencoder that mostly fire on the words of one list."""

import numpy as np
from scipy import sparse

from armillary.core import BadInput, Codes
from armillary.explain.subject import FeatureGroup
from armillary.lexicon import load_lexicon
from armillary.lexicon.hypothesis import FEWEST

LEAST_TOKENS = 20  # of a word
LEAST_SHARE = 0.5  # of a feature's activation


def fired_word_groups(
    codes: Codes, *, least_share: float = LEAST_SHARE, least_tokens: int = LEAST_TOKENS
) -> tuple[FeatureGroup, ...]:
    """Return, for every list of the lexicon, the features that are about its words.

    A feature is about a list if at least ``least_share`` of its activation, summed over all tokens,
    lies on tokens that are a word of it (whatever the case, with or without a space before it),
    and it fires on ``least_tokens`` of those. Its step is the word on which its mean activation is
    highest. Words that occur fewer times are no words here; pairs are no list.

    Parameters
    ----------
    codes
        With their text and its vocabulary.
    least_share
        In (0, 1].
    least_tokens
        1 or more.

    Returns
    -------
    tuple of FeatureGroup
        Lists for which enough words have a feature of their own.

    Raises
    ------
    BadInput
        If the codes carry no vocabulary.
    """
    tokens = codes.tokens
    if tokens is None or tokens.vocabulary is None:
        raise BadInput("groups by words need codes with their text and its vocabulary")
    fires = codes.matrix()
    whole = np.asarray(abs(fires).sum(axis=0), dtype=np.float64).ravel()
    word_of_id = np.char.strip(np.char.lower(tokens.vocabulary.astype(str)))
    token_id = np.asarray(tokens.token_id)
    found: list[FeatureGroup] = []
    for one in load_lexicon():
        if one.kind == "pairs":
            continue
        step_of = {word.lower(): step for step, word in enumerate(one.words)}
        step_of_id = np.array([step_of.get(str(word), -1) for word in word_of_id])
        step = step_of_id[token_id]
        number = np.bincount(step[step >= 0], minlength=len(one.words))
        step[(step >= 0) & (number < least_tokens)[step]] = -1
        at = np.flatnonzero(step >= 0)
        if at.size == 0:
            continue
        here = fires[at]
        member = sparse.csr_array(
            (np.ones(at.size), (step[at], np.arange(at.size))), shape=(len(one.words), at.size)
        )
        on_word = (member @ abs(here)).toarray()
        times = np.bincount(here.indices, minlength=codes.n_features)
        about = (on_word.sum(axis=0) >= least_share * whole) & (times >= least_tokens)
        rows = np.flatnonzero(about)
        best = (on_word[:, rows] / np.maximum(number, 1)[:, None]).argmax(axis=0)
        if np.unique(best).size >= FEWEST[one.kind]:
            found.append(FeatureGroup(one.name, one.kind, rows, best, one.words))
    return tuple(found)
