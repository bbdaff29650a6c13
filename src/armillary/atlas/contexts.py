"""The strongest firings of features that a claim is about, with the text around them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.atlas.columnar import Table, table_of_rows
from armillary.atlas.tables import label_texts
from armillary.core import BadInput, Context, Tokens

CONTEXTS = {
    "feature_id": "int64",
    "value": "float64",
    "before": "string",
    "token": "string",
    "after": "string",
    "document": "int64",
    "position": "int64",
}


@dataclass(frozen=True, slots=True, eq=False)
class Firings:
    """Firings that are kept, those of a feature together and strongest first.

    Parameters
    ----------
    feature_id
        The feature of each.
    token
        Row of the codes it is on.
    value
        Its activation.

    Raises
    ------
    BadInput
        If the three differ in length.
    """

    feature_id: Int[np.ndarray, " firing"]
    token: Int[np.ndarray, " firing"]
    value: Float[np.ndarray, " firing"]

    def __post_init__(self) -> None:
        """Check that there is one of each a firing."""
        if not self.feature_id.size == self.token.size == self.value.size:
            raise BadInput(
                f"{self.feature_id.size} features, {self.token.size} tokens and "
                f"{self.value.size} values: give one of each a firing"
            )


def contexts_table(firings: Firings | None, tokens: Tokens | None) -> Table:
    """Return one row a firing kept, in the order given; no rows where the text is not known.

    ``token`` is the very token on which the feature fired, ``position`` its place in ``document``.
    """
    rows: list[dict[str, Any]] = []
    if firings is not None and tokens is not None:
        each = (firings.feature_id, firings.value, firings.token)
        for feature, value, token in zip(*(column.tolist() for column in each), strict=True):
            seen = tokens.context(token)
            before, fired, after = text_around(seen)
            rows.append(
                {
                    "feature_id": feature,
                    "value": value,
                    "before": before,
                    "token": fired,
                    "after": after,
                    "document": seen.document,
                    "position": seen.position,
                }
            )
    return table_of_rows(rows, CONTEXTS)


def text_around(seen: Context) -> tuple[str, str, str]:
    """Return the text before a token, the token itself and the text after it.

    Where the vocabulary is not known, token ids stand for the text.
    """
    text = seen.text or tuple(f" {i}" for i in seen.token_id.tolist())
    parts = ["".join(text[: seen.at]), text[seen.at], "".join(text[seen.at + 1 :])]
    before, token, after = label_texts(np.array(parts, dtype=object))
    return before, token, after
