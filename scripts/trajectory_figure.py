"""Draw docs/figures/trajectory.png of a study that ``armillary trajectory --out FOLDER`` wrote."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from armillary.atlas.study import Study

INK = ("#1b6ca8", "#c8553d", "#3c8d5a", "#7a5195")


def lines(ax, chart):
    """Draw one chart of lines."""
    colours = iter(INK)
    for series in chart.data["series"]:
        colour = "#8a8a8a" if series.get("null") else next(colours)
        x, y = series["x"], np.array(series["y"], dtype=float)
        ax.plot(
            x, y, color=colour, lw=1.4, label=series["name"], ls="--" if series.get("null") else "-"
        )
        if "low" in series:
            low, high = (np.array(series[k], dtype=float) for k in ("low", "high"))
            ax.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)
    ax.set(title=chart.title, xlabel=chart.x, ylabel=chart.y)
    ax.legend(frameon=False, fontsize=7)


def main(folder, file):
    """Draw a row a list: share, models, turning, plane."""
    study = Study.read(folder, "trajectory")
    charts = [chart for chart in study.charts if "CKA" not in chart.title]
    rows = len(charts) // 4
    figure, axes = plt.subplots(rows, 4, figsize=(18, 4.2 * rows), layout="constrained")
    for ax, chart in zip(np.ravel(axes), charts, strict=True):
        if chart.kind == "lines":
            lines(ax, chart)
            continue
        n = len(chart.data["rows"])
        shown = ax.imshow(chart.data["values"], vmin=0, vmax=1, cmap="viridis",
                          extent=(-1.5, n - 1.5, n - 1.5, -1.5))  # fmt: skip
        ax.set(title=chart.title, xlabel=chart.x, ylabel=chart.y)
        figure.colorbar(shown, ax=ax, shrink=0.8, label="alignment")
    figure.savefig(file, dpi=80)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
