"""The table of compatible theories: what each true structure leaves unexplained, cell by cell."""

from collections.abc import Mapping
from typing import Any

_FITS, _DOTS, _NOISE = "#4a5ba6", "#2b2e33", "#dfe3f1"


def draw_compatible(record: Mapping[str, Any], figure: Any) -> None:
    """Draw one panel a width and k: bars of FVU by structure, noise as a paler bar to the right.

    A vertical line at some FVU crosses the dark bars of what fits without noise, and dark or pale
    bars of what fits with any.

    Parameters
    ----------
    record
        As ``SweepTable.as_dict`` gives it for the sweep ``compatible``.
    figure
        Matplotlib figure to draw on; its size is set.
    """
    fit: list[dict[str, Any]] = record["settings"]["fit"]
    theories: list[str] = record["settings"]["theories"]
    apart = record["settings"].get("apart") or [None] * len(fit)
    down = len({cell["k"] for cell in fit})
    figure.set_size_inches(9.6, 2.7 * down)
    panels = figure.subplots(down, len(fit) // down, sharex=True, sharey=True, squeeze=False)
    for axes, cell, named in zip(panels.flat, fit, apart, strict=True):
        _panel(axes, record, cell, theories)
        axes.set_title(_title(cell, named), loc="left", fontsize=8.5)
    for axes in panels[:, 0]:
        axes.set_yticks(range(len(theories)), theories, fontsize=8)
    panels[0, 0].invert_yaxis()
    for axes in panels[-1]:
        axes.set_xlabel("FVU", fontsize=9)


def _panel(
    axes: Any, record: Mapping[str, Any], cell: Mapping[str, Any], theories: list[str]
) -> None:
    axes.set(xscale="log", xlim=(1e-6, 1))
    for fvu in cell["asked"]:
        axes.axvline(fvu, color="#d9dbe0", linewidth=0.7, zorder=0)
    for y, name in enumerate(theories):
        low, high = cell["interval"][name]
        axes.barh(y, max(1.0 - high, 1e-9), left=high, height=0.5, color=_NOISE, zorder=1)
        axes.barh(y, high - low, left=low, height=0.5, color=_FITS, zorder=2)
        found = [
            max(r["fvu"], 1e-6)
            for r in record["rows"]
            if (r["world"], r["width"], r["k"], r["noise"]) == (name, cell["width"], cell["k"], 0)
        ]
        axes.scatter(found, [y] * len(found), s=7, color=_DOTS, zorder=3)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8)


def _title(cell: Mapping[str, Any], named: Mapping[str, Any] | None) -> str:
    text = f"{cell['width']} latents, k = {cell['k']}"
    if named is None:
        return text
    numbers, codes = named["from_numbers"], named["from_codes"]
    return f"{text}\nnamed rightly: by FVU {numbers:.0%}, by codes {codes:.0%}"
