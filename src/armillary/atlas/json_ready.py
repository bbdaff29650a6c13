"""Values as JSON can hold them."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np


def json_ready(value: object) -> Any:
    """Return ``value`` in terms of dict, list, str, int, float, bool and None.

    NumPy scalars and arrays become numbers and lists, NaN and infinities become None, mapping
    keys become text, and anything unknown becomes its text.

    Parameters
    ----------
    value
        Anything; never changed.

    Returns
    -------
    Any
        A value that ``json.dumps(..., allow_nan=False)`` accepts.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, (float, np.floating)):
        number = float(cast(float, value))
        return number if math.isfinite(number) else None
    if isinstance(value, (np.integer, np.bool_)):
        return cast(Any, value).item()
    if isinstance(value, np.ndarray):
        return json_ready(cast(Any, value).tolist())
    if isinstance(value, Mapping):
        items = cast(Mapping[object, object], value).items()
        return {str(key): json_ready(item) for key, item in items}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = cast("list[object]", value)
        return [json_ready(item) for item in items]
    if isinstance(value, Path):
        return str(value)
    return str(value)
