"""What a page leaves out of its atlas, in sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from armillary.atlas import Atlas
from armillary.explorer.limits import Limits
from armillary.explorer.schema import MapBody


def reductions(
    atlas: Atlas,
    limits: Limits,
    *,
    claims: Sequence[Mapping[str, Any]],
    nulls: Sequence[int],
    drawn: MapBody | None,
) -> tuple[str, ...]:
    """Return one sentence for every part that is not shown whole.

    Parameters
    ----------
    atlas
        The survey.
    limits
        What the page may hold.
    claims
        Rows of its findings, in the order of the list.
    nulls
        Lines with null draws.
    drawn
        The map.
    """
    said: list[str] = []
    panels = len(claims) if limits.panels is None else min(limits.panels, len(claims))
    if panels < len(claims):
        said.append(
            f"{panels:,} of {len(claims):,} findings have panels, strongest first; the others are "
            "listed only."
        )
    cut = sum(row["n"] > limits.points for row in claims[:panels])
    if cut:
        said.append(
            f"{cut:,} groups are drawn with {limits.points:,} points each, chosen at random; they "
            "have no null view."
        )
    if limits.nulls is not None and limits.nulls == len(nulls) < panels:
        said.append(
            f"The null view is here for {len(nulls):,} of {panels:,} findings with panels; "
            "`armillary serve` draws the others when asked."
        )
    if atlas.contexts.num_rows and not limits.contexts:
        said.append("The text that members fire on is in contexts.parquet, not on this page.")
    if drawn is not None and drawn.shown < drawn.total:
        said.append(_map_cut(drawn))
    return tuple(said)


def _map_cut(drawn: MapBody) -> str:
    said = f"The map shows {drawn.shown:,} of {drawn.total:,} features"
    if (drawn.line < 0).any():
        return f"{said}: every member of a finding, the others chosen at random."
    return f"{said}: members of findings, chosen at random."
