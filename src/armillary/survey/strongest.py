"""Strongest firings: where the features of a claim fire most, one place a document."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.atlas.contexts import Firings
from armillary.core import BadInput, Codes, FeatureSpace, Finding, Rebuilt

EACH = 3  # firings kept of a feature, in different documents
MOST_FEATURES = 20_000
AT_ONCE = 1 << 20  # firings looked at together

Rows = Int[np.ndarray, " row"]


def claimed_features(
    space: FeatureSpace, findings: Sequence[Finding], rebuilt: Sequence[Rebuilt]
) -> Int[np.ndarray, " feature"]:
    """Return the ids of all members of findings, then of rebuilt claims, each once."""
    claims = [
        *(one.rows for one in findings),
        *(one.rows for one in rebuilt if one.shape != "none"),
    ]
    none: np.ndarray = np.empty(0, dtype=np.int64)
    rows = np.concatenate([none, *claims])
    first = np.sort(np.unique(rows, return_index=True)[1])
    return space.feature_id[rows[first]]


def strongest(
    codes: Codes, feature_id: Int[np.ndarray, " feature"], *, each: int = EACH
) -> Firings:
    """Return the strongest firings of some features, at most one a document.

    Parameters
    ----------
    codes
        Which feature fires where; with documents.
    feature_id
        Features wanted; those that the codes lack are passed over.
    each
        Firings kept of a feature.

    Returns
    -------
    Firings
        In the order of ``feature_id``, largest size first, of equal ones the first in the text.

    Raises
    ------
    BadInput
        If the codes do not know their text.
    """
    if codes.tokens is None:
        raise BadInput("these codes carry no text: store token ids, documents and positions")
    place = _places(codes.feature_id, feature_id)
    document = codes.tokens.document
    none: Rows = np.empty(0, dtype=np.int64)
    feature, token, value = none, none, np.empty(0)
    least = np.zeros(feature_id.size)  # size that a firing must exceed to be kept
    start, offset = 0, np.asarray(codes.offset)
    while start < codes.n_tokens:
        past = int(np.searchsorted(offset, int(offset[start]) + AT_ONCE, side="right")) - 1
        stop = min(max(past, start + 1), codes.n_tokens)
        part = slice(int(offset[start]), int(offset[stop]))
        wanted = place[codes.feature[part]]
        here = np.flatnonzero(wanted >= 0)
        here = here[np.abs(codes.value[part][here]) > least[wanted[here]]]
        feature = np.append(feature, wanted[here])
        token = np.append(token, codes.token_of_firing(start, stop)[here])
        value = np.append(value, codes.value[part][here])
        best = _best((feature, document[token]), token, value, each=each)
        feature, token, value = feature[best], token[best], value[best]
        full = np.flatnonzero(np.bincount(feature, minlength=least.size) == each)
        last = np.searchsorted(feature, full, side="right") - 1  # the weakest of each
        least[full] = np.abs(value[last])
        start = stop
    return Firings(feature_id[feature], token, value)


def _places(held: Int[np.ndarray, " column"], wanted: Rows) -> Int[np.ndarray, " column"]:
    """Return where each column's id stands among those wanted, or -1."""
    order = np.argsort(wanted)
    at = np.searchsorted(wanted[order], held).clip(max=max(wanted.size - 1, 0))
    if not wanted.size:
        return np.full(held.size, -1)
    return np.where(wanted[order][at] == held, order[at], -1)


def _best(
    within: tuple[Rows, Rows], token: Rows, value: Float[np.ndarray, " row"], *, each: int
) -> Int[np.ndarray, " kept"]:
    """Return the ``each`` strongest rows of every feature, of a document the strongest alone."""
    feature, document = within
    size = -np.abs(value)
    order = np.lexsort((token, size, document, feature))
    order = order[_changes(feature[order], document[order])]
    order = order[np.lexsort((token[order], size[order], feature[order]))]
    first = np.flatnonzero(_changes(feature[order]))
    count = np.diff(np.append(first, order.size))
    rank = np.arange(order.size) - np.repeat(first, count)
    return order[rank < each]


def _changes(*columns: Rows) -> Bool[np.ndarray, " row"]:
    """Tell which rows differ from the one before."""
    new = np.ones(columns[0].size, dtype=np.bool_)
    new[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return new
