"""Draw the graph of a families study: features by width, edges by what became of them.

armillary compare demo:series --out families
python scripts/families_figure.py families docs/figures/families.png
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.lines import Line2D

from armillary.atlas.study import Study

COLOURS = {
    "continues": "#8a8f98", "splits": "#1f6fb4", "merges": "#c0492b",
    "splits and merges": "#7b3fa0", "absorbs": "#c98a00",
}  # fmt: skip
WORDS = 13  # letters of a label


def short(label: str) -> str:
    """Return a label without its number, cut to what fits."""
    number, _, text = label.partition(" ")
    text = text or number
    return text if len(text) <= WORDS else text[: WORDS - 1] + "…"


def draw(ax: Any, nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]) -> None:
    """Draw nodes with their words and edges with their kinds."""
    levels = sorted({node["x"] for node in nodes})
    for edge in edges:
        a, b = nodes[edge["from"]], nodes[edge["to"]]
        ax.plot([a["x"] + 0.32, b["x"] - 0.04], [a["y"], b["y"]], color=COLOURS[edge["kind"]],
                lw=0.6 + 2.2 * edge["weight"], solid_capstyle="round", zorder=1)  # fmt: skip
    for node in nodes:
        ax.scatter(node["x"], node["y"], s=16, color="#222", zorder=3)
        ax.text(node["x"] + 0.035, node["y"], short(node["label"]), fontsize=7, va="center",
                zorder=4)  # fmt: skip
    ax.set_xlim(-0.1, max(levels) + 0.5)
    ax.axis("off")


def main() -> None:
    """Read the study, draw, write."""
    study = Study.read(sys.argv[1], "families")
    chart = next(one for one in study.charts if one.kind == "graph")
    nodes, edges = chart.data["nodes"], chart.data["edges"]
    tall = max(2.0, 0.17 * (max(n["y"] for n in nodes) - min(n["y"] for n in nodes)))
    figure, ax = plt.subplots(figsize=(8, tall), layout="constrained")
    draw(ax, nodes, edges)
    names = study.title.removeprefix("Families across ").split(", ")
    top = max(n["y"] for n in nodes) + 1.5
    for level, name in enumerate(names):
        ax.text(level, top, f"{name} features", fontsize=9, weight="bold")
    kinds = [kind for kind in COLOURS if any(edge["kind"] == kind for edge in edges)]
    ax.legend([Line2D([], [], color=COLOURS[kind], lw=2) for kind in kinds], kinds, fontsize=8,
              loc="lower center", bbox_to_anchor=(0.5, -0.02), ncols=len(kinds), frameon=False)  # fmt: skip
    figure.savefig(Path(sys.argv[2]), dpi=120)


if __name__ == "__main__":
    main()
