"""Tokens with the text around them: which are shown, and as what text."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Int

from armillary.atlas import Atlas, legible, visible
from armillary.explorer.claim_schema import Examples
from armillary.explorer.packing import chosen
from armillary.explorer.schema import Context, ContextsBody, FeatureContexts

EACH = 2  # tokens of every word that are shown before others are chosen at random
BEFORE, AFTER = 160, 100  # characters shown on either side


def examples_of(rows: Sequence[Mapping[str, Any]], *, limit: int) -> Examples:
    """Return tokens to show, with their text: some of every word, the rest at random.

    Parameters
    ----------
    rows
        The group's rows of the atlas's table of examples.
    limit
        Tokens to show at most.

    Returns
    -------
    claim_schema.Examples
        In the order of the rows.
    """
    kept = [rows[int(i)] for i in shown([row["word"] for row in rows], limit=limit)]
    scores = np.array([row["scores"] for row in kept], dtype=np.float32)
    return Examples(
        total=len(rows),
        before=tuple(_before(row["before"]) for row in kept),
        token=tuple(token_text(row["token"]) for row in kept),
        after=tuple(_after(row["after"]) for row in kept),
        word=tuple(row["word"] for row in kept),
        document=tuple(row["document"] for row in kept),
        position=tuple(row["position"] for row in kept),
        points=scores,
    )


def shown(word: Sequence[int], *, limit: int) -> Int[np.ndarray, " kept"]:
    """Return which tokens to show: the first two of every word, the rest a fixed random choice.

    Parameters
    ----------
    word
        Word of every token; -1 for none.
    limit
        Tokens to show at most.

    Returns
    -------
    array of int
        Ascending.
    """
    if len(word) <= limit:
        return np.arange(len(word))
    seen: dict[int, int] = {}
    first: list[int] = []
    for i, each in enumerate(word):
        seen[each] = seen.get(each, 0) + 1
        if each >= 0 and seen[each] <= EACH:
            first.append(i)
    first = first[:limit]
    rest = np.setdiff1d(np.arange(len(word)), first)
    return np.sort(np.concatenate([first, rest[chosen(rest.size, limit=limit - len(first))]]))


def texts_by_feature(atlas: Atlas) -> dict[int, list[dict[str, Any]]]:
    """Return the rows of the atlas's table of contexts by the id of their feature."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in atlas.contexts.to_pylist():
        found.setdefault(row["feature_id"], []).append(row)
    return found


def contexts_of(
    ids: Sequence[int], texts: Mapping[int, Sequence[Mapping[str, Any]]], *, line: int
) -> ContextsBody:
    """Return the strongest firings of some features; those that were not kept are left out.

    Parameters
    ----------
    ids
        Ids of the members of a finding.
    texts
        Of ``texts_by_feature``.
    line
        The finding's line of the list.

    Returns
    -------
    schema.ContextsBody
        Features in the order of ``ids``, each with its strongest firing first.
    """
    features = tuple(
        FeatureContexts(i, tuple(_context(row) for row in texts[i])) for i in ids if i in texts
    )
    return ContextsBody(line, features)


def _context(row: Mapping[str, Any]) -> Context:
    return Context(
        float(f"{row['value']:.4g}"),
        _before(row["before"]),
        token_text(row["token"]),
        _after(row["after"]),
        row["document"],
        row["position"],
    )


def token_text(token: str) -> str:
    """Return the firing token; one of spaces only, or of nothing, as a visible mark."""
    return legible(token) if token.strip(" ") else visible(token)


def _before(text: str) -> str:
    return "…" + legible(text[-BEFORE:]) if len(text) > BEFORE else legible(text)


def _after(text: str) -> str:
    return legible(text[:AFTER]) + "…" if len(text) > AFTER else legible(text)
