"""What the codes rebuild, as tables: one row a group tested, one row a token shown."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from armillary.atlas.columnar import Table, table_of_rows
from armillary.atlas.contexts import text_around
from armillary.atlas.tables import label_texts
from armillary.core import FeatureSpace, Rebuilt, Tokens

REBUILT = {
    "group_id": "int64",
    "found_by": "string",
    "shape": "string",
    "n_features": "int64",
    "feature_ids": "list int64",
    "n_words": "int64",
    "words": "list string",
    "count": "list int64",
    "share": "list float64",
    "order": "list string",
    "order_index": "list int64",
    "n_active": "int64",
    "n_points": "int64",
    "p": "float64",
    "q": "float64",
    "q_by": "float64",
    "p_random_rays": "float64",
    "p_matched_rays": "float64",
    "p_spectrum": "float64",
    "reach_p": "float64",
    "weakest_null": "string",
    "statistic": "float64",
    "explained": "float64",
    "effect": "float64",
    "margin": "float64",
    "stability": "float64",
    "battery": "string",
    "grade": "string",
    "rank": "int64",
    "n_folded": "int64",
    "separability": "list float64",
    "mixture": "list float64",
    "p_irreducible": "float64",
    "axes": "list int64",
    "n_axes": "int64",
    "scores": "list float64",
    "row_scores": "list float64",
    "note": "string",
}
EXAMPLES = {
    "group_id": "int64",
    "row": "int64",
    "document": "int64",
    "position": "int64",
    "before": "string",
    "token": "string",
    "after": "string",
    "word": "int64",
    "scores": "list float64",
}


def rebuilt_table(space: FeatureSpace, rebuilt: Sequence[Rebuilt]) -> Table:
    """Return one row a group that was rebuilt and tested, those with a claim first.

    ``scores`` holds the word means in ``n_axes`` principal axes, row by row, ``row_scores`` the
    decoder rows in their own two; ``order_index`` counts within ``words``. ``explained`` is the
    share of variance that an even ring or row in that order explains, ``effect`` the same less what
    other rays give, ``p_spectrum`` level b.
    """
    return table_of_rows([_row(space, one) for one in rebuilt], REBUILT)


def examples_table(rebuilt: Sequence[Rebuilt], tokens: Tokens | None) -> Table:
    """Return one row a token kept as an example, with the text around it.

    ``token`` is the very token on which the group fired; ``word`` counts within the group's words
    (-1: none of them); ``scores`` are its coordinates in the axes of the word means.
    """
    rows = [] if tokens is None else [row for one in rebuilt for row in _examples(one, tokens)]
    return table_of_rows(rows, EXAMPLES)


def _row(space: FeatureSpace, one: Rebuilt) -> dict[str, Any]:
    words = label_texts(np.array(one.words, dtype=object))
    order = [int(i) for i in one.order]
    random, matched = (test.pvalue for test in one.placement)
    index = one.indices
    return {
        "group_id": one.group_id,
        "found_by": one.found_by,
        "shape": one.shape,
        "n_features": int(one.rows.size),
        "feature_ids": space.feature_id[one.rows].tolist(),
        "n_words": len(words),
        "words": words,
        "count": one.count.tolist(),
        "share": one.share.tolist(),
        "order": [words[i] for i in order],
        "order_index": order,
        "n_active": one.n_active,
        "n_points": one.n_points,
        "p": one.pvalue,
        "q": one.q,
        "q_by": one.q_by,
        "p_random_rays": random,
        "p_matched_rays": matched,
        "p_spectrum": one.spectrum.pvalue,
        "reach_p": max(test.reach for test in one.placement),
        "weakest_null": one.weakest.name,
        "statistic": one.weakest.observed,
        "explained": one.explained,
        "effect": one.excess,
        "margin": one.margin,
        "stability": one.stability,
        "battery": one.battery,
        "grade": one.grade,
        "rank": one.rank,
        "n_folded": one.n_folded,
        "separability": index.separability.tolist() if index else None,
        "mixture": index.mixture.tolist() if index else None,
        "p_irreducible": index.test.pvalue if index else None,
        "axes": list(one.axes),
        "n_axes": one.scores.shape[1],
        "scores": one.scores.ravel().tolist(),
        "row_scores": one.row_scores.ravel().tolist(),
        "note": one.note,
    }


def _examples(one: Rebuilt, tokens: Tokens) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for place, row in enumerate(one.token.tolist()):
        seen = tokens.context(row)
        before, token, after = text_around(seen)
        rows.append(
            {
                "group_id": one.group_id,
                "row": row,
                "document": seen.document,
                "position": seen.position,
                "before": before,
                "token": token,
                "after": after,
                "word": int(one.token_word[place]),
                "scores": one.token_scores[place].tolist(),
            }
        )
    return rows
