"""One finding as a matplotlib figure: the plane of its fit, its order, its null."""

import json
from typing import Any

import numpy as np

from armillary.atlas import Atlas, NullSummary, is_closed, visible
from armillary.atlas.shape_names import fit_plane
from armillary.core import BadInput
from armillary.load.require import require

LABELS_UP_TO = 40
_CYCLE = ("#7a3b69", "#a9573a", "#d6a84e", "#86bd8f", "#4a9fc0", "#4a5ba6", "#7a3b69")
_INK, _MARK, _GREY = "#43474f", "#b4411f", "#bfc3ca"


def plot_finding(atlas: Atlas, finding: int = 0, *, ax: Any = None) -> Any:
    """Draw a finding in the plane its shape lives in, with its placement null as an inset.

    Parameters
    ----------
    atlas
        The survey.
    finding
        Row of ``atlas.findings``.
    ax
        Matplotlib axes to draw on; new ones are made if None.

    Returns
    -------
    matplotlib.axes.Axes
        Points coloured by their place in the fitted order and joined in it, named where there are
        at most 40; ``child_axes[0]`` is the null histogram with the observed value marked.

    Raises
    ------
    BadInput
        If the atlas has no such finding.
    MissingExtra
        If matplotlib is not installed.
    """
    if not 0 <= finding < atlas.findings.num_rows:
        raise BadInput(f"there is no finding {finding}: the atlas has {atlas.findings.num_rows}")
    pyplot: Any = require("matplotlib.pyplot", extra="figures")
    row = atlas.findings.slice(finding, 1).to_pylist()[0]
    points, order = atlas.plane(finding), row["order_index"]
    if ax is None:
        _, ax = pyplot.subplots(figsize=(6.4, 6.0), layout="constrained")
    if len(order) > 1:
        line = points[[*order, order[0]] if is_closed(row["shape"]) else order]
        ax.plot(*line.T, color=_INK, alpha=0.35, linewidth=1, zorder=1)
    ring = is_closed(row["shape"])
    look: dict[str, Any] = {"color": _INK}
    if order:
        place = np.full(row["n"], np.nan)
        place[order] = np.arange(len(order)) / len(order)
        colours: Any = require("matplotlib.colors", extra="figures").LinearSegmentedColormap
        cmap = colours.from_list("cycle", _CYCLE) if ring else "viridis"
        look = {"c": place, "cmap": cmap, "vmin": 0, "vmax": 1, "plotnonfinite": True}
    ax.scatter(*points.T, s=34, zorder=2, edgecolors="white", linewidths=0.8, **look)
    _circle(ax, row, closed=ring)
    if row["n"] <= LABELS_UP_TO:
        for (x, y), label in zip(points, row["labels"], strict=True):
            text = visible(label).replace("␣", "").replace("$", r"\$") or "␣"
            ax.annotate(text, (x, y), xytext=(5, 4), textcoords="offset points", fontsize=9)
    ax.set_aspect("equal", adjustable="datalim")
    ax.margins(0.18)
    ax.spines[["top", "right"]].set_visible(False)
    names = [f"PC {a + 1}" for a in fit_plane(row["axes"], atlas.scores(finding).shape[1])]
    if atlas.own_plane(finding) is not None:
        names = ["first coordinate of the fit", "second coordinate of the fit"]
    ax.set(xlabel=names[0], ylabel=names[1])
    ax.set_title(
        f"{row['shape']} no. {row['rank']}: {row['n']} features, q = {row['q']:.2g}, "
        f"{row['margin']:+.2g} nats a point over {row['runner_up']}",
        loc="left", fontsize=10,
    )  # fmt: skip
    null = atlas.null(finding)
    if null is not None:
        _inset(ax, null)
    return ax


def _circle(ax: Any, row: dict[str, Any], *, closed: bool) -> None:
    parameters = json.loads(row["parameters"])
    centre, radius = parameters.get("center"), parameters.get("radius")
    if not closed or not isinstance(centre, list) or not isinstance(radius, int | float):
        return
    turn = np.linspace(0, 2 * np.pi, 200)
    x, y = np.array(centre[:2], dtype=np.float64)  # pyright: ignore[reportUnknownArgumentType]
    ax.plot(x + radius * np.cos(turn), y + radius * np.sin(turn), ":", color=_MARK, linewidth=1)


def _inset(ax: Any, null: NullSummary) -> None:
    box = ax.inset_axes((0.76, 0.07, 0.22, 0.12))
    edges = np.linspace(null.low, null.high, null.counts.size + 1)
    box.stairs(null.counts, edges, fill=True, color=_GREY)
    box.axvline(null.observed, color=_MARK, linewidth=1.4)
    box.set_yticks([])
    box.tick_params(labelsize=7)
    box.patch.set_alpha(0.85)
    box.spines[["top", "right", "left"]].set_visible(False)
    box.set_title(f"null ({null.n_draws} draws), observed", fontsize=7, color=_INK)
