"""Orientation: which axis of a matrix counts features. Settled once, here, and written down."""

from typing import Literal

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput

Orientation = Literal["auto", "rows", "columns"]

ROWS_ARE_FEATURES = frozenset(
    {
        "W_dec",
        "w_dec",
        "token_embd.weight",
        "embed_tokens.weight",
        "wte.weight",
        "embed_in.weight",
        "word_embeddings.weight",
        "position_embd.weight",
        "wpe.weight",
        "position_embeddings.weight",
    }
)
COLUMNS_ARE_FEATURES = frozenset({"decoder.weight", "decoder_linear.weight"})
_FLAG = 'say which with --orientation rows|columns (in Python: orientation="rows" or "columns")'


def named_orientation(tensor_name: str) -> Literal["rows", "columns"] | None:
    """Return the orientation that a tensor's name promises, None where the field has no rule.

    A prefix that ends in a dot (``model.embed_tokens.weight``) does not change what a name means.
    """
    parts = tensor_name.split(".")
    tails = {".".join(parts[i:]) for i in range(len(parts))}
    if tails & ROWS_ARE_FEATURES:
        return "rows"
    return "columns" if tails & COLUMNS_ARE_FEATURES else None


def settle_orientation(
    shape: tuple[int, ...],
    *,
    asked: str = "auto",
    d_model: int | None = None,
    partner_shape: tuple[int, ...] | None = None,
    tensor_name: str = "",
) -> tuple[bool, str]:
    """Decide whether a decoder matrix must be transposed so that its rows are features.

    The first of these that speaks decides: the caller's word; ``d_model``, where exactly one axis
    has that length; the encoder's shape together with the tensor's name; the name alone; for an
    unknown name, "more features than dimensions". What decides is returned in words. Evidence that
    contradicts itself is refused, and so is a choice by name or size that would leave fewer
    features than dimensions, because that is what a transposed decoder looks like.

    Parameters
    ----------
    shape
        Shape on disk.
    asked
        ``"rows"`` or ``"columns"`` (which axis counts features), or ``"auto"``.
    d_model
        Dimension of the space the features live in, where it is known.
    partner_shape
        Shape of the encoder, written ``(d_model, features)``; None where there is none.
    tensor_name
        Name of the tensor in its file.

    Returns
    -------
    transpose : bool
        True where the columns are the features.
    assumption : str
        What was decided and why, one sentence.

    Raises
    ------
    BadInput
        If the matrix is not two-dimensional, the evidence contradicts itself, or there is none.
    """
    name = f"{tensor_name!r} " if tensor_name else ""
    what = f"the matrix {name}of shape {_times(shape)}"
    if len(shape) != 2:
        raise BadInput(f"{what} has {len(shape)} axes, expected 2 (features and dimensions)")
    if asked not in ("auto", "rows", "columns"):
        raise BadInput(f"orientation {asked!r} is unknown: use 'auto', 'rows' or 'columns'")
    fitting = _sides_of(shape, d_model=d_model, what=what)
    if asked != "auto":
        if asked not in fitting:
            raise BadInput(
                f"{what}: orientation {asked!r} would give d_model {_width(shape, asked)}, "
                f"but d_model is {d_model}; drop one of the two"
            )
        return asked == "columns", f"{asked} are features: the caller said so"
    if len(fitting) == 1:
        reason = f"{fitting[0]} are features: d_model is {d_model}"
        if named_orientation(tensor_name) not in (None, fitting[0]):
            reason += f", although the name {tensor_name!r} promises the other axis"
        return fitting[0] == "columns", reason
    return _by_name(shape, what=what, partner_shape=partner_shape, tensor_name=tensor_name)


def _by_name(
    shape: tuple[int, ...],
    *,
    what: str,
    partner_shape: tuple[int, ...] | None,
    tensor_name: str,
) -> tuple[bool, str]:
    side = named_orientation(tensor_name)
    square = shape[0] == shape[1]
    if side is None:
        if square:
            raise BadInput(f"{what} is square and its name has no known orientation: {_FLAG}")
        if shape[0] < shape[1]:
            raise BadInput(
                f"{what} looks transposed: as it lies it would be {shape[0]} features in "
                f"{shape[1]} dimensions, and nothing says which axis counts features: {_FLAG}"
            )
        return False, (
            f"rows are features: ASSUMED, because {shape[0]} rows are more than "
            f"{shape[1]} columns and nothing else was known"
        )
    reason = f"{side} are features: that is what the name {tensor_name!r} means"
    if partner_shape is not None and not square:
        expected = shape[::-1] if side == "rows" else shape
        if tuple(partner_shape) != tuple(expected):
            raise BadInput(
                f"{what} and its encoder disagree: by its name the encoder should be "
                f"{_times(expected)} (d_model x features), found {_times(partner_shape)}: {_FLAG}"
            )
        reason += ", and the encoder's shape agrees"
    n_features = shape[0] if side == "rows" else shape[1]
    if n_features < _width(shape, side):
        raise BadInput(
            f"{what} looks transposed: by its name {side} are features, which makes {n_features} "
            f"features in {_width(shape, side)} dimensions; if that is right, {_FLAG}"
        )
    if square:
        reason += "; the matrix is square, so nothing else could confirm it"
    return side == "columns", reason


def refuse_if_transposed(directions: Float[np.ndarray, "feature d_model"], *, what: str) -> None:
    """Refuse a matrix whose *columns* have one common norm while its rows do not.

    Decoders are often normalised one feature at a time, so equal norms give the feature axis away
    even in a square matrix. Equal means a coefficient of variation below a tenth of what Gaussian
    columns of this length have, ``1 / sqrt(2 n)``, and below 0.001; rows must exceed 0.02.

    Raises
    ------
    BadInput
        If the columns look like the features.
    """
    n_rows, n_columns = directions.shape
    if n_rows < 16 or n_columns < 16:
        return
    by_row = np.sqrt(np.einsum("ij,ij->i", directions, directions, dtype=np.float64))
    by_column = np.sqrt(np.einsum("ij,ij->j", directions, directions, dtype=np.float64))
    if not (np.isfinite(by_row).all() and np.isfinite(by_column).all() and by_row.all()):
        return
    equal = min(1e-3, 0.1 / np.sqrt(2 * n_rows))
    if by_column.std() < equal * by_column.mean() and by_row.std() > 0.02 * by_row.mean():
        raise BadInput(
            f"{what} looks transposed: its {n_columns} columns all have norm "
            f"{by_column.mean():.4g} while its {n_rows} rows differ, so the columns seem to be "
            f"the features: {_FLAG}"
        )


def _sides_of(shape: tuple[int, ...], *, d_model: int | None, what: str) -> tuple[str, ...]:
    if d_model is None:
        return ("rows", "columns")
    fitting = tuple(side for side in ("rows", "columns") if _width(shape, side) == d_model)
    if not fitting:
        raise BadInput(f"{what}: neither axis is d_model, which was given as {d_model}")
    return fitting


def _width(shape: tuple[int, ...], side: str) -> int:
    return shape[1] if side == "rows" else shape[0]


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) if shape else "()"
