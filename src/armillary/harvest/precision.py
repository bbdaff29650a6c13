"""Half precision or not: what float16 would do to vectors before they are stored in it."""

from typing import Any

import numpy as np

from armillary.core import BadInput

LARGEST = 65504.0
HEADROOM = 4.0  # the first batch must leave this much for those that follow
WORST = 2.0**-10  # relative error of a row; rounding alone gives at most 2**-11


def float16_trouble(vectors: Any, *, headroom: float = 1.0) -> str:
    """Say why float16 cannot hold vectors, or nothing if it can.

    Parameters
    ----------
    vectors
        Float32 tensor (..., d_model).
    headroom
        Multiple of the largest value that must still fit.

    Returns
    -------
    str
        Empty where every value times ``headroom`` is within 65,504 and no row loses more than
        ``2**-10`` of its norm to rounding.

    Raises
    ------
    BadInput
        If a value is not finite to begin with.
    """
    largest = float(vectors.abs().max())
    if not np.isfinite(largest):
        raise BadInput(
            "the model gives values that are not finite; run it in float32 (--compute-dtype)"
        )
    if largest * headroom > LARGEST:
        return f"a value of {largest:,.4g} leaves too little below float16's largest, 65,504"
    lost = (vectors.half().float() - vectors).norm(dim=-1)
    share = float((lost / vectors.norm(dim=-1).clamp(min=1e-30)).max())
    if share > WORST:
        return f"float16 would lose {share:.2g} of a row's norm: its values are too small"
    return ""


def stored_dtype(asked: str, vectors: Any) -> tuple[str, str]:
    """Decide the precision of a folder by the first batch.

    Parameters
    ----------
    asked
        ``"float16"``, ``"float32"``, or ``"auto"``: float16 unless the batch speaks against it.
    vectors
        The rows of the first batch that will be kept.

    Returns
    -------
    dtype : str
        ``"float16"`` or ``"float32"``.
    note : str
        Why it was raised, or nothing.

    Raises
    ------
    BadInput
        If float16 was asked for and cannot hold the batch.
    """
    if asked == "float32":
        return asked, ""
    trouble = float16_trouble(vectors, headroom=HEADROOM if asked == "auto" else 1.0)
    if not trouble:
        return "float16", ""
    if asked == "float16":
        raise BadInput(f"{trouble}: use --dtype float32")
    return "float32", f"stored as float32: {trouble}"
