"""Draw the explanation curve of a folder that `armillary explain` wrote: a panel a gauge.

python benchmarks/explain_figures.py FOLDER docs/figures/explain_pizza.png
"""

import argparse
from pathlib import Path

from matplotlib.figure import Figure

from armillary.explain import open_explanation
from armillary.explain.overview import overview


def drawn(folder: Path, reader: str) -> Figure:
    """Return a panel for every gauge of a reader, the main one by default."""
    explanation = open_explanation(folder)
    one = overview(explanation, reader=reader)
    figure = Figure(figsize=(9.2, 3.9 * len(one.gauges)), layout="constrained")
    panels = figure.subplots(len(one.gauges), 1, squeeze=False)[:, 0]
    for ax, gauge in zip(panels, one.gauges, strict=True):
        explanation.plot(reader=one.reader, gauge=gauge, ax=ax)
    figure.suptitle(explanation.source, x=0.01, ha="left", fontsize=11)
    return figure


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("figure", type=Path)
    parser.add_argument("--reader", default="")
    given = parser.parse_args()
    given.figure.parent.mkdir(parents=True, exist_ok=True)
    drawn(given.folder, given.reader).savefig(given.figure, dpi=96, pil_kwargs={"optimize": True})
