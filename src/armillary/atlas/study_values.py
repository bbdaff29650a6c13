"""Values of a study's tables as a person would write them, on a terminal and on the page."""

import math
from collections.abc import Mapping, Sequence
from typing import cast

from armillary.atlas.json_ready import json_ready

MOST_LISTED = 6  # of a list in a cell


def shown_value(value: object) -> str:
    """Return a value of a table as a person would write it.

    Parameters
    ----------
    value
        A number, a truth, a text, a list, a mapping, or nothing.

    Returns
    -------
    str
        Counts with thousands, other numbers to three digits, yes and no, the first few of a list;
        empty for nothing and for what is not a number.
    """
    value = json_ready(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value).items()
        return _listed([f"{key} {shown_value(each)}" for key, each in pairs])
    if isinstance(value, list):
        return _listed([shown_value(each) for each in cast("list[object]", value)])
    return str(value)


def _number(value: float) -> str:
    """Return three digits, and no more decimals than can be read."""
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size == 0 or size >= 100:
        return f"{value:.0f}"
    places = 2 - math.floor(math.log10(size))
    return f"{value:.{min(places, 3)}f}" if size >= 0.01 else f"{value:.2g}"


def _listed(items: Sequence[str]) -> str:
    more = len(items) - MOST_LISTED
    return ", ".join(items[:MOST_LISTED]) + (f" and {more:,} more" if more > 0 else "")
