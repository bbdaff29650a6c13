"""Fired means: what a dictionary rebuilds, on average, where a feature fires."""

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput, Codes

BLOCK = 1 << 14  # tokens rebuilt at a time


def fired_means(
    codes: Codes, directions: Float[np.ndarray, "feature d_model"]
) -> Float[np.ndarray, "feature d_model"]:
    """Average the rebuilt activations over a feature's firings, less their mean over all tokens.

    With rebuilt activations ``x_t = sum_g a_tg d_g``, feature f gets ``sum_t a_tf x_t`` over
    ``sum_t a_tf``, less the mean of ``x_t``: its own row, and those of whatever fires with it.
    Cosines of these rows join both sides of an old dispute: features are near if they fire in like
    company, where like is measured by where the company sits.

    Parameters
    ----------
    codes
        Activations whose columns are the rows of ``directions``; values below 0 count as 0.
    directions
        Decoder rows.

    Returns
    -------
    Float[np.ndarray, "feature d_model"]
        Float32; a row of zeros where a feature never fires.

    Raises
    ------
    BadInput
        If codes and directions differ in number of features.

    Notes
    -----
    Costs two sparse products with d_model numbers a firing. Turning the space turns the rows.
    """
    if codes.n_features != directions.shape[0]:
        raise BadInput(
            f"{codes.n_features} columns of codes for {directions.shape[0]} directions: align "
            "the codes with Codes.columns_for"
        )
    rows = np.asarray(directions, dtype=np.float32)
    table = codes.matrix()
    total = np.zeros(rows.shape)
    whole = np.zeros(rows.shape[1])
    weight = np.zeros(codes.n_features)
    for start in range(0, codes.n_tokens, BLOCK):
        part = table[start : start + BLOCK]
        rebuilt = part @ rows
        part = part.maximum(0)
        total += part.T @ rebuilt
        whole += rebuilt.sum(axis=0, dtype=np.float64)
        weight += np.asarray(part.sum(axis=0)).ravel()
    fires = weight > 0
    total[fires] /= weight[fires, None]
    total[fires] -= whole / max(codes.n_tokens, 1)
    return total.astype(np.float32)
