"""Draw the first chart of analogy studies side by side, and the plane of the first one's clearest.

    python scripts/analogy_figure.py STUDY [STUDY ...] --out docs/figures/analogies.png

A STUDY is a folder that ``armillary analogy SOURCE --out FOLDER`` wrote.
"""

import argparse
from pathlib import Path
from typing import Any

import matplotlib as mpl

from armillary.atlas.study import Chart, Study

mpl.use("Agg")
import matplotlib.pyplot as plt


def bars(ax: Any, chart: Chart, title: str) -> None:
    """Draw values with their intervals, and chance as a mark."""
    labels = chart.data["labels"]
    real, null = chart.data["series"]
    place = range(len(labels))
    ax.barh(place, real["values"], color="#7d9cc0", height=0.7)
    ax.hlines(place, real["low"], real["high"], color="0.25", lw=1)
    ax.plot(null["values"], place, "|", color="#b3432b", ms=8, mew=1.6, label="shuffled pairs")
    ax.set_yticks(list(place), labels, fontsize=6.5)
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.set_xlabel(chart.y, fontsize=7)
    ax.set_title(title, fontsize=8)
    ax.legend(fontsize=6.5, frameon=False, loc="lower right")


def plane(ax: Any, chart: Chart) -> None:
    """Draw pairs as lines from word to word."""
    left, right = chart.data["series"]
    for k in range(len(left["x"])):
        ax.plot([left["x"][k], right["x"][k]], [left["y"][k], right["y"][k]], color="0.8", lw=0.8)
    for series, colour in ((left, "#7d9cc0"), (right, "#b3432b")):
        ax.scatter(series["x"], series["y"], s=8, color=colour, zorder=2)
        for x, y, word in zip(series["x"], series["y"], series["labels"], strict=True):
            ax.annotate(word, (x, y), xytext=(2, 2), textcoords="offset points", fontsize=5.5)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_title(chart.title.replace(", principal", "\nprincipal"), fontsize=7.5)


def main() -> None:
    """Draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/figures/analogies.png"))
    options = parser.parse_args()
    held = [Study.read(folder, "analogies") for folder in options.studies]
    fig, axes = plt.subplots(1, len(held) + 1, figsize=(4.2 * (len(held) + 1), 4.6))
    for ax, study in zip(axes, held, strict=False):
        bars(ax, study.charts[0], study.title)
    plane(axes[-1], next(chart for chart in held[0].charts if chart.kind == "dots"))
    fig.tight_layout()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(options.out, dpi=110)


if __name__ == "__main__":
    main()
