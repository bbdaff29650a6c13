"""Phase diagrams: the tables of sweeps over worlds, drawn with matplotlib."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from armillary.core import BadInput
from armillary.figures.phase_theories import draw_compatible
from armillary.load.require import require

_INK, _MUTED = "#2b2e33", "#8d939c"
_KINDS = {
    "attributes": "#4a5ba6", "pairs": "#b4411f", "vertices": "#b4411f", "edges": "#d6a84e",
    "faces": "#86bd8f", "facets": "#4a5ba6", "other": "#c9ccd2",
}  # fmt: skip
_NAMES = {"relu": "L1", "topk": "TopK", "batchtopk": "BatchTopK", "matryoshka": "Matryoshka"}


def plot_sweep(record: Mapping[str, Any], *, figure: Any = None) -> Any:
    """Draw the table of a sweep: means over seeds, with standard deviations where lines are drawn.

    Parameters
    ----------
    record
        As ``SweepTable.as_dict`` gives it.
    figure
        Matplotlib figure to draw on; a new one is made if None. Its size is set.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    BadInput
        If there is no drawing for a sweep of this name.
    MissingExtra
        If matplotlib is not installed.
    """
    draw = _DRAWINGS.get(record["name"])
    if draw is None:
        raise BadInput(f"no figure is known of the sweep {record['name']!r}: {list(_DRAWINGS)}")
    if figure is None:
        backend: Any = require("matplotlib.figure", extra="figures")
        figure = backend.Figure(layout="constrained")
    draw(record, figure)
    return figure


def _boats(record: Mapping[str, Any], figure: Any) -> None:
    """Draw one panel a kind: width across, sparsity and architecture down."""
    rows: list[dict[str, Any]] = record["summary"]
    settings = list(dict.fromkeys((r["architecture"], r["sparsity"]) for r in rows))
    widths = sorted({r["width"] for r in rows})
    figure.set_size_inches(9.6, 3.4)
    panels = figure.subplots(1, 3, sharey=True)
    shade: Any = require("matplotlib.colors", extra="figures")
    for axes, kind in zip(panels, ("attributes", "pairs", "other"), strict=True):
        grid = np.full((len(settings), len(widths)), np.nan)
        for r in rows:
            at = settings.index((r["architecture"], r["sparsity"])), widths.index(r["width"])
            grid[at] = r[kind]
        end = _KINDS[kind] if kind != "other" else "#5d626b"
        colours = shade.LinearSegmentedColormap.from_list(kind, ["#ffffff", end])
        axes.imshow(grid, cmap=colours, vmin=0, vmax=1, aspect="auto")
        for (i, j), value in np.ndenumerate(grid):
            if np.isfinite(value):
                ink = "white" if value > 0.6 else _INK
                axes.text(j, i, f"{100 * value:.0f}", ha="center", va="center", size=7, color=ink)
        axes.set_xticks(range(len(widths)), [str(w) for w in widths])
        axes.set_yticks(range(len(settings)), [f"{_NAMES[a]} {s:g}" for a, s in settings])
        axes.set_title(f"{kind}, % of living latents", loc="left", fontsize=9)
        axes.set_xlabel("latents")
        axes.tick_params(length=0, labelsize=8)
        axes.spines[:].set_visible(False)


def _faces(record: Mapping[str, Any], figure: Any) -> None:
    """Stack the shares of kinds, one bar a setting."""
    rows: list[dict[str, Any]] = record["summary"]
    figure.set_size_inches(7.6, 4.0)
    axes = figure.subplots()
    left = np.zeros(len(rows))
    names = {
        "vertices": "vertex (0)", "edges": "edge (1)", "faces": "square (2)",
        "facets": "facet (3): the attribute", "other": "other",
    }  # fmt: skip
    for kind, name in names.items():
        share = np.array([r[kind] for r in rows])
        axes.barh(range(len(rows)), share, left=left, color=_KINDS[kind], label=name, height=0.72)
        left += share
    for i, r in enumerate(rows):
        axes.text(1.01, i, f"{r['fvu']:.1g}", va="center", size=8, color=_INK)
    axes.text(1.01, -0.85, "FVU", size=8, color=_INK)
    labels = [f"{_NAMES[r['architecture']]} {r['sparsity']:g}, {r['width']} latents" for r in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=8)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), xlabel="share of living latents")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.legend(
        frameon=False, fontsize=8, ncols=5, loc="lower left", bbox_to_anchor=(-0.2, 1.03),
        handlelength=1, columnspacing=1,
    )  # fmt: skip


def _manifolds(record: Mapping[str, Any], figure: Any) -> None:
    """Draw capture and reconstruction by k, each with its own best."""
    rows: list[dict[str, Any]] = sorted(record["summary"], key=lambda r: r["k"])
    figure.set_size_inches(8.8, 3.3)
    left, right = figure.subplots(1, 2)
    k = [float(r["k"]) for r in rows]
    _line(left, k, rows, measure="r2_span", colour="#b4411f", name="R² of as many as its dimension")
    _line(left, k, rows, measure="r2_12", colour="#d6a84e", name="R² of 12 latents")
    best = max(rows, key=lambda r: r["r2_span"])
    left.annotate(
        f"captures best: k = {best['k']}", (best["k"], best["r2_span"]), (best["k"] + 1, 0.45),
        fontsize=8, color=_INK, arrowprops={"arrowstyle": "-", "color": _MUTED},
    )  # fmt: skip
    left.set(xlabel="k of TopK", ylabel="R² of a manifold's part", ylim=(0.2, 1.03))
    left.legend(frameon=False, fontsize=8, loc="lower right")
    _line(right, k, rows, measure="fvu", colour="#4a5ba6", name="FVU")
    right.set_yscale("log")
    least = min(rows, key=lambda r: r["fvu"])
    right.set(xlabel="k of TopK")
    right.set_ylabel("FVU", color="#4a5ba6")
    right.axvline(best["k"], color="#b4411f", linewidth=0.8, linestyle=":")
    title = f"rebuilds best: k = {least['k']} (dotted: captures best)"
    right.set_title(title, loc="left", fontsize=9)
    left.set_title("shatter, capture, dilute", loc="left", fontsize=9)
    support = right.twinx()
    _line(support, k, rows, measure="support", colour=_MUTED, name="latents to 95 %")
    support.set_ylabel("latents to 95 % of the best R²", color="#6b7079")
    for axes in (left, right, support):
        axes.spines[["top"]].set_visible(False)


def _exact(record: Mapping[str, Any], figure: Any) -> None:
    """Draw FVU and vertices found, trained beside exact, one line of dots a setting."""
    rows: list[dict[str, Any]] = record["summary"]
    figure.set_size_inches(8.8, 5.2)
    left, right = figure.subplots(1, 2, sharey=True)
    at = np.arange(len(rows))
    for r, y in zip(rows, at, strict=True):
        mine = [x for x in record["rows"] if all(x[key] == r[key] for key in record["keys"])]
        left.scatter([x["fvu"] for x in mine], [y] * len(mine), s=12, color="#4a5ba6", zorder=3)
        left.scatter([max(x["fvu_exact"], 1e-16) for x in mine], [y] * len(mine), s=12,
                     color="#b4411f", zorder=3)  # fmt: skip
        right.scatter([x["vertex_mcc"] for x in mine], [y] * len(mine), s=12, color="#4a5ba6")
        right.scatter([x["random_mcc"] for x in mine], [y] * len(mine), s=12, color="#c9ccd2")
    left.scatter([], [], s=12, color="#4a5ba6", label="trained")
    left.scatter([], [], s=12, color="#b4411f", label="exact, closed form")
    right.scatter([], [], s=12, color="#c9ccd2", label="random rows")
    left.set(xscale="log", xlabel="FVU")
    right.set(xlabel="mean cosine with the vertices", xlim=(0, 1.02))
    left.set_yticks(at, [_exact_name(r) for r in rows], fontsize=8)
    left.invert_yaxis()
    for axes in (left, right):
        axes.grid(axis="y", color="#eceef1", linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.legend(
            frameon=False,
            fontsize=8,
            ncols=2,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            handlelength=1,
        )


def _exact_name(row: Mapping[str, Any]) -> str:
    kind = f"{_NAMES[row['architecture']]} {row['sparsity']:g}"
    longer = f", {row['steps']:,} steps" if row["steps"] > 1500 else ""
    return f"{row['world']}, {row['width']} latents, {kind}{longer}"


def _line(
    axes: Any, x: Sequence[float | int], rows: Sequence[Mapping[str, Any]], *, measure: str,
    colour: str, name: str,
) -> None:  # fmt: skip
    y = [r[measure] for r in rows]
    spread = [r[f"{measure}_sd"] or 0.0 for r in rows]
    axes.errorbar(
        x, y, yerr=spread, color=colour, label=name, marker="o", markersize=3.5, linewidth=1.4,
        capsize=2,
    )  # fmt: skip


_DRAWINGS: dict[str, Callable[[Mapping[str, Any], Any], None]] = {
    "boats": _boats, "faces": _faces, "manifolds": _manifolds, "exact": _exact,
    "compatible": draw_compatible,
}  # fmt: skip
