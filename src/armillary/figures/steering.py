"""Steering as a matplotlib figure: how far the answer follows the turn, layer by layer."""

from collections.abc import Mapping, Sequence
from typing import Any

from armillary.core import BadInput
from armillary.load.require import require

_LOOK = {
    "circle": ("#b4411f", "turn in the plane of components 1 and 2"),
    "circle alone": ("#4a5ba6", "the same, all else of the words removed"),
    "swap": ("#43474f", "swap of class means"),
    "second": ("#d6a84e", "turn in the second plane"),
    "span": ("#86bd8f", "turn in random planes of the span"),
    "random": ("#8d939c", "turn in random planes"),
    "second alone": ("#a9773a", "second plane, all else removed"),
    "span alone": ("#5c9a66", "random plane of the span, all else removed"),
}
USUAL = ("swap", "circle alone", "circle", "second", "span", "random")


def plot_steering(
    record: Mapping[str, Any],
    *,
    edits: Sequence[str] = USUAL,
    measure: str = "soft_slope",
    ax: Any = None,
) -> Any:
    """Draw the slope of the achieved on the asked shift by layer, with 95 % intervals.

    Parameters
    ----------
    record
        As ``Steering.record`` gives it and ``results.json`` holds it.
    edits
        Which edits; those that were not made are left out.
    measure
        ``soft_slope`` (of the circular mean), ``slope`` (of the most probable word) or ``hits``.
    ax
        Matplotlib axes to draw on; new ones are made if None.

    Returns
    -------
    matplotlib.axes.Axes
        One line and band an edit; 1 is an answer that moves as far as it was turned.

    Raises
    ------
    BadInput
        If none of the edits was made.
    MissingExtra
        If matplotlib is not installed.
    """
    rows: list[dict[str, Any]] = list(record["summary"])
    made = [edit for edit in edits if any(row["edit"] == edit for row in rows)]
    if not made:
        raise BadInput(f"none of {', '.join(edits)} was made; there are only other edits")
    if ax is None:
        pyplot: Any = require("matplotlib.pyplot", extra="figures")
        _, ax = pyplot.subplots(figsize=(7.2, 4.2), layout="constrained")
    for edit in made:
        mine = sorted((r for r in rows if r["edit"] == edit), key=lambda r: r["layer"])
        mine = [r for r in mine if r[measure]["value"] is not None]
        colour, name = _LOOK.get(edit, ("#7a3b69", edit))
        layer = [r["layer"] for r in mine]
        low, high = ([r[measure][end] for r in mine] for end in ("low", "high"))
        marker = "o" if len(layer) == 1 else None
        ax.plot(layer, [r[measure]["value"] for r in mine], color=colour, label=name, marker=marker)
        ax.fill_between(layer, low, high, color=colour, alpha=0.18, linewidth=0)
    for level in (0, 1):
        ax.axhline(level, color="#bfc3ca", linewidth=0.8, zorder=0)
    ax.spines[["top", "right"]].set_visible(False)
    what = {"soft_slope": "steps of the mean answer a step turned", "hits": "share of exact hits"}
    ax.set(
        xlabel="edited after layer", ylabel=what.get(measure, "steps of the answer a step turned")
    )
    ax.set_title(f"{record['model']}, {record['task']}", loc="left", fontsize=10)
    ax.legend(frameon=False, fontsize=8, loc="upper right")
    return ax
