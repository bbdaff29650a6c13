"""Embeddings of a loaded model as feature spaces."""

from typing import Any

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.load.tokens import text_column
from armillary.models.language_model import LanguageModel


def token_embedding(lm: LanguageModel) -> FeatureSpace:
    """Return the token embedding as a dictionary: one feature a token.

    Parameters
    ----------
    lm
        The model.

    Returns
    -------
    FeatureSpace
        Float32 rows, as stored; ``feature_id`` is the token id, ``label`` the token's text.
    """
    return _space(lm, path=lm.layout.embedding, kind="embed")


def position_embedding(lm: LanguageModel) -> FeatureSpace:
    """Return the table of learned position embeddings: one feature a position.

    Parameters
    ----------
    lm
        The model.

    Returns
    -------
    FeatureSpace
        Float32 rows; ``feature_id``, ``label`` (as text) and ``position`` are the row's number.

    Raises
    ------
    BadInput
        If the model has no such table.
    """
    if lm.layout.position is None:
        raise BadInput(
            f"{lm.name} has no table of position embeddings: it tells positions apart by rotation "
            "or by distance. GPT-2, OPT and BERT models have one"
        )
    return _space(lm, path=lm.layout.position, kind="position")


def _space(lm: LanguageModel, *, path: str, kind: str) -> FeatureSpace:
    table: Any = lm.model.get_submodule(path)
    weight: np.ndarray = table.weight.detach().float().cpu().numpy().copy()
    row = np.arange(weight.shape[0], dtype=np.int64)
    columns = {"label": row.astype(str), "position": row}
    if kind == "embed":
        columns = {"label": text_column(lm.token_text(row))}
    source = {
        "uri": f"{lm.name}#{kind}",
        "tensor": f"{path}.weight",
        "dtype": str(lm.dtype).removeprefix("torch."),
        "assumptions": [f"rows of {path} are features"],
    }
    return FeatureSpace(weight, row, columns, source)
